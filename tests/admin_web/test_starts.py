"""*What begins when*: each function has a first day of its own, shown before it holds, seen on the pages it is about."""

from collections.abc import AsyncIterator
from datetime import date
from html import escape
from typing import Any
from urllib.parse import urlencode

import pytest

from bots.leave_news import list_due, tell_due
from hub.clock import StoppedClock
from hub.desk import Look
from hub.people.places import Unit
from hub.safety.starts import Function, find_begins, list_starts, set_start
from hub.school.care_rules import get_rules
from hub.school.letter_codes import draw_code
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_leave import apply
from tests.hub.sign_in.school import TEST

OCTOBER, JANUARY = date(2025, 10, 6), date(2026, 1, 1)
DAYS: dict[str, Any] = {"care_times": str(OCTOBER), "leave": "", "decisions": str(JANUARY), "consents": ""}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def starts(day: SchoolDay, unit: str) -> dict[str, date | None]:
    def read(look: Look) -> dict[str, date | None]:
        row = look.session.get_one(Unit, day.village.unit(unit).id)
        days: dict[str, date | None] = {"care_times": get_rules(look, row).begins}
        return days | dict(list_starts(look, row))

    return await day.site.desk.look(TEST, read)


@pytest.mark.capability("L-08")
async def test_care_times_begin_in_october_and_decisions_in_january(day: SchoolDay) -> None:
    leader = await day.as_("Astrid Vik")
    unit = day.village.unit("preschool").id
    await leader.get(f"/starts?unit={unit}")

    preview = await leader.get(f"/starts/preview?{urlencode({'unit': unit, **DAYS})}")
    before = await starts(day, "preschool")
    saved = await leader.post("/starts", unit=unit, **DAYS)
    week = await leader.get(f"/week/{unit}")

    assert "Den første hele uka er uke 41." in preview.text
    assert "Brevene må gis på papir." in preview.text
    assert "Samtykker: " not in preview.text
    assert before == {"care_times": None}
    assert saved.status == 200
    assert await starts(day, "preschool") == {"care_times": OCTOBER, "decisions": JANUARY}
    assert "Familier melder tider for dager fra man. 6. okt." in week.text
    assert len(await day.audited("function_start.set", "Astrid Vik")) == 1
    assert len(await day.audited("care_rules.set", "Astrid Vik")) == 1


async def test_what_was_typed_outlasts_the_proof_that_the_preview_asks_for(day: SchoolDay) -> None:
    unit = day.village.unit("preschool").id
    preview = f"/starts/preview?{urlencode({'unit': unit, **DAYS})}"
    stale = await day.as_("Astrid Vik", fresh=False)
    fresh = await day.as_("Astrid Vik")

    asked = await stale.get(preview)
    seen = await fresh.get(f"/sign-in/fresh?{urlencode({'back': preview})}")

    assert asked.path.startswith("/sign-in/fresh?back=/starts/preview?")
    assert f'value="{escape(preview)}"' in asked.text
    assert "Den første hele uka er uke 41." in seen.text
    assert f'value="{OCTOBER}"' in seen.text


async def test_one_who_leads_no_unit_finds_nothing_to_set(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")

    seen = await teacher.get("/starts")

    assert seen.status == 404


async def test_leave_that_has_not_begun_is_said_on_its_page(day: SchoolDay) -> None:
    await begins(day, Function.LEAVE)
    teacher = await day.as_("Kari Lunde")

    seen = await teacher.get("/leave")

    assert "Familier kan søke om fri her fra tor. 1. jan." in seen.text


async def test_a_decision_before_its_day_is_told_on_paper_and_the_page_says_so(day: SchoolDay) -> None:
    await begins(day, Function.DECISIONS)
    application = await apply(day)
    leader = await day.as_("Ingrid Solberg")
    await leader.get(f"/leave/{application}")
    await leader.post(f"/leave/{application}/decide", outcome="granted", reason="")
    due = await day.site.desk.look(TEST, list_due)
    await day.site.desk.work(TEST, tell_due, due, draw_code)

    seen = await leader.get(f"/leave/{application}")

    assert due
    assert "Gi brevet på papir." in seen.text


async def test_consents_that_have_not_begun_are_not_asked_for(day: SchoolDay) -> None:
    await begins(day, Function.CONSENTS)
    leader = await day.as_("Ingrid Solberg")

    seen = await leader.get("/consents")

    assert "Familier svarer på samtykker her fra tor. 1. jan." in seen.text
    assert f"/consents/{day.village.unit('school').id}/ask" not in seen.text


async def test_a_unit_s_own_day_outranks_its_owner_s(day: SchoolDay) -> None:
    def read(look: Look) -> list[date | None]:
        units = [look.session.get_one(Unit, day.village.unit(name).id) for name in ("school", "preschool")]
        return [find_begins(look, unit, Function.LEAVE) for unit in units]

    await begins(day, Function.LEAVE, for_all=True)
    await begins(day, Function.LEAVE, "preschool", None)

    assert await day.site.desk.look(TEST, read) == [JANUARY, None]


async def begins(
    day: SchoolDay, function: Function, unit: str = "school", on: date | None = JANUARY, *, for_all: bool = False
) -> None:
    await day.site.desk.work(
        TEST,
        lambda work: set_start(
            work, work.session.get_one(Unit, day.village.unit(unit).id), function, on, "leader", for_all=for_all
        ),
    )
