"""The family pages of a whole hub, and a guardian's browser that signs in with the code on the guardian's own phone."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar

from hub.clock import Clock
from hub.desk import Work
from hub.people.families import Block
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import ANSWER_SECONDS, LivingHub, living_hub
from tests.village import FJORDVIK, Village

APP = {"use": ["app"]}
SESSION = "budbok-family"
"""The cookie of a session."""


@dataclass
class FamilyPages:
    """A hub whose app is on. `nb` is what its pages speak."""

    living: LivingHub
    browsers: list[Browsing] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.living.hub.settings.public.url

    def browser(self) -> Browsing:
        """A browser with no cookies yet."""
        session = ClientSession(self.url, cookie_jar=CookieJar(unsafe=True), headers={"Accept-Language": "nb"})
        self.browsers.append(Browsing(session, self.url))
        return self.browsers[-1]

    def child(self, name: str) -> str:
        return self.living.village.child(name).id

    async def ask_code(self, browser: Browsing, phone: str) -> Seen:
        """Type a number on the sign-in page."""
        await browser.get("/family/sign-in")
        return await browser.post("/family/sign-in", phone=phone)

    async def read_code(self, guardian: str, owner: str = FJORDVIK) -> str:
        """The code that came to a guardian's phone."""
        body = (await self.living.phone(guardian, owner).next_text(ANSWER_SECONDS)).body
        found = re.match(r"\d{6}", body)
        assert found is not None, body
        return found[0]

    async def signed_in(self, guardian: str, owner: str = FJORDVIK) -> Browsing:
        """A browser in which a guardian typed the code from their phone; where several use it, said that it is they."""
        browser = self.browser()
        await self.ask_code(browser, self.living.village.phone(guardian, owner))
        page = await browser.post("/family/sign-in/code", code=await self.read_code(guardian, owner))
        if page.path.startswith("/family/sign-in/who"):
            found = re.search(rf'value="(\w+)">{guardian}', page.text)
            assert found is not None
            await browser.post("/family/sign-in/who", address_id=found[1])
        return browser

    async def write(self, browser: Browsing, child: str, text: str, role: str = "contact teacher 7A") -> Seen:
        """What one types on a child's page, once the hub has answered it."""
        await browser.get(f"/family/children/{self.child(child)}")
        page = await self.send(browser, child, text, role)
        await self.living.settled()
        return await browser.get(page.path)

    async def send(
        self, browser: Browsing, child: str, text: str, role: str = "contact teacher 7A", *, follow: bool = True
    ) -> Seen:
        """The form of the page that was seen last, filled in."""
        assert browser.seen is not None
        key = re.search(r'name="key" value="([^"]+)"', browser.seen.text)
        assert key is not None
        role_id = self.living.village.role(role).id
        path = f"/family/children/{self.child(child)}/write"
        return await browser.post(path, follow, role_id=role_id, text=text, key=key[1])


@asynccontextmanager
async def family_pages(
    folder: Path, store_url: str, clock: Clock, chat: dict[str, Any] = APP, **more: Any
) -> AsyncIterator[FamilyPages]:
    async with living_hub(folder, store_url, clock, chat=chat, **more) as living:
        pages = FamilyPages(living)
        try:
            yield pages
        finally:
            for browser in pages.browsers:
                await browser.session.close()


def bubbles_of(page: Seen) -> list[tuple[str, str]]:
    """What stands in a book: its author's kind and the words, oldest first."""
    found = re.findall(r'<article class="bubble bubble-([\w ]+)".*?<p class="text"[^>]*>(.*?)</p>', page.text, re.S)
    return [(kind, text.replace("&#34;", '"').replace("&#39;", "'")) for kind, text in found]


def block(work: Work, village: Village, guardian: str, child: str) -> None:
    """From now on this guardian is kept from this child."""
    work.session.add(
        Block(
            id=work.new_id(),
            owner_id=village.owner().id,
            guardian_id=village.guardian(guardian).id,
            child_id=village.child(child).id,
            reason="a test",
            set_by=village.staff("Ingrid Solberg").id,
            set_at=work.now,
        )
    )
