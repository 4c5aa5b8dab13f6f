"""What must be archived is kept, once, as it was; and stands however what it is of ends."""

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.archive.gathering import gather_records
from hub.archive.message_records import (
    FilesOnTheirWayError,
    NoReasonError,
    NotForArchiveError,
    NotSentYetError,
    put_in_file,
)
from hub.archive.records import ArchiveFile, ArchiveRecord, RecordKind
from hub.archive.rules import DEFAULTS, Keep, Matter, NoSuchRuleError, rules_of, set_rules
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.deliveries import Delivery, Status
from hub.post.files import Attachment, FileState
from hub.post.messages import Message
from hub.privacy.forgetting import forget
from hub.privacy.terms import Kind
from hub.safety.access import NotThereError
from hub.safety.audit import AuditRow
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import TAKEN_UP_WITHIN, Outcome, take_up_again, withdraw
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper, make_papers
from hub.school.leave_verdicts import Verdict, decide
from tests.blocks import block
from tests.hub.archive.kept import (
    ADMINISTRATOR,
    ANNE,
    KARI,
    LEADER,
    OLA,
    TEACHER,
    WHY,
    WORDS,
    decide_leave,
    list_records,
    put,
    write,
)
from tests.hub.post.spoken import answered, as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.hub.sign_in.school import TEST
from tests.village import Village


async def set_rule(village: Village, matter: Matter, keep: Keep) -> None:
    await village.desk.work(as_staff(village.staff(ADMINISTRATOR)), set_rules, {matter: keep})


def content_of(record: ArchiveRecord) -> dict[str, object]:
    said: dict[str, object] = json.loads(record.content)
    return said


async def files_of(village: Village, record_id: str) -> dict[int, bytes]:
    asked = sa.select(ArchiveFile).where(ArchiveFile.record_id == record_id)
    return await village.desk.look(TEST, lambda look: {file.number: file.body for file in look.session.scalars(asked)})


async def test_a_decision_is_kept_with_its_letters_as_pdfs_and_the_application(village: Village) -> None:
    await decide_leave(village, words="Vi skal til bestemor")

    await gather_records(village.desk)
    await gather_records(village.desk)
    (record,) = await list_records(village.desk)
    files = await files_of(village, record.id)
    papers = await village.desk.look(TEST, lambda look: set(look.session.scalars(sa.select(LeavePaper.body))))

    assert record.kind == RecordKind.LEAVE
    assert record.sha256 == hashlib.sha256(record.content.encode()).hexdigest()
    assert len(papers) == 2
    assert set(files.values()) == papers
    documents = content_of(record)["documents"]
    assert isinstance(documents, list)
    assert [each.get("media_type") for each in documents] == ["application/pdf", "application/pdf", None]
    assert documents[2]["text"] == "Vi skal til bestemor"
    assert {each["sha256"] for each in documents[:2]} == {hashlib.sha256(body).hexdigest() for body in papers}


async def test_it_waits_for_letters_that_are_being_made_and_not_for_those_that_cannot_be(
    village: Village, clock: StoppedClock
) -> None:
    await decide_leave(village, kept=False)

    await gather_records(village.desk)
    at_once = await list_records(village.desk)
    clock.move(timedelta(days=3))
    await gather_records(village.desk)
    (record,) = await list_records(village.desk)

    assert at_once == []
    documents = content_of(record)["documents"]
    assert isinstance(documents, list)
    letters = await village.desk.look(
        TEST, lambda look: list(look.session.scalars(sa.select(LeaveLetter.text).order_by(LeaveLetter.id)))
    )
    assert [each["text"] for each in documents[:2]] == letters
    assert await files_of(village, record.id) == {}


async def test_it_stands_though_a_guardians_access_ends_and_the_leave_is_withdrawn_which_is_kept_too(
    village: Village,
) -> None:
    id_ = await decide_leave(village, Outcome.GRANTED)
    await gather_records(village.desk)
    (before,) = await list_records(village.desk)

    await village.desk.work(TEST, block, village, OLA, KARI)
    await village.desk.work(
        TEST,
        lambda work: withdraw(work, work.session.get_one(LeaveApplication, id_), village.guardian(ANNE).id),
    )
    await gather_records(village.desk)
    await gather_records(village.desk)
    first, second = await list_records(village.desk)

    assert (first.id, first.content, first.sha256) == (before.id, before.content, before.sha256)
    assert second.kind == RecordKind.LEAVE_END
    cases = [content_of(record)["case"] for record in (first, second)]
    assert isinstance(cases[0], dict)
    assert isinstance(cases[1], dict)
    assert cases[0]["id"] == cases[1]["id"]


async def test_an_application_that_is_given_up_is_kept_and_one_that_waits_is_not(village: Village) -> None:
    first = await village.desk.work(TEST, lambda work: apply_for(work, village, KARI, ANNE, [FAR]))
    await gather_records(village.desk)
    while_it_waits = await list_records(village.desk)

    await village.desk.work(
        TEST,
        lambda work: withdraw(work, work.session.get_one(LeaveApplication, first), village.guardian(ANNE).id),
    )
    await gather_records(village.desk)
    records = await list_records(village.desk)

    assert while_it_waits == []
    assert [(record.kind, record.subject_id) for record in records] == [(RecordKind.LEAVE, first)]


async def test_one_that_made_room_is_kept_once_it_cannot_be_taken_up_again_and_one_that_was_as_it_is_decided(
    village: Village, clock: StoppedClock
) -> None:
    def apply_twice(work: Work) -> tuple[str, str]:
        first = apply_for(work, village, KARI, ANNE, [FAR])
        return first, apply_for(work, village, KARI, ANNE, [FAR + timedelta(days=1)], replaces=[first])

    def take_up(work: Work) -> None:
        withdraw(work, work.session.get_one(LeaveApplication, second), village.guardian(ANNE).id)
        assert take_up_again(work, work.session.get_one(LeaveApplication, first))
        work.asker = as_staff(village.staff(LEADER))
        decide(
            work, work.session.get_one(LeaveApplication, first), village.unit("school"), Verdict(Outcome.GRANTED, "")
        )

    first, second = await village.desk.work(TEST, apply_twice)
    await gather_records(village.desk)
    await village.desk.work(TEST, take_up)
    await make_papers(village.desk)
    await gather_records(village.desk)
    before, after = await village.desk.work(TEST, apply_twice)
    clock.move(TAKEN_UP_WITHIN)
    await gather_records(village.desk)

    kept = {record.subject_id: content_of(record)["direction"] for record in await list_records(village.desk)}
    assert kept == {first: "out", second: "in", before: "in"}
    late = village.desk.work(TEST, lambda work: take_up_again(work, work.session.get_one(LeaveApplication, before)))
    assert not await late
    assert after not in kept


async def test_staff_put_a_message_in_the_childs_file_with_a_reason_and_its_files_once(village: Village) -> None:
    message = await write(village, files=[b"one picture", b"another"])

    record_id = await put(village, message)
    again = await put(village, message, "something else", LEADER)
    (record,) = await list_records(village.desk)
    audited = await village.desk.look(
        TEST, lambda look: look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "archive.keep")).all()
    )

    assert record_id == again == record.id
    said = content_of(record)
    assert said["reason"] == WHY
    assert said["kept_by"] == TEACHER
    documents = said["documents"]
    assert isinstance(documents, list)
    assert documents[0]["text"] == WORDS
    assert await files_of(village, record.id) == {2: b"one picture", 3: b"another"}
    assert [(row.who_id, row.ids[1]) for row in audited] == [(village.staff(TEACHER).id, message)]
    assert WORDS not in json.dumps([[*row.ids, row.why] for row in audited])


async def test_it_stands_when_the_message_and_its_files_are_gone(village: Village) -> None:
    message = await write(village, files=[b"one picture"])
    record_id = await put(village, message)

    await village.desk.work(TEST, forget, Kind.PRIVATE_THREADS, [message])
    (record,) = await list_records(village.desk)

    assert record.id == record_id
    assert WORDS in record.content
    assert await files_of(village, record.id) == {2: b"one picture"}


@pytest.mark.parametrize("who", ["Astrid Vik", "Nora Eide", "Jonas Dahl"])
async def test_whoever_may_not_read_a_message_puts_it_nowhere(village: Village, who: str) -> None:
    message = await write(village)

    with pytest.raises(NotThereError):
        await put(village, message, who=who)

    assert await list_records(village.desk) == []


async def test_a_message_goes_into_no_other_childs_file(village: Village) -> None:
    message = await write(village)
    other = next(child for name, child in village.children.items() if name[1] != KARI)
    asker = as_staff(village.staff(LEADER))

    with pytest.raises(NotThereError):
        await village.desk.work(asker, put_in_file, other.id, message, WHY)


async def test_a_reason_is_needed(village: Village) -> None:
    message = await write(village)

    with pytest.raises(NoReasonError):
        await put(village, message, " \n ")


async def test_what_can_still_be_taken_back_and_what_was_is_not_kept(village: Village) -> None:
    def say(work: Work) -> str:
        child = village.child(KARI)
        by = village.staff(TEACHER)
        return answered(work, village, village.guardian(ANNE), "school", "Ta med niste.", [child], by=by).id

    message = await village.desk.work(TEST, say)

    def set_status(work: Work, status: Status) -> None:
        values = {"status": status, "tries": 0, "due": work.now + timedelta(minutes=1)}
        work.session.execute(sa.update(Delivery).where(Delivery.message_id == message).values(values))

    for status in (Status.WAITING, Status.UNDONE):
        await village.desk.work(TEST, set_status, status)
        with pytest.raises(NotSentYetError):
            await put(village, message)
    await village.desk.work(TEST, set_status, Status.SENT)
    await put(village, message)

    assert len(await list_records(village.desk)) == 1


async def test_files_that_are_still_fetched_are_waited_for(village: Village) -> None:
    message = await write(village, files=[b"one"])
    await village.desk.work(
        TEST, lambda work: work.session.execute(sa.update(Attachment).values(state=FileState.WAITING))
    )

    with pytest.raises(FilesOnTheirWayError):
        await put(village, message)


async def test_small_talk_is_kept_nowhere_and_the_owner_may_say_otherwise(village: Village) -> None:
    message = await write(village)
    await set_rule(village, Matter.GUARDIAN_WORDS, Keep.NO)

    with pytest.raises(NotForArchiveError):
        await put(village, message)

    await set_rule(village, Matter.GUARDIAN_WORDS, Keep.CASE)
    await put(village, message)
    assert len(await list_records(village.desk)) == 1
    assert DEFAULTS[Matter.BOT_WORDS] is Keep.NO


async def test_what_is_always_kept_is_kept_from_when_the_rule_was_set_once_it_is_settled(
    village: Village, clock: StoppedClock
) -> None:
    await write(village, "before the rule")
    clock.move(timedelta(hours=1))
    await set_rule(village, Matter.GUARDIAN_WORDS, Keep.ALWAYS)
    clock.move(timedelta(hours=1))
    later = [await write(village, f"after it {n}") for n in range(25)]
    await gather_records(village.desk)
    at_once = await list_records(village.desk)
    clock.move(timedelta(days=2))

    await gather_records(village.desk)
    await gather_records(village.desk)
    records = await list_records(village.desk)

    assert at_once == []
    assert [record.subject_id for record in records] == later


async def test_leave_that_is_not_for_the_archive_is_not_kept(village: Village) -> None:
    await set_rule(village, Matter.LEAVE, Keep.NO)
    await decide_leave(village)

    await gather_records(village.desk)
    without = await list_records(village.desk)
    await set_rule(village, Matter.LEAVE, Keep.ALWAYS)
    await gather_records(village.desk)

    assert without == []
    assert len(await list_records(village.desk)) == 1


async def test_an_administrator_sets_the_rules_and_each_change_is_audited(village: Village) -> None:
    owner = village.owner().id
    await set_rule(village, Matter.NOTES, Keep.NO)
    await set_rule(village, Matter.NOTES, Keep.NO)

    rules = await village.desk.look(TEST, rules_of, owner)
    audited = await village.desk.look(
        TEST, lambda look: look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "archive.rule")).all()
    )

    assert rules == {**DEFAULTS, Matter.NOTES: Keep.NO}
    assert [row.why for row in audited] == ["notes: case to no"]


async def test_nobody_else_sets_them_and_leave_is_no_matter_for_a_button(village: Village) -> None:
    with pytest.raises(NotThereError):
        await village.desk.work(as_staff(village.staff(LEADER)), set_rules, {Matter.NOTES: Keep.NO})
    with pytest.raises(NoSuchRuleError):
        await set_rule(village, Matter.LEAVE, Keep.CASE)


async def test_a_rule_is_its_owners_alone(village: Village) -> None:
    await set_rule(village, Matter.LEAVE, Keep.NO)

    others = [owner.id for owner in village.owners.values() if owner.id != village.owner().id]
    rules = [await village.desk.look(TEST, rules_of, id_) for id_ in others]

    assert rules == [dict(DEFAULTS)] * len(others)


async def test_a_shared_message_stands_in_the_file_of_the_child_it_was_put_for(village: Village) -> None:
    message = await write(village)
    await put(village, message)

    def of(look: Look) -> tuple[str, str]:
        record = look.session.scalars(sa.select(ArchiveRecord)).one()
        child = look.session.get_one(Child, record.child_id)
        return child.name, look.session.get_one(Message, record.subject_id).text

    assert await village.desk.look(TEST, of) == (KARI, WORDS)
