"""A provider of identities on loopback, the routes by which guardians sign in, and browsers that go to and fro between them.

What a family's site does once somebody is known is played here: it says who they are.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from joserfc.jwk import KeySet
from prometheus_client import CollectorRegistry
from yarl import URL

from admin_web.cookies import Cookies
from admin_web.public.eid import BELOW, NationalSignIn
from channels.identity.oidc import OidcIdentity
from channels.identity.settings import OidcSettings
from hub.config import Settings
from hub.desk import Refusal, Work
from hub.doorbell import LocalDoorbell
from hub.outside import Outside
from hub.people.families import Guardian
from hub.people.national_ids import keep_national_id
from hub.seal import Seal
from hub.sign_in.proofs import Proven
from hub.site import SiteParts
from hub.words import Words
from tests.channels.contract import RecordingInbox
from tests.hub.sign_in.school import KEY, TEST
from tests.living_hub import SharedListener
from tests.rehearsal.id_provider import Claims, Client, IdProvider, Twist, make_key, synthetic_number
from tests.village import FJORDVIK, Village

NAME = "id-porten"
CLIENT = "budbok-test"
HOME = "/family"
CONTACT = "post@fjordvik.example"
SEAL = Seal([KEY])
OWN_KEY = make_key("ours")
OUTSIDE = frozenset({"127.0.0.1"})


@dataclass
class Browser:
    """One browser: its cookies, and what came back last."""

    session: ClientSession
    site: str

    async def get(self, path: str) -> ClientResponse:
        """A page of ours, or of anybody; redirects are left to the test."""
        return await self.session.get(
            URL(path, encoded=True) if "://" in path else f"{self.site}{path}", allow_redirects=False
        )

    async def leave(self, path: str = f"/sign-in/{NAME}") -> str:
        """Begin at our site; the address at the provider that it leads to."""
        answer = await self.get(path)
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]

    async def choose(self, there: str, pid: str, means: str = "BankID") -> str:
        """Say at the provider who one is; the address with which it sends the browser back."""
        answer = await self.session.post(
            URL(there, encoded=True), data={"pid": pid, "means": means}, allow_redirects=False
        )
        assert answer.status == 302, await answer.text()
        return answer.headers["Location"]

    async def sign_in(self, pid: str, means: str = "BankID", path: str = f"/sign-in/{NAME}") -> ClientResponse:
        """The whole way."""
        return await self.get(await self.choose(await self.leave(path), pid, means))


@dataclass
class Scene:
    """`proven` is everybody who was signed in, with where they went on."""

    village: Village
    provider: IdProvider
    site: str
    identity: OidcIdentity
    proven: list[tuple[Proven, str]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    _browsers: list[Browser] = field(default_factory=list)

    async def browser(self) -> Browser:
        one = Browser(ClientSession(cookie_jar=CookieJar(unsafe=True)), self.site)
        self._browsers.append(one)
        return one

    async def know(self, name: str, pid: str, owner: str = FJORDVIK, country: str = "NO") -> Guardian:
        """As if the register had told a guardian's number."""
        guardian = self.village.guardian(name, owner)

        def keep(work: Work) -> None:
            keep_national_id(work, SEAL, (guardian.owner_id, guardian.id), f"{country}:{pid}")

        await self.village.desk.work(TEST, keep)
        return guardian

    def overhear(self) -> list[Claims]:
        """What every id token says from now on."""
        told: list[Claims] = []

        def keep(claims: Claims) -> Claims:
            told.append(claims)
            return claims

        self.provider.twist.claims = keep
        return told

    async def refusal(self, answer: ClientResponse) -> str:
        """Which rule said no, on a page that says so and to which nobody is signed in."""
        assert answer.status == 403, await answer.text()
        return type(self.refused[-1]).__name__

    async def _sign_in(self, _: web.Request, proven: Proven, back: str) -> web.StreamResponse:
        self.proven.append((proven, back))
        return web.Response(status=303, headers={"Location": back})

    async def _tell(self, _: web.Request, refusal: Refusal) -> web.StreamResponse:
        self.refused.append(refusal)
        words = Words("en")
        title, text = words.say(f"{refusal.words}_title"), words.say(refusal.words, **refusal.parameters)
        return web.Response(status=403, text=f"{title}\n{text}")


@asynccontextmanager
async def playing(village: Village, provider: IdProvider | None = None, **settings: Any) -> AsyncIterator[Scene]:
    """The scene. Its hub proves itself by a key of its own unless `settings` say otherwise."""
    clock = village.desk.clock
    people = {synthetic_number(at): f"Person {at}" for at in range(4)}
    bound = socket.create_server(("127.0.0.1", 0))
    site = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with provider or IdProvider(people, clock.now) as there, Outside(OUTSIDE) as outside:
        there.clients[CLIENT] = Client(
            CLIENT, {f"{site}/sign-in/{NAME}/back"}, keys=KeySet([OWN_KEY]), secret=settings.get("client_secret", "")
        )
        own = {"issuer": there.issuer, "client_id": CLIENT, "contact": CONTACT, **settings}
        if "client_secret" not in own:
            own["client_key"] = OWN_KEY.as_pem(private=True).decode()
            own["client_key_id"] = "ours"
        identity = OidcIdentity(NAME, OidcSettings.model_validate(own), outside, site, clock)
        scene = Scene(village, there, site, identity)
        runner = web.AppRunner(_build(scene), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, bound).start()
        try:
            yield scene
        finally:
            there.twist = Twist()
            for browser in scene._browsers:
                await browser.session.close()
            await runner.cleanup()


def _build(scene: Scene) -> web.Application:
    desk = scene.village.desk
    settings = Settings.model_validate(
        {
            "hub": {"data": "/nowhere", "key": KEY},
            "public": {"listen": "127.0.0.1:1", "url": scene.site},
            "staff": {"listen": "127.0.0.1:1", "url": "http://127.0.0.1:1"},
        }
    )
    parts = SiteParts(
        desk,
        settings,
        LocalDoorbell(),
        desk.clock,
        SEAL,
        list,
        CollectorRegistry(),
        listener=SharedListener(),
        bots={},
        inbox=RecordingInbox(),
        identities={NAME: scene.identity},
    )
    app, site = web.Application(client_max_size=64 * 1024), web.Application()
    NationalSignIn(
        parts, Cookies(secure=False), home=HOME, language=lambda _: "nb", sign_in=scene._sign_in, tell=scene._tell
    ).hang(app)
    site.add_subapp(BELOW, app)
    return site
