"""Lessons: what a teacher noted stands until it is put right, and whether an absence was told of is asked anew each time."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust, routine_asker
from hub.desk import Look, Work
from hub.people.families import Child
from hub.school.absences import Reason, list_of_child, report, take_back
from hub.school.late_arrivals import report_late
from hub.school.lessons import (
    Changes,
    InLesson,
    LessonAheadError,
    LessonCount,
    LessonMark,
    LessonSaid,
    Seen,
    count_lessons,
    find_changes,
    keep_lesson,
    last_of_year,
    list_marks,
    year_of,
)
from tests.hub.at_once import at_once
from tests.village import Village

TEST = routine_asker("test")
KARI, HENRIK = "Kari Nordmann", "Henrik Strøm"
MONDAY = date(2025, 3, 3)
HERE, LATE, AWAY = (Seen(state) for state in (InLesson.HERE, InLesson.LATE, InLesson.AWAY))


async def keep(
    village: Village, seen: dict[str, Seen], lesson: int = 1, day: date = MONDAY, subject: str = "Norsk"
) -> list[LessonMark]:
    def act(work: Work) -> list[LessonMark]:
        ids = {village.child(name).id: one for name, one in seen.items()}
        return keep_lesson(work, village.unit("school"), village.group("7A"), day, lesson, subject, ids, "teacher")

    return await village.desk.work(TEST, act)


async def noted(village: Village, day: date = MONDAY) -> dict[str, list[tuple[int, str, Seen]]]:
    def read(look: Look) -> list[LessonMark]:
        return list_marks(look, village.group("7A").id, day)

    rows = await village.desk.look(TEST, read)
    names = {village.child(name).id: name for name in (KARI, HENRIK)}
    return {
        name: [(row.lesson, row.subject, row.seen) for row in rows if names[row.child_id] == name]
        for name in (KARI, HENRIK)
    }


async def counted(village: Village, name: str = KARI) -> LessonCount | None:
    child = village.child(name).id
    found = await village.desk.look(
        TEST, count_lessons, village.unit("school").id, [child], year_of(MONDAY), MONDAY + timedelta(days=7)
    )
    return found.get(child)


async def test_each_lesson_of_a_day_stands_by_itself(village: Village) -> None:
    await keep(village, {KARI: HERE, HENRIK: AWAY})
    await keep(village, {KARI: Seen(InLesson.LATE, "ti minutter"), HENRIK: HERE}, lesson=2, subject="Gym")

    assert await noted(village) == {
        KARI: [(1, "Norsk", HERE), (2, "Gym", Seen(InLesson.LATE, "ti minutter"))],
        HENRIK: [(1, "Norsk", AWAY), (2, "Gym", HERE)],
    }


async def test_what_is_noted_anew_takes_the_place_of_what_was_and_what_was_stays_in_the_store(village: Village) -> None:
    await keep(village, {KARI: AWAY, HENRIK: HERE})

    fresh = await keep(village, {KARI: LATE})

    assert [row.state for row in fresh] == [InLesson.LATE]
    assert (await noted(village))[KARI] == [(1, "Norsk", LATE)]
    assert (await noted(village))[HENRIK] == [(1, "Norsk", HERE)]
    states = await village.desk.look(
        TEST, lambda look: list(look.session.scalars(sa.select(LessonMark.state).order_by(LessonMark.id)))
    )
    assert sorted(states) == ["away", "here", "late"]


async def test_the_same_noted_twice_changes_nothing(village: Village) -> None:
    await keep(village, {KARI: AWAY})

    assert await keep(village, {KARI: AWAY}) == []


async def test_a_subject_put_right_is_the_whole_class_s(village: Village) -> None:
    await keep(village, {KARI: AWAY, HENRIK: HERE})

    await keep(village, {KARI: AWAY}, subject="Matte")

    assert {subject for rows in (await noted(village)).values() for _, subject, _ in rows} == {"Matte"}


async def changes(village: Village, said: LessonSaid, shown: LessonSaid) -> Changes:
    """By pupils' names."""
    names = {village.child(name).id: name for name in (KARI, HENRIK)}

    def by_id(one: LessonSaid) -> LessonSaid:
        return LessonSaid(one.subject, {village.child(name).id: seen for name, seen in one.seen.items()})

    found = await village.desk.work(TEST, find_changes, village.group("7A"), MONDAY, 1, by_id(said), by_id(shown))
    seen = {names[id_]: one for id_, one in found.said.seen.items()}
    return Changes(LessonSaid(found.said.subject, seen), tuple(names[id_] for id_ in found.theirs), found.is_theirs)


async def test_what_was_shown_and_not_changed_takes_nothing_back_that_a_colleague_noted_since(
    village: Village,
) -> None:
    shown = LessonSaid("Norsk", {KARI: HERE, HENRIK: HERE})
    await keep(village, {KARI: LATE, HENRIK: HERE}, subject="Matte")

    found = await changes(village, LessonSaid("Norsk", {KARI: HERE, HENRIK: AWAY}), shown)

    assert found == Changes(LessonSaid("Matte", {HENRIK: AWAY}))


async def test_of_what_two_changed_the_first_stands_and_the_second_is_told(village: Village) -> None:
    shown = LessonSaid("", {KARI: HERE})
    await keep(village, {KARI: LATE, HENRIK: AWAY}, subject="Matte")

    found = await changes(village, LessonSaid("Norsk", {KARI: AWAY, HENRIK: HERE}), shown)
    agreed = await changes(village, LessonSaid("Matte", {KARI: LATE, HENRIK: AWAY}), shown)

    assert found == Changes(LessonSaid("Matte", {}), (KARI, HENRIK), is_theirs=True)
    assert agreed == Changes(LessonSaid("Matte", {}))


async def test_two_who_note_a_lesson_at_once_do_not_overwrite_each_other(village: Village) -> None:
    def note(work: Work, seen: Seen) -> tuple[str, ...]:
        unit, group = village.unit("school"), village.group("7A")
        said = LessonSaid("Norsk", {village.child(KARI).id: seen})
        found = find_changes(work, group, MONDAY, 1, said, LessonSaid("", {}))
        keep_lesson(work, unit, group, MONDAY, 1, found.said.subject, found.said.seen, "teacher")
        return found.theirs

    first, second = await at_once(
        village.desk, TEST, lambda work: note(work, AWAY), village.desk.work(TEST, note, HERE)
    )

    assert (first, second) == ((), (village.child(KARI).id,))
    assert (await noted(village))[KARI] == [(1, "Norsk", AWAY)]


def test_a_school_year_ends_with_july() -> None:
    assert (last_of_year(MONDAY), last_of_year(date(2025, 8, 1))) == (date(2025, 7, 31), date(2026, 7, 31))


async def test_nobody_was_in_a_lesson_that_is_still_to_come(village: Village) -> None:
    with pytest.raises(LessonAheadError):
        await keep(village, {KARI: HERE}, day=MONDAY + timedelta(days=1))

    assert await counted(village) is None


async def test_a_year_counts_what_was_told_of_the_day_whenever_that_was(village: Village) -> None:
    await keep(village, {KARI: AWAY})
    await keep(village, {KARI: AWAY}, lesson=2)
    await keep(village, {KARI: LATE}, lesson=3)
    before = await counted(village)

    def tell(work: Work) -> None:
        kari = work.session.get_one(Child, village.child(KARI).id)
        report(work, kari, [MONDAY], Reason.SICK, told_by="x", told_kind="guardian", trust=Trust.CLAIMED)

    def back(work: Work) -> None:
        take_back(work, list_of_child(work, village.child(KARI).id, [MONDAY]), "x")

    await village.desk.work(TEST, tell)
    told = await counted(village)
    await village.desk.work(TEST, back)

    assert before == LessonCount(noted=3, away_untold=2, late=1)
    assert told == LessonCount(noted=3, away_told=2, late=1)
    assert await counted(village) == before


async def test_that_staff_saw_nobody_come_is_no_word_of_the_family_s(village: Village) -> None:
    await keep(village, {KARI: AWAY})

    def untold(work: Work) -> None:
        kari = work.session.get_one(Child, village.child(KARI).id)
        report(work, kari, [MONDAY], Reason.UNTOLD, told_by="x", told_kind="staff", trust=Trust.STRONG)

    await village.desk.work(TEST, untold)

    assert await counted(village) == LessonCount(noted=1, away_untold=1)


async def test_whoever_was_told_to_come_late_is_away_from_the_first_lesson_with_a_word(village: Village) -> None:
    await keep(village, {KARI: AWAY})

    def late(work: Work) -> None:
        kari = work.session.get_one(Child, village.child(KARI).id)
        report_late(work, kari, MONDAY, None, told_by="x", message_id=None)

    await village.desk.work(TEST, late)

    assert await counted(village) == LessonCount(noted=1, away_told=1)


def test_a_school_year_begins_in_august() -> None:
    assert year_of(date(2025, 7, 31)) == date(2024, 8, 1)
    assert year_of(date(2025, 8, 1)) == date(2025, 8, 1)
