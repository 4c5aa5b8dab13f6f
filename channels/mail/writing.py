"""One mail of ours, plainly and as HTML, with the headers that let it be answered, threaded and brought back.

Nothing that was handed in can become a header of its own. Source: security rules S7.4 and S1.8; RFC 5322, RFC 3834.
"""

from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.mail.names import is_address, write_mailbox
from channels.mail.quoting import mark_line
from hub.post.channel import Cover, Envelope, RejectedError

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
SEVEN_BITS = SMTP.clone(cte_type="7bit")
_pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def write_mail(envelope: Envelope, domain: str) -> bytes:
    """Raises: RejectedError."""
    cover = envelope.cover
    if cover is None or envelope.attempted_at is None or not is_address(envelope.recipient.value):
        raise RejectedError("address")
    mail = EmailMessage(policy=SEVEN_BITS)
    sender = write_mailbox(envelope.sender.value, domain)
    mail["From"] = HeaderAddress(_clean(cover.sender_name), addr_spec=sender)
    mail["To"] = HeaderAddress(addr_spec=envelope.recipient.value)
    mail["Reply-To"] = HeaderAddress(addr_spec=write_mailbox(envelope.sender.value, domain, cover.reply_token))
    mail["Subject"] = ("Re: " if cover.answers else "") + _clean(cover.subject)
    mail["Date"] = format_datetime(envelope.attempted_at)
    mail["Message-ID"] = f"<{envelope.delivery_id}@{domain}>"
    _thread(mail, cover, domain)
    if cover.automatic:
        mail["Auto-Submitted"] = "auto-replied" if cover.answers else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    above = f"{mark_line(cover.answer_above)}\n\n" if cover.answer_above else ""
    mail.set_content(f"{above}{envelope.text}\n\n-- \n{cover.footer}\n")
    mail.add_alternative(_write_page(envelope.text, cover), subtype="html")
    return mail.as_bytes()


def _thread(mail: EmailMessage, cover: Cover, domain: str) -> None:
    """A thread of the book stays one in a mail program, whoever begins."""
    known = [f"<{_clean(cover.thread_id)}.thread@{domain}>"]
    if cover.answers and "@" in cover.answers:
        mail["In-Reply-To"] = f"<{_clean(cover.answers)}>"
        known.append(f"<{_clean(cover.answers)}>")
    mail["References"] = " ".join(known)


def _write_page(text: str, cover: Cover) -> str:
    paragraphs = [part.split("\n") for part in text.strip().split("\n\n")]
    return _pages.get_template("message.html.j2").render(
        paragraphs=paragraphs,
        footer=cover.footer,
        subject=cover.subject,
        language=cover.language,
        above=mark_line(cover.answer_above) if cover.answer_above else "",
    )


def _clean(value: str) -> str:
    """Without anything that could end a line."""
    return "".join(letter if letter.isprintable() else " " for letter in value)
