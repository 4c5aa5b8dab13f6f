"""The other end of the provider in its own tests: a hub that only checks signatures and remembers, and Twilio's SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from .twilio_provider import RehearsalProvider

SCHOOL = "+4759000000"
GUARDIAN = "+4740000001"
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


class PretendHub:
    """Takes webhooks, remembers them, and says whether the SDK finds them rightly signed."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.url = ""
        self.status = 200
        self.twiml = ""
        self.signed: list[bool] = []
        self.texts: list[dict[str, str]] = []
        self.reports: list[dict[str, str]] = []

    @property
    def states(self) -> list[str]:
        return [report["MessageStatus"] for report in self.reports]

    async def take(self, request: web.Request) -> web.Response:
        form = await request.post()
        url = f"{self.url}{request.path_qs}"
        signature = request.headers["X-Twilio-Signature"]
        self.signed.append(RequestValidator(self.token).validate(url, form, signature))
        fields = {name: str(value) for name, value in form.items()}
        if "MessageStatus" in fields:
            self.reports.append(fields | {"m": request.query.get("m", "")})
        else:
            self.texts.append(fields | {"path": request.path})
        return web.Response(status=self.status, text=self.twiml, content_type="text/xml")


@asynccontextmanager
async def a_hub(token: str) -> AsyncIterator[PretendHub]:
    hub = PretendHub(token)
    app = web.Application()
    app.router.add_post("/{rest:.*}", hub.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield hub
    finally:
        await runner.cleanup()


@asynccontextmanager
async def the_sdk(provider: RehearsalProvider, token: str | None = None) -> AsyncIterator[Client]:
    http = AsyncTwilioHttpClient()
    client = Client(provider.account_sid, token or provider.auth_token, http_client=http)
    client.api.base_url = provider.url
    try:
        yield client
    finally:
        await http.close()


async def post_text(provider: RehearsalProvider, timeout: float = 5.0) -> tuple[int, dict[str, str], str]:
    """The raw answer to a create call: status, headers, body."""
    basic = aiohttp.encode_basic_auth(provider.account_sid, provider.auth_token)
    url = f"{provider.url}/2010-04-01/Accounts/{provider.account_sid}/Messages.json"
    form = {"To": GUARDIAN, "From": SCHOOL, "Body": "Hei"}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session,
        session.post(url, data=form, headers={"Authorization": basic}) as response,
    ):
        return response.status, dict(response.headers), await response.text()
