"""What every service for digital post promises the mailroom, and what a test of it needs of the post that it is tried against.

A package for another country passes `test_contract.py` with a bench of its own.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from hub.mailroom.service import Fate, LetterService, Parcel
from hub.post.channel import Receipt, RejectedError, TryLaterError, UnknownFateError

CODES = {
    "mailbox": {"mailbox"},
    "inbox": {"inbox"},
    "paper": {"reserved", "not_notifiable", "no_mailbox", "unknown"},
}
"""By which way a register's answer sends a letter, and by which of its codes."""


@dataclass(frozen=True, slots=True)
class People:
    """National ids: of somebody with a mailbox, of somebody who is reached on paper, and of nobody."""

    reached: str
    on_paper: str
    nobody: str


class Memory(Enum):
    """What a post knows of a parcel that it may have: it can be asked, it knows the same one again, or it knows nothing."""

    CAN_BE_ASKED = auto()
    KNOWS_THE_SAME = auto()
    NONE = auto()


class Bench(Protocol):
    """A service, and the rehearsed post that it is tried against."""

    people: People
    memory: Memory

    @property
    def service(self) -> LetterService: ...

    def without_post(self) -> LetterService:
        """The same service where nobody answers."""

    def write(self, national_id: str, number: int = 1, title: str = "Brev") -> Parcel: ...

    def lose_answer(self, parcel: Parcel) -> None:
        """The next hand-over is carried out, and its answer lost."""

    def leave(self, national_id: str) -> None:
        """Somebody takes no digital post from now on."""

    def count(self, national_id: str) -> int:
        """How many letters lie in their mailbox."""

    def open(self, parcel: Parcel) -> None:
        """Its receiver opens it."""

    def wait(self) -> None:
        """Some minutes pass."""


async def hand_over(bench: Bench, parcel: Parcel, *, is_unknown: bool, times: int = 6) -> Receipt | None:
    """As the mailroom does: tried again later, and looked for first where its fate is unknown. None where nobody can ever tell
    that, and it goes on paper."""
    for _ in range(times):
        try:
            if is_unknown and (found := await bench.service.find(parcel)) is not None:
                return found
            is_unknown = False
            return await bench.service.send(parcel)
        except UnknownFateError:
            is_unknown = True
        except TryLaterError:
            pass
        except RejectedError:
            assert is_unknown
            return None
        bench.wait()
    raise AssertionError("it was never handed over")


async def read_on(bench: Bench, parcel: Parcel, cursor: str) -> tuple[list[Fate], str]:
    """All that is told of a parcel from a cursor on, by our id or by the service's own, and the next cursor."""
    fates: list[Fate] = []
    for _ in range(100):
        news = await bench.service.news(cursor, [parcel.id])
        assert all(one.at.tzinfo is not None for one in news.told)
        fates += [one.fate for one in news.told if parcel.id in (one.parcel_id, one.provider_id)]
        cursor = news.cursor
        if not news.more:
            return fates, cursor
    raise AssertionError("the news never end")
