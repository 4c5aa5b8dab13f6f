"""One mail of ours, plainly and as HTML, with the headers that let it be answered, threaded and brought back.

Nothing that was handed in can become a header of its own. Source: security rules S7.4 and S1.8; RFC 5322, RFC 3834.
"""

from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.mail.names import is_address, write_mailbox
from channels.mail.quoting import mark_line
from channels.mail.stopping import ONE_CLICK, write_stop
from hub.post.channel import Cover, Envelope, RejectedError

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
LINES = compat32.clone(linesep="\r\n")
"""The older of the library's two ways to write a mail: several times as fast, and it checks no value, so each is cleaned."""
READABLE: Any = Charset("utf-8")
READABLE.body_encoding = QP
_page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined).get_template(
    "message.html.j2"
)


def write_mail(envelope: Envelope, domain: str, site: str) -> bytes:
    """`site` is where the channel's own routes are, for the world. Raises: RejectedError."""
    cover = envelope.cover
    if cover is None or envelope.attempted_at is None or not is_address(envelope.recipient.value):
        raise RejectedError("address")
    mail = MIMEMultipart("alternative", policy=LINES)
    sender = write_mailbox(envelope.sender.value, domain)
    mail["From"] = formataddr((_clean(cover.sender_name), sender))
    mail["To"] = envelope.recipient.value
    mail["Reply-To"] = write_mailbox(envelope.sender.value, domain, cover.reply_token)
    subject = Header(("Re: " if cover.answers else "") + _clean(cover.subject), header_name="Subject")
    mail["Subject"] = subject.encode()
    mail["Date"] = format_datetime(envelope.attempted_at)
    mail["Message-ID"] = f"<{envelope.delivery_id}@{domain}>"
    _thread(mail, cover, domain)
    if cover.automatic:
        mail["Auto-Submitted"] = "auto-replied" if cover.answers else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    if cover.may_stop:
        _offer_stop(mail, write_mailbox(envelope.sender.value, domain, cover.reply_token), site)
    above = mark_line(cover.answer_above) if cover.answer_above else ""
    plain = f"{above}\n\n{envelope.text}" if above else envelope.text
    mail.attach(MIMEText(f"{plain}\n\n-- \n{cover.footer}\n", "plain", READABLE))
    mail.attach(MIMEText(_write_page(envelope.text, cover, above), "html", READABLE))
    return mail.as_bytes()


def _thread(mail: Message, cover: Cover, domain: str) -> None:
    """A thread of the book stays one in a mail program, whoever begins."""
    known = [f"<{_clean(cover.thread_id)}.thread@{domain}>"]
    if cover.answers and "@" in cover.answers:
        mail["In-Reply-To"] = f"<{_clean(cover.answers)}>"
        known.append(f"<{_clean(cover.answers)}>")
    mail["References"] = " ".join(known)


def _offer_stop(mail: Message, mailbox: str, site: str) -> None:
    """One touch in a mail program, or a mail of one word: both are a STOP. Source: RFC 2369, RFC 8058; security rule S5.4."""
    mail["List-Unsubscribe"] = f"<{site}{write_stop(mailbox)}>, <mailto:{mailbox}?subject=STOP>"
    mail["List-Unsubscribe-Post"] = ONE_CLICK


def _write_page(text: str, cover: Cover, above: str) -> str:
    paragraphs = [part.split("\n") for part in text.strip().split("\n\n")]
    return _page.render(
        paragraphs=paragraphs, footer=cover.footer, subject=cover.subject, language=cover.language, above=above
    )


def _clean(value: str) -> str:
    """Without anything that could end a line."""
    return "".join(letter if letter.isprintable() else " " for letter in value)
