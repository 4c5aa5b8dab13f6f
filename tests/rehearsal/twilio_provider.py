"""A rehearsal provider: an outside service on loopback that speaks Twilio's REST API, with phones at the other end.

It lives apart from the hub and knows nothing of it but the addresses it is given.

    async with RehearsalProvider() as provider:
        provider.add_number("+4759000000", sms_url=f"{hub_url}/sms/twilio/message")
        await provider.phone("+4740000001").text("+4759000000", "Kari er syk i dag")
        answer = await provider.phone("+4740000001").next_text()
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.patience import PATIENCE

from .account import Account
from .faults import Faults
from .handsets import Handset
from .manners import Manners
from .network import Network
from .numbers import Number, Numbers
from .phones_page import PhonesPage
from .rest import RestApi
from .storage import Storage
from .texts import API_VERSION, Media, Text, TextLog
from .trouble_form import TroubleForm
from .webhooks import Alert, Webhooks

LOOPBACK = "127.0.0.1"


def provider_now() -> datetime:
    """The provider's own clock: an outside service doesn't ask the hub what time it is."""
    return datetime.now(UTC)  # noqa: TID251


class RehearsalProvider:
    """The whole service: API, webhooks, storage and phones. `pace`: 0 is at once, 1 is real life."""

    def __init__(
        self,
        *,
        account_sid: str = "AC" + "7e" * 16,
        auth_token: str = "rehearsal-token",  # noqa: S107 - a pretend secret of a pretend service
        port: int = 0,
        pace: float = 0.0,
        manners: Manners | None = None,
        chance: random.Random | None = None,
        clock: Callable[[], datetime] = provider_now,
        page: PhonesPage | None = None,
    ) -> None:
        self.manners = manners or Manners()
        self.faults = Faults()
        self.url = ""
        """Where the provider is, once entered: its API (for https://api.twilio.com), and at the root its phones."""
        self.page = page or PhonesPage()
        self._port = port
        self._clock = clock
        self._chance = chance or random.Random()
        self.account = Account(account_sid, auth_token, clock())
        self.log = TextLog(self._chance)
        self.numbers = Numbers(self._chance)
        self.webhooks = Webhooks(
            lambda: self.account.tokens[0],
            lambda: f"{self._chance.getrandbits(128):032x}",
            timeout_seconds=self.manners.webhook_seconds,
            retries=self.manners.webhook_retries,
        )
        self.network = Network(
            account_sid, self.log, self.numbers, self.webhooks, self.faults, self.manners,
            self._chance, clock, pace, self._media_url,
        )  # fmt: skip
        self._storage_url = ""
        self._runners: list[web.AppRunner] = []
        self._rest: RestApi | None = None

    async def __aenter__(self) -> Self:
        await self.webhooks.open()
        self._storage_url = await self._serve(Storage(self.log).app(), 0)
        self._rest = RestApi(
            self.account, self.log, self.numbers, self.network, self.faults, self.manners, self._clock,
            lambda media: self._storage_url + Storage.path(media),
        )  # fmt: skip
        app = web.Application()
        app.add_subapp(f"/{API_VERSION}", self._rest.app())
        self.page.attach(app, self.network, self.numbers, TroubleForm(self.faults, self.network))
        self.url = await self._serve(app, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rest is not None:
            self._rest.close()
        self.network.bulletin.close()
        await self.network.close()
        for runner in reversed(self._runners):
            await runner.cleanup()
        await self.webhooks.close()

    @property
    def account_sid(self) -> str:
        return self.account.sid

    @property
    def auth_token(self) -> str:
        """The primary token: it signs the webhooks."""
        return self.account.tokens[0]

    @property
    def alerts(self) -> list[Alert]:
        """The provider's error console: what it held against the hub's answers."""
        return self.webhooks.alerts

    @property
    def texts(self) -> list[Text]:
        """The message log, oldest first."""
        return self.log.all()

    @property
    def count(self) -> int:
        """How many texts were taken, kept or not."""
        return self.log.count

    @property
    def refused(self) -> int:
        """How many texts came faster than it takes them."""
        return 0 if self._rest is None else self._rest.refused

    def rotate_token(self, new: str) -> None:
        """Sign with the new token from now on; the API takes the old ones too."""
        self.account.tokens.insert(0, new)

    def add_number(
        self,
        phone_number: str,
        *,
        sms_url: str = "",
        sms_fallback_url: str = "",
        name: str = "",
        voice_url: str | None = None,
    ) -> Number:
        """One with a `voice_url`, empty or not, takes calls."""
        form = {"SmsUrl": sms_url, "SmsFallbackUrl": sms_fallback_url, "FriendlyName": name, "VoiceUrl": voice_url}
        number = self.numbers.buy(phone_number, {key: value for key, value in form.items() if value}, self._clock())
        number.takes_calls = voice_url is not None
        return number

    def add_worded_sender(self, name: str) -> None:
        """An alphanumeric sender: one-way, at most 11 letters, digits and spaces."""
        self.account.worded_senders.add(name)

    def add_service(self, sid: str, senders: Sequence[str]) -> None:
        """A messaging service; it sends from the first of its numbers."""
        self.account.services[sid] = list(senders)

    def add_landline(self, phone_number: str) -> None:
        """Texts to it are refused with 21614."""
        self.account.landlines.add(phone_number)

    def phone(self, number: str) -> Handset:
        return self.network.handset(number)

    async def at_rest(self, timeout: float = PATIENCE) -> None:
        """Wait until every text has ended and every callback was made, but for those to phones that are off.

        Raises:
            TimeoutError: something still moves after `timeout` seconds.
        """
        await self.network.rest(timeout)

    def let_validity_pass(self) -> None:
        """Texts that wait for a phone end as undelivered, 30003, as after their validity."""
        for handset in self.network.handsets.values():
            handset.let_validity_pass()

    def reach(self, public: str, through: str) -> None:
        """Call addresses under `public` by way of `through`, signing the public ones: as behind a proxy."""
        self.webhooks.reach(public, through)

    def sign(self, url: str, form: Mapping[str, str]) -> str:
        """The signature of a webhook, for tests that post their own."""
        return self.webhooks.sign(url, form)

    async def _serve(self, app: web.Application, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, LOOPBACK, port).start()
        return f"http://{LOOPBACK}:{runner.addresses[0][1]}"

    def _media_url(self, text: Text, media: Media) -> str:
        return f"{self.url}/{API_VERSION}/Accounts/{self.account_sid}/Messages/{text.sid}/Media/{media.sid}"
