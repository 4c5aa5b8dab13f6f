"""A decision, and a message that belongs to a case, outlast the family's access and the hub's own copies; they leave for the
archive once, and whoever has the folder can see for themselves that nothing in it was changed."""

import asyncio
import random
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.archive.gathering import gather_records
from hub.clock import StoppedClock
from hub.config import RetentionSettings
from hub.mailroom.sending import Mailroom
from hub.mailroom.sendings import LetterSending, SendingState
from hub.post.messages import Message
from hub.privacy.retention import Places, run
from hub.school.leave import LeaveApplication
from hub.school.leave_letters import LeaveLetter
from tests.admin_web.eid_pages import MOTHER, Scene, playing
from tests.blocks import block
from tests.hub.archive.arkivmelding_rules import faults_of
from tests.hub.archive.kept import ANNE, KARI, TEACHER, WHY, WORDS, decide_leave, export, record_ids, write
from tests.hub.mailroom.letters_day import SEAL
from tests.living_hub import OPERATOR
from tests.patience import PATIENCE
from tests.sent_files import as_staff_of

MANY_YEARS = timedelta(days=4000)


@pytest.fixture
async def scene(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, village_store_url, clock) as scene:
        yield scene


def check(folder: Path) -> tuple[int, str]:
    """With nothing but Python."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "check.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout


async def until_both_are_told(scene: Scene) -> None:
    """Until both letters of the decision are sent to where their guardians read them."""
    read_there = sa.select(sa.func.count()).where(LetterSending.state == SendingState.PAGES)
    async with asyncio.timeout(PATIENCE):
        while await scene.village.desk.look(OPERATOR, lambda look: look.session.scalar(read_there)) != 2:
            await asyncio.sleep(0.02)


async def let_go_of_old(scene: Scene, folder: Path) -> tuple[int, int]:
    """As the daily routine does; how many applications and messages are left."""
    desk = scene.village.desk
    (folder / "spool").mkdir(exist_ok=True)
    await run(desk, RetentionSettings(), Places(folder / "spool", folder / "anchors.jsonl"))

    async def count(table: type[LeaveApplication] | type[Message]) -> int:
        asked = sa.select(sa.func.count()).select_from(table)
        return await desk.look(OPERATOR, lambda look: look.session.scalar(asked) or 0)

    return await count(LeaveApplication), await count(Message)


@pytest.mark.capability("H-11", "N-39")
async def test_it_is_kept_leaves_once_and_can_be_checked_by_anybody(
    scene: Scene, clock: StoppedClock, tmp_path: Path
) -> None:
    """The owner's rules say: leave always, messages where staff say so, the rest never."""
    village = scene.village
    message = await write(village, files=[b"one picture"])
    await write(village, "Ha en fin helg!")
    await decide_leave(village, words="Vi skal til bestemor")
    teacher = await as_staff_of(scene.pages, TEACHER)
    path = f"/children/{village.child(KARI).id}/messages/{message}/file"
    await teacher.get(path)
    put = await teacher.post(path, reason=WHY)
    mother = await scene.signed_in(MOTHER)

    await until_both_are_told(scene)
    await village.desk.work(OPERATOR, block, village, ANNE, KARI)
    asked = sa.select(LeaveLetter.id).where(LeaveLetter.guardian_id == village.guardian(ANNE).id)
    letter = await village.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())
    hers = await mother.get(f"/family/letters/{letter}")
    clock.move(MANY_YEARS)
    await Mailroom(village.desk, (), SEAL, random.Random(1)).send_due()
    await gather_records(village.desk)
    left_here = await let_go_of_old(scene, tmp_path)
    folder = tmp_path / "archive"
    left = await export(village, folder)
    again = await export(village, tmp_path / "again")

    assert put.status == 200
    assert "/family/sign-in" in hers.path
    assert left_here == (0, 0)
    assert left is not None
    assert left.records == 3
    assert again is None
    everything = "".join(file.read_text("utf-8") for file in folder.rglob("*.txt"))
    assert WORDS in everything
    assert "Vi skal til bestemor" in everything
    assert "Brev til Ola Nordmann:" in everything
    assert "Ha en fin helg!" not in everything
    for id_ in record_ids(folder):
        with zipfile.ZipFile(folder / "noark5" / f"{id_}.zip") as package:
            files = set(package.namelist()) - {"arkivmelding.xml"}
            assert faults_of(package.read("arkivmelding.xml"), files) == []
    code, told = check(folder)
    assert (code, left.head in told) == (0, True)
    picture = next(folder.rglob("*.jpg"))
    picture.write_bytes(b"onf picture")
    assert check(folder) == (1, f"{picture.relative_to(folder).as_posix()} is not as it was written\n")
