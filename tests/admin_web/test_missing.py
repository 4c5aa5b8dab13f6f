"""Whom one looks for, first on *Morning*: who sees it, whom they may call, and what one tap does."""

import re
from collections.abc import AsyncIterator
from datetime import time

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.calendars import close
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.messages import Message
from hub.school.absences import list_of_child
from hub.school.late_arrivals import LateArrival
from hub.school.not_arrived import Answer, NotArrived, answer
from tests.admin_web.missing_children import look_for, wake
from tests.admin_web.school_day import MONDAY, SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

KARI, ADA = "Kari Nordmann", "Ada Lien"
ANNES_PHONE = "+4740000101"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def case_of(day: SchoolDay, child: str) -> NotArrived:
    def find(look: Look) -> NotArrived:
        found = sa.select(NotArrived).where(NotArrived.child_id == day.village.child(child).id)
        return look.session.scalars(found).one()

    return await day.site.desk.look(TEST, find)


async def close_by(day: SchoolDay, who: str, child: str, how: str) -> int:
    browser = await day.as_(who)
    await browser.get("/numbers")
    case = await case_of(day, child)
    return (await browser.post(f"{day.board()}/missing/{case.id}", how=how)).status


@pytest.mark.capability("H-56", "N-06")
async def test_the_first_thing_on_morning_is_whom_to_look_for_and_whom_to_call(day: SchoolDay) -> None:
    await look_for(day, KARI)
    teacher = await day.as_("Kari Lunde")

    page = await teacher.get(day.board())

    assert "1 barn vi må finne nå" in page.text
    assert "Kari Nordmann (7A) er ikke kommet" in page.text
    assert f'href="tel:{ANNES_PHONE}"' in page.text
    assert page.text.index("er ikke kommet") < page.text.index("board-group")


@pytest.mark.parametrize("who", ["Jonas Dahl", "Astrid Vik", "Nora Eide"])
async def test_who_does_not_serve_the_child_sees_neither_the_case_nor_a_phone(day: SchoolDay, who: str) -> None:
    await look_for(day, KARI)
    other = await day.as_(who)

    page = await other.get("/morning")

    assert "Nordmann" not in page.text
    assert ANNES_PHONE not in page.text
    assert "vi må finne nå" not in page.text


async def test_an_assistant_sees_whom_to_look_for_but_no_phone(day: SchoolDay) -> None:
    await look_for(day, "Sara Hansen")
    assistant, teacher = await day.as_("Sindre Moen"), await day.as_("Maria Nygård")

    seen, permitted = await assistant.get(day.board()), await teacher.get(day.board())

    assert "Sara Hansen (1A) er ikke kommet" in seen.text
    assert "tel:" not in seen.text
    assert "Her er ingen telefon du kan ringe" in seen.text
    assert 'href="tel:+4740000104"' in permitted.text


async def test_only_a_named_reader_learns_that_a_protected_child_is_missing(day: SchoolDay) -> None:
    await look_for(day, ADA)
    named, other = await day.as_("Maria Nygård"), await day.as_("Liv Berge")

    seen, hidden = await named.get(day.board()), await other.get(day.board())

    assert "Ada Lien (1A) er ikke kommet" in seen.text
    assert "kan ikke spørres på SMS" in seen.text
    assert "Lien" not in hidden.text
    assert "vi må finne nå" not in hidden.text


async def test_a_blocked_guardian_is_not_among_those_to_call(day: SchoolDay) -> None:
    await look_for(day, "Tiril Sand")
    leader = await day.as_("Ingrid Solberg")

    page = await leader.get(day.board())

    assert 'href="tel:+4740000118"' in page.text
    assert "+4740000119" not in page.text


@pytest.mark.capability("N-06")
async def test_here_is_one_tap_and_the_families_are_told(day: SchoolDay) -> None:
    await look_for(day, KARI)

    status = await close_by(day, "Kari Lunde", KARI, "here")

    assert status == 200
    assert KARI in await day.here()
    assert (await case_of(day, KARI)).closed_by == day.village.staff("Kari Lunde").id
    assert len(await day.audited("not_arrived.close", "Kari Lunde")) == 1


async def test_on_the_way_holds_for_an_hour_and_then_it_is_for_staff_again(day: SchoolDay) -> None:
    await look_for(day, KARI)

    await close_by(day, "Kari Lunde", KARI, "on_way")
    told = await day.site.desk.look(TEST, list_late)
    quiet = await (await day.as_("Kari Lunde")).get(day.board())
    day.move_to(10, 31)
    await wake(day)
    again = await (await day.as_("Kari Lunde")).get(day.board())

    assert told == [day.village.child(KARI).id]
    assert "vi må finne nå" not in quiet.text
    assert "Det vi fikk vite, har ikke skjedd." in again.text


def list_late(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(LateArrival.child_id)))


@pytest.mark.parametrize("how", ["here", "on_way", "absent"])
async def test_a_wrong_tap_is_undone_and_the_child_is_looked_for_again(day: SchoolDay, how: str) -> None:
    await look_for(day, KARI)
    teacher, case = await day.as_("Kari Lunde"), await case_of(day, KARI)
    await teacher.get(day.board())

    done = await teacher.post(f"{day.board()}/missing/{case.id}", how=how)
    undone = await teacher.post(f"{day.board()}/missing/{case.id}/undo")

    assert f"/missing/{case.id}/undo" in done.text
    assert "Kari Nordmann (7A)" not in done.text
    assert "Kari Nordmann (7A) er ikke kommet" in undone.text
    assert KARI not in await day.here()


async def test_who_does_not_serve_the_child_undoes_nothing(day: SchoolDay) -> None:
    await look_for(day, KARI)
    await close_by(day, "Kari Lunde", KARI, "here")
    other, case = await day.as_("Jonas Dahl"), await case_of(day, KARI)
    await other.get("/numbers")

    seen = await other.post(f"{day.board()}/missing/{case.id}/undo")

    assert seen.status == 404
    assert KARI in await day.here()


async def test_absent_is_an_absence_that_staff_told(day: SchoolDay) -> None:
    await look_for(day, KARI)

    await close_by(day, "Kari Lunde", KARI, "absent")
    await close_by(day, "Ingrid Solberg", KARI, "here")

    told = await day.site.desk.look(TEST, lambda look: list_of_child(look, day.village.child(KARI).id, [MONDAY]))
    assert [(row.told_kind, row.told_by) for row in told] == [("staff", day.village.staff("Kari Lunde").id)]
    assert KARI not in await day.here()


async def test_what_a_guardian_told_meanwhile_outlives_the_undoing_of_a_tap(day: SchoolDay) -> None:
    await look_for(day, KARI)
    await close_by(day, "Kari Lunde", KARI, "absent")
    await day.report(KARI, "Anne Nordmann")
    teacher, case = await day.as_("Kari Lunde"), await case_of(day, KARI)
    await teacher.get(day.board())

    await teacher.post(f"{day.board()}/missing/{case.id}/undo")

    told = await day.site.desk.look(TEST, lambda look: list_of_child(look, day.village.child(KARI).id, [MONDAY]))
    assert [row.told_kind for row in told] == ["guardian"]


@pytest.mark.parametrize("who", ["Jonas Dahl", "Astrid Vik"])
async def test_who_does_not_serve_the_child_closes_nothing(day: SchoolDay, who: str) -> None:
    await look_for(day, KARI)

    status = await close_by(day, who, KARI, "here")

    assert status == 404
    assert (await case_of(day, KARI)).closed_at is None
    assert KARI not in await day.here()


async def test_an_alarm_names_who_wrote_and_stands_before_the_others(day: SchoolDay) -> None:
    await look_for(day, KARI, "Jonas Aune")

    def alarm(work: Work) -> None:
        case = work.session.get_one(NotArrived, jonas.id)
        answer(work, case, Answer.SHOULD_BE_HERE, day.village.guardian("Stein Aune").id, message)

    jonas = await case_of(day, "Jonas Aune")
    await day.write("Stein Aune", "han gikk kl 8", ["Jonas Aune"])
    written = sa.select(Message.id).where(Message.text == "han gikk kl 8")
    message = await day.site.desk.look(TEST, lambda look: look.session.scalars(written).one())
    await day.site.desk.work(TEST, alarm)
    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "Stein Aune skrev kl. 09.30 at barnet skulle vært her" in page.text
    assert page.text.index("Jonas Aune (7A) skulle vært her") < page.text.index("Kari Nordmann (7A)")


async def test_the_rest_of_a_group_never_takes_along_whom_one_looks_for(day: SchoolDay) -> None:
    await look_for(day, KARI)

    teacher = await day.as_("Kari Lunde")
    await teacher.get(day.board())
    kari = day.village.child(KARI).id
    await teacher.post(f"{day.board()}/groups/{day.village.group('7A').id}/here", children=[kari])

    assert KARI not in await day.here()


async def test_the_page_says_why_a_unit_is_closed_today(day: SchoolDay) -> None:
    def shut(work: Work) -> None:
        close(work, work.session.get_one(Unit, day.village.unit("school").id), MONDAY, MONDAY, "Planleggingsdag", "x")

    await day.site.desk.work(TEST, shut)
    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "Stengt i dag: Planleggingsdag" in page.text


async def test_before_staff_are_to_call_the_page_says_who_was_asked(day: SchoolDay) -> None:
    await look_for(day, KARI)
    await close_by(day, "Kari Lunde", KARI, "here")
    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "missing-card" not in re.sub(r"<style.*?</style>", "", page.text)


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_children_are_missing_and_one_tap_closes(
    browser: Browser, day: SchoolDay, width: int
) -> None:
    await look_for(day, KARI, "Eirik Tveit")
    await day.tell_late("Dag Ruud", "Gunnar Ruud", time(10, 0))
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/morning")
    await expect(page.get_by_role("heading", level=1)).to_have_text("2 barn vi må finne nå")
    await check(page, complaints, f"missing-{width}")
    card = page.get_by_role("article").filter(has_text="Kari Nordmann")
    await card.get_by_role("button", name="Er her").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("1 barn vi må finne nå")
    assert KARI in await day.here()
    await context.close()
