"""*Diary*, asked over HTTP as browsers do: what each sees of the day, what they mark and put right, and who may not."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.taps import keep_tap
from hub.people.families import Child
from hub.school.absences import Absence
from hub.school.attendance import Attendance
from hub.school.attendance_days import close_days
from hub.school.care_bookings import CareBooking
from hub.school.care_notes import Matter, NoteKind, Teller, tell_note
from hub.school.fetching import report_fetching
from hub.words import Words
from tests.admin_web.booked_week import BOOKED, book_a_week, book_for
from tests.admin_web.hidden_fields import hidden_fields
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day, without_chance
from tests.admin_web.staff_site import Seen
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.post.outboxes import TEST
from tests.village import SAARELA

TEACHER, OTHER, LEADER = "Mette Strand", "Erik Johansson", "Astrid Vik"
NOAH, MATHIAS = "Noah Bakken", "Mathias Berg"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.fixture
async def booked(day: SchoolDay, clock: StoppedClock) -> SchoolDay:
    """Monday of the booked week, at eight."""
    await book_a_week(day)
    clock.jump(datetime(2025, 3, 17, 7, 0, tzinfo=UTC))
    return day


def diary(day: SchoolDay, unit: str = "preschool", owner: str = "fjordvik") -> str:
    return f"/diary/{day.village.unit(unit, owner).id}"


def child_at(day: SchoolDay, name: str) -> str:
    return f"{diary(day)}/children/{day.village.child(name).id}"


def mark(day: SchoolDay, name: str, group: str = "blabaer", unit: str = "preschool") -> str:
    return f"{diary(day, unit)}/groups/{day.village.group(group).id}/children/{day.village.child(name).id}"


def row_of(seen: Seen, day: SchoolDay, name: str) -> str:
    """The row of a child, as text."""
    return seen.text.partition(f'-{day.village.child(name).id}">')[2].partition("</tr>")[0]


def stood(row: Attendance) -> dict[str, Any]:
    """Which mark a form puts right, and its times as the page had them."""
    left = row.left_at.isoformat() if row.left_at else ""
    return {"mark": row.id, "came_before": row.came_at.isoformat(), "left_before": left}


async def list_marks(day: SchoolDay, name: str) -> list[Attendance]:
    def ask(look: Look) -> list[Attendance]:
        asked = sa.select(Attendance).where(Attendance.child_id == day.village.child(name).id)
        return list(look.session.scalars(asked.order_by(Attendance.id)))

    return await day.site.desk.look(TEST, ask)


async def test_the_diary_shows_what_is_booked_and_who_is_here_and_who_has_left(
    booked: SchoolDay, clock: StoppedClock
) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))

    first = await teacher.post(mark(booked, NOAH) + "/here")
    clock.jump(datetime(2025, 3, 17, 14, 42, tzinfo=UTC))
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    second = await teacher.post(mark(booked, NOAH) + "/left")

    assert "<h1>1 barn er her" in first.text
    assert "7.30-15.30" in row_of(first, booked, NOAH)
    assert "Her 08.00" in row_of(first, booked, NOAH)
    assert "08.00–15.42" in row_of(second, booked, NOAH)
    assert "<h1>0 barn er her" in second.text


async def test_each_mark_is_undone_one_after_the_other(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    await teacher.post(mark(booked, NOAH) + "/left")

    back = await teacher.post(mark(booked, NOAH) + "/undo", shown="left")
    gone = await teacher.post(mark(booked, NOAH) + "/undo", shown="here")

    assert "Her 08.00" in row_of(back, booked, NOAH)
    assert "Ikke hørt fra" in row_of(gone, booked, NOAH)


async def test_a_second_touch_of_undo_on_the_same_page_takes_nothing_more_back(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    page = await teacher.post(mark(booked, NOAH) + "/left")
    of_child = await teacher.get(child_at(booked, NOAH))
    undo = mark(booked, NOAH) + "/undo"

    for shown in (page, of_child):
        back = await teacher.post(undo, **hidden_fields(shown, undo))

    assert "Her 08.00" in row_of(back, booked, NOAH)


async def test_that_a_child_is_away_is_told_and_undone_by_staff(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(child_at(booked, NOAH))

    told = await teacher.post(child_at(booked, NOAH) + "/away")
    seen = await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/undo", shown="away")

    def holding(look: Look) -> int:
        return len(look.session.scalars(sa.select(Absence).where(Absence.ceased_at.is_(None))).all())

    assert "Barnet er ikke borte likevel." in told.text
    assert "Borte" in row_of(seen, booked, NOAH)
    assert await booked.site.desk.look(TEST, holding) == 0


async def test_what_a_guardian_told_is_not_undone_by_a_tap(day: SchoolDay) -> None:
    await day.report("Kari Nordmann", "Anne Nordmann")
    teacher = await day.as_("Kari Lunde")
    await teacher.get(diary(day, "school"))

    seen = await teacher.post(mark(day, "Kari Nordmann", "7A", "school") + "/undo", shown="away")

    assert "Borte" in row_of(seen, day, "Kari Nordmann")


async def test_a_child_comes_half_an_hour_ahead_and_no_more(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(child_at(booked, NOAH))

    refused = await teacher.post(child_at(booked, NOAH) + "/came", came="08:31")
    taken = await teacher.post(child_at(booked, NOAH) + "/came", came="08:30")

    assert refused.status == 422
    assert "Det klokkeslettet er ikke kommet ennå." in refused.text
    assert "08.30–" in taken.text


async def test_a_correction_shows_what_stood_before_with_who_and_why(booked: SchoolDay, clock: StoppedClock) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    (row,) = await list_marks(booked, NOAH)
    clock.jump(datetime(2025, 3, 17, 14, 42, tzinfo=UTC))
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))

    unexplained = await teacher.post(child_at(booked, NOAH) + "/times", **stood(row), came="07:35", left="", reason=" ")
    wrong = await teacher.post(
        child_at(booked, NOAH) + "/times", **stood(row), came="07:35", left="07:00", reason="merket sent"
    )
    seen = await teacher.post(
        child_at(booked, NOAH) + "/times", **stood(row), came="07:35", left="15:30", reason="merket <sent>"
    )

    assert (unexplained.status, wrong.status) == (422, 422)
    assert "Barnet kan ikke ha gått før det kom." in wrong.text
    assert 'value="07:00"' in wrong.text
    assert "Mette Strand, i dag 15.42. Før det: 08.00–" in seen.text
    assert "merket &lt;sent&gt;" in seen.text
    assert "07.35–15.30" in seen.text
    assert len(await booked.audited("attendance.correct", TEACHER)) == 1


async def test_a_leaving_that_another_has_marked_meanwhile_is_not_wiped_by_a_correction(booked: SchoolDay) -> None:
    """A page shows the child here; it is fetched, and then somebody puts right when it came."""
    teacher, colleague = await booked.as_(TEACHER), await booked.as_(LEADER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    page = await teacher.get(child_at(booked, NOAH))
    times = child_at(booked, NOAH) + "/times"
    await colleague.get(diary(booked))
    await colleague.post(mark(booked, NOAH) + "/left")

    typed = {"came": "07:35", "left": "", "reason": "kom før"}
    refused = await teacher.post(times, **(hidden_fields(page, times) | typed))
    again = await teacher.post(times, **hidden_fields(refused, times), came="07:35", left="08:00", reason="kom før")

    assert refused.status == 422
    assert "Noen har endret tidene siden du åpnet siden." in refused.text
    assert ">08.00–08.00</h2>" in refused.text
    assert 'name="left" type="time" value="08:00"' in refused.text
    (row,) = await list_marks(booked, NOAH)
    assert row.left_at is not None
    assert ">07.35–08.00</h2>" in again.text


async def test_what_was_not_changed_keeps_its_seconds(booked: SchoolDay, clock: StoppedClock) -> None:
    clock.jump(datetime(2025, 3, 17, 7, 0, 41, tzinfo=UTC))
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    clock.jump(datetime(2025, 3, 17, 14, 42, tzinfo=UTC))
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    (row,) = await list_marks(booked, NOAH)

    await teacher.post(child_at(booked, NOAH) + "/times", **stood(row), came="08:00", left="15:30", reason="glemt")

    (kept,) = await list_marks(booked, NOAH)
    assert kept.came_at == row.came_at


async def test_whom_nobody_saw_leave_rings_on_morning_until_somebody_says_when(
    booked: SchoolDay, clock: StoppedClock
) -> None:
    leader = await booked.as_(LEADER)
    await leader.get(diary(booked))
    await leader.post(mark(booked, NOAH) + "/here")
    clock.jump(datetime(2025, 3, 17, 22, 59, tzinfo=UTC))
    await booked.site.desk.work(TEST, close_days)
    clock.jump(datetime(2025, 3, 18, 6, 0, tzinfo=UTC))
    leader = await booked.as_(LEADER)
    morning = f"/morning/{booked.village.unit('preschool').id}"

    rings = await leader.get(morning)
    listed = await leader.get(diary(booked) + "/unseen")
    asked = await leader.get(child_at(booked, NOAH) + "?day=2025-03-17")
    settled = await leader.post(diary(booked) + "/unseen")
    quiet = await leader.get(morning)

    assert "Ingen så at ett barn gikk" in rings.text
    assert "kom i går 08.00" in listed.text
    assert "Ingen merket at barnet gikk" in asked.text
    assert "Vi vet når alle gikk" in settled.text
    assert "Ingen så at" not in quiet.text
    (row,) = await list_marks(booked, NOAH)
    assert row.left_at == datetime(2025, 3, 17, 14, 30, tzinfo=UTC)


async def test_the_diary_tells_that_touches_wait_at_the_door_to_those_who_see_them_there(booked: SchoolDay) -> None:
    teacher, other = await booked.as_(TEACHER), await booked.as_(OTHER)
    quiet = await teacher.get(diary(booked))

    await booked.site.desk.work(TEST, touch_at_gate, booked)
    seen, hidden = await teacher.get(diary(booked)), await other.get(diary(booked))
    part = await teacher.get(f"{diary(booked)}/part", headers=HTMX)

    assert "venter i døra" not in quiet.text
    assert "1 berøring venter i døra." in seen.text
    assert f'<a href="/door/{booked.village.unit("preschool").id}">Til døra</a>' in seen.text
    assert "1 berøring venter i døra." in part.text
    assert f'<a href="/door/{booked.village.unit("preschool").id}">' not in hidden.text.partition("<main")[2]


def touch_at_gate(work: Work, day: SchoolDay) -> None:
    """Noah's tag was touched just now."""
    tag = hang_tag(work, day.village, NOAH)
    keep_tap(work, pair_gate(work, day.village), touch(1, work.now, serial=tag.serial))


@pytest.mark.capability("N-32")
async def test_a_known_day_warns_hours_ahead_of_what_it_must_and_proposes_whom_to_move(
    booked: SchoolDay, clock: StoppedClock
) -> None:
    """At seven: all five of Blåbær are booked over the meeting from ten to twelve, for which no adult is planned there."""
    clock.jump(datetime(2025, 3, 17, 6, 0, tzinfo=UTC))
    leader = await booked.as_(LEADER)
    await leader.get(diary(booked))
    blabaer, tyttebaer = (
        f"{diary(booked)}/groups/{booked.village.group(name).id}/adults" for name in ("blabaer", "tyttebaer")
    )

    await leader.post(tyttebaer, adults="7-17: 2", holds="today")
    warned = await leader.post(blabaer, adults="7-10: 1\n12-17: 1", holds="today")
    came = await leader.post(mark(booked, NOAH) + "/here")
    clock.jump(datetime(2025, 3, 17, 7, 0, tzinfo=UTC))
    leader = await booked.as_(LEADER)
    await leader.get(diary(booked))
    left = await leader.post(mark(booked, NOAH) + "/left")
    enough = await leader.post(blabaer, adults="7-17: 1", holds="today")

    assert "<h1>0 barn er her · for få voksne nå eller senere</h1>" in warned.text
    assert "Blåbær kl. 10.00–12.00: det trengs 1 voksen, og 0 er satt opp." in warned.text
    assert warned.text.count("det trengs") == 1
    assert "Om 5 barn av dem som trenger én voksen per 6, er hos Tyttebær imens, har begge gruppene nok." in warned.text
    assert "Trenger 0 voksne nå, 1 er satt opp." in warned.text
    assert "Trenger 1 voksen nå, 1 er satt opp." in came.text
    assert "Om 4 barn av dem som trenger én voksen per 6, er hos Tyttebær imens" in left.text
    assert "det trengs" not in enough.text


async def test_a_leader_tells_of_the_adults_and_the_page_warns_of_what_comes(booked: SchoolDay) -> None:
    leader = await booked.as_(LEADER)
    await leader.get(diary(booked))
    group = f"{diary(booked)}/groups/{booked.village.group('blabaer').id}/adults"
    other = f"{diary(booked)}/groups/{booked.village.group('tyttebaer').id}/adults"

    before = await leader.get(diary(booked))
    short = await leader.post(group, adults="7-17: 0", holds="weekly")
    helped = await leader.post(other, adults="7-17: 5", holds="today")

    assert "ingen har skrevet hvor mange de er" in before.text
    assert "<h1>0 barn er her · for få voksne nå eller senere</h1>" in short.text
    assert "Blåbær kl. 08.00–" in short.text
    assert "Ingen annen gruppe har plass nok: ring etter noen." in short.text
    assert "er hos Tyttebær imens, har begge gruppene nok." in helped.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "2 barn er her · for få voksne nå eller senere"),
        ("sv", "2 barn är här · för få vuxna nu eller senare"),
        ("fi", "2 lasta paikalla · aikuisia liian vähän nyt tai myöhemmin"),
        ("en", "2 children are here · too few adults now or later"),
    ],
)
def test_the_headline_warns_alike_of_this_quarter_and_of_those_to_come(language: str, said: str) -> None:
    assert Words(language).say("diary.answer", here=2, short=1) == said


async def test_adults_of_a_weekday_hold_until_told_otherwise_and_one_day_outranks_them(
    booked: SchoolDay, clock: StoppedClock
) -> None:
    leader = await booked.as_(LEADER)
    await leader.get(diary(booked))
    group = f"{diary(booked)}/groups/{booked.village.group('blabaer').id}/adults"
    await leader.post(group, adults="7-17: 4", holds="weekly")
    today = await leader.post(group, adults="7-17: 3", holds="today")
    clock.jump(datetime(2025, 3, 24, 7, 0, tzinfo=UTC))
    leader = await booked.as_(LEADER)

    next_week = await leader.get(diary(booked))
    clock.jump(datetime(2025, 3, 25, 7, 0, tzinfo=UTC))
    leader = await booked.as_(LEADER)
    tuesday = await leader.get(diary(booked))

    assert "3 er satt opp" in today.text
    assert "4 er satt opp" in next_week.text
    assert "er satt opp" not in tuesday.text


async def test_adults_that_cannot_be_read_are_refused_and_stay_typed(booked: SchoolDay) -> None:
    leader = await booked.as_(LEADER)
    await leader.get(diary(booked))

    seen = await leader.post(
        f"{diary(booked)}/groups/{booked.village.group('blabaer').id}/adults", adults="mange", holds="today"
    )

    assert seen.status == 422
    assert "Linjene ble ikke forstått." in seen.text
    assert ">mange</textarea>" in seen.text


async def test_whoever_does_not_lead_the_unit_tells_of_no_adults(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    page = await teacher.get(diary(booked))

    seen = await teacher.post(
        f"{diary(booked)}/groups/{booked.village.group('blabaer').id}/adults", adults="7-9: 1", holds="today"
    )

    assert "Lagre de voksne" not in page.text
    assert seen.status == 404


async def test_one_group_is_shown_alone_and_is_still_alone_after_a_mark(booked: SchoolDay) -> None:
    leader = await booked.as_(LEADER)
    group = booked.village.group("blabaer").id

    alone = await leader.get(f"{diary(booked)}?group={group}")
    marked = await leader.post(mark(booked, NOAH) + "/here", headers={**HTMX, "Origin": booked.site.url}, group=group)

    assert (NOAH in alone.text, "Tuva Fjeld" in alone.text) == (True, False)
    assert "Tuva Fjeld" not in marked.text
    assert "Her 08.00" in row_of(marked, booked, NOAH)


async def test_a_teacher_sees_the_own_group_and_no_other(booked: SchoolDay) -> None:
    teacher, other = await booked.as_(TEACHER), await booked.as_(OTHER)
    group = booked.village.group("blabaer").id

    own, theirs = await teacher.get(diary(booked)), await other.get(diary(booked))
    refused = await other.get(f"{diary(booked)}?group={group}")

    assert NOAH in own.text
    assert NOAH not in theirs.text
    assert refused.status == 404
    assert (await other.get(child_at(booked, NOAH))).status == 404
    assert (await other.post(mark(booked, NOAH) + "/here")).status == 404
    assert (await teacher.get(child_at(booked, NOAH))).status == 200


async def test_a_protected_child_stands_for_its_named_readers_alone_and_is_not_counted_for_others(
    day: SchoolDay,
) -> None:
    named, other = await day.as_("Maria Nygård"), await day.as_("Liv Berge")
    ada = day.village.child("Ada Lien").id
    await named.get(diary(day, "school"))
    await named.post(mark(day, "Ada Lien", "1A", "school") + "/here")

    seen, hidden = await named.get(diary(day, "school")), await other.get(diary(day, "school"))
    address = f"{diary(day, 'school')}/children/{ada}"

    assert "Ada Lien" in seen.text
    assert "<h1>1 barn er her" in seen.text
    assert "Ada" not in hidden.text
    assert "<h1>0 barn er her" in hidden.text
    assert (await named.get(address)).status == 200
    refused = await other.get(address)
    absent = await other.get(f"{diary(day, 'school')}/children/{'0' * 26}")
    assert refused.status == absent.status == 404
    assert without_chance(refused) == without_chance(absent)


async def test_whatever_changes_of_a_child_is_seen_at_once_also_where_its_row_was_just_drawn(booked: SchoolDay) -> None:
    teacher, colleague = await booked.as_(TEACHER), await booked.as_(LEADER)
    noah, today = booked.village.child(NOAH).id, date(2025, 3, 17)

    def get_noah(work: Work) -> Child:
        return work.session.get_one(Child, noah)

    def book_anew(work: Work) -> None:
        told = sa.select(CareBooking).where(CareBooking.child_id == noah, CareBooking.day == today)
        for booking in work.session.scalars(told):
            booking.hours = "09:15-14:00"

    def tell_of_an_allergy(work: Work) -> None:
        tell_note(work, get_noah(work), Matter(NoteKind.ALLERGY, "Nøtter", serious=True), Teller("1", Trust.STRONG))

    def tell_who_fetches(work: Work) -> None:
        report_fetching(work, [get_noah(work)], [today], "Per Moe", None, told_by="1", trust=Trust.STRONG)

    def call_otherwise(work: Work) -> None:
        get_noah(work).nickname = "Nusse"

    def protect(work: Work) -> None:
        get_noah(work).protected = True

    seen = [row_of(await teacher.get(diary(booked)), booked, NOAH)]
    await colleague.get(diary(booked))
    await colleague.post(mark(booked, NOAH) + "/here")
    seen.append(row_of(await teacher.get(diary(booked)), booked, NOAH))
    for change in (book_anew, tell_of_an_allergy, tell_who_fetches, call_otherwise, protect):
        await booked.site.desk.work(TEST, change)
        seen.append(row_of(await teacher.get(diary(booked)), booked, NOAH))

    shown = ("7.30-15.30", "Her 08.00", "9.15-14", "Viktig å vite", "Per Moe", "Nusse")
    assert [[word for word in shown if word in row] for row in seen] == [
        ["7.30-15.30"],
        ["7.30-15.30", "Her 08.00"],
        ["Her 08.00", "9.15-14"],
        ["Her 08.00", "9.15-14", "Viktig å vite"],
        ["Her 08.00", "9.15-14", "Viktig å vite", "Per Moe"],
        ["Her 08.00", "9.15-14", "Viktig å vite", "Per Moe", "Nusse"],
        [],
    ]


async def test_a_mark_of_another_child_or_unit_cannot_be_put_right_here(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    (row,) = await list_marks(booked, NOAH)
    stranger = await booked.as_("Jari Laine", SAARELA)
    await stranger.get("/morning")

    other_child = await teacher.post(
        child_at(booked, MATHIAS) + "/times", **stood(row), came="07:35", left="", reason="feil"
    )
    other_owner = await stranger.post(
        child_at(booked, NOAH) + "/times", **stood(row), came="07:35", left="", reason="feil"
    )

    assert (other_child.status, other_owner.status) == (404, 404)
    assert [kept.came_at for kept in await list_marks(booked, NOAH)] == [row.came_at]


@pytest.fixture
async def night(day: SchoolDay, clock: StoppedClock) -> SchoolDay:
    """Noah, in shift care, came on Monday at eight in the evening and is here as Tuesday begins; it is six."""
    await book_for(day, NOAH, "Marte Bakken", "20-7", (0,))
    leader = await day.as_(LEADER)
    await leader.get(f"/week/{day.village.unit('preschool').id}/children/{day.village.child(NOAH).id}")
    await leader.post(
        f"/week/{day.village.unit('preschool').id}/children/{day.village.child(NOAH).id}/hours",
        day=str(BOOKED), hours="160", per="month", shift="full", from_day=str(date(2025, 3, 1)),
    )  # fmt: skip
    clock.jump(datetime(2025, 3, 17, 19, 0, tzinfo=UTC))
    leader = await day.as_(LEADER)
    await leader.get(diary(day))
    await leader.post(mark(day, NOAH) + "/here")
    clock.jump(datetime(2025, 3, 17, 22, 59, tzinfo=UTC))
    await day.site.desk.work(TEST, close_days)
    clock.jump(datetime(2025, 3, 18, 5, 0, tzinfo=UTC))
    return day


async def test_a_child_who_is_here_over_midnight_stands_on_the_new_day_since_when(night: SchoolDay) -> None:
    leader = await night.as_(LEADER)

    seen, morning = await leader.get(diary(night)), await leader.get(f"/morning/{night.village.unit('preschool').id}")
    gone = await leader.post(mark(night, NOAH) + "/left")
    undone = await leader.post(mark(night, NOAH) + "/undo", shown="left")

    assert "Her siden i går 20.00" in row_of(seen, night, NOAH)
    assert "Her siden i går 20.00" in morning.text
    assert "20.00–06.00" in row_of(gone, night, NOAH)
    assert "Her siden i går 20.00" in row_of(undone, night, NOAH)


async def test_the_page_of_a_child_who_stayed_overnight_tells_the_night_on_both_its_days(night: SchoolDay) -> None:
    leader = await night.as_(LEADER)

    here = await leader.get(child_at(night, NOAH))
    await leader.get(diary(night))
    await leader.post(mark(night, NOAH) + "/left")
    left = await leader.get(child_at(night, NOAH))
    before = await leader.get(child_at(night, NOAH) + "?day=2025-03-17")

    assert ">Kom i går 20.00</h2>" in here.text
    assert "Ingenting er merket" not in here.text
    for page in (left, before):
        assert ">Kom i går 20.00, gikk i dag 06.00</h2>" in page.text


async def test_when_a_child_left_after_a_night_is_put_right_with_its_day(night: SchoolDay) -> None:
    leader = await night.as_(LEADER)
    (row,) = await list_marks(night, NOAH)
    page = await leader.get(child_at(night, NOAH))
    times = child_at(night, NOAH) + "/times"
    sent: dict[str, Any] = {"reason": "merket sent", "day": "2025-03-18"}

    refused = await leader.post(times, came="20:00", left="05:45", left_on="2025-03-17", **sent, **stood(row))
    done = await leader.post(times, came="20:00", left="05:45", left_on="2025-03-18", **sent, **stood(row))
    (row,) = await list_marks(night, NOAH)
    reopened = await leader.post(times, came="19:30", left="", left_on="2025-03-18", **sent, **stood(row))

    assert '<option value="2025-03-18" selected>i dag</option>' in page.text
    assert refused.status == 422
    assert '<option value="2025-03-17" selected>i går</option>' in refused.text
    assert ">Kom i går 20.00, gikk i dag 05.45</h2>" in done.text
    assert "Før det: 20.00–i dag 05.45" in reopened.text
    assert ">Kom i går 19.30</h2>" in reopened.text


async def test_a_stay_of_more_than_a_day_is_put_right_by_its_day_too(night: SchoolDay, clock: StoppedClock) -> None:
    """It left later on the clock than it came, and a day after."""
    clock.jump(datetime(2025, 3, 18, 20, 30, tzinfo=UTC))
    leader = await night.as_(LEADER)
    await leader.get(diary(night))
    await leader.post(mark(night, NOAH) + "/left")
    (row,) = await list_marks(night, NOAH)

    await leader.post(
        child_at(night, NOAH) + "/times",
        **stood(row), came="20:00", left="21:00", left_on="2025-03-18", reason="merket sent",
    )  # fmt: skip

    (kept,) = await list_marks(night, NOAH)
    assert kept.left_at == datetime(2025, 3, 18, 20, 0, tzinfo=UTC)


async def test_the_coming_of_a_night_before_is_not_offered_to_be_undone(night: SchoolDay) -> None:
    leader = await night.as_(LEADER)
    at_door = f"/door/{night.village.unit('preschool').id}/children/{night.village.child(NOAH).id}"

    here, door = await leader.get(child_at(night, NOAH)), await leader.get(at_door)
    await leader.get(diary(night))
    await leader.post(mark(night, NOAH) + "/left")
    left = await leader.get(child_at(night, NOAH))

    assert "Barnet er ikke her likevel." not in here.text
    assert 'value="not_come"' not in door.text
    assert "Barnet har ikke gått likevel." in left.text


async def test_a_child_of_the_day_has_no_other_day_to_leave_on(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")

    seen = await teacher.get(child_at(booked, NOAH))

    assert ">08.00–</h2>" in seen.text
    assert 'name="left_on"' not in seen.text


async def test_the_second_coming_of_a_day_is_undone_and_the_first_stays(booked: SchoolDay, clock: StoppedClock) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    clock.jump(datetime(2025, 3, 17, 10, 0, tzinfo=UTC))
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/left")
    await teacher.post(mark(booked, NOAH) + "/here")

    seen = await teacher.post(mark(booked, NOAH) + "/undo", shown="here")

    assert "08.00–11.00" in row_of(seen, booked, NOAH)


async def test_a_time_with_a_zone_is_no_time_on_the_wall(booked: SchoolDay) -> None:
    teacher = await booked.as_(TEACHER)
    await teacher.get(diary(booked))
    await teacher.post(mark(booked, NOAH) + "/here")
    (row,) = await list_marks(booked, NOAH)

    for came, left in (("07:35Z", ""), ("07:35", "15:30+02:00")):
        await teacher.get(diary(booked))
        seen = await teacher.post(child_at(booked, NOAH) + "/times", **stood(row), came=came, left=left, reason="feil")
        assert seen.status == 400
    assert (await list_marks(booked, NOAH))[0].came_at == row.came_at
