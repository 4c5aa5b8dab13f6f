"""Gates: how many taps a second the hub keeps durably, how soon a gate's lamp lights, and what a gate that only waits costs.

The limit of the first is bare aiohttp with the same signature and a group commit; of the second the disk's own sync.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import sqlalchemy as sa

from hub.desk import Work
from hub.door.readers import ReaderKind, TagReader
from hub.people.places import Unit
from nfc_gateway.gate import Gate
from nfc_gateway.lamp import Sign
from nfc_gateway.reader import Reader
from nfc_gateway.spool import Spool
from nfc_gateway.state import Identity, make_folder, write_identity

from .gate_requests import BenchGate, make_gates, write_requests
from .installation import BENCH, free_port, install, settle, with_desk
from .process import ROOT, cpu_seconds, is_open, resident_mb, start
from .row import Row

CHILDREN = 50
CONNECTIONS = 32
CLIENT_SECONDS = 300.0
LINE = 110
"""About what a touch takes on the disk, in bytes."""


def measure(each: int = 150, turns: int = 3, touches: int = 500, idle_seconds: float = 20.0) -> list[Row]:
    """So many taps of each gate in each turn, so many touches at one gate, and so long a rest."""
    with tempfile.TemporaryDirectory(prefix="budbok-bench-") as name:
        folder = Path(name)
        return [
            _measure_uplink(folder, each, turns),
            asyncio.run(_measure_lamp(folder, touches)),
            *_rest(folder, idle_seconds),
        ]


def _measure_uplink(folder: Path, each: int, turns: int) -> Row:
    gates, port = make_gates(), free_port()
    installation = install(folder / "hub")
    settle(installation, CHILDREN)
    with_desk(installation, lambda desk: desk.work(BENCH, _pair, gates))
    keys = folder / "keys.json"
    keys.write_text(json.dumps({gate.reader: gate.key for gate in gates}))
    rates: dict[int, list[float]] = {installation.public_port: [], port: []}
    with ExitStack() as stack:
        hub = stack.enter_context(installation.start("bench.gate_hub", str(installation.config)))
        limit = stack.enter_context(
            start(folder, "limit", "-m", "bench.limit_gate", str(port), str(folder / "limit.sqlite"), str(keys))
        )
        hub.wait_until(installation.is_open)
        limit.wait_until(lambda: is_open(port))
        for turn in range(turns):
            file = folder / f"requests-{turn}.txt"
            write_requests(gates, turn * each + 1, each, datetime.now(UTC), file)
            for at, found in rates.items():
                found.append(_post(at, file))
    ours, bare = (median(found) for found in rates.values())
    note = f"one touch a request, {len(gates)} gates, {CONNECTIONS} connections, SQLite"
    return Row("taps over the uplink, signed, kept durably", ours, bare, "/s", 0.5, 0.75, note=note)


def _pair(work: Work, gates: Sequence[BenchGate]) -> None:
    unit = work.session.scalars(sa.select(Unit).order_by(Unit.id).limit(1)).one()
    work.session.add_all(
        TagReader(
            id=gate.reader,
            owner_id=unit.owner_id,
            unit_id=unit.id,
            kind=ReaderKind.GATE,
            name="Bench",
            key=gate.key,
            paired_at=work.now,
            paired_by="bench",
        )
        for gate in gates
    )


def _post(port: int, file: Path) -> float:
    told = subprocess.run(
        [sys.executable, "-m", "bench.gate_client", str(port), str(file), str(CONNECTIONS)],
        cwd=ROOT, capture_output=True, text=True, timeout=CLIENT_SECONDS, check=True,
    )  # fmt: skip
    return float(told.stdout)


class _Lit:
    """A lamp that notes when it was told to shine."""

    at = 0.0
    sign = Sign.READY

    def show(self, sign: Sign) -> None:
        self.at, self.sign = time.perf_counter(), sign


async def _measure_lamp(folder: Path, touches: int) -> Row:
    spool, lamp, chance = Spool(folder / "spool"), _Lit(), random.Random(1)
    gate = Gate(folder, Identity("http://127.0.0.1:9", "0" * 26, "11" * 32), spool, "udp:127.0.0.1:9", lamp)
    reader = Reader("udp:127.0.0.1:9", gate.touched, lamp)
    beside = os.open(folder / "beside", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    ours, disk = [], []
    for _ in range(touches):
        tag = SimpleNamespace(identifier=chance.randbytes(7), ndef=None)
        begun = time.perf_counter()
        lamp.show(reader.meet(tag))
        assert lamp.sign is Sign.KEPT
        ours.append(lamp.at - begun)
        begun = time.perf_counter()
        os.write(beside, b"x" * LINE)
        os.fdatasync(beside)
        disk.append(time.perf_counter() - begun)
    os.close(beside)
    spool.close()
    note = "from the serial in hand to the lamp, spool synced; the limit is as many bytes added to a file and synced; medians"
    return Row(
        "gate: tag seen to lamp", median(ours) * 1e3, median(disk) * 1e3, "ms", 2, 1.2, more_is_better=False, note=note
    )


def _rest(folder: Path, seconds: float) -> list[Row]:
    """A gate in a process of its own that has read a tag and waits for the next, with no hub to be reached."""
    state, path = folder / "gate", f"udp:127.0.0.1:{free_port()}"
    make_folder(state)
    write_identity(state, Identity(f"http://127.0.0.1:{free_port()}", "0" * 26, "11" * 32))
    with start(folder, "gate", "-m", "nfc_gateway", "--folder", str(state), "run", "--reader", path) as gate:
        played = [
            sys.executable,
            "-m",
            "nfc_gateway",
            "simulate",
            "--reader",
            path,
            "--uri",
            "https://hub.example.org/t?a=1",
        ]
        subprocess.run(played, cwd=ROOT, capture_output=True, timeout=CLIENT_SECONDS, check=True)
        gate.wait_until(lambda: "lamp: kept" in gate.last_words())
        before, begun = cpu_seconds(gate.pid), time.perf_counter()
        time.sleep(seconds)
        share = (cpu_seconds(gate.pid) - before) / (time.perf_counter() - begun) * 100
        memory = resident_mb(gate.pid)
    note = "after a touch, waiting, with nfcpy's UDP driver for a reader"
    return [
        Row("gate process: memory", memory, None, "MB", 60, 40, more_is_better=False, note=note),
        Row("gate process: idle processor, of a core", share, None, "%", 2, 1, more_is_better=False),
    ]
