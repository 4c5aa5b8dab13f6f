"""`make screens`: pictures of every page as people see it, from a whole hub on an invented morning, in docs/screens.

Names of pictures on the command line take only those.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

import sqlalchemy as sa
from playwright.async_api import Browser, StorageState, async_playwright

from hub.assembly import Hub
from hub.clock import StoppedClock
from hub.desk import Look
from hub.door.tags import Tag
from hub.post.inboxes import list_inbox
from hub.post.messages import Author, Message
from hub.post.reading import get_reader
from hub.school.care_notes import NoteKind
from hub.school.leave import LeaveApplication
from hub.school.meals import MealKind
from hub.sign_in.invitations import invite_link
from tests.admin_web.booked_week import BOOKED, book_a_week
from tests.admin_web.family_pages import APP
from tests.admin_web.gallery import find_chromium, launch
from tests.camera import FOLDER, SCREENS, Screen, sign_in, take_all
from tests.conftest import MONDAY_MORNING
from tests.door_day import open_door
from tests.hub.post.spoken import as_staff
from tests.hub.school.home_days import ASK, CARER, LIVE, SIGNE, HomeDays
from tests.letter_screens import LETTER_SCREENS, take_letters
from tests.living_hub import LivingHub, SharedListener, living_hub
from tests.living_morning import play_morning
from tests.rehearsal.demo_phones import DemoPhone, Link
from tests.village import FJORDVIK, Village, list_handsets

MOTHER = "Anne Nordmann"
TEACHER, LEADER, INVITED = "Kari Lunde", "Ingrid Solberg", "tuva.brekke@fjordvik.example"
HEAD = "Astrid Vik"
"""Who leads the preschool, where care times are booked."""
FRIDAY = date(2025, 2, 28)


@dataclass(frozen=True, slots=True)
class BookedDay:
    """The preschool of a whole hub, to be booked."""

    village: Village
    site: Hub


async def list_screens(living: LivingHub, tap: str) -> list[Screen]:
    """Every page, in the order in which a new reader meets them. `tap` is a touch that waits at the door."""
    village, desk, staff = living.village, living.hub.desk, living.hub.settings.staff.url
    role, family = village.role("contact teacher 7A").id, f"{living.hub.settings.public.url}/family"

    def find_thread(look: Look) -> str:
        rows = list_inbox(look, get_reader(look)).rows
        return next(row.thread.id for row in rows if row.families == ("Anne Nordmann",))

    def find_heard(look: Look) -> str:
        said = sa.select(Message.id).where(Message.text.like("%Kari%"), Message.author == Author.GUARDIAN)
        return look.session.scalars(said.order_by(Message.id)).first() or ""

    def find_tag(look: Look) -> str:
        return look.session.scalars(sa.select(Tag.id).order_by(Tag.id)).first() or ""

    def find_leave(look: Look) -> str:
        return look.session.scalars(sa.select(LeaveApplication.id).order_by(LeaveApplication.id)).first() or ""

    preschool, noah = village.unit("preschool").id, village.child("Noah Bakken").id
    heard = await desk.look(SCREENS, find_heard)
    thread = await desk.look(as_staff(village.staff(TEACHER)), find_thread)
    leave = await desk.look(SCREENS, find_leave)
    tag = await desk.look(SCREENS, find_tag)
    welcome = await desk.work(SCREENS, invite_link, INVITED, staff)
    return [
        Screen("phones", living.provider.url),
        Screen("welcome", welcome),
        Screen("sign-in", f"{staff}/sign-in"),
        Screen("morning", f"{staff}/morning", LEADER),
        Screen("threads", f"{staff}/threads", TEACHER),
        Screen("thread", f"{staff}/threads/{thread}", TEACHER),
        Screen("child", f"{staff}/children/{village.child('Kari Nordmann').id}", TEACHER),
        Screen("leave", f"{staff}/leave", LEADER),
        Screen("leave-one", f"{staff}/leave/{leave}", LEADER),
        Screen("leave-rules", f"{staff}/leave/rules", LEADER),
        Screen("week", f"{staff}/week/{preschool}?day={BOOKED}", HEAD),
        Screen("week-child", f"{staff}/week/{preschool}/children/{noah}?day={BOOKED}", HEAD),
        Screen("week-rules", f"{staff}/week/{preschool}/rules", HEAD),
        Screen("diary", f"{staff}/diary/{preschool}", HEAD),
        Screen("diary-child", f"{staff}/diary/{preschool}/children/{noah}", HEAD),
        Screen("door", f"{staff}/door/{preschool}", HEAD),
        Screen("door-touch", f"{staff}/door/{preschool}/taps/{tap}", HEAD),
        Screen("door-here", f"{staff}/door/{preschool}/here", HEAD),
        Screen("door-child", f"{staff}/door/{preschool}/children/{noah}", HEAD),
        Screen("hours", f"{staff}/hours/{preschool}", HEAD),
        Screen("home", f"{staff}/home", CARER),
        Screen("home-month", f"{staff}/home/{village.unit('day-care').id}/month?day={FRIDAY}", CARER),
        Screen("home-rates", f"{staff}/home-rates", CARER),
        Screen("tags", f"{staff}/tags/{preschool}", HEAD),
        Screen("tag", f"{staff}/tag/{tag}", HEAD),
        Screen("tag-give", f"{staff}/tags/{preschool}/give", HEAD),
        Screen("readers", f"{staff}/readers/{preschool}", HEAD),
        Screen("starts", f"{staff}/starts?unit={preschool}", HEAD),
        Screen("lists", f"{staff}/lists", TEACHER),
        Screen("talks", f"{staff}/talks/{village.unit('school').id}", LEADER),
        Screen("codes", f"{staff}/codes/{village.unit('school').id}", LEADER),
        Screen("weekly", f"{staff}/weekly", LEADER),
        Screen("own-phone", f"{staff}/you/phone", TEACHER),
        Screen("numbers", f"{staff}/numbers", LEADER),
        Screen("sheet", f"{staff}/numbers/roles/{role}/sheet", LEADER),
        Screen("staff", f"{staff}/staff", LEADER),
        Screen("find", f"{staff}/find?q=nordmann", LEADER),
        Screen("listener", f"{staff}/listener", TEACHER),
        Screen("story", f"{staff}/messages/{heard}/story", TEACHER),
        Screen("family-sign-in", f"{family}/sign-in"),
        Screen("family-home", family, MOTHER),
        Screen("family-book", f"{family}/children/{village.child('Kari Nordmann').id}", MOTHER),
        Screen("family-days", f"{family}/children/{village.child('Kari Nordmann').id}/days", MOTHER),
        Screen("family-consents", f"{family}/children/{village.child('Kari Nordmann').id}/consents", MOTHER),
        Screen("family-reach", f"{family}/reach", MOTHER),
        Screen("family-contact", f"{family}/you/contact", MOTHER),
        Screen("family-letters", f"{family}/letters", MOTHER),
        Screen("family-sessions", f"{family}/sessions", MOTHER),
    ]


async def live_at_home(living: LivingHub, clock: StoppedClock) -> None:
    """Last Friday in a family day carer's home, and this morning until breakfast."""
    home = HomeDays(living.village, clock)
    await home.set_rates(date(2025, 1, 1))
    await home.has_note(LIVE, NoteKind.FOOD, "Uten gluten: bruk det glutenfrie brødet i skuffen")
    for name, left in ((ASK, time(15)), (LIVE, time(11, 30)), (SIGNE, time(15, 45))):
        await home.was_here(name, FRIDAY, time(8), left)
    await home.ate(FRIDAY, MealKind.BREAKFAST, ASK, SIGNE)
    await home.ate(FRIDAY, MealKind.LUNCH, ASK, LIVE, SIGNE)
    today = home.unit.today(clock.now())
    for name in (ASK, LIVE):
        await home.was_here(name, today, time(6, 45), None)
    await home.ate(today, MealKind.BREAKFAST, ASK, LIVE)


async def sign_family_in(browser: Browser, living: LivingHub, who: str) -> StorageState:
    """Type the code from a guardian's phone; what the browser keeps of it."""
    context = await browser.new_context(locale="nb-NO")
    page = await context.new_page()
    before = len(living.phone(who).history)
    await page.goto(f"{living.hub.settings.public.url}/family")
    await page.get_by_label("Mobilnummer").fill(living.village.phone(who))
    await page.get_by_role("button", name="Send kode").click()
    await living.settled()
    await page.get_by_label("Seks sifre").fill(living.phone(who).history[before].body[:6])
    await page.get_by_role("button", name="Fortsett").click()
    await page.get_by_role("heading", name="Barna dine").wait_for()
    kept = await context.storage_state()
    await context.close()
    return kept


async def main() -> int:
    executable = find_chromium()
    if executable is None:
        raise SystemExit("No Chromium here: install the system's package chromium.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    wished = set(sys.argv[1:])
    if not wished or wished & LETTER_SCREENS:
        await take_letters(executable, wished)
    if wished and wished <= LETTER_SCREENS:
        return 0
    clock = StoppedClock(MONDAY_MORNING)
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/budbok.sqlite"
        async with living_hub(Path(folder), store, clock, chat=APP) as living, async_playwright() as playwright:
            await play_morning(living, clock)
            await book_a_week(BookedDay(living.village, living.hub))
            tap = await open_door(living, Path(folder))
            await live_at_home(living, clock)
            page = living.provider.page
            page.phones = [DemoPhone.of(row) for row in list_handsets(living.village, FJORDVIK)]
            page.links = [Link("Staff pages", living.hub.settings.staff.url)]
            browser = await launch(playwright, executable)
            kept = {who: await sign_in(browser, living, clock, who) for who in (TEACHER, LEADER, HEAD, CARER)}
            kept[MOTHER] = await sign_family_in(browser, living, MOTHER)
            await take_all(browser, await list_screens(living, tap), kept, wished)
            await browser.close()
    await SharedListener.end()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
