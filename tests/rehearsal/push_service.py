"""A push service on loopback: it takes notices for browsers as the standards say, and never opens them.

It asks for what RFC 8030 asks, checks the proof of who sends (RFC 8292), and keeps of each topic only the newest. What it
kept, a browser opens with its own keys. `troubles` are met by the next requests, in their order.
"""

import asyncio
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tests.rehearsal.push_opening import BrowserKeys, decode, encode

MOST_BYTES = 4096
LONGEST_PROOF = timedelta(hours=24)
URGENCIES = ("very-low", "low", "normal", "high")
_VAPID = re.compile(r"vapid t=([\w.-]+), ?k=([\w-]+)")
_TOPIC = re.compile(r"[\w-]{1,32}")


@dataclass(frozen=True)
class Trouble:
    """How a request is answered that is not taken. `status` 0 is a reset connection; `seconds` goes by first."""

    status: int
    retry_after: int | None = None
    seconds: float = 0.0


@dataclass
class Kept:
    """A notice as the service has it."""

    body: bytes
    headers: dict[str, str]
    claims: dict[str, Any]


@dataclass
class Subscriber:
    """One browser's subscription, for the sender whose public key is `sender`; "" for any."""

    endpoint: str
    keys: BrowserKeys = field(default_factory=BrowserKeys)
    sender: str = ""
    is_over: bool = False
    kept: list[Kept] = field(default_factory=list)
    taken: int = 0

    @property
    def form(self) -> dict[str, str]:
        """What the browser's script tells the hub."""
        return {"endpoint": self.endpoint, "p256dh": self.keys.p256dh, "auth": self.keys.auth}

    def read(self) -> list[dict[str, Any]]:
        """What the browser finds in them."""
        return [json.loads(self.keys.open(one.body)) for one in self.kept]


class PushService:
    """`now` is its clock, for the proofs."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.troubles: deque[Trouble] = deque()
        self.subscribers: dict[str, Subscriber] = {}
        self.origin = ""
        self._runner: web.AppRunner | None = None

    def subscribe(self, sender: str = "") -> Subscriber:
        name = f"{len(self.subscribers):04d}-of-a-browser"
        self.subscribers[name] = Subscriber(f"{self.origin}/push/{name}", sender=sender)
        return self.subscribers[name]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/push/{name}", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is not None:
            return await self._be_in(trouble, request)
        subscriber = self.subscribers.get(request.match_info["name"])
        if subscriber is None:
            return web.Response(status=404)
        if subscriber.is_over:
            return web.Response(status=410)
        body = await request.read()
        status, claims = self._judge(request, body, subscriber)
        if status != 201:
            return web.Response(status=status)
        topic = request.headers.get("Topic")
        kept = [one for one in subscriber.kept if topic is None or one.headers.get("Topic") != topic]
        subscriber.kept = [*kept, Kept(body, dict(request.headers), claims)]
        subscriber.taken += 1
        return web.Response(status=201, headers={"Location": f"{self.origin}/message/{subscriber.taken}"})

    def _judge(self, request: web.Request, body: bytes, subscriber: Subscriber) -> tuple[int, dict[str, Any]]:
        """Source: RFC 8030 sections 5.2 to 5.4; RFC 8291 section 4; RFC 8292 sections 2 and 4.2."""
        headers = request.headers
        if len(body) > MOST_BYTES:
            return 413, {}
        if not headers.get("TTL", "").isdigit() or headers.get("Content-Encoding") != "aes128gcm" or not body:
            return 400, {}
        if headers.get("Urgency", "normal") not in URGENCIES or not _TOPIC.fullmatch(headers.get("Topic", "-")):
            return 400, {}
        told = _VAPID.fullmatch(headers.get("Authorization", ""))
        if told is None:
            return 401, {}
        claims = self._open_proof(told[1], told[2])
        if claims is None or (subscriber.sender and told[2] != subscriber.sender):
            return 403, {}
        return 201, claims

    def _open_proof(self, token: str, key: str) -> dict[str, Any] | None:
        point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decode(key)).public_numbers()
        jwk: dict[str, Any] = {
            "kty": "EC",
            "crv": "P-256",
            "x": encode(point.x.to_bytes(32)),
            "y": encode(point.y.to_bytes(32)),
        }
        try:
            claims = jwt.decode(token, ECKey.import_key(jwk), algorithms=["ES256"]).claims
        except (JoseError, ValueError):
            return None
        ends = claims.get("exp")
        lasts = timedelta(seconds=ends - self.now.timestamp()) if isinstance(ends, int) else timedelta()
        is_timely = timedelta() < lasts <= LONGEST_PROOF
        is_told_by = str(claims.get("sub", "")).startswith(("mailto:", "https://"))
        return claims if claims.get("aud") == self.origin and is_timely and is_told_by else None

    async def _be_in(self, trouble: Trouble, request: web.Request) -> web.Response:
        await asyncio.sleep(trouble.seconds)
        if trouble.status == 0 and request.transport is not None:
            request.transport.abort()
        headers = {} if trouble.retry_after is None else {"Retry-After": str(trouble.retry_after)}
        return web.Response(status=trouble.status or 500, headers=headers)
