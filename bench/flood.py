"""Posts forms at a rate that a hub cannot take, whether answers come or not, and notes what each was answered and when; then
probes until the hub answers as ever. It writes the MessageSids that were acknowledged to a file, and prints a RESULT line of
JSON.

`offered` is what really left this process; `kept` and `refused` are lists of seconds that a 200 and a 503 took; `other` counts
every other end, an answer that never came too; `back` is how many seconds behind the flood all was well again.
"""

import argparse
import asyncio
import gc
import json
import time
from collections import deque
from pathlib import Path
from urllib.parse import parse_qs

from .client import Line, connect
from .forms import Form, read_forms

CONNECTIONS = 1000
LAST_SECONDS = 20.0
QUICK_SECONDS = 0.1
IN_A_ROW = 20
PROBE_SECONDS = 0.02
LONGEST_SECONDS = 60.0


class Flood:
    """Every form is posted once, as soon as it is due and a connection is free."""

    def __init__(self, port: int, forms: list[Form]) -> None:
        self._port = port
        self._forms = forms
        self._next = 0
        self._free: deque[Line] = deque()
        self._lines: list[Line] = []
        self._form_of: dict[int, Form] = {}
        self.kept: list[float] = []
        self.refused: list[float] = []
        self.sids: list[str] = []
        self.other = 0

    @property
    def unanswered(self) -> int:
        return len(self._form_of)

    async def open(self, connections: int) -> None:
        self._lines = await connect(self._port, connections, self._answered)
        self._free.extend(self._lines)

    def _answered(self, line: Line, status: int) -> None:
        took, form = time.perf_counter() - line.sent_at, self._form_of.pop(id(line))
        if status == 200:
            self.kept.append(took)
            self.sids.append(parse_qs(form.body)["MessageSid"][0])
        elif status == 503:
            self.refused.append(took)
        else:
            self.other += 1
        if status:
            self._free.append(line)

    def _send(self) -> None:
        line, form = self._free.popleft(), self._forms[self._next]
        self._next += 1
        self._form_of[id(line)] = form
        line.send(form.as_request(self._port), time.perf_counter())

    async def run(self, seconds: float, per_second: float) -> float:
        """How many a second were really offered."""
        begun = time.perf_counter()
        while (passed := time.perf_counter() - begun) < seconds:
            due = min(int(passed * per_second), len(self._forms) - IN_A_ROW)
            while self._next < due and self._free:
                self._send()
            await asyncio.sleep(0.001)
        offered = self._next / seconds
        end = time.perf_counter() + LAST_SECONDS
        while self._form_of and time.perf_counter() < end:
            await asyncio.sleep(0.01)
        return offered

    async def probe(self) -> float:
        """Seconds until so many in a row were kept quickly. One that is refused is asked again, as a provider would."""
        begun, well = time.perf_counter(), 0
        while well < IN_A_ROW and time.perf_counter() - begun < LONGEST_SECONDS and self._free:
            before, self._next = len(self.kept), min(self._next, len(self._forms) - 1)
            self._send()
            sent = time.perf_counter()
            while self._form_of and time.perf_counter() - sent < LAST_SECONDS:
                await asyncio.sleep(0.001)
            well = well + 1 if len(self.kept) > before and self.kept[-1] <= QUICK_SECONDS else 0
            await asyncio.sleep(PROBE_SECONDS)
        return time.perf_counter() - begun

    def close(self) -> None:
        for line in self._lines:
            line.close()


async def flood(port: int, forms: list[Form], seconds: float, per_second: float, acknowledged: Path) -> str:
    one = Flood(port, forms)
    await one.open(CONNECTIONS)
    offered = await one.run(seconds, per_second)
    kept, refused, other = one.kept.copy(), one.refused.copy(), one.other + one.unanswered
    back = await one.probe()
    acknowledged.write_text("\n".join(one.sids), "utf-8")
    one.close()
    told = {"offered": offered, "kept": _sum_up(kept), "refused": _sum_up(refused), "other": other, "back": back}
    return "RESULT " + json.dumps(told)


def _sum_up(times: list[float]) -> dict[str, float]:
    ordered = sorted(times) or [0.0]
    return {"count": len(times), "p50": ordered[len(ordered) // 2], "p99": ordered[int(len(ordered) * 0.99)]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("forms", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("per_second", type=float)
    parser.add_argument("acknowledged", type=Path)
    asked = parser.parse_args()
    forms = read_forms(asked.forms)
    gc.freeze()
    gc.disable()
    print(asyncio.run(flood(asked.port, forms, asked.seconds, asked.per_second, asked.acknowledged)))


if __name__ == "__main__":
    main()
