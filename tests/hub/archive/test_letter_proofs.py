"""How a decision's letters arrived is kept in its case: in the end, and as it was."""

import hashlib
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.archive.gathering import gather_records
from hub.archive.letter_proofs import awaits_proof
from hub.archive.records import ArchiveRecord, RecordKind
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.mailroom.open_letters import awaits_letter
from hub.mailroom.service import Fate, Reach, Way
from hub.school.leave import LeaveApplication
from hub.school.leave_answers import AnswerRoad, LetterAnswer
from hub.school.leave_letters import LeaveLetter
from tests.hub.archive.arkivmelding_rules import faults_of
from tests.hub.archive.kept import export, list_records, package_of
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, OLA, OLAS_ID, LettersDay
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.village import Village

RESERVED = Reach(Way.PAPER, "reserved")


@pytest.fixture
async def day(village: Village, clock: StoppedClock) -> LettersDay:
    day = LettersDay(village, clock, PretendPost())
    await day.know(ANNE, ANNES_ID)
    await day.know(OLA, OLAS_ID)
    return day


async def open_all(day: LettersDay) -> None:
    for guardian in (ANNE, OLA):
        for fate in (Fate.DELIVERED, Fate.OPENED):
            day.post.tell(await day.parcel_id(guardian), fate, day.clock.now())
    await day.trace()


async def answer(day: LettersDay, said: LetterAnswer) -> None:
    """Anne, to her letter."""
    letter_id = (await day.letter()).id

    def keep(work: Work) -> None:
        letter = work.session.get_one(LeaveLetter, letter_id)
        letter.answer, letter.answered_at, letter.answer_road = said, work.now, AnswerRoad.CODE

    await day.desk.work(TEST, keep)


async def proof_of(day: LettersDay) -> ArchiveRecord | None:
    await gather_records(day.desk)
    return next((one for one in await list_records(day.desk) if one.kind == RecordKind.PROOF), None)


def facts_of(proof: ArchiveRecord) -> list[str]:
    (document,) = json.loads(proof.content)["documents"]
    facts: list[str] = document["facts"]
    return facts


@pytest.mark.capability("W-20")
async def test_each_letters_way_is_kept_with_its_moments_the_services_name_and_the_digest_of_its_pdf(
    day: LettersDay,
) -> None:
    await day.decide()
    await day.send()
    await day.tell_by_text()
    day.wait(hours=2)
    await open_all(day)
    await answer(day, LetterAnswer.DECLINED)
    at_once = await proof_of(day)
    day.wait(weeks=4)

    proof = await proof_of(day)
    again = await proof_of(day)

    assert at_once is None
    assert proof is not None
    assert again is not None
    assert again.id == proof.id
    facts = facts_of(proof)
    annes = facts[facts.index("Brev til Anne Nordmann:") : facts.index("Brev til Ola Nordmann:")]
    assert annes[1:] == [
        f"SHA-256 av PDF-en: {hashlib.sha256(await day.pdf()).hexdigest()}.",
        "Sagt fra om mandag 3. mars 2025 kl. 07.12.",
        "Åpnet mandag 3. mars 2025 kl. 09.12.",
        "Anne Nordmann: godtar ikke avslaget, mandag 3. mars 2025 kl. 09.12.",
        f"Tjenestens navn på brevet: theirs-{await day.parcel_id()}.",
        "Laget mandag 3. mars 2025 kl. 07.12.",
        "Registeret spurt mandag 3. mars 2025 kl. 07.12.",
        "Sendt til digital postkasse mandag 3. mars 2025 kl. 07.12.",
        "Kom fram mandag 3. mars 2025 kl. 09.12.",
        "Åpnet der mandag 3. mars 2025 kl. 09.12.",
    ]
    assert ANNES_ID not in proof.content
    assert OLAS_ID not in proof.content
    decided = next(one for one in await list_records(day.desk) if one.kind == RecordKind.LEAVE)
    assert json.loads(decided.content)["case"]["id"] == json.loads(proof.content)["case"]["id"]


async def test_it_leaves_as_a_package_that_an_archive_can_read(day: LettersDay, tmp_path: Path) -> None:
    await day.decide()
    await day.send()
    await open_all(day)
    day.wait(weeks=4)

    await export(day.village, tmp_path / "out")

    proof = await proof_of(day)
    assert proof is not None
    package = package_of(tmp_path / "out", proof.id)
    assert faults_of(package["arkivmelding.xml"], set(package) - {"arkivmelding.xml"}) == []
    assert b"Brev til Ola Nordmann:" in package["1.txt"]
    assert package["1.pdf"].startswith(b"%PDF-")


async def test_kept_anew_from_a_store_that_was_put_back_it_is_called_the_same(day: LettersDay) -> None:
    def put_back(work: Work) -> None:
        work.session.execute(sa.delete(ArchiveRecord).where(ArchiveRecord.kind == RecordKind.PROOF))

    await day.decide()
    await day.send()
    await open_all(day)
    day.wait(weeks=4)
    first = await proof_of(day)
    await day.desk.work(TEST, put_back)
    second = await proof_of(day)

    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert json.loads(first.content)["entry"] == json.loads(second.content)["entry"]


async def test_a_letter_that_never_leaves_holds_the_proof_up_and_is_told_of_in_the_end(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = RESERVED
    await day.decide()
    await day.send()
    day.wait(weeks=5)
    while_it_waits = await proof_of(day)
    day.wait(weeks=8)

    proof = await proof_of(day)

    assert while_it_waits is None
    assert proof is not None
    assert "Går på papir: reservert mot digital post." in facts_of(proof)


async def test_an_application_is_not_let_go_of_before_its_proof_is_kept(day: LettersDay) -> None:
    def awaited(look: Look) -> list[bool]:
        asked = sa.select(LeaveApplication.id).where(awaits_proof(), ~awaits_letter())
        return [bool(id_) for id_ in look.session.scalars(asked)]

    await day.decide()
    await day.send()
    await open_all(day)
    before = await day.desk.look(TEST, awaited)
    day.wait(weeks=4)
    await proof_of(day)

    assert before == [True]
    assert await day.desk.look(TEST, awaited) == []
