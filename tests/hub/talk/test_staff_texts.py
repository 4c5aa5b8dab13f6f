"""What may be done by a text from a registered phone: by the rights of that moment, with a receipt, and never unseen."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from bots.staff_line import StaffLine
from hub.asker import Trust
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Block, Child, GuardianAddress, Placement
from hub.people.places import Unit
from hub.people.staff import RoleHolding, Staff
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.audience import MAY_ACT, MAY_BE_NOTICED
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.inboxes import list_inbox
from hub.post.messages import Author, Lane, Message, Thread, ThreadKind
from hub.post.reading import get_reader
from hub.safety.audit import AuditRow
from hub.safety.staff_phones import StaffPhone, end_phone
from hub.school.absences import Absence, Reason, report
from hub.school.attendance import Attendance, mark_here
from hub.school.waking import Due, begin
from hub.sign_in.second_factor import keep_secret
from hub.talk.reception import Reception
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.hub.talk.receptions import keep_text
from tests.hub.talk.staff_phone import FIRST, Texting, list_here, register
from tests.patience import PATIENCE
from tests.staff_scene import SEAL, SECRET
from tests.transcript import the_ear
from tests.village import Village

LUNDE, SOLBERG, NYGAARD, MOEN, BERGE = "Kari Lunde", "Ingrid Solberg", "Maria Nygård", "Sindre Moen", "Liv Berge"


async def here(village: Village) -> set[str]:
    return await village.desk.look(TEST, list_here)


async def states(village: Village) -> list[tuple[str, str | None]]:
    def ask(look: Look) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in look.session.scalars(sa.select(Arrival).order_by(Arrival.id))]

    return await village.desk.look(TEST, ask)


async def test_a_mark_tells_who_made_it_by_which_phone_and_is_in_the_audit(village: Village) -> None:
    phone = await register(village, LUNDE)

    answers = await Texting(village).text("Mia er her")

    def ask(look: Look) -> tuple[Attendance, list[str]]:
        mark = look.session.scalars(sa.select(Attendance)).one()
        rows = look.session.scalars(sa.select(AuditRow).where(AuditRow.who_id == village.staff(LUNDE).id))
        return mark, sorted(row.what for row in rows if row.why == "texts from a registered phone")

    mark, audited = await village.desk.look(TEST, ask)
    assert answers == ["Merket: Mia (7A) er her. Feil? Svar ANGRE."]
    assert (mark.marked_by, mark.phone_id) == (village.staff(LUNDE).id, phone.id)
    assert audited == ["attendance.mark", "staff_text.keep"]


async def test_a_child_that_left_is_not_back_before_it_left(village: Village, clock: StoppedClock) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    await phone.text("Mia er her")
    clock.move(timedelta(hours=2))
    await phone.text("Mia gikk 9.00")

    answers = await phone.text("Mia kom 8.30")

    assert answers == ["Ikke endret: Mia (7A) er merket som gått etter det."]


async def test_a_child_of_a_group_one_does_not_serve_is_as_unknown_as_one_that_is_not_there(village: Village) -> None:
    await register(village, LUNDE)
    phone = Texting(village)

    other, nobody = await phone.text("Tiril er her"), await phone.text("Grublimund er her")

    assert other == nobody
    assert await here(village) == set()


async def test_whoever_serves_the_group_marks_the_same_child(village: Village) -> None:
    await register(village, "Jonas Dahl")

    await Texting(village).text("Tiril er her", to="contact teacher 4B")

    assert await here(village) == {"Tiril"}


@pytest.mark.parametrize("to", ["club", "teacher blabaer"])
async def test_a_text_to_a_unit_where_one_does_not_work_is_a_strangers(village: Village, to: str) -> None:
    await register(village, LUNDE)

    await Texting(village).text("7A alle her", to=to)

    assert await here(village) == set()
    assert await states(village) == [(ArrivalState.QUARANTINED, "unknown_sender")]


async def test_a_number_that_nobody_registered_is_a_strangers_whatever_it_says(village: Village) -> None:
    await register(village, LUNDE)

    answers = await Texting(village, "+4740000999").text("7A alle her")

    assert await here(village) == set()
    assert await states(village) == [(ArrivalState.QUARANTINED, "unknown_sender")]
    assert "7A" not in answers[0]


async def test_a_phone_that_is_told_of_but_not_proven_does_nothing(village: Village) -> None:
    phone = await register(village, LUNDE)

    def unprove(work: Work) -> None:
        work.session.get_one(StaffPhone, phone.id).proven_at = None

    await village.desk.work(TEST, unprove)
    await Texting(village).text("7A alle her")

    assert await here(village) == set()


def end_role(work: Work, staff_id: str) -> None:
    for holding in work.session.scalars(sa.select(RoleHolding).where(RoleHolding.staff_id == staff_id)):
        holding.ended_at = work.now


def leave(work: Work, staff_id: str) -> None:
    work.session.get_one(Staff, staff_id).left_at = work.now


def lose_phone(work: Work, staff_id: str) -> None:
    phone = work.session.scalars(sa.select(StaffPhone).where(StaffPhone.staff_id == staff_id)).one()
    end_phone(work, phone, staff_id)


@pytest.mark.parametrize("ends", [end_role, leave, lose_phone])
async def test_a_right_that_ended_ends_the_question_and_the_undo_with_it(village: Village, ends: object) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    await phone.text("7A alle her")
    before = await here(village)

    await village.desk.work(TEST, ends, village.staff(LUNDE).id)  # type: ignore[arg-type]  # one of three verbs
    await phone.text("ANGRE")

    assert before
    assert await here(village) == before


async def test_a_stand_in_marks_for_as_long_as_they_stand_in(village: Village, clock: StoppedClock) -> None:
    await register(village, BERGE)
    phone = Texting(village)

    await phone.text("1A alle her", to="contact teacher 1A")
    today = await here(village)
    clock.move(timedelta(days=14))
    await phone.text("ANGRE", to="contact teacher 1A")

    assert today
    assert await here(village) == today
    assert (await states(village))[-1] == (ArrivalState.QUARANTINED, "unknown_sender")


@pytest.mark.parametrize("who", [NYGAARD, MOEN])
async def test_a_protected_child_is_neither_marked_nor_named_even_to_a_named_reader(village: Village, who: str) -> None:
    await register(village, who)
    phone = Texting(village)

    answers = [*await phone.text("1A alle her", to="contact teacher 1A"), *await phone.text("Ada er her", "office")]

    marked = await here(village)
    assert marked
    assert "Ada" not in marked
    assert not any("Ada" in answer for answer in answers)


async def test_a_named_reader_and_another_are_answered_alike(village: Village) -> None:
    await register(village, NYGAARD)
    await register(village, MOEN, "+4740000952")

    readers = await Texting(village).text("Ada er her", to="contact teacher 1A")
    others = await Texting(village, "+4740000952", 100).text("Ada er her", to="contact teacher 1A")

    assert readers == others


async def test_a_phone_confirmed_long_ago_does_nothing_and_is_told_how_to_come_back(
    village: Village, clock: StoppedClock
) -> None:
    await register(village, LUNDE)
    phone = Texting(village)

    clock.move(MAY_ACT + timedelta(days=1))
    answers = await phone.text("7A alle her")

    assert answers == [
        "Telefonen din ble bekreftet for lenge siden, så ingenting er gjort. Bekreft den på siden Min telefon."
    ]
    assert await here(village) == set()
    clock.move(MAY_BE_NOTICED)
    await phone.text("7A alle her")
    assert (await states(village))[-1] == (ArrivalState.QUARANTINED, "unknown_sender")


async def test_nothing_is_marked_that_cannot_be_answered(village: Village) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    for _ in range(10):
        await phone.text("Mia er her")
        await phone.text("ANGRE")

    answers = await phone.text("Mia er her")

    flagged = sa.select(sa.func.count()).select_from(AuditRow).where(AuditRow.what == "staff_text.not_answered")
    assert answers == []
    assert await here(village) == set()
    assert (await states(village))[-1][0] == ArrivalState.FILED
    assert await village.desk.look(TEST, lambda look: look.session.scalar(flagged)) == 1


async def test_the_texts_of_staff_lie_in_no_familys_thread_and_in_no_inbox(village: Village) -> None:
    await register(village, LUNDE)
    await Texting(village).text("Mia er her")

    def ask(look: Look) -> tuple[list[str], int]:
        threads = look.session.scalars(
            sa.select(Thread.kind).join(Message, Message.thread_id == Thread.id).where(Message.author == Author.STAFF)
        )
        return list(threads), len(list_inbox(look, get_reader(look)).rows)

    kinds, rows = await village.desk.look(as_staff(village.staff(LUNDE)), ask)
    assert kinds == [ThreadKind.STAFF]
    assert rows == 0


@pytest.mark.parametrize("ends", [leave, lose_phone])
async def test_what_was_written_for_a_phone_that_is_taken_away_does_not_leave(village: Village, ends: object) -> None:
    await register(village, LUNDE)
    await Texting(village).text("Mia er her")

    await village.desk.work(TEST, ends, village.staff(LUNDE).id)  # type: ignore[arg-type]  # one of two verbs
    claimed = await village.desk.work(TEST, claim, Room(10, caps=CapSettings()))

    def ask(look: Look) -> list[tuple[str, str | None]]:
        return [(row.status, row.reason) for row in look.session.scalars(sa.select(Delivery))]

    assert claimed.claimed == []
    assert await village.desk.look(TEST, ask) == [("dropped", "address_over")]


async def test_the_same_text_leaves_while_the_phone_is_theirs(village: Village) -> None:
    await register(village, LUNDE)
    await Texting(village).text("Mia er her")

    claimed = await village.desk.work(TEST, claim, Room(10, caps=CapSettings()))

    assert [one.envelope.recipient.value for one in claimed.claimed] == [FIRST]


def give_phone_to_guardian(work: Work, guardian_id: str) -> None:
    address = work.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id)).first()
    assert address is not None
    address.value = FIRST


async def test_who_is_also_a_guardian_is_heard_as_one_about_their_own_child_alone(village: Village) -> None:
    await register(village, LUNDE)
    await village.desk.work(TEST, give_phone_to_guardian, village.guardian("Anne Nordmann").id)
    phone = Texting(village)

    as_guardian = await phone.text("Kari er syk i dag")
    as_teacher = await phone.text("Mia er her")

    assert "Kari er syk" in as_guardian[0]
    assert as_teacher == ["Merket: Mia (7A) er her. Feil? Svar ANGRE."]
    assert await here(village) == {"Mia"}


def block(work: Work, guardian_id: str, child_id: str, by: Staff) -> None:
    work.session.add(
        Block(
            id=work.new_id(),
            owner_id=by.owner_id,
            guardian_id=guardian_id,
            child_id=child_id,
            reason="test",
            set_by=by.id,
            set_at=work.now,
        )
    )


def let_the_address_go(work: Work, guardian_id: str) -> None:
    for address in work.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id)):
        address.gone_at, address.gone_reason = work.now, "register"


@pytest.mark.parametrize("is_gone", [False, True], ids=["their phone", "their phone until lately"])
async def test_a_phone_of_somebody_who_is_blocked_from_a_child_neither_marks_nor_learns_of_it(
    village: Village, *, is_gone: bool
) -> None:
    await register(village, LUNDE)
    anne = village.guardian("Anne Nordmann").id
    await village.desk.work(TEST, give_phone_to_guardian, anne)
    if is_gone:
        await village.desk.work(TEST, let_the_address_go, anne)
    await village.desk.work(TEST, block, anne, village.child("Mia Dahlby Olsen").id, village.staff(SOLBERG))
    phone = Texting(village)

    alone = await phone.text("Mia er her")
    await phone.text("7A alle her")
    await phone.text("ja")

    marked = await here(village)
    assert not any("Mia" in text for text in alone)
    assert "Henrik" in marked
    assert "Mia" not in marked


def mark_mia(work: Work, child_id: str, staff_id: str) -> None:
    child = work.session.get_one(Child, child_id)
    placement = work.session.scalars(sa.select(Placement).where(Placement.child_id == child_id)).first()
    assert placement is not None
    mark_here(work, work.session.get_one(Unit, placement.unit_id), [child], staff_id)


def look_for(work: Work, child_id: str, unit_id: str) -> None:
    begin(work, work.session.get_one(Unit, unit_id), Due(work.session.get_one(Child, child_id), None, (), work.now))


async def test_an_undo_alone_takes_no_child_who_is_looked_for_off_the_ladder(village: Village) -> None:
    await register(village, LUNDE)
    mia, school = village.child("Mia Dahlby Olsen").id, village.unit("school").id
    phone = Texting(village)
    await village.desk.work(TEST, mark_mia, mia, village.staff(LUNDE).id)
    await phone.text("Mia er ikke her")
    await village.desk.work(TEST, look_for, mia, school)

    undone = await phone.text("ANGRE")
    after_undo = await here(village)
    await phone.text("ja")

    assert undone == ["Vi leter etter Mia (7A). Er barnet hos deg nå? Svar JA eller NEI."]
    assert after_undo == set()
    assert await here(village) == {"Mia"}


def call_henrik_mia(work: Work) -> None:
    child = work.session.scalars(sa.select(Child).where(Child.first_name == "Henrik")).one()
    child.first_name, child.nickname = "Mia", None


async def test_a_child_who_is_looked_for_since_the_question_was_asked_is_asked_about_first(village: Village) -> None:
    await register(village, LUNDE)
    mia, school = village.child("Mia Dahlby Olsen").id, village.unit("school").id
    await village.desk.work(TEST, call_henrik_mia)
    phone = Texting(village)

    which = await phone.text("Mia er her")
    await village.desk.work(TEST, look_for, mia, school)
    answers = await phone.text("1" if "1 Mia D." in which[0] else "2")

    assert answers == ["Vi leter etter Mia D. (7A). Er barnet hos deg nå? Svar JA eller NEI."]
    assert await here(village) == set()


async def test_a_no_to_what_a_guardian_was_told_since_is_no_answer_of_the_teachers(
    village: Village, clock: StoppedClock
) -> None:
    await register(village, LUNDE)
    await village.desk.work(TEST, give_phone_to_guardian, village.guardian("Anne Nordmann").id)
    mia, kari = village.child("Mia Dahlby Olsen").id, village.child("Kari Nordmann").id
    await village.desk.work(TEST, look_for, mia, village.unit("school").id)
    phone = Texting(village)
    await phone.text("Mia er her")
    clock.move(timedelta(minutes=1))
    other = Texting(village, village.phone("Ola Nordmann"), 100)
    await other.text("Kari er syk i dag")
    clock.move(timedelta(minutes=1))

    await phone.text("nei")

    def ask(look: Look) -> list[bool]:
        rows = look.session.scalars(sa.select(Absence).where(Absence.child_id == kari))
        return [row.disputed_at is not None for row in rows]

    assert await village.desk.look(TEST, ask) == [True]


async def test_an_undo_goes_to_whichever_was_settled_last(village: Village, clock: StoppedClock) -> None:
    await register(village, LUNDE)
    await village.desk.work(TEST, give_phone_to_guardian, village.guardian("Anne Nordmann").id)
    phone = Texting(village)
    await phone.text("Mia er her")
    clock.move(timedelta(minutes=1))
    await phone.text("Kari er syk i dag")
    clock.move(timedelta(minutes=1))

    first = await phone.text("ANGRE")
    clock.move(timedelta(minutes=1))
    second = await phone.text("ANGRE")

    assert "Kari" in first[0]
    assert second == ["Angret: det du meldte 07.12 om Mia (7A). Tavla er som før det."]
    assert await here(village) == set()


async def test_texts_of_staff_and_of_a_family_that_come_together_are_each_answered(village: Village) -> None:
    await register(village, LUNDE)
    await register(village, "Jonas Dahl", "+4740000952")
    seven, four = village.number("contact teacher 7A").value, village.number("contact teacher 4B").value
    await keep_text(village, 1, "7A alle her unntatt Mia", "", sender=FIRST, to=seven)
    await keep_text(village, 2, "4B alle her", "", sender="+4740000952", to=four)
    await keep_text(village, 3, "Kari er syk i dag", "Anne Nordmann", to=seven)
    doorbell = village.desk.doorbell
    assert isinstance(doorbell, LocalDoorbell)
    reception = Reception(village.desk, the_ear(), load_bots(), doorbell, StaffLine(SEAL))

    running = asyncio.create_task(reception.run())
    async with asyncio.timeout(PATIENCE):
        while any(state == ArrivalState.NEW for state, _ in await states(village)):
            await asyncio.sleep(0.01)
    await reception.stop(2.0)
    await running

    marked = await here(village)
    assert {state for state, _ in await states(village)} == {ArrivalState.FILED}
    assert {"Henrik", "Tiril"} <= marked
    assert "Mia" not in marked


def give_factor(work: Work, staff_id: str) -> None:
    keep_secret(work.session.get_one(Staff, staff_id), SEAL, SECRET, 0)


async def test_a_leaders_list_names_nobody_protected_and_is_in_the_audit(village: Village, clock: StoppedClock) -> None:
    await register(village, SOLBERG)
    await village.desk.work(TEST, give_factor, village.staff(SOLBERG).id)
    phone = Texting(village)

    await phone.text("krise 1A", to="office")
    texts = await phone.text(pyotp.TOTP(SECRET).at(clock.now()), to="office")

    def ask(look: Look) -> tuple[AuditRow, set[int]]:
        row = look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "emergency.list")).one()
        lanes = look.session.scalars(sa.select(Delivery.lane).where(Delivery.text.in_(texts)))
        return row, set(lanes)

    row, lanes = await village.desk.look(TEST, ask)
    assert texts[0].startswith("NØDLISTE")
    assert "1A IKKE SETT" in texts[0]
    assert "Ada" not in texts[0]
    assert village.child("Ada Lien").id not in row.ids
    assert row.who_id == village.staff(SOLBERG).id
    assert lanes == {Lane.EMERGENCY}


async def test_the_list_looks_for_whoever_is_told_to_be_away_while_an_alarm_stands(
    village: Village, clock: StoppedClock
) -> None:
    await register(village, SOLBERG)
    await village.desk.work(TEST, give_factor, village.staff(SOLBERG).id)
    mia, school = village.child("Mia Dahlby Olsen").id, village.unit("school")

    def tell_away(work: Work, *, with_alarm: bool) -> None:
        child, today = work.session.get_one(Child, mia), school.today(work.now)
        if with_alarm:
            begin(work, school, Due(child, None, (), work.now)).alarm_at = work.now
        else:
            report(work, child, [today], Reason.SICK, told_by="x", told_kind="staff", trust=Trust.STRONG)

    async def unseen() -> str:
        phone = Texting(village, number=100 * clock.now().minute)
        await phone.text("krise 7A", to="office")
        texts = await phone.text(pyotp.TOTP(SECRET).at(clock.now()), to="office")
        text = next(text for text in texts if text.startswith("NØDLISTE"))
        return text.partition("IKKE SETT")[2].partition("\n")[0]

    await village.desk.work(TEST, tell_away, with_alarm=False)
    told_away = await unseen()
    clock.move(timedelta(minutes=1))
    await village.desk.work(TEST, tell_away, with_alarm=True)
    alarmed = await unseen()

    assert "Henrik" in told_away
    assert "Mia" not in told_away
    assert "Mia" in alarmed


async def test_a_code_counts_once_and_five_wrong_ones_end_the_question(village: Village, clock: StoppedClock) -> None:
    await register(village, SOLBERG)
    await village.desk.work(TEST, give_factor, village.staff(SOLBERG).id)
    phone = Texting(village)
    code = pyotp.TOTP(SECRET).at(clock.now())
    await phone.text("krise 1A", to="office")
    await phone.text(code, to="office")

    await phone.text("krise 1A", to="office")
    again = [(await phone.text(code, to="office"))[0] for _ in range(5)]

    assert not any("NØDLISTE" in text for text in again)
    assert again[-1] == "Koden stemte ikke, så ingen liste ble sendt. Skriv på nytt, eller se tavla."


async def test_only_a_leader_with_a_code_app_is_asked_for_a_code(village: Village) -> None:
    await register(village, LUNDE)
    await register(village, SOLBERG, "+4740000952")

    teacher = await Texting(village).text("krise 7A")
    leader = await Texting(village, "+4740000952", 100).text("krise 7A", to="office")

    assert teacher == ["Nødlisten sendes bare til lederen. Se tavla."]
    assert leader == ["Du har ingen kodeapp her, så nødlisten kan ikke sendes på SMS. Se tavla."]
