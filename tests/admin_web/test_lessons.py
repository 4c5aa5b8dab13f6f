"""*Lessons*: a teacher notes a lesson with a choice for the few and one tap for the rest, and sees what the year came to."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.school.attendance import mark_here
from hub.school.lessons import LessonMark
from tests.admin_web.hidden_fields import hidden_fields
from tests.admin_web.missing_children import look_for
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

KARI, HENRIK, MIA = "Kari Nordmann", "Henrik Strøm", "Mia Dahlby Olsen"
TEACHER, PRINCIPAL, OF_ANOTHER_CLASS = "Kari Lunde", "Ingrid Solberg", "Jonas Dahl"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def path(day: SchoolDay, group: str = "7A", lesson: int | None = None) -> str:
    unit, of = f"/lessons/{day.village.unit('school').id}", day.village.group(group).id
    return f"{unit}?group={of}" if lesson is None else f"{unit}/groups/{of}/{lesson}"


async def note(
    day: SchoolDay,
    browser: Browsing,
    said: dict[str, tuple[str, str]],
    lesson: int = 1,
    subject: str = "",
    rest: str = "",
) -> Seen:
    """Of pupils, a state and a remark, on a form that was opened just now."""
    form = await browser.get(path(day, lesson=lesson))
    assert form.status == 200
    return await send(day, browser, form, said, lesson, subject, rest)


async def send(
    day: SchoolDay,
    browser: Browsing,
    form: Seen,
    said: dict[str, tuple[str, str]],
    lesson: int = 1,
    subject: str = "",
    rest: str = "",
) -> Seen:
    """The same on a form that was opened some time ago."""
    address = path(day, lesson=lesson)
    hidden = hidden_fields(form, address.partition("?")[0])
    noted = dict(zip(hidden["pupil"], zip(hidden["noted"], hidden["noted_remark"], strict=True), strict=True))
    ids = [day.village.child(name).id for name in said]
    return await browser.post(
        address,
        pupil=ids,
        noted=[noted.get(id_, ("", ""))[0] for id_ in ids],
        noted_remark=[noted.get(id_, ("", ""))[1] for id_ in ids],
        noted_subject=hidden["noted_subject"],
        state=[state for state, _ in said.values()],
        remark=[remark for _, remark in said.values()],
        subject=subject,
        rest=rest,
    )


def row_of(seen: Seen, name: str) -> str:
    """What the page says of one pupil."""
    text = shown(seen)
    begin = text.index(name)
    return text[begin : begin + 160]


@pytest.mark.capability("H-69")
async def test_a_lesson_is_noted_with_the_few_who_were_away_and_the_year_counts_what_was_told(day: SchoolDay) -> None:
    await day.report(KARI, "Anne Nordmann")
    teacher = await day.as_(TEACHER)

    seen = await note(
        day,
        teacher,
        {KARI: ("away", ""), HENRIK: ("away", "gikk uten å si fra"), MIA: ("", "")},
        subject="Norsk",
        rest="here",
    )
    await note(day, teacher, {HENRIK: ("late", "")}, lesson=2)

    assert "1. time: Norsk" in shown(seen)
    assert "1. time: borte, meldt" in row_of(seen, KARI)
    assert "1. time: borte uten melding gikk uten å si fra" in row_of(seen, HENRIK)
    assert "Var her" in row_of(seen, MIA)
    of_child = shown(await teacher.get(f"/children/{day.village.child(HENRIK).id}"))
    assert "Timer borte i skoleåret: 1, 1 uten melding. Kom sent: 1." in of_child
    assert len(await day.audited("lesson.mark", TEACHER)) == 2


async def test_who_was_seen_and_who_was_told_of_is_chosen_already_and_of_the_others_nothing_is_guessed(
    day: SchoolDay,
) -> None:
    await day.report(KARI, "Anne Nordmann")

    def come(work: Work) -> None:
        mark_here(work, day.village.unit("school"), [work.session.get_one(Child, day.village.child(HENRIK).id)], "x")

    await day.site.desk.work(TEST, come)
    teacher = await day.as_(TEACHER)

    form = (await teacher.get(path(day, lesson=1))).text

    def chosen(name: str) -> list[str]:
        select = form.partition(f'id="s-{day.village.child(name).id}"')[2].partition("</select>")[0]
        return [option.split('"')[1] for option in select.split("<option ") if "selected" in option]

    assert (chosen(KARI), chosen(HENRIK), chosen(MIA)) == (["away"], ["here"], [])


async def test_without_the_rest_who_was_not_chosen_stays_open(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    seen = await note(day, teacher, {KARI: ("late", ""), MIA: ("", "")})

    assert "Ingen time er ført" in row_of(seen, MIA)
    assert "1. time: kom sent" in row_of(seen, KARI)


async def test_who_is_looked_for_is_none_of_the_rest(day: SchoolDay) -> None:
    await look_for(day, KARI)
    teacher = await day.as_(TEACHER)

    form = shown(await teacher.get(path(day, lesson=1)))
    seen = await note(day, teacher, {KARI: ("", ""), MIA: ("", "")}, rest="here")

    assert "Kari Nordmann Ikke kommet, ingen vet hvorfor" in form
    assert "Ingen time er ført" in row_of(seen, KARI)
    assert "Var her" in row_of(seen, MIA)


async def test_of_whom_something_else_is_known_is_none_of_the_rest(day: SchoolDay) -> None:
    """Kari's family told that she comes late, Henrik's wrote what nobody has read, Mia is told away while the form is open."""
    await day.tell_late(KARI, "Anne Nordmann", time(10, 0))
    await day.write("Silje Strøm", "Henrik er hos legen", [HENRIK])
    teacher = await day.as_(TEACHER)
    form = await teacher.get(path(day, lesson=1))
    await day.report(MIA, "Anne Nordmann")

    seen = await send(day, teacher, form, {KARI: ("", ""), HENRIK: ("", ""), MIA: ("", "")}, rest="here")

    assert "Henrik Strøm Familien har skrevet i dag, og ingen har lest det" in shown(form)
    for name in (KARI, HENRIK, MIA):
        assert "Ingen time er ført" in row_of(seen, name)


async def test_an_old_form_takes_nothing_back_that_a_colleague_has_noted_since(day: SchoolDay) -> None:
    teacher, leader = await day.as_(TEACHER), await day.as_(PRINCIPAL)
    await note(day, teacher, {KARI: ("here", ""), HENRIK: ("here", ""), MIA: ("here", "")}, subject="Norsk")
    old = await teacher.get(path(day, lesson=1))
    await note(day, leader, {KARI: ("late", "ti minutter"), HENRIK: ("away", "")}, subject="Matte")

    seen = await send(day, teacher, old, {KARI: ("here", ""), HENRIK: ("late", ""), MIA: ("away", "")}, subject="Norsk")

    assert "1. time: Matte" in shown(seen)
    assert "1. time: kom sent ti minutter" in row_of(seen, KARI)
    assert "1. time: borte uten melding" in row_of(seen, HENRIK)
    assert "1. time: borte uten melding" in row_of(seen, MIA)
    assert "En kollega førte noe annet mens du skrev, og det står: Henrik." in shown(seen)


async def test_a_subject_that_a_colleague_wrote_meanwhile_stands_and_is_said(day: SchoolDay) -> None:
    teacher, leader = await day.as_(TEACHER), await day.as_(PRINCIPAL)
    old = await teacher.get(path(day, lesson=1))
    await note(day, leader, {KARI: ("late", "")}, subject="Matte")

    seen = await send(day, teacher, old, {MIA: ("away", "")}, subject="Norsk")

    assert "1. time: Matte" in shown(seen)
    assert "En kollega skrev et annet fag mens du skrev, og det står." in shown(seen)
    assert "1. time: borte uten melding" in row_of(seen, MIA)


async def test_the_page_of_a_day_of_last_school_year_counts_that_year_alone(
    day: SchoolDay, clock: StoppedClock
) -> None:
    teacher = await day.as_(TEACHER)
    await note(day, teacher, {KARI: ("late", "")})
    clock.jump(datetime(2025, 8, 25, 8, 0, tzinfo=UTC))
    teacher = await day.as_(TEACHER)
    await note(day, teacher, {KARI: ("late", "")})

    before = await teacher.get(f"{path(day)}&day=2025-03-03")

    assert 'data-label="Kom sent"' in before.text
    row = before.text.partition(f'/children/{day.village.child(KARI).id}"')[2].partition("</tr>")[0]
    assert re.findall(r'data-label="Kom sent"[^>]*>\s*(\d+)', re.sub(r"<(?!td)[^>]+>", "", row)) == ["1"]


async def test_what_is_noted_of_a_lesson_marks_nobody_as_arrived(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    await note(day, teacher, {KARI: ("here", ""), MIA: ("", "")}, rest="here")

    assert await day.here() == set()


@pytest.mark.parametrize(
    ("child", "state"), [("Sara Hansen", "away"), ("Noah Bakken", "away")], ids=["another class", "another unit"]
)
async def test_nobody_is_noted_in_a_class_that_it_is_not_in(day: SchoolDay, child: str, state: str) -> None:
    teacher = await day.as_(TEACHER)

    refused = await note(day, teacher, {KARI: ("away", ""), child: (state, "")})

    assert refused.status == 404
    assert "borte uten melding" not in shown(await teacher.get(path(day)))


async def test_forms_that_say_two_things_of_one_pupil_or_too_little_are_refused(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    kari = day.village.child(KARI).id
    await teacher.get(path(day, lesson=1))

    doubled = await teacher.post(path(day, lesson=1), pupil=[kari, kari], state=["here", "away"], remark=["", ""])
    short = await teacher.post(path(day, lesson=1), pupil=[kari], state=["here"])
    ahead = await teacher.post(
        path(day, lesson=1),
        pupil=[kari], state=["here"], remark=[""], noted=[""], noted_remark=[""], day="2025-03-04",
    )  # fmt: skip
    thirteenth = await teacher.get(path(day, lesson=13))

    assert (doubled.status, short.status, ahead.status, thirteenth.status) == (400, 400, 422, 404)
    assert "Vent til den har vært" in shown(ahead)


async def test_a_class_is_its_own_teachers_and_its_leaders(day: SchoolDay) -> None:
    other, leader = await day.as_(OF_ANOTHER_CLASS), await day.as_(PRINCIPAL)

    assert (await leader.get(path(day))).status == 200
    assert (await other.get(path(day))).status == 404
    assert (await other.get(path(day, lesson=1))).status == 404


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_lessons(browser: Browser, day: SchoolDay, width: int) -> None:
    await day.report(KARI, "Anne Nordmann")
    context, page, complaints = await day.window(browser, TEACHER, width)
    await page.goto(path(day, lesson=1))
    await check(page, complaints, f"lesson-{width}")

    await page.get_by_label("Henrik Strøm", exact=True).select_option("away")
    await page.get_by_label("Merknad om Henrik Strøm").fill("gikk hjem uten å si fra til noen")
    await page.get_by_role("button", name="Lagre, resten var her").click()

    await expect(page.get_by_role("link", name="1. time")).to_be_visible()
    await check(page, complaints, f"lessons-{width}")
    await context.close()


@pytest.mark.one_store
async def test_a_remark_is_the_staffs_alone_until_they_tick_that_the_family_may_read_it(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    kari = day.village.child(KARI).id
    told: dict[str, Any] = {"pupil": kari, "state": "here", "remark": "glemte boka"}

    async def is_shared() -> bool:
        def find(look: Look) -> bool:
            asked = sa.select(LessonMark.is_shared).where(LessonMark.child_id == kari, LessonMark.ceased_at.is_(None))
            return look.session.scalars(asked).one()

        return await day.site.desk.look(TEST, find)

    await teacher.get(path(day, lesson=1))
    await teacher.post(path(day, lesson=1), **told, noted="", noted_remark="")
    kept = await is_shared()
    await teacher.get(path(day, lesson=1))
    await teacher.post(path(day, lesson=1), **told, noted="here", noted_remark="glemte boka", shared=kari)
    form = await teacher.get(path(day, lesson=1))

    assert (kept, await is_shared()) == (False, True)
    assert f'name="noted_shared" value="{kari}"' in form.text
    assert f'name="shared" value="{kari}" checked' in form.text
