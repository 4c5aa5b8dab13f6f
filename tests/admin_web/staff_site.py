"""The real staff site on a free port of loopback, with a small school of its own, and a client that behaves as a browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pyotp
from aiohttp import ClientSession, CookieJar, web
from prometheus_client import CollectorRegistry
from yarl import URL

from admin_web.site import SiteParts, StaffSite
from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.config import Settings
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.people.places import Owner, Unit
from hub.people.staff import Role, RoleHolding, RoleKind, Staff
from hub.seal import Seal
from hub.sign_in.invitations import invite_link

TEST = operator_asker("test")
KEY = "a key for tests, and for tests alone"
PASSWORD = "fire blå hester under brua"


def add_school(work: Work) -> dict[str, str]:
    """Lia skole with a leader and a teacher, and Naust skole in another municipality with its own leader."""
    ids: dict[str, str] = {}
    for name, unit_name, people in (
        ("Fjordvik", "Lia skole", (("Solveig", "Bakken", "leader"), ("Per", "Moen", "teacher"))),
        ("Nesodd", "Naust skole", (("Liv", "Dahl", "leader"),)),
    ):
        owner = Owner(id=work.new_id(), source_id=name, name=name, country="NO", language="nb")
        work.session.add(owner)
        work.session.flush()
        unit = Unit(
            id=work.new_id(),
            owner_id=owner.id,
            source_id=unit_name,
            kind="school",
            name=unit_name,
            zone="Europe/Oslo",
            languages=["nb"],
        )
        work.session.add(unit)
        work.session.flush()
        ids[unit_name] = unit.id
        for first, last, kind in people:
            ids[first] = add_staff(work, unit, first, last, RoleKind(kind))
    return ids


def add_staff(work: Work, unit: Unit, first: str, last: str, kind: RoleKind) -> str:
    """Somebody with a role since January 2025; they sign in as "first.last"."""
    staff = Staff(
        id=work.new_id(),
        owner_id=unit.owner_id,
        source_id=first.lower(),
        first_name=first,
        last_name=last,
        login=f"{first}.{last}".lower(),
        language="nb",
    )
    role = Role(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        source_id=f"{first.lower()}s role",
        kind=kind,
        title={"leader": "Rektor", "teacher": "Musikk"}[kind],
    )
    work.session.add_all([staff, role])
    work.session.flush()
    work.session.add(
        RoleHolding(
            id=work.new_id(),
            owner_id=unit.owner_id,
            role_id=role.id,
            staff_id=staff.id,
            from_day=date(2025, 1, 1),
            made_at=work.now,
        )
    )
    return staff.id


@dataclass
class Site:
    """A site that runs; `ids` are those of the people and units by name."""

    url: str
    desk: Desk
    clock: StoppedClock
    doorbell: LocalDoorbell
    app: web.Application
    ids: dict[str, str]
    not_ready: list[str]
    browsers: list["Browsing"] = field(default_factory=list)

    def browser(self) -> "Browsing":
        """A browser with no cookies yet."""
        session = ClientSession(self.url, cookie_jar=CookieJar(unsafe=True))
        self.browsers.append(Browsing(session, self.url))
        return self.browsers[-1]

    async def link(self, login: str) -> str:
        """The path of a fresh invitation."""
        return urlsplit(await self.desk.work(TEST, invite_link, login, self.url)).path

    async def signed_in(self, login: str) -> "Browsing":
        """A browser in which this person accepted an invitation."""
        browser = self.browser()
        await accept_invitation(self, browser, await self.link(login))
        return browser


@dataclass
class Seen:
    """One answer, read."""

    status: int
    text: str
    headers: Any
    path: str

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.text)
        return found[1] if found else ""


@dataclass
class Browsing:
    """Follows redirects with GET, keeps cookies, and says where a form comes from, as browsers do."""

    session: ClientSession
    url: str
    seen: Seen | None = None

    async def get(self, path: str, follow: bool = True, **headers: str) -> Seen:
        async with self.session.get(path, allow_redirects=follow, headers=headers) as answer:
            self.seen = Seen(answer.status, await answer.text(), answer.headers, answer.url.path_qs)
        return self.seen

    async def post(self, path: str, follow: bool = True, headers: dict[str, str] | None = None, **form: Any) -> Seen:
        """With the token of the page seen last."""
        given = {"token": self.seen.token if self.seen else "", **form}
        told = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        async with self.session.post(path, data=given, allow_redirects=follow, headers=told) as answer:
            self.seen = Seen(answer.status, await answer.text(), answer.headers, answer.url.path_qs)
        return self.seen

    def cookie(self, name: str) -> str | None:
        found = self.session.cookie_jar.filter_cookies(URL(self.url)).get(name)
        return found.value if found else None


async def accept_invitation(site: Site, browser: Browsing, link: str, password: str = PASSWORD) -> pyotp.TOTP:
    """Choose the password and confirm the phone; returns the phone."""
    await browser.get(link)
    page = await browser.post(f"{link}/password", password=password)
    phone = phone_of(page)
    await browser.post(f"{link}/code", follow=False, code=phone.at(site.clock.now()))
    return phone


def phone_of(page: Seen) -> pyotp.TOTP:
    found = re.search(r'<p class="secret">([A-Z2-7 ]+)</p>', page.text)
    assert found is not None
    return pyotp.TOTP(found[1].replace(" ", ""))


@asynccontextmanager
async def run_site(store_url: str, clock: StoppedClock, **staff_settings: Any) -> AsyncIterator[Site]:
    doorbell = LocalDoorbell()
    desk = Desk(store_url, clock, doorbell)
    not_ready: list[str] = []
    settings = Settings.model_validate(
        {
            "hub": {"data": "/nowhere", "key": KEY, "language": "nb"},
            "public": {"listen": "127.0.0.1:1", "url": "https://budbok.test"},
            "staff": {"listen": "127.0.0.1:1", "url": "http://127.0.0.1:1", **staff_settings},
        }
    )
    runner, url, app = await _serve(desk, doorbell, clock, settings, not_ready)
    site = Site(url, desk, clock, doorbell, app, await desk.work(TEST, add_school), not_ready)
    yield site
    for browser in site.browsers:
        await browser.session.close()
    await runner.cleanup()
    await desk.close()


async def _serve(
    desk: Desk, doorbell: LocalDoorbell, clock: StoppedClock, settings: Settings, not_ready: list[str]
) -> tuple[web.AppRunner, str, web.Application]:
    """The site must know its own address, so the port is bound first."""
    import socket

    bound = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    if settings.staff.url == "http://127.0.0.1:1":
        staff = settings.staff.model_copy(update={"url": url})
        settings = settings.model_copy(update={"staff": staff})
    parts = SiteParts(desk, settings, doorbell, clock, Seal([KEY]), lambda: not_ready, CollectorRegistry())
    app = StaffSite(parts).build()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    return runner, url, app
