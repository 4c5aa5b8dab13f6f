"""A country's digital post in memory, as hub.mailroom.service says that one is: what it takes in it takes in once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.mailroom.service import Fate, News, Parcel, Reach, Told, Way
from hub.post.channel import Receipt, RejectedError, SendError

DIGITAL = Reach(Way.MAILBOX, "mailbox")


class KilledError(BaseException):
    """The power goes out here: nothing in the hub catches it."""


@dataclass(slots=True)
class PretendPost:
    """`reaches` are those that differ. `before` and `after` are what goes wrong before and after a parcel is taken, one for
    each attempt; `status` is what a receipt says; `most_at_once` is how many parcels were ever handed in at the same time."""

    name: str = "pretend"
    country: str = "NO"
    asked_at_once: int = 1000
    tells: bool = True
    reaches: dict[str, Reach] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    register_fails: deque[SendError] = field(default_factory=deque)
    before: deque[BaseException | None] = field(default_factory=deque)
    after: deque[BaseException | None] = field(default_factory=deque)
    cannot_find: deque[SendError] = field(default_factory=deque)
    no_news: deque[SendError] = field(default_factory=deque)
    asked: list[list[str]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    taken: dict[str, Parcel] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    open_ids: list[Sequence[str]] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None
    on_answer: Callable[[], Awaitable[None]] | None = None
    seconds: float = 0.0
    page: int = 1000
    status: str = "accepted"
    most_at_once: int = 0
    _at_once: int = 0

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        self.asked.append(list(national_ids))
        if self.register_fails:
            raise self.register_fails.popleft()
        if self.refused.intersection(national_ids):
            raise RejectedError("bad_request")
        if self.on_answer is not None:
            await self.on_answer()
        return {id_: self.reaches.get(id_, DIGITAL) for id_ in national_ids}

    async def send(self, parcel: Parcel) -> Receipt:
        if parcel.way is Way.PAPER:
            raise RejectedError("no_such_way")
        self.tried.append(parcel.id)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(self.seconds)
            self.on_send()
            _raise_next(self.before)
            self.taken.setdefault(parcel.id, parcel)
            _raise_next(self.after)
        finally:
            self._at_once -= 1
        return Receipt(f"theirs-{parcel.id}", self.status)

    async def find(self, parcel: Parcel) -> Receipt | None:
        if self.cannot_find:
            raise self.cannot_find.popleft()
        return Receipt(f"theirs-{parcel.id}") if parcel.id in self.taken else None

    async def news(self, cursor: str, open_ids: Sequence[str]) -> News:
        self.open_ids.append(open_ids)
        if self.no_news:
            raise self.no_news.popleft()
        start = int(cursor or 0)
        told = self.told[start : start + self.page]
        end = start + len(told)
        return News(told, str(end) if end else cursor, end < len(self.told))

    async def check(self) -> list[str]:
        return self.faults

    def tell(self, parcel_id: str, fate: Fate, at: datetime, error: str | None = None) -> None:
        self.told.append(Told(parcel_id, "", fate, at, error))


def _raise_next(script: deque[BaseException | None]) -> None:
    error = script.popleft() if script else None
    if error is not None:
        raise error
