"""What the integration point tells of letters: a list of statuses that is read on page by page, and those of one letter.

The list is read again from ten minutes before its newest entry, for what was written late; repeats are harmless. Whatever it
never told is found by asking for single letters, some at a time, round after round.
Source: docs.digdir.no, eFormidling, statuses; felleslosninger/efm-integrasjonspunkt.
"""

import logging
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from channels.json_object import read_object
from channels.letters.integration_point import IntegrationPoint, explain_prepared
from channels.letters.moments import read_moment
from hub.clock import Clock
from hub.mailroom.service import Fate, News, Told
from hub.outside import Answer
from hub.post.channel import SendError, TryLaterError

CREATED = "OPPRETTET"
FATES = {
    "SENDT": Fate.HANDED_OVER,
    "MOTTATT": Fate.HANDED_OVER,
    "LEVERT": Fate.DELIVERED,
    "LEST": Fate.OPENED,
    "FEIL": Fate.FAILED,
    "LEVETID_UTLOPT": Fate.FAILED,
}
PAGE_SIZE = 100
ASKED_FOR_AT_ONCE = 20
LOOK_BACK = timedelta(days=2)
OVERLAP = timedelta(minutes=10)
PAGES_AT_MOST = 100_000
_PARCEL_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """One entry; `at` is aware, UTC."""

    parcel_id: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """How far the list was read: since when, which page is next, the newest entry so far, and the letter asked for last."""

    since: datetime
    page: int
    newest: datetime
    asked_for: str

    @classmethod
    def read(cls, cursor: str, now: datetime) -> "Place":
        """Two days back for a cursor that is none."""
        parts = cursor.split(" ")
        if len(parts) == 4:
            since, newest = read_moment(parts[0]), read_moment(parts[2])
            if (
                since
                and newest
                and re.fullmatch(r"[0-9]{1,6}", parts[1])
                and re.fullmatch(r"[0-9A-Za-z-]{0,64}", parts[3])
            ):
                return cls(since, int(parts[1]), newest, parts[3])
        return cls(now - LOOK_BACK, 0, now - LOOK_BACK, "")

    def __str__(self) -> str:
        return f"{self.since.isoformat()} {self.page} {self.newest.isoformat()} {self.asked_for}"


class EformidlingStatuses:
    """The statuses at one integration point. Others may send by it too: what it tells of their messages goes along."""

    def __init__(self, point: IntegrationPoint, clock: Clock) -> None:
        self._point = point
        self._clock = clock

    async def of_parcel(self, parcel_id: str) -> list[Status]:
        """Those of one letter, in order; none when it was never taken in. Raises: TryLaterError."""
        answer = await self._look(f"/statuses/{quote(parcel_id, safe='')}", {"size": str(PAGE_SIZE)})
        statuses, _ = self._read(answer)
        return [one for one in statuses if one.parcel_id == parcel_id]

    async def read_on(self, cursor: str, open_ids: Sequence[str]) -> News:
        """One page of the list; with its last, some of the single letters too. Raises: TryLaterError."""
        place = Place.read(cursor, self._clock.now())
        asked = {"fromDateTime": place.since.isoformat(), "page": str(place.page), "size": str(PAGE_SIZE)}
        statuses, is_last = self._read(await self._look("/statuses", asked))
        told = _tell(statuses)
        newest = max([place.newest, *(one.at for one in statuses)])
        if not is_last and place.page < PAGES_AT_MOST:
            return News(told, str(replace(place, page=place.page + 1, newest=newest)), more=True)
        more, asked_for = await self._ask_for_some(place.asked_for, open_ids)
        since = max(place.since, newest - OVERLAP)
        return News([*told, *more], str(Place(since, 0, newest, asked_for)))

    async def _ask_for_some(self, after: str, open_ids: Sequence[str]) -> tuple[list[Told], str]:
        """What single letters have come to, and which was the last of them. One about which there is no answer waits for its
        next turn and holds up nobody else's. Raises: TryLaterError when nobody is there."""
        ids = sorted(open_ids)
        start = bisect_right(ids, after)
        told: list[Told] = []
        for parcel_id in (ids[start:] + ids[:start])[:ASKED_FOR_AT_ONCE]:
            try:
                told += _tell(await self.of_parcel(parcel_id))
            except TryLaterError as error:
                if error.whole_channel or error.reason in ("no_connection", "no_answer"):
                    raise
                log.warning(
                    "the integration point tells nothing of a letter",
                    extra={"parcel": parcel_id, "reason": error.reason},
                )
            after = parcel_id
        return told, after

    async def _look(self, path: str, params: dict[str, str]) -> Answer:
        """Raises: TryLaterError."""
        answer = await self._point.prepare("GET", path, params=params)
        if answer.status == 200:
            return answer
        error: SendError = explain_prepared(answer)
        raise error if isinstance(error, TryLaterError) else TryLaterError(error.reason) from None

    def _read(self, answer: Answer) -> tuple[list[Status], bool]:
        """The entries of a page that make sense, and whether it is the last. Raises: TryLaterError."""
        try:
            told = read_object(answer.body)
        except ValueError:
            raise TryLaterError("nonsense") from None
        rows = told.get("content")
        if not isinstance(rows, list):
            raise TryLaterError("nonsense")
        read = (self._read_status(row) for row in rows if isinstance(row, dict))
        last = told.get("last")
        return [one for one in read if one is not None], last if isinstance(last, bool) else len(rows) < PAGE_SIZE

    def _read_status(self, row: dict[str, Any]) -> Status | None:
        parcel_id, name = row.get("messageId"), row.get("status")
        if not isinstance(parcel_id, str) or not _PARCEL_ID.fullmatch(parcel_id) or not isinstance(name, str):
            return None
        return Status(parcel_id, name.strip().upper(), read_moment(row.get("lastUpdate")) or self._clock.now())


def _tell(statuses: Sequence[Status]) -> list[Told]:
    """What they mean. The integration point's description of a failure may name a person: its code is enough."""
    return [
        Told(one.parcel_id, one.parcel_id, fate, one.at, one.name if fate is Fate.FAILED else None)
        for one in statuses
        if (fate := FATES.get(one.name)) is not None
    ]
