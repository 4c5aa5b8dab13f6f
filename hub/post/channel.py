"""The shape of a channel: what comes in, what goes out, what comes back, and the four ways in which sending fails."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from aiohttp import web

from hub.address import Address


@dataclass(frozen=True, slots=True)
class MediaLink:
    """A file that the provider holds for us. Its type is the provider's claim, not to be trusted."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's bytes, and the type that they themselves tell."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as it reached a channel.

    `key` is unique for ever and the same when the provider tells again, so that the second time is harmless.
    `text` is exactly as it came. `provider_id` is the provider's own name for it. `from_log`: nobody had told us, it was
    found in the provider's own log. `original` is the whole of it, kept beside the text, where the text is only a part.
    `doubt` is a code for why it may neither be answered nor taken for its sender's word. `answers` is the id of the mail to
    one of the staff that it answers, from the address that this was sent to.
    """

    channel: str
    key: str
    sender: Address
    recipient: Address
    text: str
    provider_id: str
    media: tuple[MediaLink, ...] = ()
    opt_out: str | None = None
    from_log: bool = False
    original: bytes | None = None
    doubt: str | None = None
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class TextPart:
    """One part of a text that comes in `total` parts, `number` from 1. `body` is whatever its channel joins them by;
    `whole_id` is the same for all that belong together, and told once it is kept."""

    channel: str
    sender: Address
    recipient: Address
    reference: int
    total: int
    number: int
    body: bytes
    whole_id: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody rings one of our numbers. `key` is the same when the provider tells again. `is_unanswered`: it went on to the
    office, where nobody took it."""

    channel: str
    key: str
    caller: Address
    number: Address
    provider_id: str
    is_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What is said to a caller, in which language, and the phone that the call goes on to then; None for nowhere."""

    text: str
    language: str
    forward_to: str | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mail to one of our addresses belongs: the number of a seat. `writer` is the mail address of whom alone the
    address's reply token was given to, while it counts; `work_mail_id` says that this is one of the staff, and which mail to
    them the token was in."""

    number: str
    writer: str | None = None
    work_mail_id: str | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """What a mail has around its text. None of it tells more than the text does. `answers` is the Message-ID of what it
    answers, without its brackets; `answer_above` is what stands in a line above the text, over which an answer is written.
    Without a `reply_token` it is answered at the seat's mailbox. `may_stop`: it is one of many, and a mail program may offer
    its reader to have no more of them."""

    subject: str
    sender_name: str
    footer: str
    language: str
    thread_id: str
    reply_token: str
    automatic: bool
    answers: str | None = None
    answer_above: str | None = None
    may_stop: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a question, for a channel that can show it as a button; `answer` is what it says for its person."""

    label: str
    answer: str


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that takes notices: where its push service takes them in, and the keys that only it can open them with, both
    in base64url. Source: RFC 8291 section 2."""

    endpoint: str
    key: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery as the channel sees it. `delivery_id` goes along as our tag, so that its fate can be looked up.

    `choices` stand in the text too.

    `others` are the provider's names of what surely belongs to other deliveries: `find` must not take them for this one.
    """

    delivery_id: str
    sender: Address
    recipient: Address
    text: str
    urgent: bool = False
    attempted_at: datetime | None = None
    others: frozenset[str] = frozenset()
    cover: Cover | None = None
    choices: tuple[Choice, ...] = ()
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered at once: its id, the first status (one of hub.post.deliveries.Status), and the parts it
    counted (0 if it did not say)."""

    provider_id: str
    status: str = "accepted"
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a channel tells later of one delivery.

    `key` is unique for each telling. `delivery_id` is our own tag when it came back; else `provider_id` must do.
    `status` is one of hub.post.deliveries.Status. `error` is the provider's own code. `gone`: nobody is at that address.
    """

    channel: str
    key: str
    provider_id: str
    status: str
    delivery_id: str | None = None
    error: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can carry. `privacy` is 0 for open as a postcard, 1 for a notice, 2 for a strong sign-in."""

    length: int
    buttons: bool = False
    receipts: bool = True
    privacy: int = 0
    media_hosts: tuple[str, ...] = field(default=())


class SendError(Exception):
    """The outside world said no. `reason` is a short code for the ledger; it never holds an address or a text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TryLaterError(SendError):
    """Nothing was sent, and the same attempt may succeed `after` seconds from now (None: the outbox decides). `too_fast`: the
    provider takes fewer a second by this channel."""

    def __init__(
        self, reason: str, after: float | None = None, whole_channel: bool = False, *, too_fast: bool = False
    ) -> None:
        super().__init__(reason)
        self.too_fast = too_fast
        self.after = after
        self.whole_channel = whole_channel


class RejectedError(SendError):
    """Nothing was sent, and nothing will be: this message cannot go this way."""


class AddressGoneError(SendError):
    """Nobody can be reached at this address. `opted_out` when its owner told the provider to stop."""

    def __init__(self, reason: str, opted_out: bool = False) -> None:
        super().__init__(reason)
        self.opted_out = opted_out


class UnknownFateError(SendError):
    """It may have gone, or not: find it before trying again."""


class BusyError(Exception):
    """The hub cannot keep more right now: the channel tells its provider to come back (503, 421 or 451)."""


class Inbox(Protocol):
    """Where channels hand in what came. Each call returns only when it would survive the power going out."""

    async def receive(self, inbound: Inbound) -> bool:
        """True when it is new, False for a repeat. Raises: BusyError."""

    async def report(self, report: Report) -> bool:
        """True when it is new, False for a repeat. Raises: BusyError."""

    async def answer_call(self, call: Call) -> CallAnswer | None:
        """Keep that somebody called, and what to say to them; None for a number that is none of ours. Raises: BusyError."""

    async def keep_part(self, part: TextPart) -> list[TextPart]:
        """Keep it until the others are there: all in their order with the last of them, else none. Raises: BusyError."""

    async def list_late_parts(self, channel: str, after: timedelta) -> list[list[TextPart]]:
        """What waits for longer than `after`, each whole by itself, in order; some or all parts of it are there.
        Raises: BusyError."""

    async def end_parts(self, whole_id: str) -> None:
        """What they belonged to is kept as a message now. Raises: BusyError."""

    async def find_mailbox(self, local: str) -> Mailbox | None:
        """Whose mailbox this is, the part before the @; None when it is none of ours. Raises: BusyError."""

    async def read_original(self, key: str) -> bytes | None:
        """The whole of what was kept under this key, while it is kept. Raises: BusyError."""


class Channel(Protocol):
    """A way in and out. `name` is the entry point's; `kind` is of the addresses it carries."""

    name: str
    kind: str
    limits: Limits

    def listen(self, inbox: Inbox) -> web.Application:
        """Routes for the provider's callbacks, to be mounted on the public site at `/{kind}/{name}`."""

    async def send(self, envelope: Envelope) -> Receipt:
        """One honest attempt. Raises: SendError."""

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Did an earlier attempt get through? Raises: TryLaterError when that cannot be told now."""

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """What the provider's own log holds since `since` (aware, UTC), told or not; repeats are harmless."""

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """A file that came with a message. Raises: TryLaterError, RejectedError."""

    async def check(self) -> list[str]:
        """Sentences for `budbok doctor`: what is wrong with the provider's side; empty when all is well."""


@runtime_checkable
class PlacedChannel(Protocol):
    """A channel whose callbacks stand at a path of its own choice."""

    @property
    def path(self) -> str: ...
