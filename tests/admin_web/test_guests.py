"""*Guests*: one unit asks another to look after a child for some days; each end sees what it must, and its staff the child."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.asker import Trust
from hub.calendars import close
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.guest_places import GuestPlace
from hub.people.places import Unit
from hub.safety.named_readers import NamedReader
from hub.school.attendance import Attendance
from hub.school.care_bookings import Teller as BookingTeller
from hub.school.care_bookings import book
from hub.school.care_hours import read_hours
from hub.school.care_notes import Matter, NoteKind, Teller, tell_note
from hub.school.care_rules import get_rules
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.school.guesting import CARER, HEAD, LIVE, MONDAY, MOTHER, OTHER_TEACHER, TEACHER, THURSDAY, WEDNESDAY
from tests.hub.sign_in.school import TEST


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def child_page(day: SchoolDay) -> str:
    return f"/children/{day.village.child(LIVE).id}"


def guests_of(day: SchoolDay, unit: str = "preschool") -> str:
    return f"/guests/{day.village.unit(unit).id}"


async def find_place(day: SchoolDay) -> GuestPlace | None:
    def read(look: Look) -> GuestPlace | None:
        return look.session.scalars(sa.select(GuestPlace)).first()

    return await day.site.desk.look(TEST, read)


async def ask(day: SchoolDay, **more: str) -> str:
    """As the carer does it on the child's page; what she sees then."""
    carer = await day.as_(CARER)
    await carer.get(child_page(day) + "/elsewhere")
    form: dict[str, Any] = {
        "host_id": day.village.unit("preschool").id,
        "first": MONDAY.isoformat(),
        "last": WEDNESDAY.isoformat(),
        "cause": "carer_away",
    }
    return shown(await carer.post(child_page(day) + "/elsewhere", **(form | more)))


async def take_in(day: SchoolDay) -> str:
    """As the head does it; what she sees then."""
    place = await find_place(day)
    assert place is not None
    head = await day.as_(HEAD)
    await head.get(guests_of(day))
    path = f"{guests_of(day)}/{place.id}/accept"
    return shown(await head.post(path, group_id=day.village.group("blabaer").id))


async def test_asked_on_the_childs_page_and_taken_in_where_guests_wait(day: SchoolDay) -> None:
    asked = await ask(day)
    head = await day.as_(HEAD)
    morning, waiting = shown(await head.get(day.board("preschool"))), shown(await head.get(guests_of(day)))
    taken = await take_in(day)
    board = shown(await head.get(day.board("preschool")))
    carer = await day.as_(CARER)
    at_home = shown(await carer.get(day.board("day-care")))

    assert "Lerkeveien barnehage" in asked
    assert "Venter på svar" in asked
    assert "1 barn er spurt om plass her" in morning
    assert "Haugland" not in waiting
    assert "Live født 2022" in waiting
    assert "Ingen venter på svar fra dere" in taken
    assert LIVE in taken
    assert "Gjest fra Hos Solveig" in board
    assert "I dag: Lerkeveien barnehage" in at_home


async def test_staff_there_mark_the_guest_and_see_what_its_day_needs_and_no_book(day: SchoolDay) -> None:
    def tell(work: Work) -> None:
        child = work.session.get_one(Child, day.village.child(LIVE).id)
        teller = Teller(day.village.guardian(MOTHER).id, Trust.CONFIRMED)
        tell_note(work, child, Matter(NoteKind.ALLERGY, "Peanøtter", serious=True), teller)

    await day.site.desk.work(TEST, tell)
    await ask(day)
    teacher, other = await day.as_(TEACHER), await day.as_(OTHER_TEACHER)
    before = await teacher.get(child_page(day))
    await take_in(day)

    seen, unseen = await teacher.get(child_page(day)), await other.get(child_page(day))
    path = f"{day.board('preschool')}/groups/{day.village.group('blabaer').id}/children/{day.village.child(LIVE).id}"
    await teacher.post(f"{path}/here")

    def marks(look: Look) -> list[str]:
        return [row.unit_id for row in look.session.scalars(sa.select(Attendance))]

    assert (before.status, unseen.status) == (404, 404)
    assert "Gjest fra Hos Solveig" in shown(seen)
    assert "Peanøtter" in shown(seen)
    assert "Familiesidene" not in shown(seen)
    assert await day.site.desk.look(TEST, marks) == [day.village.unit("preschool").id]
    assert (await teacher.get(f"{child_page(day)}/access")).status == 404
    assert (await teacher.get(f"{child_page(day)}/consents")).status == 404


async def test_who_arranges_nothing_finds_no_such_pages(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    assert (await teacher.get(guests_of(day))).status == 404
    assert (await teacher.get(child_page(day) + "/elsewhere")).status == 404
    assert (await (await day.as_(HEAD)).get(child_page(day) + "/elsewhere")).status == 404
    assert (await (await day.as_(HEAD)).get(guests_of(day, "day-care"))).status == 404


async def test_a_request_is_declined_and_an_agreement_called_off(day: SchoolDay) -> None:
    await ask(day)
    place = await find_place(day)
    assert place is not None
    head = await day.as_(HEAD)
    await head.get(guests_of(day))
    await head.post(f"{guests_of(day)}/{place.id}/decline")
    declined = await find_place(day)
    assert declined is not None
    assert declined.declined_at is not None


async def test_called_off_on_the_day_each_unit_is_told_that_the_child_may_be_at_the_other(day: SchoolDay) -> None:
    await ask(day)
    taken = await take_in(day)
    place = await find_place(day)
    assert place is not None
    head, carer = await day.as_(HEAD), await day.as_(CARER)
    await head.get(guests_of(day))
    await head.post(f"{guests_of(day)}/{place.id}/call-off")

    assert "Begge enheter leter til noen sier hvor det er." in taken
    assert "Avlyst i dag, kan være hos Hos Solveig" in shown(await head.get(day.board("preschool")))
    assert "Avlyst i dag, kan være hos Lerkeveien barnehage" in shown(await carer.get(day.board("day-care")))


async def test_the_week_counts_a_guest_where_it_is_and_names_it_there_and_it_is_found_by_name(day: SchoolDay) -> None:
    def book_monday(work: Work) -> None:
        home = work.session.get_one(Unit, day.village.unit("day-care").id)
        child = work.session.get_one(Child, day.village.child(LIVE).id)
        teller = BookingTeller(day.village.staff(CARER).id, "staff", Trust.STRONG)
        days = {MONDAY: read_hours("9-15"), WEDNESDAY: read_hours("9-15"), THURSDAY: read_hours("9-15")}
        book(work, home, child, days, teller, get_rules(work, home))

    await day.site.desk.work(TEST, book_monday)
    teacher, other, carer = await day.as_(TEACHER), await day.as_(OTHER_TEACHER), await day.as_(CARER)
    here, home = (f"/week/{day.village.unit(unit).id}?day={MONDAY}" for unit in ("preschool", "day-care"))
    before, at_home_before = await teacher.get(here), shown(await carer.get(home))
    await ask(day)
    await take_in(day)

    counted, at_home = await teacher.get(here), shown(await carer.get(home))
    blabaer = await teacher.get(f"{here}&group={day.village.group('blabaer').id}")
    row = counted.text.partition(f'id="c-{day.village.child(LIVE).id}"')[2].partition("</tr>")[0]

    assert LIVE not in before.text
    assert "Gjest fra Hos Solveig" in row
    assert [row.count(said) for said in ("9-15", "hos Hos Solveig")] == [2, 2]
    assert "opptil 1 barn, det trengs 1 voksen" in shown(counted)
    assert "opptil 1 barn" in at_home_before
    assert at_home.count("hos Lerkeveien barnehage") == 3
    assert LIVE in blabaer.text
    assert (await teacher.get(f"{here}&group={day.village.group('tyttebaer').id}")).status == 404
    assert LIVE not in (await other.get(here)).text
    assert [LIVE in (await who.get("/find?q=live")).text for who in (teacher, other)] == [True, False]


async def test_both_ends_are_warned_of_days_on_which_the_other_unit_is_closed(day: SchoolDay) -> None:
    await ask(day)
    await take_in(day)

    def close_there(work: Work) -> None:
        close(work, work.session.get_one(Unit, day.village.unit("preschool").id), WEDNESDAY, THURSDAY, "Kurs", "test")

    await day.site.desk.work(TEST, close_there)
    head, carer = await day.as_(HEAD), await day.as_(CARER)

    for page in (await head.get(guests_of(day)), await carer.get(guests_of(day, "day-care"))):
        assert "Stengt onsdag 5. mars. Da ventes barnet hos Hos Solveig. Si fra til familien." in shown(page)


async def test_days_that_are_over_are_refused_with_words(day: SchoolDay) -> None:
    assert "Dagene kan ikke være over" in await ask(day, first="2025-02-01", last="2025-02-02")
    assert await find_place(day) is None


async def test_of_a_protected_child_one_is_asked_whether_it_is_meant(day: SchoolDay) -> None:
    def protect(work: Work) -> None:
        work.session.get_one(Child, day.village.child(LIVE).id).protected = True
        for name in (CARER, HEAD):
            staff = day.village.staff(name)
            row = NamedReader(
                child_id=day.village.child(LIVE).id, staff_id=staff.id, owner_id=staff.owner_id, since=work.now
            )
            work.session.add(row)

    await day.site.desk.work(TEST, protect)

    warned = await ask(day)
    nothing = await find_place(day)
    await ask(day, sure="yes")

    assert "Bare navngitte lesere der kan svare" in warned
    assert nothing is None
    assert await find_place(day) is not None


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_pages_of_guests(browser: Browser, day: SchoolDay, width: int) -> None:
    await ask(day)
    context, page, complaints = await day.window(browser, HEAD, width)
    await page.goto(guests_of(day))
    await expect(page.get_by_role("heading", level=1)).to_have_text("1 barn venter på svar fra dere")
    await check(page, complaints, f"guests-{width}")
    await take_in(day)
    await page.goto(child_page(day))
    await expect(page.get_by_role("heading", level=1)).to_have_text(LIVE)
    await check(page, complaints, f"guest-child-{width}")
    await page.goto(day.board("preschool"))
    await check(page, complaints, f"guest-morning-{width}")
    await context.close()

    context, page, complaints = await day.window(browser, CARER, width)
    await page.goto(child_page(day) + "/elsewhere")
    await check(page, complaints, f"guests-ask-{width}")
    await page.goto(guests_of(day, "day-care"))
    await check(page, complaints, f"guests-away-{width}")
    await context.close()
