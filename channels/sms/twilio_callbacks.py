"""What Twilio posts to us: kept first, then answered. Whatever is not surely from Twilio is refused, and nothing kept.

Source: S7.1, S7.10; Twilio, "Incoming message webhook".
"""

import asyncio
import logging
from collections.abc import Mapping

from aiohttp import web
from multidict import MultiDict
from twilio.twiml.messaging_response import MessagingResponse

from channels.sms.addresses import NonsenseError
from channels.sms.twilio_form import parse_form
from channels.sms.twilio_message import MOST_MEDIA, make_report, read_inbound
from channels.sms.twilio_signature import Form, Signatures
from hub.database import ID_LENGTH
from hub.post.channel import BusyError, Inbox

MOST_BYTES = 64 * 1024
MOST_FIELDS = 500
BODY_SECONDS = 10.0
RETRY_SECONDS = 5
FORM = "application/x-www-form-urlencoded"
SINGLE = frozenset(
    {"AccountSid", "MessageSid", "From", "To", "Body", "NumMedia", "OptOutType", "MessageStatus", "ErrorCode"}
    | {f"MediaUrl{number}" for number in range(MOST_MEDIA)}
    | {f"MediaContentType{number}" for number in range(MOST_MEDIA)}
)
_NOTHING_TO_SAY = str(MessagingResponse()).encode()
_AS_XML = {"Content-Type": "text/xml; charset=utf-8"}
_log = logging.getLogger(__name__)


class Callbacks:
    """The two routes, `POST /message` and `POST /status`."""

    def __init__(self, account_sid: str, signatures: Signatures, inbox: Inbox) -> None:
        self._account_sid = account_sid
        self._signatures = signatures
        self._inbox = inbox

    def make_application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/message", self._take_message)
        application.router.add_post("/status", self._take_status)
        return application

    async def _take_message(self, request: web.Request) -> web.Response:
        form = await self._read_genuine_form(request)
        try:
            inbound = read_inbound(form)
        except NonsenseError:
            raise web.HTTPBadRequest from None
        try:
            await self._inbox.receive(inbound)
        except Exception as error:
            raise _apology(error, inbound.provider_id) from None
        return web.Response(body=_NOTHING_TO_SAY, headers=_AS_XML)

    async def _take_status(self, request: web.Request) -> web.Response:
        form = await self._read_genuine_form(request)
        tags = request.query.getall("m", [])
        if len(tags) > 1 or any(len(tag) > ID_LENGTH or not tag.isalnum() for tag in tags):
            raise web.HTTPBadRequest
        status = form.get("MessageStatus")
        sid = form.get("MessageSid")
        try:
            report = make_report(self._account_sid, sid, status, form.get("ErrorCode"), tags[0] if tags else None)
        except NonsenseError:
            raise web.HTTPBadRequest from None
        if report is None:
            _log.warning("twilio told a status that we do not know")
            return web.Response(status=204)
        try:
            await self._inbox.report(report)
        except Exception as error:
            raise _apology(error, report.provider_id) from None
        return web.Response(status=204)

    async def _read_genuine_form(self, request: web.Request) -> Mapping[str, str]:
        """The form of a request that is surely Twilio's and ours. Raises: web.HTTPException."""
        pairs = _parse(await _read(request))
        form = Form(pairs)
        has_repeats = len(form) != len(pairs)
        signed = MultiDict(pairs) if has_repeats else form
        if not self._signatures.is_genuine(request.raw_path, signed, request.headers):
            raise web.HTTPForbidden
        if form.get("AccountSid") != self._account_sid:
            raise web.HTTPForbidden
        if has_repeats:
            names = [name for name, _ in pairs]
            if any(names.count(name) > 1 for name in SINGLE):
                raise web.HTTPBadRequest
        return form


async def _read(request: web.Request) -> bytes:
    """The body, read no further than the limit. Raises: web.HTTPException."""
    if request.content_type != FORM or "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
    body = bytearray()
    if request.content.is_eof():
        body += request.content.read_nowait()
        if len(body) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
        return bytes(body)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
    return bytes(body)


def _parse(body: bytes) -> list[tuple[str, str]]:
    """Raises: web.HTTPBadRequest."""
    try:
        return parse_form(body, MOST_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest from None


def _apology(error: Exception, provider_id: str) -> web.HTTPException:
    """Nothing was kept, so Twilio is told to come back; the log gets ids only, for an error may quote the message."""
    if isinstance(error, BusyError):
        return web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_SECONDS)})
    _log.error("could not keep twilio's %s: %s", provider_id, type(error).__name__)
    return web.HTTPInternalServerError()
