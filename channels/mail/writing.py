"""One mail of ours, plainly and as HTML, with the headers that let it be answered, threaded and brought back.

Nothing that was handed in can become a header of its own. Source: security rules S7.4 and S1.8; RFC 5322, RFC 3834.
"""

from binascii import b2a_qp
from email.header import Header
from email.utils import format_datetime, formataddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.mail.names import is_address, write_mailbox
from channels.mail.quoting import mark_line
from channels.mail.stopping import ONE_CLICK, write_stop
from hub.post.channel import Cover, Envelope, RejectedError

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
LINE = 78
_page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined).get_template(
    "message.html.j2"
)


def write_mail(envelope: Envelope, domain: str, site: str) -> bytes:
    """`site` is where the channel's own routes are, for the world. Raises: RejectedError.

    What parts the mail cannot stand in a part: there every "=" is followed by two digits, or by the end of its line.
    """
    cover = envelope.cover
    if cover is None or envelope.attempted_at is None or not is_address(envelope.recipient.value):
        raise RejectedError("address")
    mailbox = write_mailbox(envelope.sender.value, domain, cover.reply_token)
    boundary = f"=_{envelope.delivery_id}"
    headers = {
        "From": formataddr((_clean(cover.sender_name), write_mailbox(envelope.sender.value, domain))),
        "To": envelope.recipient.value,
        "Reply-To": mailbox,
        "Subject": ("Re: " if cover.answers else "") + _clean(cover.subject),
        "Date": format_datetime(envelope.attempted_at),
        "Message-ID": f"<{envelope.delivery_id}@{domain}>",
        **_thread(cover, domain),
        **_tell_who_writes(cover),
        **(_offer_stop(mailbox, site) if cover.may_stop else {}),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    above = mark_line(cover.answer_above) if cover.answer_above else ""
    plain = f"{above}\n\n{envelope.text}" if above else envelope.text
    head = "".join(f"{name}: {_write_value(name, value)}\r\n" for name, value in headers.items())
    edge = f"\r\n--{boundary}".encode("ascii")
    return b"".join(
        (
            head.encode("ascii"),
            edge,
            _write_part("plain", f"{plain}\n\n-- \n{cover.footer}\n"),
            edge,
            _write_part("html", _write_page(envelope.text, cover, above)),
            edge,
            b"--\r\n",
        )
    )


def _thread(cover: Cover, domain: str) -> dict[str, str]:
    """A thread of the book stays one in a mail program, whoever begins."""
    begun = f"<{_clean(cover.thread_id)}.thread@{domain}>"
    if cover.answers and "@" in cover.answers:
        answers = f"<{_clean(cover.answers)}>"
        return {"In-Reply-To": answers, "References": f"{begun} {answers}"}
    return {"References": begun}


def _tell_who_writes(cover: Cover) -> dict[str, str]:
    if not cover.automatic:
        return {}
    return {
        "Auto-Submitted": "auto-replied" if cover.answers else "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _offer_stop(mailbox: str, site: str) -> dict[str, str]:
    """One touch in a mail program, or a mail of one word: both are a STOP. Source: RFC 2369, RFC 8058; security rule S5.4."""
    return {
        "List-Unsubscribe": f"<{site}{write_stop(mailbox)}>, <mailto:{mailbox}?subject=STOP>",
        "List-Unsubscribe-Post": ONE_CLICK,
    }


def _write_value(name: str, value: str) -> str:
    """Most are written as they are; the library folds what is long, and encodes what is not ASCII."""
    if value.isascii() and len(name) + 2 + len(value) <= LINE:
        return value
    return Header(value, header_name=name, maxlinelen=LINE).encode(linesep="\r\n")


def _write_part(kind: str, text: str) -> bytes:
    """Quoted-printable, in which a lone "." of a line is written otherwise too. Source: RFC 2045 section 6.7."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return b'\r\nContent-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%s' % (
        kind.encode("ascii"),
        b2a_qp(lines.encode("utf-8", "replace")),
    )


def _write_page(text: str, cover: Cover, above: str) -> str:
    paragraphs = [part.split("\n") for part in text.strip().split("\n\n")]
    return _page.render(
        paragraphs=paragraphs, footer=cover.footer, subject=cover.subject, language=cover.language, above=above
    )


def _clean(value: str) -> str:
    """Without anything that could end a line."""
    if value.isprintable():
        return value
    return "".join(letter if letter.isprintable() else " " for letter in value)
