"""What a guardian denies of the door, first on *Morning*: what they had been told, who sees it, whom they may call, and that
it ends by a word alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.messages import Message
from hub.safety.audit import AuditRow
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from hub.school.attendance_denials import AttendanceDenial, WasTold, deny
from hub.school.attendance_undoing import take_marks_back
from hub.school.attendance_wishes import Moved
from tests.admin_web.missing_children import look_for
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, painted
from tests.hub.sign_in.school import TEST

KARI, ANNE, ANNES_PHONE = "Kari Nordmann", "Anne Nordmann", "+4740000101"
TITLE = "Kari Nordmann (7A): vi skrev at barnet gikk, men en foresatt sier nei"
GRANDMOTHER = "Mormor"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def be_denied(
    day: SchoolDay,
    child: str = KARI,
    guardian: str = ANNE,
    *,
    moved: Moved = Moved.LEFT,
    is_withdrawn: bool = False,
    person: str = GRANDMOTHER,
) -> AttendanceDenial:
    """The child came and left with its grandmother, and a guardian says no: to that, or to what else they had been told."""
    await day.write(guardian, "Nei", [child])

    def mark(work: Work) -> AttendanceDenial:
        unit = work.session.get_one(Unit, day.village.unit("school").id)
        (row,) = mark_here(work, unit, [work.session.get_one(Child, day.village.child(child).id)], "test")
        mark_left(work, unit, [row.child_id], Departure(work.now, "test", fetched_name=GRANDMOTHER))
        said = sa.select(Message.id).where(Message.text == "Nei").order_by(Message.id.desc()).limit(1)
        no = work.session.scalars(said).one()
        told = WasTold(moved, None if is_withdrawn else work.now, person)
        return deny(work, row, told, day.village.guardian(guardian).id, no)

    return await day.site.desk.work(TEST, mark)


@pytest.mark.capability("N-14")
async def test_the_first_thing_on_morning_is_what_a_guardian_denies_and_whom_to_call(day: SchoolDay) -> None:
    await be_denied(day)

    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "1 barn vi må finne nå" in page.text
    assert TITLE in page.text
    assert "Anne Nordmann svarte NEI 07.12 på at barnet gikk 07.12 sammen med Mormor. Finn ut" in page.text
    assert f'href="tel:{ANNES_PHONE}"' in page.text
    assert page.text.index(TITLE) < page.text.index("board-group")


@pytest.mark.parametrize(
    ("moved", "is_withdrawn", "wrote", "answered"),
    [
        (Moved.CAME, False, "kom", "kom 07.12"),
        (Moved.CAME, True, "ikke er kommet", "ikke er kommet"),
        (Moved.LEFT, False, "gikk", "gikk 07.12"),
        (Moved.LEFT, True, "ikke har gått", "ikke har gått"),
    ],
)
async def test_it_says_what_the_guardian_had_been_told_and_never_the_opposite(
    day: SchoolDay, moved: Moved, is_withdrawn: bool, wrote: str, answered: str
) -> None:
    await be_denied(day, moved=moved, is_withdrawn=is_withdrawn, person="")

    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert f"Kari Nordmann (7A): vi skrev at barnet {wrote}, men en foresatt sier nei" in page.text
    assert f"Anne Nordmann svarte NEI 07.12 på at barnet {answered}. " in page.text


async def test_of_another_day_it_says_which(day: SchoolDay) -> None:
    await be_denied(day)
    day.clock.jump(datetime(2025, 3, 4, 6, 30, tzinfo=UTC))

    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "Anne Nordmann svarte NEI i går 07.12 på at barnet gikk i går 07.12 sammen med Mormor." in page.text


async def test_who_stands_as_having_fetched_is_told_where_the_guardian_was_told_no_name(day: SchoolDay) -> None:
    await be_denied(day, person="")

    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "på at barnet gikk 07.12. Her står det at barnet gikk sammen med Mormor. Finn ut" in page.text


async def test_a_child_who_is_looked_for_and_denied_is_one_child_in_the_headline(day: SchoolDay) -> None:
    await look_for(day, KARI, "Jonas Aune")
    denial = await be_denied(day)

    def take_back(work: Work) -> None:
        take_marks_back(work, [work.session.get_one(Attendance, denial.attendance_id)])

    await day.site.desk.work(TEST, take_back)

    page = await (await day.as_("Kari Lunde")).get(day.board())

    assert "2 barn vi må finne nå" in page.text
    assert "Kari Nordmann (7A) er ikke kommet" in page.text
    assert "Jonas Aune (7A) er ikke kommet" in page.text
    assert TITLE in page.text


@pytest.mark.parametrize("who", ["Jonas Dahl", "Astrid Vik", "Nora Eide"])
async def test_who_does_not_serve_the_child_sees_and_closes_nothing(day: SchoolDay, who: str) -> None:
    denial = await be_denied(day)
    other = await day.as_(who)

    page = await other.get("/morning")
    answer = await other.post(f"{day.board()}/denied/{denial.id}", word="alt er bra")

    assert "Nordmann" not in page.text
    assert "vi må finne nå" not in page.text
    assert answer.status == 404
    assert await words(day) == [None]


async def test_an_assistant_sees_it_and_no_phone(day: SchoolDay) -> None:
    await be_denied(day, "Sara Hansen", "Camilla Hansen")

    seen = await (await day.as_("Sindre Moen")).get(day.board())
    permitted = await (await day.as_("Maria Nygård")).get(day.board())

    assert "Sara Hansen (1A): vi skrev at barnet gikk, men en foresatt sier nei" in seen.text
    assert "tel:" not in seen.text
    assert 'href="tel:+4740000104"' in permitted.text


@pytest.mark.capability("N-14")
async def test_it_ends_by_a_word_which_is_kept_and_stands_in_the_audit(day: SchoolDay) -> None:
    denial = await be_denied(day)
    teacher = await day.as_("Kari Lunde")
    await teacher.get(day.board())

    silent = await teacher.post(f"{day.board()}/denied/{denial.id}", word=" ")
    still = await teacher.get(day.board())
    closed = await teacher.post(f"{day.board()}/denied/{denial.id}", word="Mormor bekreftet på telefon")
    noted = await day.site.desk.look(TEST, _list_noted)

    assert silent.status >= 400
    assert TITLE in still.text
    assert TITLE not in closed.text
    assert await words(day) == ["Mormor bekreftet på telefon"]
    assert noted == ["attendance.deny", "attendance.deny_close"]


def _list_noted(look: Look) -> list[str]:
    asked = sa.select(AuditRow.what).where(AuditRow.what.like("attendance.deny%")).order_by(AuditRow.at, AuditRow.what)
    return list(look.session.scalars(asked))


async def words(day: SchoolDay) -> list[str | None]:
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(AttendanceDenial.word))))


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_an_open_morning_shows_it_at_once_and_axe_finds_nothing(
    browser: Browser, day: SchoolDay, width: int
) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", width)
    await page.goto("/morning")
    await painted(page)

    await be_denied(day)

    card = page.get_by_role("article").filter(has_text=TITLE)
    await expect(card).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text(TITLE)
    await check(page, complaints, f"denied-{width}")
    await card.get_by_role("textbox", name="Hva fant du ut?").fill("Mormor har henne")
    await card.get_by_role("button", name="Vi vet hvordan det er").click()

    await expect(page.get_by_role("heading", level=1)).not_to_contain_text("må finne")
    assert await words(day) == ["Mormor har henne"]
    await context.close()
