"""What Twilio posts to us: kept first, then answered. Whatever is not surely from Twilio is refused, and nothing kept.

Source: S7.1, S7.10; Twilio, "Incoming message webhook".
"""

import logging
from collections.abc import Mapping

from aiohttp import web
from multidict import MultiDict
from twilio.twiml.messaging_response import MessagingResponse

from channels.bodies import apologise, read_body
from channels.sms.addresses import NonsenseError
from channels.sms.twilio_form import parse_form
from channels.sms.twilio_message import MOST_MEDIA, NAME, make_report, read_inbound
from channels.sms.twilio_signature import Form, Signatures
from channels.sms.twilio_voice import read_call, was_taken, write_answer, write_end, write_refusal
from hub.database import ID_LENGTH
from hub.post.channel import Inbox

MOST_BYTES = 64 * 1024
MOST_FIELDS = 500
FORM = "application/x-www-form-urlencoded"
SINGLE = frozenset(
    {
        "AccountSid",
        "MessageSid",
        "CallSid",
        "DialCallStatus",
        "From",
        "To",
        "Body",
        "NumMedia",
        "OptOutType",
        "MessageStatus",
        "ErrorCode",
    }
    | {f"MediaUrl{number}" for number in range(MOST_MEDIA)}
    | {f"MediaContentType{number}" for number in range(MOST_MEDIA)}
)
_NOTHING_TO_SAY = str(MessagingResponse()).encode()
_AS_XML = {"Content-Type": "text/xml; charset=utf-8"}
_log = logging.getLogger(__name__)


class Callbacks:
    """The routes `POST /message`, `/status`, `/voice` and `/voice-ended`. `ended_url` is the last one's whole address."""

    def __init__(
        self, account_sid: str, signatures: Signatures, inbox: Inbox, voices: Mapping[str, str], ended_url: str
    ) -> None:
        self._voices = voices
        self._ended_url = ended_url
        self._account_sid = account_sid
        self._signatures = signatures
        self._inbox = inbox

    def make_application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/message", self._take_message)
        application.router.add_post("/status", self._take_status)
        application.router.add_post("/voice", self._take_call)
        application.router.add_post("/voice-ended", self._take_end)
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
            raise apologise(error, NAME, inbound.provider_id) from None
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
            raise apologise(error, NAME, report.provider_id) from None
        return web.Response(status=204)

    async def _take_call(self, request: web.Request) -> web.Response:
        return await self._answer_call(await self._read_genuine_form(request), is_unanswered=False)

    async def _take_end(self, request: web.Request) -> web.Response:
        form = await self._read_genuine_form(request)
        if was_taken(form):
            return web.Response(body=write_end(), headers=_AS_XML)
        return await self._answer_call(form, is_unanswered=True)

    async def _answer_call(self, form: Mapping[str, str], *, is_unanswered: bool) -> web.Response:
        try:
            call = read_call(form, is_unanswered=is_unanswered)
        except NonsenseError:
            raise web.HTTPBadRequest from None
        try:
            answer = await self._inbox.answer_call(call)
        except Exception as error:
            raise apologise(error, NAME, call.provider_id) from None
        body = write_refusal() if answer is None else write_answer(answer, self._voices, self._ended_url)
        return web.Response(body=body, headers=_AS_XML)

    async def _read_genuine_form(self, request: web.Request) -> Mapping[str, str]:
        """The form of a request that is surely Twilio's and ours. Raises: web.HTTPException."""
        pairs = _parse(await read_body(request, FORM, MOST_BYTES))
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


def _parse(body: bytes) -> list[tuple[str, str]]:
    """Raises: web.HTTPBadRequest."""
    try:
        return parse_form(body, MOST_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest from None
