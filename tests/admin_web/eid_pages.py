"""The family pages of a whole hub, with a provider of national eIDs beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yarl import URL

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.national_ids import keep_national_id
from hub.seal import Seal
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import KEY, OPERATOR
from tests.rehearsal.id_provider import Client, IdProvider, synthetic_number
from tests.village import Village

PROVIDER, CLIENT, SECRET = "id-porten", "budbok-test", "a secret of the test"
MOTHER, FATHER, STRANGER, OF_A_PROTECTED = (synthetic_number(at) for at in range(4))
SIGN_IN = f"/sign-in/{PROVIDER}"


class Scene:
    """The family pages of a whole hub, and the provider beside it."""

    def __init__(self, pages: FamilyPages, provider: IdProvider) -> None:
        self.pages = pages
        self.provider = provider

    @property
    def village(self) -> Village:
        return self.pages.living.village

    async def sign_in(
        self, pid: str, means: str = "BankID", path: str = SIGN_IN, browser: Browsing | None = None
    ) -> Seen:
        """The whole way, in a browser of its own unless one is told; the page where it ends."""
        browser = browser or self.pages.browser()
        way = await browser.get(path, follow=False)
        assert way.status == 303, way.text
        there = URL(way.headers["Location"], encoded=True)
        async with browser.session.post(there, data={"pid": pid, "means": means}, allow_redirects=False) as answer:
            back = answer.headers["Location"]
        return await browser.get(back)

    async def signed_in(self, pid: str, means: str = "BankID") -> Browsing:
        browser = self.pages.browser()
        page = await self.sign_in(pid, means, browser=browser)
        assert (page.status, page.path) == (200, "/family"), page.text
        return browser


@asynccontextmanager
async def playing(folder: Path, store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    people = {pid: f"Person {at}" for at, pid in enumerate((MOTHER, FATHER, STRANGER, OF_A_PROTECTED))}
    async with IdProvider(people, clock.now) as provider:
        told = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "label": "ID-porten"}
        async with family_pages(folder, store_url, clock, identity={PROVIDER: told}) as pages:
            provider.clients[CLIENT] = Client(CLIENT, {f"{pages.url}{SIGN_IN}/back"}, secret=SECRET)
            await pages.living.hub.desk.work(OPERATOR, tell_numbers, pages.living.village)
            yield Scene(pages, provider)


def tell_numbers(work: Work, village: Village) -> None:
    """As a register would."""
    whose = {"Anne Nordmann": MOTHER, "Roger Sand": FATHER, "Ragnhild Lien": OF_A_PROTECTED}
    for name, pid in whose.items():
        guardian = village.guardian(name)
        keep_national_id(work, Seal([KEY]), (guardian.owner_id, guardian.id), f"NO:{pid}")
