"""Mail that no person wrote to us: machines, lists and ourselves. It is kept, and never answered.

Source: security rule S5.6; RFC 3834 section 2.
"""

import re
from email.message import Message

from channels.mail.names import domain_of

_LISTS = ("List-Id", "List-Unsubscribe", "List-Post", "X-Loop", "X-Autoreply", "X-Autorespond")
_TELLING = frozenset(name.lower() for name in (*_LISTS, "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence"))
_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply"})
_SUPPRESSED = frozenset({"all", "autoreply", "oof", "dr"})
_MACHINE = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|noreply.*|owner-.*|.*-request|.*-bounces?|listserv|majordomo)@.*",
    re.IGNORECASE,
)


def is_automatic(headers: Message, sender: str, envelope_sender: str, own_domain: str) -> bool:
    """`envelope_sender` is empty for a bounce."""
    if not envelope_sender or _MACHINE.fullmatch(sender) or _MACHINE.fullmatch(envelope_sender):
        return True
    if domain_of(sender) == own_domain:
        return True
    if _TELLING.isdisjoint(name.lower() for name in headers) and headers.get_content_maintype() != "multipart":
        return False
    told = str(headers.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    if told != "no" or any(headers.get(name) is not None for name in _LISTS):
        return True
    suppressed = {part.strip().lower() for part in str(headers.get("X-Auto-Response-Suppress", "")).split(",")}
    return (
        str(headers.get("Precedence", "")).strip().lower() in _PRECEDENCE
        or not suppressed.isdisjoint(_SUPPRESSED)
        or headers.get_content_type() == "multipart/report"
    )
