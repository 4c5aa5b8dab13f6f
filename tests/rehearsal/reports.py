"""The status callbacks of one text: in order, or shuffled, doubled and lost as the faults say."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine

from .faults import Faults
from .texts import Text


class Reports:
    """When shuffled they are held until `flush`; else each is sent as it is added."""

    def __init__(
        self,
        text: Text,
        send: Callable[[Text, dict[str, str]], Coroutine[object, object, None]],
        faults: Faults,
        chance: random.Random,
    ) -> None:
        self._text = text
        self._send = send
        self._faults = faults
        self._chance = chance
        self._held: list[dict[str, str]] = []

    async def add(self, form: dict[str, str]) -> None:
        if self._chance.random() < self._faults.callbacks_lost:
            return
        times = 2 if self._chance.random() < self._faults.callbacks_doubled else 1
        if self._faults.callbacks_shuffled:
            self._held.extend([form] * times)
            return
        for _ in range(times):
            await self._send(self._text, form)

    async def flush(self) -> None:
        self._chance.shuffle(self._held)
        for form in self._held:
            await self._send(self._text, form)
        self._held.clear()
