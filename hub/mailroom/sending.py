"""Sends letters as the register says now: looked up, kept as an attempt, handed over, and kept what came of it.

Each letter has works of its own, and nothing outside is done within one, so that whatever ends the hub between two of them
loses no letter and hands none over twice. A service takes them at its own pace: some at a time, and none while it says "later".
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from hub.asker import routine_asker
from hub.desk import Desk
from hub.mailroom.answering import answer_of
from hub.mailroom.asking import ask_register
from hub.mailroom.astray import follow_changes, list_changed
from hub.mailroom.outcomes import (
    postpone,
    settle_doubt,
    settle_error,
    settle_not_found,
    settle_reaches,
    settle_receipt,
)
from hub.mailroom.parcels import begin_attempt, find_in_doubt
from hub.mailroom.sendings import begin_sendings, is_any_ready
from hub.mailroom.service import LetterService, OtherReceiverError, Reach
from hub.mailroom.ways import ToAsk, list_due, sort_due
from hub.post.channel import SendError, TryLaterError, UnknownFateError
from hub.seal import Seal

MAILROOM = routine_asker("mailroom")
AT_A_TIME = 8
ROUNDS = 100
"""Of some hundred letters each, at a waking."""
IN_ONE_WORK = 20
"""Letters at most, since whatever else writes waits for it on SQLite."""
HOLDS_SECONDS = 60.0
"""So long what a register said is acted on; then it is asked anew."""
T = TypeVar("T")


class Mailroom:
    """Made once by assembly. `services` are those that the settings use, one for a country."""

    def __init__(self, desk: Desk, services: Iterable[LetterService], seal: Seal, chance: random.Random) -> None:
        self._desk = desk
        self._services = {service.country: service for service in services}
        self._seal = seal
        self._chance = chance

    @property
    def services(self) -> Sequence[LetterService]:
        return list(self._services.values())

    async def send_due(self) -> None:
        """Send what is due, until nothing is."""
        while changed := await self._desk.look(MAILROOM, list_changed):
            await self._desk.work(MAILROOM, follow_changes, changed, self._seal)
        while await self._desk.look(MAILROOM, is_any_ready):
            await self._desk.work(MAILROOM, begin_sendings)
        for _ in range(ROUNDS):
            due = await self._desk.look(MAILROOM, list_due)
            if not due:
                return
            to_ask: list[ToAsk] = []
            in_doubt: deque[str] = deque()
            for ids in _parts(due):
                part = await self._desk.work(MAILROOM, sort_due, ids, self.services, self._seal)
                to_ask += part.to_ask
                in_doubt += part.in_doubt
            await _all_of(
                self._hand_in(service, [one for one in to_ask if one.country == service.country])
                for service in self.services
            )
            await self._at_a_time(in_doubt, self._look_for)

    async def _hand_in(self, service: LetterService, asked: Sequence[ToAsk]) -> None:
        if not asked:
            return
        answered = await ask_register(service, [one.national_id for one in asked])
        known = [(one, answered.reaches[one.national_id]) for one in asked if one.national_id in answered.reaches]
        await self._postpone([one for one in asked if one.national_id not in answered.reaches], answered.error)
        waiting: deque[tuple[ToAsk, Reach]] = deque()
        for part in _parts(known):
            waiting += await self._desk.work(MAILROOM, settle_reaches, part)
        error = await self._at_a_time(waiting, lambda one: self._send(service, *one))
        if error is not None:
            await self._postpone([one for one, _ in waiting], error)

    async def _postpone(self, asked: Sequence[ToAsk], error: SendError) -> None:
        for ids in _parts([one.sending_id for one in asked]):
            await self._desk.work(MAILROOM, postpone, ids, error, self._chance.random())

    async def _send(self, service: LetterService, asked: ToAsk, reach: Reach) -> SendError | None:
        """One attempt. Answers the error by which the service says that it takes no more for now."""
        parcel = await self._desk.work(MAILROOM, begin_attempt, asked, reach, service.name, self._seal)
        if parcel is None:
            return None
        try:
            receipt = await answer_of(service, service.send(parcel), UnknownFateError)
        except SendError as error:
            await self._desk.work(MAILROOM, settle_error, asked.sending_id, error, self._chance.random())
            return error if isinstance(error, TryLaterError) and (error.whole_channel or error.too_fast) else None
        await self._desk.work(MAILROOM, settle_receipt, asked.sending_id, parcel.id, receipt)
        return None

    async def _look_for(self, sending_id: str) -> SendError | None:
        """Find out whether an earlier attempt got through; one that cannot be told of keeps no other from it."""
        doubt = await self._desk.look(MAILROOM, find_in_doubt, sending_id, self._seal)
        if doubt is None:
            return None
        service = next((one for one in self.services if one.name == doubt.service), None)
        try:
            if service is None or doubt.parcel is None:
                raise TryLaterError("cannot_be_found")
            receipt = await answer_of(service, service.find(doubt.parcel), TryLaterError)
        except SendError as error:
            settle = settle_error if isinstance(error, OtherReceiverError) else settle_doubt
            await self._desk.work(MAILROOM, settle, sending_id, error, self._chance.random())
            return None
        if receipt is None:
            await self._desk.work(MAILROOM, settle_not_found, sending_id)
        else:
            await self._desk.work(MAILROOM, settle_receipt, sending_id, doubt.parcel.id, receipt)
        return None

    async def _at_a_time(self, waiting: deque[T], do: Callable[[T], Awaitable[SendError | None]]) -> SendError | None:
        """Take them one after the other, AT_A_TIME at once, until one of them answers an error, or for HOLDS_SECONDS."""
        until = self._desk.clock.monotonic() + HOLDS_SECONDS
        errors: list[SendError] = []

        async def go_on() -> None:
            while waiting and not errors and self._desk.clock.monotonic() < until:
                error = await do(waiting.popleft())
                errors.extend([error] if error is not None else [])

        await _all_of(go_on() for _ in range(AT_A_TIME))
        return errors[0] if errors else None


def _parts(these: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many as one work takes on."""
    return (these[start : start + IN_ONE_WORK] for start in range(0, len(these), IN_ONE_WORK))


async def _all_of(jobs: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait for all of them, whatever becomes of one. Raises: what the first of them raised."""
    for outcome in await asyncio.gather(*jobs, return_exceptions=True):
        if outcome is not None:
            raise outcome
