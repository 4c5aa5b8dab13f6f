"""What Suomi.fi Messages tells of letters after it took them: its log of events, read on from where it was read last.

What was created lies in its receiver's mailbox, and an electronic one cannot fail after that. The log goes 60 days back.
Source: kehittajille.suomi.fi, Messages, "Monitoring the state information of messages".
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from channels.json_object import read_object
from channels.letters.moments import read_moment
from channels.letters.suomifi_answers import read_number
from channels.letters.suomifi_interface import SuomifiInterface
from hub.clock import Clock
from hub.mailroom.service import Fate, News, Told
from hub.outside import Answer
from hub.post.channel import RejectedError, TryLaterError

PATH = "/v2/events"
FATES = {
    "Electronic message created": Fate.DELIVERED,
    "Electronic message read": Fate.OPENED,
    "Receipt confirmed": Fate.OPENED,
}
PAGES_AT_ONCE = 20
KEPT_AT_MOST = 100_000
CURSOR_LETTERS = 4096
_PARCEL_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
log = logging.getLogger(__name__)


class SuomifiEvents:
    """The log, for one municipality's service. What was read in it is remembered while the hub runs."""

    def __init__(self, interface: SuomifiInterface, clock: Clock) -> None:
        self._interface = interface
        self._clock = clock
        self._lock = asyncio.Lock()
        self._cursor = ""
        self._taken: dict[str, str] = {}

    async def read(self, cursor: str) -> News:
        """One page from a cursor on; from the beginning where the service no longer knows it. Raises: TryLaterError."""
        try:
            return self._read_page(await self._fetch(cursor), cursor)
        except RejectedError as error:
            if not cursor:
                raise TryLaterError(error.reason) from None
        log.warning(
            "Suomi.fi Messages no longer knows how far we had read its events; they are read from the beginning"
        )
        try:
            return self._read_page(await self._fetch(""), "")
        except RejectedError as error:
            raise TryLaterError(error.reason) from None

    async def find_taken(self, parcel_id: str) -> str | None:
        """The number of the message that a parcel became, if the log tells of it by now. Raises: TryLaterError."""
        async with self._lock:
            if parcel_id not in self._taken:
                await self._read_on()
            return self._taken.get(parcel_id)

    async def _read_on(self) -> None:
        """Raises: TryLaterError; what was read until then is not read again."""
        for _ in range(PAGES_AT_ONCE):
            news = await self.read(self._cursor)
            self._taken |= {
                told.parcel_id: told.provider_id for told in news.told if told.parcel_id and told.provider_id
            }
            self._cursor = news.cursor
            while len(self._taken) > KEPT_AT_MOST:
                del self._taken[next(iter(self._taken))]
            if not news.more:
                return
        raise TryLaterError("many_events")

    async def _fetch(self, cursor: str) -> Answer:
        """Raises: TryLaterError, RejectedError."""
        return await self._interface.ask_harmlessly(
            "GET", PATH, params={"continuationToken": cursor} if cursor else None
        )

    def _read_page(self, answer: Answer, cursor: str) -> News:
        """Raises: TryLaterError."""
        try:
            told = read_object(answer.body)
        except ValueError:
            raise TryLaterError("nonsense") from None
        events, onward = told.get("events"), told.get("continuationToken")
        if not isinstance(events, list):
            raise TryLaterError("nonsense")
        if not isinstance(onward, str) or not 0 < len(onward) <= CURSOR_LETTERS or not onward.isprintable():
            onward = cursor
        read = (self._read_event(event) for event in events if isinstance(event, dict))
        return News([one for one in read if one is not None], onward, more=bool(events) and onward != cursor)

    def _read_event(self, event: Mapping[str, Any]) -> Told | None:
        """None for one of a kind that tells nothing of a letter of ours, known or not."""
        fate, metadata = FATES.get(str(event.get("type"))), event.get("metadata")
        if fate is None or not isinstance(metadata, dict):
            return None
        ours, theirs = metadata.get("externalId"), read_number(metadata.get("messageId"))
        parcel_id = ours if isinstance(ours, str) and _PARCEL_ID.fullmatch(ours) else ""
        if not parcel_id and theirs is None:
            return None
        at = read_moment(event.get("eventTime")) or self._clock.now()  # what happened is worth more than when
        return Told(parcel_id, theirs or "", fate, at)
