"""A gate is paired and run as anybody would, in a process of its own, and a tag is held to it by nfcpy's own UDP driver.

The hub keeps the tap, also of a tag whose address proves something, and from a gate that was killed. A revoked gate says no.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.desk import Look
from hub.door.pairing import list_readers, offer_pairing, revoke
from hub.door.taps import Tap, TapState
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.patience import PATIENCE, START_PATIENCE
from tests.ports import hold_port

LEADER = "Astrid Vik"
STATIC, PROVING = "04a1b2c3d4e5f6", "04958caa5c5e80"
ADDRESS = "https://hub.example.org/t"


@pytest.fixture
async def living(tmp_path: Path, store_url: str) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, store_url) as hub:
        yield hub


@dataclass
class WallGate:
    """A gate in a folder, with its reader at a port of loopback."""

    folder: Path
    path: str
    running: "asyncio.subprocess.Process | None" = None

    async def do(self, *arguments: str) -> tuple[int, str]:
        """One of its commands; what it said."""
        process = await self._begin(*arguments)
        said, _ = await asyncio.wait_for(process.communicate(), START_PATIENCE)
        return process.returncode or 0, said.decode()

    async def start(self) -> None:
        """Return when it reads."""
        self.running = await self._begin("run", "--reader", self.path)
        await self.shows("ready")

    async def shows(self, sign: str) -> None:
        """Return when the lamp shows this."""
        assert self.running is not None
        assert self.running.stdout is not None
        async with asyncio.timeout(START_PATIENCE):
            while line := await self.running.stdout.readline():
                if line.decode().strip() == f"lamp: {sign}":
                    return
        raise AssertionError("the gate ended")

    async def stop(self, *, at_once: bool = False) -> int:
        assert self.running is not None
        if at_once:
            self.running.kill()
        else:
            self.running.terminate()
        await asyncio.wait_for(self.running.communicate(), PATIENCE)
        return self.running.returncode or 0

    async def touch(self, serial: str, kind: int, *uris: str) -> None:
        named = [part for uri in uris for part in ("--uri", uri)]
        wait = ("--wait", str(PATIENCE))
        code, said = await self.do(
            "simulate", "--reader", self.path, "--serial", serial, "--type", str(kind), *named, *wait
        )
        assert code == 0, said

    async def _begin(self, *arguments: str) -> "asyncio.subprocess.Process":
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nfc_gateway", "--folder", str(self.folder), *arguments,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent.parent,
        )  # fmt: skip


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncIterator[WallGate]:
    gate = WallGate(tmp_path / "gate", f"udp:127.0.0.1:{hold_port()}")
    yield gate
    if gate.running is not None and gate.running.returncode is None:
        await gate.stop(at_once=True)


def list_taps(look: Look) -> Sequence[Tap]:
    return look.session.scalars(sa.select(Tap).order_by(Tap.number)).all()


async def taps_of(living: LivingHub, count: int) -> Sequence[Tap]:
    """Return when so many are kept."""
    async with asyncio.timeout(PATIENCE):
        while len(taps := await living.hub.desk.look(OPERATOR, list_taps)) < count:
            await asyncio.sleep(0.02)
    return taps


async def test_a_tag_at_the_gate_becomes_a_tap_of_its_unit(living: LivingHub, wall: WallGate) -> None:
    leader, unit = as_staff(living.village.staff(LEADER)), living.village.unit("preschool")
    offered = await living.hub.desk.work(leader, offer_pairing, unit.id, "Main entrance")
    url = living.hub.settings.public.url
    code, said = await wall.do("pair", url, offered.code)
    assert code == 0, said
    assert {file.name for file in wall.folder.iterdir()} == {"gate.json"}
    assert [file.stat().st_mode & 0o777 for file in (wall.folder, wall.folder / "gate.json")] == [0o700, 0o600]

    await wall.start()
    await wall.touch(STATIC, 2, f"{ADDRESS}/plain")
    await wall.shows("kept")
    await wall.touch(PROVING, 4, f"{ADDRESS}?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086")
    await wall.shows("kept")
    first, second = await taps_of(living, 2)

    assert [(tap.number, tap.serial, tap.state) for tap in (first, second)] == [
        (1, STATIC, TapState.PENDING),
        (2, PROVING, TapState.PENDING),
    ]
    assert {tap.unit_id for tap in (first, second)} == {unit.id}
    assert not first.is_clock_doubted

    assert await wall.stop(at_once=True) != 0
    await wall.start()
    await wall.touch(STATIC, 2)
    await wall.shows("kept")
    assert [tap.number for tap in await taps_of(living, 3)] == [1, 2, 3]
    _, told = await wall.do("status")
    assert "The hub last answered" in told

    (reader,) = await living.hub.desk.look(leader, list_readers, unit)
    await living.hub.desk.work(leader, revoke, unit.id, reader.id)
    await wall.touch(PROVING, 2)
    await refused(wall)
    await wall.touch(STATIC, 2)
    await wall.shows("not kept")
    assert len(await taps_of(living, 3)) == 3
    assert await wall.stop() == 0


async def refused(wall: WallGate) -> None:
    """Return when the gate knows that the hub wants nothing from it any more."""
    async with asyncio.timeout(START_PATIENCE):
        while "refuses this gate" not in (await wall.do("status"))[1]:
            await asyncio.sleep(0.05)
