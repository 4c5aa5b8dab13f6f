"""What a mail server reports of a mail that did not arrive, as a Report. Source: RFC 3464; flufl.bounce for the odd ones."""

import re
from email.message import Message

from flufl.bounce import all_failures

from hub.address import MAIL
from hub.post.channel import Report
from hub.post.deliveries import Status

_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})")
GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Nobody is there, nor will be. A full box and a policy are not among them."""


def read_bounce_report(message: Message, delivery_id: str) -> Report | None:
    """None for what ends nothing: a delay, a receipt, an absence note."""
    action, status = _read_standard(message)
    if not action:
        temporary, permanent = all_failures(message)
        action = "failed" if permanent and not temporary else ""
    if action != "failed":
        return None
    return Report(
        channel=MAIL,
        key=f"{MAIL}:bounce:{delivery_id}:{status}",
        provider_id=delivery_id,
        status=Status.UNDELIVERED,
        delivery_id=delivery_id,
        error=status or None,
        gone=status in GONE,
    )


def _read_standard(message: Message) -> tuple[str, str]:
    """Action and enhanced status of the one recipient that each of our mails has."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Message) and block.get("Action") is not None:
                found = _STATUS.match(str(block.get("Status", "")))
                return str(block["Action"]).strip().lower(), ".".join(found.groups()) if found else ""
    return "", ""
