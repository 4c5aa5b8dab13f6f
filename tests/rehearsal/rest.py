"""The provider's REST API, as much of Twilio's 2010-04-01 as a messaging hub uses.

Source: Twilio, "Messages resource", "Media subresource", "IncomingPhoneNumbers resource".
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime

from aiohttp import web

from .account import Account
from .faults import Faults, How, Trouble
from .manners import Allowance, Manners
from .network import Network
from .numbers import Number, Numbers, bare, compared
from .paging import page
from .problems import Problem
from .texts import FINAL_STATES, VALIDITY_SECONDS, Media, Text, TextLog, parse_moment

BODY_AT_MOST = 1600
E164 = re.compile(r"\+[1-9]\d{6,16}")
NATIONAL_OR_SHORT = re.compile(r"\d{3,16}")
WORDED_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RestApi:
    """The routes. `storage_url` is where media really lie: another origin, that refuses our credentials."""

    def __init__(
        self,
        account: Account,
        log: TextLog,
        numbers: Numbers,
        network: Network,
        faults: Faults,
        manners: Manners,
        clock: Callable[[], datetime],
        storage_url: Callable[[Media], str],
    ) -> None:
        self._account = account
        self._log = log
        self._numbers = numbers
        self._network = network
        self._faults = faults
        self._manners = manners
        self._clock = clock
        self._storage_url = storage_url
        self._closing = asyncio.Event()
        seconds = asyncio.get_running_loop().time
        rate = manners.texts_per_second
        self._allowance = None if rate is None else Allowance(rate, seconds)

    @property
    def refused(self) -> int:
        """How many create calls came too fast."""
        return 0 if self._allowance is None else self._allowance.refused

    def close(self) -> None:
        """Let go of the callers that were never to be answered."""
        self._closing.set()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        account = "/Accounts/{account}"
        messages, message = f"{account}/Messages.json", f"{account}/Messages/{{message}}.json"
        media = f"{account}/Messages/{{message}}/Media"
        numbers, number = f"{account}/IncomingPhoneNumbers.json", f"{account}/IncomingPhoneNumbers/{{number}}.json"
        app.add_routes(
            [
                web.get(f"{account}.json", self._show_account),
                web.post(messages, self._create_message),
                web.get(messages, self._list_messages),
                web.get(message, self._show_message),
                web.post(message, self._change_message),
                web.delete(message, self._delete_message),
                web.get(f"{media}.json", self._list_media),
                web.get(f"{media}/{{media}}.json", self._show_media),
                web.delete(f"{media}/{{media}}.json", self._delete_media),
                web.get(f"{media}/{{media}}", self._fetch_media),
                web.get(numbers, self._list_numbers),
                web.post(numbers, self._buy_number),
                web.get(number, self._show_number),
                web.post(number, self._change_number),
                web.delete(number, self._release_number),
            ]
        )
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._faults.provider_down:
            return self._reset(request)
        try:
            if not self._account.knows(request.headers.get("Authorization", "")):
                raise Problem(20003)
            if request.match_info.get("account") != self._account.sid:
                raise Problem(20404)
            sending = request.method == "POST" and request.path.endswith("/Messages.json")
            trouble = self._faults.take(sending=sending)
            if trouble is None:
                return await handler(request)
            return await self._troubled(request, handler, trouble)
        except Problem as problem:
            return _refusal(problem)

    async def _troubled(self, request: web.Request, handler: Handler, trouble: Trouble) -> web.StreamResponse:
        if trouble.how is How.REFUSAL:
            raise Problem(trouble.code, retry_after=int(trouble.seconds) if trouble.code == 20429 else None)
        if trouble.how is How.SLOW:
            await asyncio.sleep(trouble.seconds)
            return await handler(request)
        if trouble.taken:
            await handler(request)
        if trouble.how is How.ERROR:
            raise Problem(20500)
        if trouble.how is How.NONSENSE:
            return web.Response(status=201, text="<html>It works!", content_type="text/html")
        if trouble.how is How.SILENCE:
            await self._closing.wait()
        return self._reset(request)

    @staticmethod
    def _reset(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    # Messages

    async def _create_message(self, request: web.Request) -> web.Response:
        if self._allowance is not None:
            self._allowance.spend()
        form = _fields(await request.post())
        text = self._new_text(form)
        if self._manners.answer_seconds:
            await asyncio.sleep(self._manners.answer_seconds)
        answer = web.json_response(text.as_json(self._account.sid), status=201)
        if self._manners.keeps:
            self._log.keep(text)
        else:
            self._log.count += 1
        if self._manners.keeps or self._manners.reports:
            await self._network.send(text)
        return answer

    def _new_text(self, form: Mapping[str, str]) -> Text:
        recipient, body = bare(form.get("To", "")), form.get("Body", "")
        if not recipient:
            raise Problem(21604)
        if not body and "MediaUrl" not in form:
            raise Problem(21602)
        if len(body) > BODY_AT_MOST:
            raise Problem(21617)
        self._check_recipient(recipient)
        service = form.get("MessagingServiceSid") or None
        sender = self._sender(form.get("From", ""), service)
        if sender == recipient:
            raise Problem(21266)
        if self._network.opt_outs.blocks(sender, recipient):
            raise Problem(21610)
        validity = form.get("ValidityPeriod", "")
        return Text(
            self._log.new_sid("SM"),
            sender,
            recipient,
            body,
            "outbound-api",
            self._clock(),
            "accepted" if service else "queued",
            service_sid=service,
            status_callback=form.get("StatusCallback") or None,
            validity_seconds=int(validity) if validity.isdecimal() else VALIDITY_SECONDS,
        )

    def _check_recipient(self, recipient: str) -> None:
        if not E164.fullmatch(recipient) and not NATIONAL_OR_SHORT.fullmatch(recipient):
            raise Problem(21211)
        if recipient in self._account.landlines:
            raise Problem(21614)
        countries = self._manners.countries
        if countries is not None and recipient.startswith("+") and not recipient.startswith(tuple(countries)):
            raise Problem(21408)

    def _sender(self, written: str, service: str | None) -> str:
        if service is not None and not written:
            senders = self._account.services.get(service)
            if not senders:
                raise Problem(20404)
            return senders[0]
        if not written:
            raise Problem(21603)
        number = self._numbers.find(written)
        if number is not None:
            return number.phone_number
        if written in self._account.worded_senders:
            return written
        is_number = bare(written).removeprefix("+").isdigit()
        raise Problem(21606 if is_number or WORDED_SENDER.fullmatch(written) else 21212)

    def _get_text(self, request: web.Request) -> Text:
        text = self._log.find(request.match_info["message"])
        if text is None:
            raise Problem(20404)
        return text

    async def _list_messages(self, request: web.Request) -> web.Response:
        found = _matching(self._log.newest_first(), request.query)
        return web.json_response(
            page(request.path, "messages", found, request.query, lambda text: text.as_json(self._account.sid))
        )

    async def _show_message(self, request: web.Request) -> web.Response:
        return web.json_response(self._get_text(request).as_json(self._account.sid))

    async def _change_message(self, request: web.Request) -> web.Response:
        text, form = self._get_text(request), _fields(await request.post())
        if form.get("Status") == "canceled":
            raise Problem(30409)
        if form.get("Body") == "":
            text.body = ""
        return web.json_response(text.as_json(self._account.sid))

    async def _delete_message(self, request: web.Request) -> web.Response:
        text = self._get_text(request)
        if text.status not in FINAL_STATES:
            raise Problem(20009)
        self._log.forget(text.sid)
        return web.Response(status=204)

    # Media

    def _get_media(self, request: web.Request) -> tuple[Text, Media]:
        text = self._get_text(request)
        for media in text.media:
            if media.sid == request.match_info["media"]:
                return text, media
        raise Problem(20404)

    async def _list_media(self, request: web.Request) -> web.Response:
        text = self._get_text(request)
        return web.json_response(
            page(request.path, "media_list", text.media, request.query,
                 lambda media: text.media_json(self._account.sid, media))
        )  # fmt: skip

    async def _show_media(self, request: web.Request) -> web.Response:
        text, media = self._get_media(request)
        return web.json_response(text.media_json(self._account.sid, media))

    async def _fetch_media(self, request: web.Request) -> web.Response:
        _, media = self._get_media(request)
        return web.Response(status=307, headers={"Location": self._storage_url(media)})

    async def _delete_media(self, request: web.Request) -> web.Response:
        text, media = self._get_media(request)
        text.media.remove(media)
        return web.Response(status=204)

    # Numbers and the account

    async def _show_account(self, request: web.Request) -> web.Response:
        return web.json_response(self._account.as_json())

    def _number_answer(self, number: Number, status: int = 200) -> web.Response:
        return web.json_response(number.as_json(self._account.sid), status=status)

    async def _list_numbers(self, request: web.Request) -> web.Response:
        query = request.query
        found = self._numbers.matching(query.get("PhoneNumber", ""), query.get("FriendlyName", ""))
        return web.json_response(
            page(request.path, "incoming_phone_numbers", found, query, lambda n: n.as_json(self._account.sid))
        )

    async def _buy_number(self, request: web.Request) -> web.Response:
        form = _fields(await request.post())
        return self._number_answer(self._numbers.buy(form.get("PhoneNumber", ""), form, self._clock()), 201)

    async def _show_number(self, request: web.Request) -> web.Response:
        return self._number_answer(self._numbers.get(request.match_info["number"]))

    async def _change_number(self, request: web.Request) -> web.Response:
        number = self._numbers.get(request.match_info["number"])
        number.change(_fields(await request.post()), self._clock())
        return self._number_answer(number)

    async def _release_number(self, request: web.Request) -> web.Response:
        self._numbers.release(request.match_info["number"])
        return web.Response(status=204)


def _fields(form: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _refusal(problem: Problem) -> web.Response:
    headers = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return web.json_response(problem.as_json(), status=problem.status, headers=headers)


def _matching(texts: Iterator[Text], query: Mapping[str, str]) -> Iterator[Text]:
    """`To`, `From` and the three `DateSent` bounds, each of which includes its day or moment."""
    day = parse_moment(query["DateSent"]).date() if "DateSent" in query else None
    since = parse_moment(query["DateSent>"]) if "DateSent>" in query else None
    until = parse_moment(query["DateSent<"], end_of_day=True) if "DateSent<" in query else None
    recipient, sender = compared(query.get("To", "")), compared(query.get("From", ""))
    for text in texts:
        moment = text.sent_at or text.created_at
        if (
            recipient in ("", compared(text.recipient))
            and sender in ("", compared(text.sender))
            and (day is None or text.is_on(day))
            and (since is None or moment >= since)
            and (until is None or moment <= until)
        ):
            yield text
