"""The real staff site on a free port of loopback, with a small school of its own, and a client that behaves as a browser."""

import re
from collections.abc import AsyncIterator, Container, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyotp
from aiohttp import ClientSession, CookieJar, web
from aiohttp.typedefs import Handler, Middleware
from argon2 import PasswordHasher
from multidict import MultiDict
from prometheus_client import CollectorRegistry
from yarl import URL

from admin_web import cookies
from admin_web.page import Pages
from admin_web.site import SiteParts, StaffSite
from hub.clock import StoppedClock
from hub.config import Settings
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.entrance import Entrance, connections_at_most
from hub.seal import Seal
from hub.sign_in.invitations import invite_link
from tests.channels.contract import RecordingInbox
from tests.hub.sign_in.school import KEY, PASSWORD, TEST, add_school
from tests.ports import hold_port
from tests.transcript import load_bots, the_ear

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Kept as any password is, without the care: what that costs a guesser is a promise of tests/hub/sign_in/."""


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
    away: set[str] = field(default_factory=set)
    """The sessions whose browsers have no network: what they still send is cut off, and no answer comes."""

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

    async def get(self, path: str, headers: Mapping[str, str] | None = None, follow: bool = True) -> Seen:
        async with self.session.get(path, allow_redirects=follow, headers=headers) as answer:
            self.seen = Seen(answer.status, await answer.text(), answer.headers, answer.url.path_qs)
        return self.seen

    async def post(self, path: str, follow: bool = True, headers: Mapping[str, str] | None = None, **form: Any) -> Seen:
        """With the token of the page seen last; a list is a field that comes several times."""
        told_once = {"token": self.seen.token if self.seen else "", **form}
        given = MultiDict(
            (name, each)
            for name, value in told_once.items()
            for each in (value if isinstance(value, list) else [value])
        )
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


def cut_off(away: Container[str]) -> Middleware:
    """Nobody is reached by a browser that is away, whatever of it has not noticed yet."""

    @web.middleware
    async def cut(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.cookies.get(cookies.SESSION) not in away:
            return await handler(request)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError

    return cut


@asynccontextmanager
async def run_site(
    store_url: str, clock: StoppedClock, more_pages: Pages | None = None, **staff_settings: Any
) -> AsyncIterator[Site]:
    """The site must know its own address, so its port is bound before it is built."""
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
    port, entrance = hold_port(), None
    try:
        url = f"http://127.0.0.1:{port}"
        if "url" not in staff_settings:
            staff = settings.staff.model_copy(update={"url": url})
            settings = settings.model_copy(update={"staff": staff})
        parts = SiteParts(
            desk,
            settings,
            doorbell,
            clock,
            Seal([KEY]),
            lambda: not_ready,
            CollectorRegistry(),
            the_ear(),
            load_bots(),
            RecordingInbox(),
        )
        built = StaffSite(parts, QUICK)
        built.pages.extend(more_pages.listed if more_pages else [])
        app = built.build()
        away: set[str] = set()
        app.middlewares.insert(0, cut_off(away))
        entrance = Entrance(app, connections_at_most())
        await entrance.open("127.0.0.1", port)
        site = Site(url, desk, clock, doorbell, app, await desk.work(TEST, add_school), not_ready, away=away)
        yield site
        for browser in site.browsers:
            await browser.session.close()
    finally:
        if entrance is not None:
            await entrance.close()
        await desk.close()
