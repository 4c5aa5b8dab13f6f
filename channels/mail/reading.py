"""One mail as it came, read within limits: who it says it is from, what they wrote themselves, and the files beside it.

It is never written out again. Source: security rules S7.3, S7.4, S7.7 and S13; RFC 5322, RFC 2046, RFC 3676.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.headerregistry import AddressHeader
from email.message import Message
from email.policy import compat32, default

from channels.kept_text import show_unkeepable
from channels.mail.markup import read_markup
from channels.mail.names import is_address
from channels.mail.quoting import cut_quoted

MOST_PARTS = 50
MOST_DEPTH = 10
MOST_HEADER_BYTES = 256 * 1024
MOST_ADDRESS_LETTERS = 2000
MOST_RECEIVED = 50
MOST_TEXT_LETTERS = 20_000
MOST_SUBJECT_LETTERS = 200
MOST_ID_LETTERS = 78
_ANSWER = re.compile(r"\s*(re|sv|vs|aw|ang)\s*:", re.IGNORECASE)
_ID = re.compile(r"<([!-;=?-~]+@[!-;=?-~]+)>")
_SOFT_BREAK = re.compile(r" \n(?!>)")
_CHARSET = re.compile(
    r"ascii|utf-(8|16|32)(-\w+)?|iso8859-\d+|cp\d+|koi8-\w|mac-\w+|gb\w+|big5\w*|euc_\w+|shift_\w+|iso2022_\w+"
)
_PLAIN = r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*"
_PLAIN_SENDER = re.compile(rf"[a-z][a-z0-9 -]*<({_PLAIN})>|({_PLAIN})")
"""What needs no parser: a name of letters without a comma, a quote, a bracket or an encoding in it, and one address."""
_PARTS = re.compile(rb"^content-type\s*:", re.IGNORECASE | re.MULTILINE)


class UnreadableError(Exception):
    """A mail that is too large in some way, or is no mail. It names no content."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a mail; its type is the sender's claim."""

    content_type: str
    part: Message


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` is what the mail claims, in small letters, and empty when it claims nothing or several things at once.
    `message_id` is without brackets, and empty when there is none. `only_quoted`: `text` is nobody's own word."""

    sender: str
    message_id: str
    text: str
    files: tuple[FilePart, ...]
    headers: Message
    whole_text: str
    only_quoted: bool = False

    def is_addressed_to(self, domain: str, local: str) -> bool:
        """Whether To or Cc names this mailbox, whatever token is behind it."""
        told = " ".join(str(value) for name in ("To", "Cc") for value in self.headers.get_all(name, []))
        pattern = rf"(?<![\w.+-]){re.escape(local)}(\+[0-9a-z]*)?@{re.escape(domain)}(?![\w.-])"
        return re.search(pattern, told[: 16 * MOST_ADDRESS_LETTERS], re.IGNORECASE) is not None

    def key(self, mailbox: str, doubt: str) -> str:
        """Unique for ever, and the same when the same mail comes to the same mailbox again. What is in doubt never stands in
        the place of a mail without one, whatever id it has taken."""
        own = (
            self.message_id
            or hashlib.sha256(
                "\x1f".join(
                    [str(self.headers.get("Date", "")), str(self.headers.get("Subject", "")), self.whole_text]
                ).encode("utf-8", "replace")
            ).hexdigest()
        )
        return (
            "mail:"
            + hashlib.sha256(f"{own}\x1f{self.sender}\x1f{mailbox}\x1f{doubt}".encode("utf-8", "replace")).hexdigest()
        )


def read_mail(content: bytes) -> Mail:
    """Raises: UnreadableError."""
    _check_size(content)
    try:
        message = message_from_bytes(content, policy=compat32)
        leaves = list(_leaves(message, 0))
    except RecursionError:
        raise UnreadableError("depth") from None
    if len(leaves) > MOST_PARTS:
        raise UnreadableError("parts")
    if len(message.get_all("Received", [])) > MOST_RECEIVED:
        raise UnreadableError("loop")
    texts = [part for part in leaves if _is_text(part)]
    whole = _find_text(texts)
    own = _with_subject(message, cut_quoted(whole))
    return Mail(
        sender=read_sender(message),
        message_id=_read_id(message),
        text=(own or whole.strip())[:MOST_TEXT_LETTERS],
        files=tuple(FilePart(part.get_content_type(), part) for part in leaves if part not in texts),
        headers=message,
        whole_text=whole,
        only_quoted=not own and bool(whole.strip()),
    )


def _check_size(content: bytes) -> None:
    """What would cost too much is refused before it is parsed."""
    end = content.find(b"\r\n\r\n")
    if (len(content) if end < 0 else end) > MOST_HEADER_BYTES:
        raise UnreadableError("headers")
    if sum(1 for _ in _PARTS.finditer(content)) > 4 * MOST_PARTS:
        raise UnreadableError("parts")


def _leaves(message: Message, depth: int) -> Iterator[Message]:
    if depth > MOST_DEPTH:
        raise UnreadableError("depth")
    if message.get_content_maintype() == "multipart":
        for part in message.get_payload() if message.is_multipart() else ():
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
        return
    yield message


def read_sender(message: Message) -> str:
    """The one address of the one From line; empty when there is not exactly one."""
    lines = message.get_all("From", [])
    if len(lines) != 1 or len(str(lines[0])) > MOST_ADDRESS_LETTERS:
        return ""
    if plain := _PLAIN_SENDER.fullmatch(str(lines[0]).strip(" ").lower()):
        return _read_address(plain.group(1) or plain.group(2))
    try:
        header = default.header_factory("From", str(lines[0]).replace("\r\n", " "))
    except Exception:  # the parser of 3.11 falls over some broken lines in ways of its own
        return ""
    assert isinstance(header, AddressHeader)
    addresses = header.addresses
    return _read_address(addresses[0].addr_spec.lower() if len(addresses) == 1 else "")


def _read_address(value: str) -> str:
    return value if is_address(value) else ""


def _read_id(message: Message) -> str:
    found = _ID.search(str(message.get("Message-ID", ""))[:MOST_ADDRESS_LETTERS])
    return found.group(1) if found else ""


def short_id(message_id: str) -> str:
    """A Message-ID as the store holds it: where it is too long, what can be told from it."""
    if len(message_id) <= MOST_ID_LETTERS:
        return message_id
    return hashlib.sha256(message_id.encode()).hexdigest()


def _is_text(part: Message) -> bool:
    is_file = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    return not is_file and part.get_content_type() in ("text/plain", "text/html")


def _find_text(texts: list[Message]) -> str:
    """What is written plainly; only where that is nothing, the words of the HTML."""
    plain = [_read_text(part) for part in texts if part.get_content_subtype() == "plain"]
    text = "\n\n".join(one for one in plain if one.strip())
    if text:
        return text
    html = [_read_text(part) for part in texts if part.get_content_subtype() == "html"]
    return "\n\n".join(read_markup(one) for one in html)


def _read_text(part: Message) -> str:
    body = part.get_payload(decode=True)
    body = body if isinstance(body, bytes) else b""
    try:
        text = body.decode(_charset(str(part.get_content_charset("utf-8"))), "replace")
    except (LookupError, ValueError):
        text = body.decode("utf-8", "replace")
    text = show_unkeepable(text).replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        text = _SOFT_BREAK.sub(" ", text)
    return text


def _charset(told: str) -> str:
    """Raises: LookupError for what is none, and for Python's own codecs, of which some take hours over a large mail."""
    name = codecs.lookup(told).name
    if _CHARSET.fullmatch(name) is None:
        raise LookupError(name)
    return name


def _with_subject(message: Message, text: str) -> str:
    """A subject of one's own is part of what one says; that of an answer is not."""
    subject = _read_subject(message)
    if not subject or _ANSWER.match(subject) or message.get("In-Reply-To") or text.startswith(subject):
        return text
    return f"{subject}\n\n{text}" if text else subject


def _read_subject(message: Message) -> str:
    value = str(message.get("Subject", ""))[:MOST_ADDRESS_LETTERS]
    try:
        pieces = [
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(value)
        ]
    except (LookupError, ValueError):
        pieces = [value]
    plain = "".join(letter if letter.isprintable() else " " for letter in "".join(pieces))
    return " ".join(plain.split())[:MOST_SUBJECT_LETTERS]
