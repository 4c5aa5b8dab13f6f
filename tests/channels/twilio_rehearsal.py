"""A Twilio channel between a recording inbox and the rehearsal provider, behind a proxy as in real life."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator
from yarl import URL

from channels.sms.twilio import TwilioChannel
from channels.sms.twilio_settings import TwilioSettings
from hub.address import SMS, Address
from hub.outside import Outside
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from tests.channels.contract import Failure, RecordingInbox, Told
from tests.rehearsal.twilio_provider import RehearsalProvider, provider_now

PUBLIC_URL = "https://hub.example.org"
SCHOOL = Address(SMS, "+4759000000")
GUARDIAN = Address(SMS, "+4740000001")
FORM = "application/x-www-form-urlencoded"


class TwilioRehearsal:
    """`post` speaks to the hub as Twilio does, for requests that the provider would never make."""

    school = SCHOOL
    guardian = GUARDIAN

    def __init__(self, provider: RehearsalProvider, outside: Outside, **more: object) -> None:
        self.provider = provider
        self.settings = TwilioSettings.model_validate(
            {
                "account_sid": provider.account_sid,
                "auth_token": provider.auth_token,
                "api_url": provider.url,
                "media_hosts": ["127.0.0.1"],
                **more,
            }
        )
        self.inbox = RecordingInbox()
        self.outside = outside
        self.channel = TwilioChannel(self.settings, outside, PUBLIC_URL)
        self.hub_url = ""
        self._http = aiohttp.ClientSession()
        faults = provider.faults
        self.failures = {
            "too many": Failure(lambda: faults.too_many(7), TryLaterError, {"after": 7.0, "whole_channel": False}),
            "queue full": Failure(lambda: faults.refuse(21611), TryLaterError, {"reason": "21611"}),
            "credentials": Failure(lambda: faults.refuse(20003), TryLaterError, {"whole_channel": True}),
            "no account": Failure(lambda: faults.refuse(20404), TryLaterError, {"whole_channel": True}),
            "500 before": Failure(faults.error, UnknownFateError),
            "500 after": Failure(lambda: faults.error(sent=True), UnknownFateError),
            "reset": Failure(faults.reset, UnknownFateError),
            "nonsense": Failure(faults.nonsense, UnknownFateError, {"reason": "nonsense"}),
            "opted out": Failure(lambda: faults.refuse(21610), AddressGoneError, {"opted_out": True}),
            "no number": Failure(lambda: faults.refuse(21211), AddressGoneError, {"opted_out": False}),
            "no mobile": Failure(lambda: faults.refuse(21614), AddressGoneError),
            "landline": Failure(lambda: faults.refuse(21635), AddressGoneError),
            "country": Failure(lambda: faults.refuse(21408), RejectedError, {"reason": "21408"}),
            "sender": Failure(lambda: faults.refuse(21606), RejectedError),
            "impossible": Failure(lambda: faults.refuse(21612), RejectedError),
            "too long": Failure(lambda: faults.refuse(21617), RejectedError),
        }

    async def close(self) -> None:
        await self._http.close()

    def now(self) -> datetime:
        return provider_now()

    async def say(self, text: str) -> Told:
        await self.say_unheard(text)
        return await self.post("/message", self.inbound_form(text, self.provider.texts[-1].sid))

    async def repeat(self) -> Told:
        kept = self.inbox.messages[-1]
        return await self.post("/message", self.inbound_form(kept.text, kept.provider_id))

    async def say_unheard(self, text: str) -> None:
        self.provider.faults.webhooks_lost = True
        await self.provider.phone(GUARDIAN.value).text(SCHOOL.value, text)
        self.provider.faults.webhooks_lost = False

    async def forge(self, text: str) -> Told:
        return await self.post("/message", self.inbound_form(text), token="guessed")

    async def babble(self) -> list[Told]:
        fine = self.inbound_form("Hei")
        return [
            await self.post("/message", body=b"", content_type="application/json"),
            await self.post("/message", body=b"\xff\xfe\x00", content_type=FORM),
            await self.post("/message", body=b"no equals sign", content_type=FORM),
            await self.post("/message", body=b"Body=%ED%A0%80", content_type=FORM),
            await self.post("/message", body=b"&".join([b"a=b"] * 600), content_type=FORM),
            await self.post("/message", body=b"Body=" + b"x" * 70_000, content_type=FORM),
            await self.post("/message", body=urlencode(fine).encode(), content_type="multipart/form-data"),
            await self.post("/message", {}),
            *[await self.post("/message", {**fine, **odd}) for odd in ODD_FIELDS],
            await self.post("/status", {**fine, "MessageStatus": "sent", "ErrorCode": "<script>"}),
        ]

    def lose_answer(self) -> None:
        self.provider.faults.reset(sent=True)

    def lose_request(self) -> None:
        self.provider.faults.reset()

    async def fail(self) -> None:
        self.provider.faults.error(times=None, everywhere=True)

    async def at_rest(self) -> None:
        await self.provider.at_rest()

    def list_arrived(self) -> list[str]:
        return [text.body for text in self.provider.phone(GUARDIAN.value).received]

    def inbound_form(self, text: str, sid: str | None = None) -> dict[str, str]:
        """As Twilio fills it in."""
        return {
            "ToCountry": "NO", "ToState": "", "ToCity": "", "ToZip": "",
            "FromCountry": "NO", "FromState": "", "FromCity": "", "FromZip": "",
            "MessageSid": sid or f"SM{secrets.token_hex(16)}",
            "AccountSid": self.provider.account_sid,
            "From": GUARDIAN.value, "To": SCHOOL.value, "Body": text,
            "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip

    async def post(
        self,
        path: str,
        form: Mapping[str, str] | list[tuple[str, str]] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = FORM,
        signed_url: str | None = None,
        algorithm: str | None = None,
    ) -> Told:
        """A request to the hub, signed over `signed_url` (else the public one) with `token` (else the live one)."""
        fields = MultiDict(form or {})
        url = signed_url or f"{PUBLIC_URL}/sms/twilio{path}"
        signature = RequestValidator(token or self.provider.auth_token).compute_signature(url, fields, algorithm)
        async with self._http.post(
            URL(f"{self.hub_url}/sms/twilio{path}", encoded=True),
            data=urlencode(form or {}).encode() if body is None else body,
            headers={"Content-Type": content_type, "X-Twilio-Signature": signature, **(headers or {})},
        ) as response:
            return Told(response.status, await response.text(), dict(response.headers))


ODD_FIELDS: list[dict[str, str]] = [
    {"MessageSid": ""},
    {"MessageSid": "SM1\r\nSet-Cookie: x"},
    {"MessageSid": "SM" + "1" * 200},
    {"From": ""},
    {"From": "+47\n40000001"},
    {"To": "x" * 500},
    {"NumMedia": "-1"},
    {"NumMedia": "99"},
    {"NumMedia": "١"},
    {"NumMedia": "1"},
]


@asynccontextmanager
async def a_twilio_rehearsal(**settings: object) -> AsyncIterator[TwilioRehearsal]:
    async with RehearsalProvider() as provider, Outside(frozenset({"127.0.0.1"})) as outside:
        rehearsal = TwilioRehearsal(provider, outside, **settings)
        site = web.Application()
        site.add_subapp("/sms/twilio", rehearsal.channel.listen(rehearsal.inbox))
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        rehearsal.hub_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        provider.reach(PUBLIC_URL, rehearsal.hub_url)
        provider.add_number(SCHOOL.value, sms_url=f"{PUBLIC_URL}/sms/twilio/message")
        try:
            yield rehearsal
        finally:
            await rehearsal.close()
            await runner.cleanup()
