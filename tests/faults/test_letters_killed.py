"""A batch of letters whose hub is ended by force again and again: each reaches its own receiver, once."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import SystemClock
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.mailroom.sendings import LetterSending, SendingState
from hub.people.families import Child, Guardian, Guardianship, Placement
from hub.people.national_ids import keep_national_id, open_national_id
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.school.leave import LeaveReason
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import Made, settle_papers
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_wishes import Wish, apply
from hub.upgrade import bring_up_to_date
from tests.faults.letters_process import KEY_ID, SEAL
from tests.hub.sign_in.school import TEST
from tests.municipality import load_municipality
from tests.rehearsal.id_provider import make_key, make_national_ids
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import Person

PDF = b"%PDF-1.7 a decision, for its receiver alone"
IN_ONE_WORK = 200
RUN_SECONDS = 1800.0
MOST_MINUTES = 200
"""Of the clock that all of them go by, which is put forward when the next begins."""
ROOT = Path(__file__).parents[2]


def decide_all(work: Work, after: str, numbers: Iterator[str]) -> str:
    """Grant a day's leave to the next families behind a guardian's id, with their letters made; the last of their ids."""
    rows = work.session.execute(
        sa.select(Guardian, Child, Unit)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Child, Child.id == Guardianship.child_id)
        .join(Placement, Placement.child_id == Child.id)
        .join(Unit, Unit.id == Placement.unit_id)
        .where(Guardian.id > after)
        .order_by(Guardian.id)
        .limit(IN_ONE_WORK)
    ).all()
    leader = work.session.scalars(sa.select(Staff).order_by(Staff.id)).first()
    assert leader is not None
    for guardian, child, unit in rows:
        keep_national_id(work, SEAL, (guardian.owner_id, guardian.id), f"NO:{next(numbers)}")
        day = unit.today(work.now) + timedelta(days=42)
        day += timedelta(days=max(0, 3 - day.weekday()) if day.weekday() < 3 else -(day.weekday() - 3))
        applied = apply(work, child, Wish([day], LeaveReason.TRAVEL, [guardian.id], None))
        assert applied.application is not None
        work.session.flush()
        work.asker = Asker("staff", leader.id, Trust.STRONG, "test", leader.owner_id)
        decide(work, applied.application, unit, Verdict(Outcome.GRANTED))
        work.asker = TEST
    work.session.flush()
    letters = work.session.scalars(sa.select(LeaveLetter.id).where(LeaveLetter.paper_due.is_not(None))).all()
    settle_papers(work, [Made(id_, PDF) for id_ in letters])
    return rows[-1][0].id if rows else ""


def list_receivers(look: Look) -> dict[str, str]:
    """By the name that each letter has at the service, the guardian's id."""
    return {row.parcel_id or "": row.guardian_id for row in look.session.scalars(sa.select(LetterSending))}


def count_states(look: Look) -> Counter[str]:
    return Counter(look.session.scalars(sa.select(LetterSending.state)))


def name_receivers(look: Look) -> dict[str, str]:
    """By guardian's id, the number."""
    return {id_: open_national_id(look, SEAL, id_) or "" for id_ in look.session.scalars(sa.select(Guardian.id))}


@pytest.mark.parametrize(("families", "kills"), [(40, 2), pytest.param(10_000, 6, marks=pytest.mark.sweep)])
@pytest.mark.one_store("sqlite")
async def test_whatever_ends_the_hub_in_a_batch_each_letter_reaches_its_own_receiver_once(
    families: int, kills: int, tmp_path: Path
) -> None:
    url, key, ahead = f"sqlite:///{tmp_path}/store.sqlite", make_key("letters"), [0]
    bring_up_to_date(url)
    desk = Desk(url, SystemClock(), LocalDoorbell(), node="test")
    await desk.work(TEST, load_municipality, families)
    numbers, after = make_national_ids(), ""
    for _ in range((families + IN_ONE_WORK - 1) // IN_ONE_WORK):
        after = await desk.work(TEST, decide_all, after, numbers)
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(key.as_pem(private=True))

    async with NorwegianPost(lambda: SystemClock().now() + timedelta(minutes=ahead[0])) as post:
        post.user, post.password = "budbok", "rehearsal"
        post.office.register(KEY_ID, key)
        named = await desk.look(TEST, name_receivers)
        post.people |= {number: Person("Somebody") for number in named.values()}
        for part in range(1, kills + 1):
            await run_until(url, post, key_file, ahead[0], families * part // (kills + 1))
            ahead[0] += 10
        while set(await desk.look(TEST, count_states)) != {SendingState.HANDED_OVER} and ahead[0] < MOST_MINUTES:
            await run_until(url, post, key_file, ahead[0], None)
            ahead[0] += 10
        states = await desk.look(TEST, count_states)
        receivers = await desk.look(TEST, list_receivers)
        letters = list(post.letters.values())
    await desk.close()

    assert states == {SendingState.HANDED_OVER: families}
    assert len(letters) == families
    assert all(letter.is_started and len(letter.files) == 1 for letter in letters)
    assert {letter.message_id: letter.recipient for letter in letters} == {
        parcel: named[guardian] for parcel, guardian in receivers.items()
    }


async def run_until(url: str, post: NorwegianPost, key_file: Path, ahead: int, letters: int | None) -> None:
    """Let it hand over until so many are there, and end it by force; None until it has no more to do."""
    command = [sys.executable, "-m", "tests.faults.letters_process", url, post.url, str(key_file), str(ahead)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        async with asyncio.timeout(RUN_SECONDS):
            while process.poll() is None and (letters is None or len(post.letters) < letters):
                await asyncio.sleep(0.01)
    finally:
        process.kill()
        process.wait()
