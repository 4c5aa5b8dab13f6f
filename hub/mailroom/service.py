"""The shape of a service for digital post: who can be reached there now, handing a letter over, and what became of it.

A country's service is a package of its own under `channels/letters/`, named by an entry point of the group `budbok.letters` and
chosen in the settings. It carries letters and decides nothing: what goes to paper is decided here (hub.mailroom.sending).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from hub.post.channel import Receipt, RejectedError


class Way(StrEnum):
    """How a letter may go to one person at this moment."""

    MAILBOX = "mailbox"
    INBOX = "inbox"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the national register says of one person now; never kept as the hub's own contact data.

    `why` is a code, told for each way: "mailbox", "inbox", "reserved", "not_notifiable", "no_mailbox" or "unknown".
    """

    way: Way
    why: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One letter as a service sees it. `id` is ours, a UUID and unique for ever: the same one is never taken in twice.

    `title` and `notice` are shown before anybody has signed in, and tell nothing of the matter; `body` stands beside the PDF.
    `way` is MAILBOX or INBOX, as the register said. `attempted_at` is when it was first tried to hand it over, aware, UTC.
    """

    id: str
    way: Way
    national_id: str = field(repr=False)
    title: str
    body: str = field(repr=False)
    notice: str
    sender: str
    language: str
    day: date
    file_name: str
    pdf: bytes = field(repr=False)
    attempted_at: datetime | None = None


class OtherReceiverError(RejectedError):
    """Under this parcel's id the service has a letter for somebody else. `may_have_gone`: it could not be kept from them."""

    def __init__(self, *, may_have_gone: bool) -> None:
        super().__init__("other_receiver")
        self.may_have_gone = may_have_gone


class Fate(StrEnum):
    """What became of a parcel that was handed over, each later than the one before; FAILED where it will never arrive."""

    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    OPENED = "opened"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Told:
    """What a service tells of one parcel. One of `parcel_id` and `provider_id` may be empty. `at` is when it happened, aware,
    UTC; `error` is the service's own code where it failed."""

    parcel_id: str
    provider_id: str
    fate: Fate
    at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What was told since a cursor, in order, and the cursor to ask with next time; kept in the same work as what was told.
    `more`: the next can be asked for at once."""

    told: Sequence[Told]
    cursor: str
    more: bool = False


class LetterService(Protocol):
    """Digital post of one country. `name` is the entry point's; `country` is ISO 3166 alpha-2."""

    name: str
    country: str
    asked_at_once: int
    """How many people the register takes in one question."""
    tells: bool
    """Whether it tells what becomes of a letter once it has it. Where not, no word of it is waited for."""

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        """What the register says of each, at this moment; whoever it does not know goes to paper ("unknown").

        National ids are as hub.people.national_ids parses them, without the country. Raises: TryLaterError, RejectedError.
        """

    async def send(self, parcel: Parcel) -> Receipt:
        """One honest attempt; handing the same parcel in again answers as the first time, unless `find` tells that nobody
        knows. A receipt whose status is "delivered" says that it lies there. Raises: SendError.

        AddressGoneError: this person takes no digital post any more, and the letter is for paper. OtherReceiverError: what is
        there by this id is not for them, and was not sent by this attempt.
        """

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Did an earlier attempt get through? None where not, or where the same parcel can safely be handed in again.
        Raises: TryLaterError when that cannot be told now, RejectedError when nobody can ever tell, OtherReceiverError."""

    async def news(self, cursor: str, open_ids: Sequence[str]) -> News:
        """What was told since the cursor ("" at first). `open_ids` are the ids of parcels whose fate is still open, for a
        service that has to be asked for each. Raises: TryLaterError."""

    async def check(self) -> list[str]:
        """Sentences for `budbok doctor`: what is wrong with the service's side, or soon will be; empty when all is well."""
