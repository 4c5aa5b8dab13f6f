"""A gateway on loopback that speaks docs/http-gateway.md by its own means, and the channel at its other end."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from channels.sms.http_gateway import HttpGatewayChannel
from channels.sms.http_settings import HttpGatewaySettings
from hub.address import SMS, Address
from hub.clock import SystemClock
from hub.outside import Outside
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from tests.channels.contract import Failure, RecordingInbox, Told

SECRET = "a secret for rehearsals only, nothing real"
SCHOOL, GUARDIAN = Address(SMS, "+4759000000"), Address(SMS, "+4740000001")


def sign(secret: str, time: str, method: str, path_qs: str, body: bytes) -> str:
    signed = b"\n".join([time.encode(), method.encode(), path_qs.encode(), body])
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


@dataclass
class Gateway:
    """`refusal` answers the next text; `lost` is "answer" or "request" for one whose answer never comes."""

    secret: str = SECRET
    refusal: web.Response | None = None
    lost: str = ""
    is_down: bool = False
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)

    def make_application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/v1/messages", self._take)
        application.router.add_get("/v1/messages/{tag}", self._find)
        application.router.add_get("/v1/log", self._log)
        return application

    async def _check(self, request: web.Request) -> bytes:
        body = await request.read()
        time, told = request.headers["Budbok-Time"], request.headers["Budbok-Signature"]
        if sign(self.secret, time, request.method, request.raw_path, body) != told:
            raise web.HTTPForbidden
        if self.is_down:
            raise web.HTTPInternalServerError
        return body

    async def _take(self, request: web.Request) -> web.StreamResponse:
        told = json.loads(await self._check(request))
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            return refusal
        lost, self.lost = self.lost, ""
        if lost != "request":
            self.taken.setdefault(told["tag"], {**told, "id": f"g{len(self.taken) + 1}"})
        if lost:
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"id": self.taken.get(told["tag"], {}).get("id", ""), "status": "queued", "parts": 1})

    async def _find(self, request: web.Request) -> web.Response:
        await self._check(request)
        taken = self.taken.get(request.match_info["tag"])
        if taken is None:
            raise web.HTTPNotFound
        return web.json_response({"id": taken["id"], "status": "sent"})

    async def _log(self, request: web.Request) -> web.Response:
        await self._check(request)
        datetime.fromisoformat(request.query["since"])
        return web.json_response({"messages": self.messages, "statuses": self.statuses[-1:]})


class HttpRehearsal:
    """`post` speaks to the hub as the gateway does."""

    school = SCHOOL
    guardian = GUARDIAN

    def __init__(self, gateway: Gateway, url: str, outside: Outside, **more: Any) -> None:
        self.gateway = gateway
        self.clock = SystemClock()
        self.inbox = RecordingInbox()
        self.settings = HttpGatewaySettings.model_validate(
            {
                "api_url": f"{url}/v1/",
                "secret": SECRET,
                "pace_per_second": 1000.0,
                **more,
            }
        )
        self.channel = HttpGatewayChannel(self.settings, outside, "http://127.0.0.1", self.clock)
        self.hub_url = ""
        self.told = 0
        self._http = aiohttp.ClientSession()
        self.failures = {
            "too many": Failure(
                lambda: self._refuse(429, "too_fast", **{"Retry-After": "7"}),
                TryLaterError,
                {"after": 7.0, "whole_channel": False, "reason": "too_fast"},
            ),
            "busy": Failure(lambda: self._refuse(503), TryLaterError, {"whole_channel": False}),
            "signature": Failure(lambda: self._refuse(403), TryLaterError, {"whole_channel": True}),
            "gone": Failure(lambda: self._refuse(410, "no_such_number"), AddressGoneError, {"opted_out": False}),
            "opted out": Failure(lambda: self._refuse(410, "opted_out"), AddressGoneError, {"opted_out": True}),
            "refused": Failure(lambda: self._refuse(422, "4740000001 is bad"), RejectedError, {"reason": "http_422"}),
            "500": Failure(lambda: self._refuse(500), UnknownFateError),
        }

    def _refuse(self, status: int, error: str = "", **headers: str) -> None:
        self.gateway.refusal = web.json_response({"error": error}, status=status, headers=headers)

    async def close(self) -> None:
        await self._http.close()

    def now(self) -> datetime:
        return self.clock.now()

    def make_headers(self, path: str, body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
        time = str(int(self.now().timestamp()) - age)
        return {
            "Budbok-Time": time,
            "Budbok-Signature": sign(secret, time, "POST", path, body),
            "Content-Type": "application/json",
        }

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Told:
        async with self._http.post(f"{self.hub_url}{path}", data=body, headers=headers) as answer:
            return Told(answer.status, await answer.text(), answer.headers)

    async def tell(self, path: str, what: object, **how: Any) -> Told:
        body = json.dumps(what).encode()
        return await self.post(path, body, self.make_headers(path, body, **how))

    def _make_message(self, text: str) -> dict[str, Any]:
        message = {"id": f"in{self.told}", "from": GUARDIAN.value, "to": SCHOOL.value, "text": text}
        self.told += 1
        self.gateway.messages.append(message)
        return message

    async def say(self, text: str) -> Told:
        return await self.tell("/message", self._make_message(text))

    async def repeat(self) -> Told:
        return await self.tell("/message", self.gateway.messages[-1], age=1)

    async def say_unheard(self, text: str) -> None:
        self._make_message(text)

    async def forge(self, text: str) -> Told:
        message = {"id": "forged", "from": GUARDIAN.value, "to": SCHOOL.value, "text": text}
        return await self.tell("/message", message, secret="another secret, of somebody else altogether")

    async def babble(self) -> list[Told]:
        good = {"id": "x", "from": GUARDIAN.value, "to": SCHOOL.value, "text": "Hei"}
        nonsense: list[object] = [None, [], "x", {}]
        nonsense += [{**good, "id": 7}, {**good, "id": ""}, {**good, "text": None}, {**good, "to": ""}]
        told = [await self.tell("/message", what) for what in nonsense]
        told += [
            await self.post("/message", body, self.make_headers("/message", body))
            for body in (b"", b"{", b'{"id":"a","id":"b"}', b"[" * 30_000, b"\xff")
        ]
        told += [
            await self.tell("/status", {"id": "g1", "status": status})
            for status in ("flying", None, ["sent"], "parked")
        ]
        big = json.dumps({**good, "text": "a" * 70_000}).encode()
        told.append(await self.post("/message", big, self.make_headers("/message", big)))
        return told

    def lose_answer(self) -> None:
        self.gateway.lost = "answer"

    def lose_request(self) -> None:
        self.gateway.lost = "request"

    async def fail(self) -> None:
        self.gateway.is_down = True

    async def at_rest(self) -> None:
        """Tell what became of all that was taken."""
        for taken in self.gateway.taken.values():
            for status in ("sent", "delivered"):
                told = {"id": taken["id"], "tag": taken["tag"], "status": status}
                if told not in self.gateway.statuses:
                    self.gateway.statuses.append(told)
                    await self.tell("/status", told)

    def list_arrived(self) -> list[str]:
        return [taken["text"] for taken in self.gateway.taken.values()]


@asynccontextmanager
async def serve(application: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def an_http_rehearsal(**settings: Any) -> AsyncIterator[HttpRehearsal]:
    gateway = Gateway()
    async with serve(gateway.make_application()) as url, Outside(frozenset({"127.0.0.1"})) as outside:
        rehearsal = HttpRehearsal(gateway, url, outside, **settings)
        async with serve(rehearsal.channel.listen(rehearsal.inbox)) as hub_url:
            rehearsal.hub_url = hub_url
            try:
                yield rehearsal
            finally:
                await rehearsal.close()
