"""Web Push: a browser is told that something has come, and shows just that. What the push service carries it cannot read.

A notice may come twice without harm, for it takes the place of the one before: in the service by its topic, on the screen by
its tag. So whatever brought no clear answer is simply tried again. The browser tells us when it has shown one.
Source: RFC 8030; security rules S6.1 and S7.8.
"""

import json
import re
from datetime import datetime
from hmac import compare_digest
from typing import Any

from aiohttp import web
from yarl import URL

from channels.bodies import apologise, read_body
from channels.chat.push_sealing import BrokenKeysError, Sealing, has_keys
from channels.chat.push_settings import PushSettings
from channels.retry_after import find_seconds
from hub.address import PUSH
from hub.outside import ForbiddenHostError, Outside, OutsideError
from hub.post.channel import (
    AddressGoneError,
    Device,
    Envelope,
    Fetched,
    Inbound,
    Inbox,
    Limits,
    MediaLink,
    Receipt,
    RejectedError,
    Report,
    SendError,
    TryLaterError,
)
from hub.post.deliveries import Status

MOST_LETTERS = 200
MOST_ENDPOINT_LETTERS = 1000
MOST_BODY_BYTES = 500
MOST_ANSWER_BYTES = 16 * 1024
LASTS_SECONDS = 24 * 60 * 60
TOPIC = "budbok"
TITLE = "Budbok"
_SHOWN = re.compile(r"[0-9a-z]{26}")


class PushChannel:
    """Notices to the browsers that families want to hear of news in."""

    Settings = PushSettings
    name = PUSH
    kind = PUSH
    path = f"/{PUSH}"

    def __init__(self, settings: PushSettings, outside: Outside, public_url: str) -> None:
        self._settings = settings
        self._outside = outside
        self._sealing = Sealing(settings.key.get_secret_value(), settings.contact)
        self.public_key = self._sealing.public_key
        self.limits = Limits(length=MOST_LETTERS, receipts=True)

    def takes(self, device: Device) -> bool:
        """Whether it is at a push service that we may speak to, with keys that make sense."""
        return self._host_of(device.endpoint) is not None and has_keys(device)

    def listen(self, inbox: Inbox) -> web.Application:
        """Where browsers tell that they have shown a notice."""
        app = web.Application()

        async def shown(request: web.Request) -> web.Response:
            return await self._take_shown(request, inbox)

        app.router.add_post("/shown", shown)
        return app

    async def send(self, envelope: Envelope) -> Receipt:
        """Hand a notice to the device's push service. Raises: SendError."""
        device = envelope.device
        if device is None:
            raise AddressGoneError("no_device")
        host = self._host_of(device.endpoint)
        if host is None:
            raise RejectedError("forbidden_host")
        try:
            body = self._sealing.encrypt(device, self._say(envelope))
        except BrokenKeysError:
            raise AddressGoneError("broken_keys") from None
        try:
            answer = await self._outside.request(
                "POST",
                device.endpoint,
                hosts=(host,),
                headers=self._head(device, envelope),
                body=body,
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_ANSWER_BYTES,
            )
        except OutsideError as error:
            reason = "forbidden_host" if isinstance(error, ForbiddenHostError) else "no_answer"
            raise TryLaterError(reason) from None
        if not 200 <= answer.status < 300:
            raise explain(answer.status, find_seconds(answer.headers))
        return Receipt(envelope.delivery_id, Status.SENT)

    def _head(self, device: Device, envelope: Envelope) -> dict[str, str]:
        if envelope.attempted_at is None:
            raise RejectedError("no_moment")
        return {
            "Authorization": self._sealing.prove(device.endpoint, envelope.attempted_at),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(LASTS_SECONDS),
            "Topic": TOPIC,
            "Urgency": "high" if envelope.urgent else "normal",
        }

    def _say(self, envelope: Envelope) -> bytes:
        """What the worker shows and where a touch leads; none of it tells of whom or from where."""
        told = {
            "title": TITLE,
            "body": envelope.text,
            "id": envelope.delivery_id,
            "mark": self._sealing.mark(envelope.delivery_id),
        }
        return json.dumps(told, ensure_ascii=False).encode()

    def _host_of(self, endpoint: str) -> str | None:
        """The host, and its port where it has one of its own, if notices may go there."""
        if len(endpoint) > MOST_ENDPOINT_LETTERS or not endpoint.isascii() or not endpoint.isprintable():
            return None
        try:
            url = URL(endpoint)
        except ValueError:
            return None
        host = url.raw_host
        is_plain = url.user is None and url.password is None and not url.fragment
        if host is None or not is_plain or url.scheme not in ("https", "http") or not self._settings.has_service(host):
            return None
        if url.scheme == "http" and host not in ("127.0.0.1", "localhost"):
            return None
        if url.port != 443 and url.scheme == "https":
            return None
        return f"{host}:{url.port}"

    async def _take_shown(self, request: web.Request, inbox: Inbox) -> web.Response:
        body = await read_body(request, "application/json", MOST_BODY_BYTES)
        told = _read(body)
        delivery_id, mark = told.get("id"), told.get("mark")
        if not isinstance(delivery_id, str) or not isinstance(mark, str) or not _SHOWN.fullmatch(delivery_id):
            raise web.HTTPBadRequest
        if not compare_digest(mark.encode("utf-8", "replace"), self._sealing.mark(delivery_id).encode()):
            raise web.HTTPForbidden
        report = Report(self.name, f"{self.name}:{delivery_id}:shown", delivery_id, Status.DELIVERED, delivery_id)
        try:
            await inbox.report(report)
        except Exception as error:
            raise apologise(error, self.name, delivery_id) from None
        return web.Response(status=204)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Nobody can tell; it may go once more, and takes the place of the one before."""
        return None

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Nothing: push services keep no log for us."""
        return []

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """No files come this way. Raises: RejectedError."""
        raise RejectedError("no_files")

    async def check(self) -> list[str]:
        """Each browser has a push service of its own: none can be asked beforehand."""
        return []


def explain(status: int, after: float | None) -> SendError:
    """What a push service's "no" means for one notice. Source: RFC 8030 sections 5, 7.3 and 8.4; RFC 8292 section 4.2."""
    if status in (404, 410):
        return AddressGoneError(f"http_{status}")
    if status == 429 or status >= 500 or 300 <= status < 400:
        return TryLaterError(f"http_{status}", after=after)
    return RejectedError(f"http_{status}")


def _read(body: bytes) -> dict[str, Any]:
    """Raises: web.HTTPBadRequest."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    if not isinstance(told, dict):
        raise web.HTTPBadRequest
    return told
