"""*Door* in a real browser whose tags are scripted: a touch, what the screen shows, and what waits without a network."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.marks import Clash, DoorMark, Way
from hub.door.pairing import revoke
from hub.door.readers import TagReader
from hub.door.taps import Tap
from hub.people.staff import RoleHolding
from hub.sign_in.sessions import sign_out_everywhere
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, until
from tests.hub.door.at_door import keep_clash
from tests.hub.door.devices import hang_tag
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST

pytestmark = pytest.mark.browser

HEAD, TEACHER, NOAH = "Astrid Vik", "Mette Strand", "Noah Bakken"
SERIAL = "04:A1:B2:C3:D4:E5:F6"
READER = """
window.NDEFReader = class extends EventTarget {
  async scan() { window.reading = this; }
};
window.touchTag = (serialNumber, url) => {
  const data = new DataView(new TextEncoder().encode(url).buffer);
  const event = new Event("reading");
  event.serialNumber = serialNumber;
  event.message = { records: [{ recordType: "url", data }] };
  window.reading.dispatchEvent(event);
};
"""
"""Web NFC as far as documented. Source: W3C Community Group, Web NFC, section 9 (NDEFReader)."""
LISTS = """new Promise((resolve) => {
  indexedDB.open("budbok-door").onsuccess = ({ target }) => {
    target.result.transaction("lists").objectStore("lists").getAll().onsuccess = (all) => resolve(all.target.result.length);
  };
})"""
"""How many lists of names lie on the phone."""
STRICT = {"phones strict", "queue strict", "lists strict"}
WRITES = """
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (...asked) {
  const transaction = begin.apply(this, asked);
  const write = `${asked[0]} ${transaction.durability}`;
  if (transaction.mode === "readwrite") localStorage.setItem("writes", `${localStorage.getItem("writes") ?? ""};${write}`);
  return transaction;
};
"""
"""What is written on the phone, and whether it waits for the disk."""
KEPT = """(async () => {
  const files = performance.getEntriesByType("resource").map(({ name }) => name);
  const asked = [location.href, ...files.filter((file) => file.includes("/static/"))];
  const kept = await Promise.all(asked.map((address) => caches.match(address)));
  return !kept.includes(undefined);
})()"""
"""The page is kept for times without a network, and so are its files."""


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def at_the_clock(moment: datetime) -> str:
    """The page's own date begins where the hub's clock stands, and goes on."""
    begins = int(moment.timestamp() * 1000)
    return f"""
const begun = performance.now(), RealDate = Date;
Date = class extends RealDate {{
  constructor(...told) {{ told.length ? super(...told) : super(Date.now()); }}
  static now() {{ return {begins} + performance.now() - begun; }}
}};
"""


async def phone(
    browser: Browser, day: SchoolDay, who: str = TEACHER, width: int = 360
) -> tuple[BrowserContext, Page, list[str]]:
    """A phone that reads tags, in use at the preschool."""
    context, page, complaints = await day.window(browser, who, width)
    await context.add_init_script(READER + WRITES + at_the_clock(day.clock.now()))
    await page.goto(f"/door/{day.village.unit('preschool').id}")
    await page.get_by_role("button", name="Ta i bruk").click()
    await page.get_by_role("button", name="Begynn å lese brikker").click()
    await until(page, "window.reading !== undefined && document.getElementById('door').dataset.ready === ''")
    await until(page, KEPT)
    return context, page, complaints


async def touch(page: Page, serial: str = SERIAL) -> None:
    await page.evaluate("([serial]) => touchTag(serial, 'https://tags.example/')", [serial])


async def writes(page: Page) -> set[str]:
    return set((await page.evaluate("localStorage.getItem('writes') ?? ''")).strip(";").split(";"))


async def hang(day: SchoolDay, *names: str) -> None:
    def act(work: Work) -> None:
        hang_tag(work, day.village, *names)

    await day.site.desk.work(TEST, act)


async def taps(day: SchoolDay) -> list[Tap]:
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Tap).order_by(Tap.number))))


async def ticked(day: SchoolDay) -> list[tuple[str, str | None]]:
    def read(look: Look) -> list[tuple[str, str | None]]:
        rows = look.session.scalars(sa.select(DoorMark).where(DoorMark.number.is_not(None)).order_by(DoorMark.id))
        return [(row.way, row.clash) for row in rows]

    return await day.site.desk.look(TEST, read)


@pytest.mark.capability("L-17")
async def test_a_touch_shows_only_its_child_to_staff_alone_and_one_thumb_confirms(
    browser: Browser, day: SchoolDay
) -> None:
    """The tag is held to the back, and nobody turns the phone or touches its screen before the child stands there."""
    await hang(day, NOAH)
    context, page, complaints = await phone(browser, day)
    others = [child.called for child in day.village.children.values() if child.name != NOAH]
    rests = await page.locator("body").inner_text()

    await touch(page)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Noah: her?")
    shown = await page.locator("body").inner_text()
    assert {"phones strict", "queue strict"} <= await writes(page) <= STRICT
    assert await day.here() == set()
    assert [name for name in ["Noah", *others] if name in rests] == []
    assert [name for name in others if name in shown] == []
    assert "Noah" not in await seen_by(browser, day, "Erik Johansson", page.url)
    assert "Noah" not in await seen_by(browser, day, None, page.url)
    await page.get_by_role("button", name="Bekreft: her").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hold brikken mot baksiden av telefonen")
    assert await day.here() == {NOAH}
    assert complaints == []
    await context.close()


async def seen_by(browser: Browser, day: SchoolDay, who: str | None, address: str) -> str:
    """What stands at an address for somebody else: a member of staff, or whoever finds it and is not signed in."""
    context = await browser.new_context() if who is None else (await day.window(browser, who))[0]
    page = await context.new_page()
    await page.goto(address)
    text = await page.locator("body").inner_text()
    await context.close()
    return text


@pytest.mark.capability("L-19")
async def test_a_touch_reaches_the_hub_at_once_or_when_there_is_a_network_again_and_counts_once(
    browser: Browser, day: SchoolDay
) -> None:
    """The second is touched without a network, outlives a restart, and its first answer is lost on the way back."""
    await hang(day, NOAH)
    context, page, _ = await phone(browser, day)
    await touch(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Noah: her?")
    at_once = [tap.number for tap in await taps(day)]
    await page.goto(f"/door/{day.village.unit('preschool').id}")
    await page.get_by_role("button", name="Begynn å lese brikker").click()
    await until(page, "window.reading !== undefined && document.getElementById('door').dataset.ready === ''")

    await day.lose_network(context)
    await touch(page)
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    waited = [tap.number for tap in await taps(day)]
    lost: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def lose(route: Route) -> None:
        answer = await route.fetch()
        await route.abort()
        lost.set_result(answer.status)

    await context.route("**/queue", lose, times=1)
    await day.find_network(context)
    assert await asyncio.wait_for(lost, timeout=30) == 200

    await expect(page.get_by_text("1 ligger på denne telefonen")).to_be_hidden()
    await expect(page.get_by_text("2 berøringer venter")).to_be_visible()
    assert (at_once, waited) == ([1], [1])
    assert [tap.number for tap in await taps(day)] == [1, 2]
    await context.close()


async def test_a_tag_that_is_held_to_the_phone_is_one_touch(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await day.lose_network(context)

    for _ in range(3):
        await touch(page)
    await touch(page, "04:00:00:00:00:00:01")
    await expect(page.get_by_text("2 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    await day.find_network(context)

    await expect(page.get_by_text("2 berøringer venter")).to_be_visible()
    assert [tap.serial for tap in await taps(day)] == ["04a1b2c3d4e5f6", "04000000000001"]
    await context.close()


async def test_what_is_touched_without_a_network_waits_over_a_reload_and_leaves_by_itself(
    browser: Browser, day: SchoolDay
) -> None:
    await hang(day, NOAH)
    context, page, _ = await phone(browser, day)
    await day.lose_network(context)
    await touch(page)
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()

    await page.reload()
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    assert "Noah" not in await page.locator("main").inner_text()
    assert await taps(day) == []
    await day.find_network(context)

    await expect(page.get_by_text("1 berøring venter")).to_be_visible()
    (tap,) = await taps(day)
    assert tap.number == 1
    assert not tap.is_clock_doubted
    await context.close()


@pytest.mark.capability("L-27")
async def test_who_is_in_the_house_stands_on_every_phone_also_without_a_network(
    browser: Browser, day: SchoolDay
) -> None:
    """One phone marks a child; the other knows it at once, and still does when it is opened anew without a network."""
    one, page_one, _ = await phone(browser, day)
    two, page_two, _ = await phone(browser, day, HEAD)
    for page in (page_one, page_two):
        await page.get_by_role("button", name="Opprop").click()
        await expect(standing(page, "Noah")).to_contain_text("Noah Ikke hørt fra")

    await page_two.locator("#roll").get_by_role("button", name="Her Noah").click()
    for page in (page_one, page_two):
        await expect(standing(page, "Noah")).to_contain_text("Noah Her")
    assert await day.here() == {NOAH}
    for context, page in ((one, page_one), (two, page_two)):
        await day.lose_network(context)
        await page.reload()
        await page.get_by_role("button", name="Opprop").click()

    for page, groups in ((page_one, ["Blåbær 1/5"]), (page_two, ["Blåbær 1/5", "Tyttebær 0/4"])):
        await expect(page.locator("#told-no-network")).to_be_visible()
        await expect(standing(page, "Noah")).to_contain_text("Noah Her")
        await expect(standing(page, "Mathias")).to_contain_text("Mathias Ikke hørt fra")
        await expect(page.locator("#roll").get_by_role("heading", level=3)).to_have_text(groups)
    await one.close()
    await two.close()


def standing(page: Page, name: str) -> Locator:
    """How a child stands in the roll call."""
    row = page.locator("#roll .roll-row").filter(has=page.get_by_text(name, exact=True))
    return row.locator("span").first


async def test_two_phones_without_a_network_tick_otherwise_and_the_missing_child_stays_missing(
    browser: Browser, day: SchoolDay
) -> None:
    one, page_one, _ = await phone(browser, day)
    two, page_two, _ = await phone(browser, day, HEAD)
    for page in (page_one, page_two):
        await page.get_by_role("button", name="Opprop").click()
        await expect(page.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()
    await day.lose_network(one)
    await day.lose_network(two)

    await page_one.locator("#roll").get_by_role("button", name="Her Noah").click()
    await page_two.locator("#roll").get_by_role("button", name="Savnet Noah").click()
    for page in (page_one, page_two):
        await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    await day.find_network(two)
    await expect(page_two.get_by_text("1 barn må ses etter")).to_be_visible()
    await day.find_network(one)
    await expect(page_one.get_by_text("1 ligger på denne telefonen")).to_be_hidden()

    assert await ticked(day) == [("missing", "missing"), ("coming", "otherwise")]
    await page_two.goto(f"/door/{day.village.unit('preschool').id}/here")
    await expect(page_two.get_by_text("Noah Bakken: Er krysset av som savnet")).to_be_visible()
    await one.close()
    await two.close()


async def test_whoever_signs_out_leaves_no_name_on_the_phone(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await phone(browser, day)
    await page.get_by_role("button", name="Opprop").click()
    await expect(page.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()
    await until(page, f"{LISTS}.then((n) => n === 1)")

    await page.locator("details.menu summary").click()
    await page.get_by_role("button", name="Logg ut", exact=True).click()
    await page.wait_for_url("**/sign-in*")

    await until(page, f"{LISTS}.then((n) => n === 0)")
    await context.close()


async def test_a_phone_that_was_revoked_keeps_no_name(browser: Browser, day: SchoolDay) -> None:
    """By somebody else, while it is in a thief's hands and on the network."""
    context, page, _ = await phone(browser, day)
    await page.get_by_role("button", name="Opprop").click()
    await expect(page.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()

    def end(work: Work) -> None:
        (reader,) = work.session.scalars(sa.select(TagReader))
        revoke(work, day.village.unit("preschool").id, reader.id)

    await day.site.desk.work(as_staff(day.village.staff(HEAD)), end)

    await expect(page.locator("#roll").get_by_text("Noah", exact=True)).to_have_count(0)
    await until(page, f"{LISTS}.then((n) => n === 0)")
    await context.close()


async def knows_noah(browser: Browser, day: SchoolDay) -> tuple[BrowserContext, Page]:
    """A phone on whose roll Noah stands."""
    context, page, _ = await phone(browser, day)
    await page.get_by_role("button", name="Opprop").click()
    await expect(page.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()
    return context, page


async def lets_go(page: Page) -> None:
    await expect(page.locator("#roll").get_by_text("Noah", exact=True)).to_have_count(0)
    await until(page, f"{LISTS}.then((n) => n === 0)")


@pytest.mark.parametrize("how", ["signed out elsewhere", "works there no more"])
async def test_a_phone_whose_owner_is_gone_keeps_no_name(browser: Browser, day: SchoolDay, how: str) -> None:
    context, page = await knows_noah(browser, day)
    teacher = day.village.staff(TEACHER).id

    def end(work: Work) -> None:
        if how == "signed out elsewhere":
            sign_out_everywhere(work, teacher, "test")
        else:
            work.session.execute(
                sa.update(RoleHolding).where(RoleHolding.staff_id == teacher).values(ended_at=work.now)
            )

    await day.site.desk.work(TEST, end)

    await lets_go(page)
    await context.close()


async def test_a_phone_whose_owner_is_signed_out_lets_names_go_and_keeps_what_waits(
    browser: Browser, day: SchoolDay
) -> None:
    context, page = await knows_noah(browser, day)
    await day.lose_network(context)
    await page.locator("#roll").get_by_role("button", name="Savnet Noah").click()
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()
    await day.site.desk.work(TEST, sign_out_everywhere, day.village.staff(TEACHER).id, "test")

    await day.find_network(context)

    await lets_go(page)
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_attached()
    assert await ticked(day) == []
    await context.close()


async def test_a_phone_whose_page_has_only_faded_still_knows_whom_to_look_for(browser: Browser, day: SchoolDay) -> None:
    context, page = await knows_noah(browser, day)
    day.clock.move(timedelta(minutes=16))

    await expect(page.locator("#faded")).to_be_visible()

    faded = "fetch(document.getElementById('door').dataset.path + '/children', {headers: {'HX-Request': 'true'}})"
    await until(page, f"{faded}.then((answer) => answer.status === 401)")
    assert await page.evaluate(LISTS) == 1
    await context.close()


async def test_what_waits_of_a_phone_that_was_taken_away_holds_up_no_other(browser: Browser, day: SchoolDay) -> None:
    """It was taken into use anew on the same device: its list is the newest, and it can be let go."""
    context, page, _ = await phone(browser, day)
    await day.lose_network(context)
    await touch(page)
    await expect(page.get_by_text("1 ligger på denne telefonen og er ikke sendt")).to_be_visible()

    def end(work: Work) -> None:
        (reader,) = work.session.scalars(sa.select(TagReader))
        revoke(work, day.village.unit("preschool").id, reader.id)

    await day.site.desk.work(as_staff(day.village.staff(HEAD)), end)
    await day.find_network(context)
    await page.goto(f"/door/{day.village.unit('preschool').id}")
    await page.get_by_role("button", name="Ta i bruk").click()
    await page.get_by_role("button", name="Opprop").click()

    await expect(page.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()
    await page.locator("#unpair button").click()
    await expect(page.get_by_role("button", name="Ta i bruk")).to_be_visible()
    assert await taps(day) == []
    await context.close()


async def test_the_door_works_where_no_tag_is_read(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, TEACHER, script=False)
    await page.goto(f"/door/{day.village.unit('preschool').id}")
    await page.get_by_role("button", name="Ta i bruk").click()
    await page.get_by_role("link", name="Finn et barn").click()
    await page.get_by_label("Navn, eller koden på brikken").fill("noah")
    await page.get_by_role("button", name="Finn", exact=True).click()
    await page.get_by_role("link", name=NOAH).click()
    await page.get_by_role("button", name="Her", exact=True).click()

    await expect(page.get_by_text("Kom 07.12, sagt 07.12 av Mette Strand")).to_be_visible()
    assert await day.here() == {NOAH}
    assert complaints == []
    await context.close()


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1024])
async def test_axe_finds_nothing_at_the_door(browser: Browser, day: SchoolDay, width: int) -> None:
    await hang(day, "Odin Fjeld", "Tuva Fjeld")

    def told(work: Work) -> None:
        day.fetches(work, "Tuva Fjeld", "Maren Fjeld")

    await day.site.desk.work(TEST, told)
    day.clock.move(timedelta(minutes=1))
    context, page, complaints = await phone(browser, day, HEAD, width)
    unit = f"/door/{day.village.unit('preschool').id}"
    await page.get_by_role("button", name="Opprop").click()
    await expect(page.locator("#roll").get_by_text("Noah", exact=True).first).to_be_visible()
    await check(page, complaints, f"door-{width}")

    await touch(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Odin og Tutta: her?")
    await check(page, complaints, f"door-touch-{width}")
    await page.get_by_role("button", name="Bekreft: her").click()

    await page.goto(f"{unit}/children/{day.village.child('Tuva Fjeld').id}")
    await check(page, complaints, f"door-child-{width}")
    await day.site.desk.work(TEST, keep_clash, day.village, "Tuva Fjeld", Way.MISSING, Clash.MISSING)
    await page.reload()
    await check(page, complaints, f"door-look-{width}")
    await page.goto(f"{unit}/here")
    await check(page, complaints, f"door-here-{width}")
    await context.close()
