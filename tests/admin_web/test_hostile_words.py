"""Whatever people have written anywhere is words on every page that shows it, and never an element, attribute or script.

A new page is tried without being named here. Source: security rules S7.4 and S7.5.
"""

import json

import pytest
import sqlalchemy as sa
from aiohttp import web

from admin_web.family import ALL_PAGES as FAMILY_PAGES
from admin_web.page import Page
from admin_web.staff import ALL_PAGES as STAFF_PAGES
from hub.clock import StoppedClock
from hub.desk import Look
from hub.doorbell import LocalDoorbell
from hub.school.leave import LeaveApplication
from tests.admin_web.family_pages import FamilyPages
from tests.admin_web.hostile_words import FREE, PageReader, make_hostile
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen, Site
from tests.admin_web.test_every_page import fill, form_of, path_of
from tests.admin_web.test_family_pages import fill_in, ids_of
from tests.hub.sign_in.school import TEST

DATA = {"text/csv", "text/vcard", "text/javascript", "application/json", "application/manifest+json"}
"""What no browser draws, where it heeds that it must not guess."""
LEAST_ON_STAFF_PAGES, LEAST_ON_FAMILY_PAGES = 35, 15
"""So many of the texts must have been met, or nothing was tried."""


class Sweep:
    """Reads answers; `wrong` is what a text has made, and where, `shown` are those that were met."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.shown: set[str] = set()

    def read(self, seen: Seen) -> None:
        if seen.status >= 500:
            self.wrong.append(f"{seen.path}: {seen.status}")
        kind = seen.headers.get("Content-Type", "").partition(";")[0]
        if seen.headers.get("X-Content-Type-Options") != "nosniff":
            self.wrong.append(f"{seen.path}: a browser may guess what it is")
        if kind == "application/json":
            json.loads(seen.text)
        if kind == "text/html":
            page = PageReader(seen.text)
            self.wrong += [f"{seen.path}: {made}" for made in page.made]
            self.shown |= {FREE[number] for number in page.shown}
        elif kind not in DATA and seen.text:
            self.wrong.append(f"{seen.path}: what is {kind}?")


def to_show(pages: list[Page]) -> list[Page]:
    return [page for page in pages if page.method == "GET" and not page.live and not page.path.endswith("/live")]


async def see(browser: Browsing, path: str) -> Seen:
    """A page, or, where it is a piece of one, that piece."""
    seen = await browser.get(path, follow=False)
    return seen if seen.status != 303 else await browser.get(path, follow=False, headers=HTMX)


@pytest.mark.one_store
async def test_no_text_is_markup_on_any_page_of_the_staffs(village_store_url: str, clock: StoppedClock) -> None:
    sweep = Sweep()
    async with run_school_day(village_store_url, clock) as day:
        ids = await fill(day, "Kari Nordmann", "Anne Nordmann", "7A", "contact teacher 7A", "Kari Lunde")
        leader, teacher, guest = await day.as_("Ingrid Solberg"), await day.as_("Kari Lunde"), day.site.browser()
        await day.site.desk.work(TEST, make_hostile)
        for page in to_show([page for pages in STAFF_PAGES for page in pages.listed]):
            asked = {name: value for name, value in form_of(page, ids).items() if name in ids}
            query = "&".join(f"{name}={value}" for name, value in asked.items() if name not in ("before", "again"))
            path = f"{path_of(page, {**ids, 'token': 'nobodys'})}?{query}"
            seen = await see(guest if page.guests else leader, path)
            sweep.read(seen)
            if seen.status == 404:
                sweep.read(await see(teacher, path))
        for application in await day.site.desk.look(TEST, list_applications):
            sweep.read(await see(leader, f"/leave/{application}"))

    assert sweep.wrong == []
    assert len(sweep.shown) >= LEAST_ON_STAFF_PAGES, sorted(set(FREE) - sweep.shown)


def list_applications(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(LeaveApplication.id)))


@pytest.mark.one_store
async def test_no_text_is_markup_on_any_page_of_the_families(pages: FamilyPages, clock: StoppedClock) -> None:
    sweep = Sweep()
    day = SchoolDay(as_site(pages, clock), pages.living.village, clock)
    ids = await fill(day, "Kari Nordmann", "Anne Nordmann", "7A", "contact teacher 7A", "Kari Lunde")
    browser, guest = await pages.signed_in("Anne Nordmann"), pages.browser()
    ids |= await ids_of(pages, "Anne Nordmann", "Kari Nordmann")
    await pages.living.hub.desk.work(TEST, make_hostile)
    for page in to_show([page for listed in FAMILY_PAGES for page in listed.listed]):
        sweep.read(await see(guest if page.guests else browser, fill_in(page, ids)[0]))
    stream = f"/family/children/{ids['child_id']}/live"
    async with browser.session.get(stream, headers={"Accept": "text/event-stream"}) as live:
        kind, nosniff = live.headers["Content-Type"], live.headers["X-Content-Type-Options"]

    assert sweep.wrong == []
    assert len(sweep.shown) >= LEAST_ON_FAMILY_PAGES, sorted(set(FREE) - sweep.shown)
    assert (kind, nosniff) == ("text/event-stream", "nosniff")


def as_site(pages: FamilyPages, clock: StoppedClock) -> Site:
    """For whoever fills its store."""
    return Site(pages.url, pages.living.hub.desk, clock, LocalDoorbell(), web.Application(), {}, [])
