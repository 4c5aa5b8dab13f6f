"""A trip in a real browser, without a network: who comes along, the head counts, the alarm, and what those at home see."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.pairing import revoke
from hub.door.readers import TagReader
from hub.door.trips import Trip, TripCount
from hub.people.families import Child
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding, RoleKind
from hub.school.attendance import mark_here
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_door_in_the_browser import HEAD, NOAH, TEACHER, phone, ticked
from tests.admin_web.windows import check, until
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST
from tests.patience import PATIENCE

pytestmark = pytest.mark.browser

ODIN, SANDER = "Odin Fjeld", "Sander Ness"
LATER = """(minutes) => { const now = Date.now; Date.now = () => now() + minutes * 60000; }"""
"""The page's own clock goes on by so many minutes."""
LIES = """new Promise((resolve) => {
  indexedDB.open("budbok-door").onsuccess = ({ target }) => {
    const rows = target.result.transaction("lists").objectStore("lists").getAllKeys();
    rows.onsuccess = () => resolve(rows.result.some((key) => key.endsWith("#trip")));
  };
})"""
"""Whether a trip lies on the phone."""


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:

        def come(work: Work) -> None:
            unit = work.session.get_one(Unit, day.village.unit("preschool").id)
            children = [work.session.get_one(Child, day.village.child(name).id) for name in (NOAH, ODIN, SANDER)]
            mark_here(work, unit, children, "teacher")

        await day.site.desk.work(TEST, come)
        yield day


async def leave(page: Page, place: str, *names: str) -> None:
    """They set out with this phone."""
    await page.locator("#trip-open").click()
    await page.get_by_label("Hvor dere skal").fill(place)
    for name in names:
        await page.locator("#trip").get_by_label(name, exact=True).check()
    await page.get_by_role("button", name="Start turen").click()
    await expect(page.get_by_role("heading", name=f"På tur til {place}: {len(names)} barn")).to_be_visible()


async def counts(day: SchoolDay) -> list[tuple[str, int, int]]:
    def read(look: Look) -> list[tuple[str, int, int]]:
        rows = look.session.execute(
            sa.select(Trip.place, TripCount.there, TripCount.missing)
            .join(TripCount, TripCount.trip_id == Trip.id)
            .order_by(TripCount.at, TripCount.id)
        )
        return [(place, there, missing) for place, there, missing in rows]

    return await day.site.desk.look(TEST, read)


async def counted(day: SchoolDay, *expected: tuple[str, int, int]) -> None:
    """Return once these counts, and no others, have come in."""
    async with asyncio.timeout(PATIENCE):
        while await counts(day) != list(expected):
            await asyncio.sleep(0.01)


async def both_ticked(day: SchoolDay) -> None:
    """Return once what the roll call at home said has come in."""
    async with asyncio.timeout(PATIENCE):
        while len(await ticked(day)) < 2:
            await asyncio.sleep(0.01)


async def begun(day: SchoolDay) -> None:
    """Return once those at home see the trip."""
    async with asyncio.timeout(PATIENCE):
        while not await day.site.desk.look(TEST, lambda look: look.session.scalars(sa.select(Trip)).first()):
            await asyncio.sleep(0.01)


async def ended(day: SchoolDay) -> None:
    """Return once the trip is over in everybody's sight."""

    def are_out(look: Look) -> bool:
        return look.session.scalars(sa.select(Trip).where(Trip.ended_at.is_not(None))).first() is None

    async with asyncio.timeout(PATIENCE):
        while await day.site.desk.look(TEST, are_out):
            await asyncio.sleep(0.01)


@pytest.mark.capability("N-16")
async def test_a_trip_without_a_network_is_counted_rings_when_due_and_reaches_those_at_home(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, _ = await phone(browser, day)
    await day.lose_network(context)
    await leave(page, "Skogen", "Noah", "Odin")
    await page.reload()
    await expect(page.get_by_role("heading", name="På tur til Skogen: 2 barn")).to_be_visible()

    await page.evaluate(LATER, 15)
    await expect(page.get_by_text("Tell nå: det er tid.")).to_be_visible()
    await until(page, "Number(document.getElementById('trip').dataset.rang) >= 1")
    await page.get_by_role("button", name="Alle 2 er her").click()
    await expect(page.get_by_text("Tell nå: det er tid.")).to_be_hidden()
    assert await counts(day) == []
    await day.find_network(context)
    await counted(day, ("Skogen", 2, 0))

    other, home, complaints = await day.window(browser, HEAD)
    unit = day.village.unit("preschool").id
    for address in (f"/diary/{unit}", f"/door/{unit}/here"):
        await home.goto(address)
        await expect(home.get_by_text("2 barn er på tur til Skogen med Mette Strand, sist talt")).to_be_visible()
        await expect(home.get_by_text("På tur til Skogen, sist talt").first).to_be_visible()
    assert complaints == []
    await context.close()
    await other.close()


@pytest.mark.capability("N-16")
async def test_a_child_that_is_not_ticked_rings_and_when_it_is_not_found_waits_for_a_person_at_home(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, _ = await phone(browser, day)
    await day.lose_network(context)
    await leave(page, "Skogen", "Noah", "Odin")

    await page.locator("#trip-list").get_by_role("button", name="Noah").click()
    await page.get_by_role("button", name="Ferdig talt").click()
    await expect(page.get_by_text("Ikke krysset av: Odin. Se etter dem nå.")).to_be_visible()
    await until(page, "Number(document.getElementById('trip').dataset.rang) >= 1")
    await page.get_by_role("button", name="meld dem savnet").click()
    await expect(page.get_by_text("Savnet ved siste telling: Odin.")).to_be_visible()
    await day.find_network(context)
    await expect(page.get_by_text("1 barn må ses etter")).to_be_visible()
    await page.get_by_role("button", name="Alle 2 er her").click()
    await counted(day, ("Skogen", 1, 1), ("Skogen", 2, 0))

    await page.goto(f"/door/{day.village.unit('preschool').id}/here")
    await expect(page.get_by_text("Odin Fjeld: Er krysset av som savnet")).to_be_visible()
    await context.close()


@pytest.mark.capability("N-16")
async def test_two_phones_without_a_network_tick_the_same_child_otherwise_and_the_conflict_is_shown(
    browser: Browser, day: SchoolDay
) -> None:
    """One on a trip and one at the roll call at home; who should be here and who was seen last lies on both."""
    one, out, _ = await phone(browser, day)
    two, home, _ = await phone(browser, day, HEAD)
    await home.get_by_role("button", name="Opprop").click()
    await expect(home.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()
    await day.lose_network(one)
    await day.lose_network(two)
    rows = home.locator("#roll .roll-row")
    await expect(rows.filter(has_text="Noah")).to_contain_text("Her · sist sett 07.12")
    await expect(rows.filter(has_text="Mathias")).to_contain_text("Ikke hørt fra")

    await leave(out, "Skogen", "Noah", "Sander")
    await out.get_by_role("button", name="Alle 2 er her").click()
    await home.locator("#roll").get_by_role("button", name="Savnet Noah").click()
    await home.locator("#roll").get_by_role("button", name="Sett Sander").click()
    await day.find_network(two)
    await both_ticked(day)
    await day.find_network(one)
    await counted(day, ("Skogen", 2, 0))

    assert ("missing", "missing") in await ticked(day)
    await home.goto(f"/door/{day.village.unit('preschool').id}/here")
    await expect(home.get_by_text("Noah Bakken: Er krysset av som savnet")).to_be_visible()
    conflict = home.locator(f"#l-{day.village.child(NOAH).id}")
    await expect(conflict).to_contain_text("Krysset av som savnet")
    await expect(conflict).to_contain_text("Krysset av som sett")
    await one.close()
    await two.close()


async def test_the_end_of_a_trip_leaves_no_name_of_it_on_the_phone(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await leave(page, "Skogen", "Noah")
    await until(page, f"{LIES}.then((is) => is)")

    await page.locator("#trip-list").get_by_role("button", name="Noah").click()
    await page.get_by_role("button", name="Vi er tilbake").click()

    await expect(page.locator("#trip")).to_be_hidden()
    await until(page, f"{LIES}.then((is) => !is)")
    await ended(day)
    assert await counts(day) == [("Skogen", 1, 0)]
    other, home, _ = await day.window(browser, HEAD)
    await home.goto(f"/diary/{day.village.unit('preschool').id}")
    await expect(home.get_by_text("på tur til")).to_have_count(0)
    await context.close()
    await other.close()


@pytest.mark.capability("N-16")
async def test_a_trip_is_not_over_before_whoever_is_not_ticked_was_asked_for_by_name(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, complaints = await phone(browser, day)
    await leave(page, "Skogen", "Noah", "Odin")
    await page.locator("#trip-list").get_by_role("button", name="Noah").click()

    await page.get_by_role("button", name="Vi er tilbake").click()
    asked = page.get_by_role("group", name="Er alle tilbake?")
    await expect(asked).to_contain_text("Ikke krysset av: Odin. Kryss av hvert barn du ser.")
    await check(page, complaints, "trip-end-360")
    await asked.get_by_role("button", name="Ikke ennå").click()
    await expect(asked).to_be_hidden()
    await expect(page.get_by_role("heading", name="På tur til Skogen: 2 barn")).to_be_visible()
    assert await counts(day) == []

    await page.get_by_role("button", name="Vi er tilbake").click()
    await asked.get_by_role("button", name="Avslutt turen og meld dem savnet").click()
    await expect(page.locator("#trip")).to_be_hidden()
    await ended(day)
    assert await counts(day) == [("Skogen", 1, 1)]
    await page.goto(f"/door/{day.village.unit('preschool').id}/here")
    await expect(page.get_by_text("Odin Fjeld: Er krysset av som savnet")).to_be_visible()
    await context.close()


async def test_whoever_was_missing_on_the_trip_is_not_back_with_all_the_others_at_one_touch(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, _ = await phone(browser, day)
    await leave(page, "Skogen", "Noah", "Odin")
    await page.locator("#trip-list").get_by_role("button", name="Noah").click()
    await page.get_by_role("button", name="Ferdig talt").click()
    await page.get_by_role("button", name="meld dem savnet").click()
    await expect(page.get_by_text("Savnet ved siste telling: Odin.")).to_be_visible()

    await page.get_by_role("button", name="Vi er tilbake").click()
    asked = page.get_by_role("group", name="Er alle tilbake?")
    await expect(asked).to_contain_text("Ikke krysset av: Noah, Odin.")
    await expect(asked.get_by_role("button", name="Alle 2 er tilbake")).to_be_hidden()
    await page.locator("#trip-list").get_by_role("button", name="Odin").click()
    await expect(asked).to_contain_text("Ikke krysset av: Noah.")
    await asked.get_by_role("button", name="Alle 2 er tilbake").click()

    await ended(day)
    assert await counts(day) == [("Skogen", 1, 1), ("Skogen", 2, 0)]
    await context.close()


async def revoked(day: SchoolDay) -> None:
    """Somebody else ends the use of the phone that was paired last."""

    def end(work: Work) -> None:
        reader = work.session.scalars(sa.select(TagReader).order_by(TagReader.id.desc())).first()
        assert reader is not None
        revoke(work, reader.unit_id, reader.id)

    await day.site.desk.work(as_staff(day.village.staff(HEAD)), end)


@pytest.mark.capability("N-16")
async def test_what_waits_of_a_phone_that_was_taken_away_ends_no_trip_of_the_same_device(
    browser: Browser, day: SchoolDay
) -> None:
    """The device was in use before, and what it wrote down then is taken no more: it is told so, and the trip goes on."""
    context, page, _ = await phone(browser, day)
    await page.get_by_role("button", name="Opprop").click()
    await day.lose_network(context)
    await page.locator("#roll").get_by_role("button", name="Savnet Noah").click()
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    await revoked(day)
    await page.goto("about:blank")
    await context.route("**/queue", lambda route: route.abort())
    await day.find_network(context)
    await page.goto(f"/door/{day.village.unit('preschool').id}")
    await page.get_by_role("button", name="Ta i bruk").click()
    await expect(page.locator("#trip-open")).to_be_visible()
    await leave(page, "Skogen", "Noah", "Odin")
    await context.unroute("**/queue")

    await expect(page.get_by_text("1 kunne ikke tas imot og må føres for hånd")).to_be_visible()
    await begun(day)
    assert await page.evaluate(LIES)
    await page.reload()
    await expect(page.get_by_role("heading", name="På tur til Skogen: 2 barn")).to_be_visible()
    await page.get_by_role("button", name="Alle 2 er her").click()
    await counted(day, ("Skogen", 2, 0))
    await context.close()


async def test_a_look_at_the_door_of_another_unit_ends_no_trip(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await leave(page, "Skogen", "Noah")
    await until(page, f"{LIES}.then((is) => is)")
    await day.site.desk.work(TEST, serves_the_school, day)

    await page.goto(f"/door/{day.village.unit('school').id}")
    await expect(page.get_by_role("button", name="Ta i bruk")).to_be_visible()
    await page.goto(f"/door/{day.village.unit('preschool').id}")

    await expect(page.get_by_role("heading", name="På tur til Skogen: 1 barn")).to_be_visible()
    await context.close()


def serves_the_school(work: Work, day: SchoolDay) -> None:
    """The teacher leads it too."""
    unit, staff = day.village.unit("school"), day.village.staff(TEACHER)
    led = sa.select(Role).where(Role.unit_id == unit.id, Role.kind == RoleKind.LEADER)
    role = work.session.scalars(led).one()
    holding = RoleHolding(
        id=work.new_id(),
        owner_id=unit.owner_id,
        role_id=role.id,
        staff_id=staff.id,
        from_day=unit.today(work.now),
        made_at=work.now,
    )
    work.session.add(holding)


async def test_a_phone_that_is_taken_away_on_a_trip_keeps_no_name_of_it(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await leave(page, "Skogen", "Noah")
    await until(page, f"{LIES}.then((is) => is)")

    await revoked(day)

    await expect(page.locator("#trip")).to_be_hidden()
    await expect(page.locator("#trip-list").get_by_text("Noah")).to_have_count(0)
    await until(page, f"{LIES}.then((is) => !is)")
    await context.close()


async def test_whoever_may_come_along_is_shown_no_more_once_the_phone_is_taken_away(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, _ = await phone(browser, day)
    await page.locator("#trip-open").click()
    await expect(page.locator("#trip").get_by_label("Noah", exact=True)).to_be_visible()

    await revoked(day)

    await expect(page.locator("#trip").get_by_label("Noah", exact=True)).to_have_count(0)
    await context.close()


async def test_a_phone_is_not_let_go_on_a_trip_before_all_are_back(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await leave(page, "Skogen", "Noah")
    await begun(day)

    await page.locator("#unpair button").click()

    await expect(page.get_by_role("group", name="Er alle tilbake?")).to_contain_text("Ikke krysset av: Noah.")
    await page.get_by_role("button", name="Alle 1 er tilbake").click()
    await ended(day)
    await page.locator("#unpair button").click()
    await expect(page.get_by_role("button", name="Ta i bruk")).to_be_visible()
    await context.close()


async def test_a_phone_whose_clock_is_set_back_by_a_day_asks_for_a_count_at_once(
    browser: Browser, day: SchoolDay
) -> None:
    """By its own clock the last count lies a day ahead, and so would the next one."""
    context, page, _ = await phone(browser, day)
    await leave(page, "Skogen", "Noah")

    await page.evaluate(LATER, -24 * 60)

    await expect(page.get_by_text("Tell nå: det er tid.")).to_be_visible()
    await page.get_by_role("button", name="Alle 1 er her").click()
    await expect(page.get_by_text("Tell nå: det er tid.")).to_be_hidden()
    await context.close()


async def test_whoever_leaves_with_nobody_is_asked_again(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await page.locator("#trip-open").click()
    await page.get_by_label("Hvor dere skal").fill("Skogen")

    await page.get_by_role("button", name="Start turen").click()

    await expect(page.get_by_text("Velg hvem som blir med")).to_be_visible()
    await context.close()


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1024])
async def test_axe_finds_nothing_on_a_trip(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await phone(browser, day, TEACHER, width)
    await page.locator("#trip-open").click()
    await expect(page.locator("#trip").get_by_label("Noah", exact=True)).to_be_visible()
    await check(page, complaints, f"trip-begin-{width}")
    await page.locator("#trip-open").click()
    await leave(page, "Skogen", "Noah", "Odin")
    await page.locator("#trip-list").get_by_role("button", name="Noah").click()
    await page.get_by_role("button", name="Ferdig talt").click()
    await expect(page.get_by_text("Ikke krysset av: Odin. Se etter dem nå.")).to_be_visible()
    await check(page, complaints, f"trip-{width}")
    await begun(day)
    day.clock.move(timedelta(minutes=30))
    other, home, home_complaints = await day.window(browser, HEAD, width)
    await home.goto(f"/diary/{day.village.unit('preschool').id}")
    await check(home, home_complaints, f"trip-diary-{width}")
    await home.goto(f"/door/{day.village.unit('preschool').id}/here")
    await check(home, home_complaints, f"trip-here-{width}")
    await context.close()
    await other.close()
