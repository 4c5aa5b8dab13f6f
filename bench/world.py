"""The world outside, in a process of its own: the provider, and guardians who write through it.

Every line of standard input is an errand, "PORT FORMS WINDOW": post all the forms to that port, with never more than
WINDOW of them unanswered by a text, and wait until the last report was taken. Each is told on standard output as
"RESULT journeys seconds", or "FAILED" and why.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import deque
from pathlib import Path

from tests.rehearsal.manners import Manners
from tests.rehearsal.twilio_provider import RehearsalProvider

from .client import Line, connect
from .forms import read_forms
from .installation import ACCOUNT, PUBLIC_URL, TOKEN

CONNECTIONS = 32
ANSWER_SECONDS = 0.05
STALL_SECONDS = 30.0


async def run_errand(provider: RehearsalProvider, port: int, file: Path, window: int) -> str:
    """Raises: TimeoutError when texts stop coming back."""
    requests = deque(form.as_request(port) for form in read_forms(file))
    total, before, bad = len(requests), provider.count, 0
    free: deque[Line] = deque()

    def answered(line: Line, status: int) -> None:
        nonlocal bad
        bad += status != 200
        free.append(line)

    provider.reach(PUBLIC_URL, f"http://127.0.0.1:{port}")
    lines = await connect(port, CONNECTIONS, answered)
    free.extend(lines)
    begun = moved = time.perf_counter()
    back = 0
    while back < total:
        if provider.count - before != back:
            back, moved = provider.count - before, time.perf_counter()
        while free and requests and total - len(requests) - back < window:
            free.popleft().send(requests.popleft(), 0.0)
        if time.perf_counter() - moved > STALL_SECONDS:
            return f"FAILED {back} of {total} texts came back, {bad} answers were not 200"
        await asyncio.sleep(0.002)
    await provider.at_rest(STALL_SECONDS)
    took = time.perf_counter() - begun
    for line in lines:
        line.close()
    return f"FAILED {bad} answers were not 200" if bad else f"RESULT {total} {took:.4f}"


async def serve(port: int, numbers: Path) -> None:
    manners = Manners(keeps=False, answer_seconds=ANSWER_SECONDS, words_block=False)
    async with RehearsalProvider(
        account_sid=ACCOUNT, auth_token=TOKEN, port=port, manners=manners, chance=random.Random()
    ) as provider:
        for number in numbers.read_text().split():
            provider.add_number(number)
        loop = asyncio.get_running_loop()
        while errand := await loop.run_in_executor(None, sys.stdin.readline):
            hub_port, file, window = errand.split()
            print(await run_errand(provider, int(hub_port), Path(file), int(window)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("numbers", type=Path)
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.numbers))


if __name__ == "__main__":
    main()
