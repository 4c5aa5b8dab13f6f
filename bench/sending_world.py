"""A provider in a process of its own, to which a hub sends much: it answers after 50 ms, may take only so many a second, and
may report. At each line of its input it tells, as JSON, how many texts it had taken and refused at each tenth of a second since
the first that came, and begins anew.
"""

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path

from tests.rehearsal.manners import Manners
from tests.rehearsal.twilio_provider import RehearsalProvider

from .installation import ACCOUNT, PUBLIC_URL, TOKEN
from .world import ANSWER_SECONDS

TENTH = 0.1
Sample = tuple[float, int, int]


class Watch:
    """What a provider took and refused over time. A sample is the seconds since the first request, and both counts since."""

    def __init__(self, provider: RehearsalProvider) -> None:
        self._provider = provider
        self._begin()

    def _begin(self) -> None:
        self._taken, self._refused = self._provider.count, self._provider.refused
        self._since: float | None = None
        self._samples: list[Sample] = []

    def tell(self) -> list[Sample]:
        self._look()
        told = self._samples
        self._begin()
        return told

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        taken, refused = self._provider.count - self._taken, self._provider.refused - self._refused
        if self._since is None and taken + refused:
            self._since = now
        if self._since is not None:
            self._samples.append((now - self._since, taken, refused))

    async def run(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(TENTH)


async def serve(port: int, numbers: Path, hub_port: int, per_second: float | None, *, reports: bool) -> None:
    manners = Manners(
        keeps=False, answer_seconds=ANSWER_SECONDS, words_block=False, reports=reports, texts_per_second=per_second
    )
    async with RehearsalProvider(
        account_sid=ACCOUNT, auth_token=TOKEN, port=port, manners=manners, chance=random.Random()
    ) as provider:
        provider.reach(PUBLIC_URL, f"http://127.0.0.1:{hub_port}")
        for number in numbers.read_text().split():
            provider.add_number(number)
        watch = Watch(provider)
        watching = asyncio.create_task(watch.run())
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(watch.tell()), flush=True)
        watching.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("numbers", type=Path)
    parser.add_argument("hub_port", type=int)
    parser.add_argument("--per-second", type=float)
    parser.add_argument("--reports", action="store_true")
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.numbers, asked.hub_port, asked.per_second, reports=asked.reports))


if __name__ == "__main__":
    main()
