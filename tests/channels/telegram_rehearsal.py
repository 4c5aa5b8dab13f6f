"""A Telegram channel between a recording inbox and the Bot API on loopback."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from channels.chat.telegram import TelegramChannel
from channels.chat.telegram_settings import TelegramSettings
from hub.address import CHAT, Address
from hub.outside import Outside
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from tests.channels.contract import Failure, RecordingInbox, Told
from tests.rehearsal.telegram_service import BOT_NAME, TOKEN, ApiError, TelegramService

PUBLIC_URL = "https://hub.example.org"
SECRET = "S" * 40
NUMBER = "+4759000001"
ANNE = 700_001
MOMENT = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)


class TelegramRehearsal:
    """`post` speaks to the hub as Telegram does, for updates that it would never tell."""

    school = Address(CHAT, NUMBER)
    guardian = Address(CHAT, f"telegram:{ANNE}")

    def __init__(self, service: TelegramService, outside: Outside, **more: Any) -> None:
        self.service = service
        self.person = service.person(ANNE)
        self.settings = TelegramSettings.model_validate(
            {
                "token": TOKEN,
                "bot": BOT_NAME,
                "number": NUMBER,
                "api_url": service.url,
                "secret": SECRET,
                "chat_pace_per_second": 1000.0,
                "pace_per_second": 1000.0,
                "answer_seconds": 5.0,
                **more,
            }
        )
        self.inbox = RecordingInbox()
        self.channel = TelegramChannel(self.settings, outside, PUBLIC_URL)
        self.failures = {
            "too many": self._fails(
                ApiError(429, "Too Many Requests: retry after 7", retry_after=7), TryLaterError, 7.0
            ),
            "no such bot": self._fails(ApiError(401, "Unauthorized"), TryLaterError),
            "two at once": self._fails(ApiError(409, "Conflict: terminated by other"), TryLaterError),
            "blocked": self._fails(ApiError(403, "Forbidden: bot was blocked by the user"), AddressGoneError),
            "deactivated": self._fails(ApiError(403, "Forbidden: user is deactivated"), AddressGoneError),
            "no chat": self._fails(ApiError(400, "Bad Request: chat not found"), AddressGoneError),
            "moved": self._fails(
                ApiError(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100), AddressGoneError
            ),
            "too long": self._fails(ApiError(400, "Bad Request: message is too long"), RejectedError),
            "500": self._fails(ApiError(500, "Internal Server Error"), UnknownFateError),
            "502": self._fails(ApiError(502, "Bad Gateway"), UnknownFateError),
            "reset": self._fails("reset", UnknownFateError),
            "nonsense": self._fails("nonsense", UnknownFateError),
        }

    def _fails(self, fault: ApiError | str, error: Any, after: float | None = None) -> Failure:
        details = {} if after is None else {"after": after}
        return Failure(lambda: self.service.faults.coming.append(fault), error, details)

    def now(self) -> datetime:
        return MOMENT

    async def say(self, text: str) -> Told:
        return Told(await self.person.write(text))

    async def repeat(self) -> Told:
        return await self.post(json.dumps(self.service.last).encode())

    async def say_unheard(self, text: str) -> None:
        """It waits at Telegram."""
        url, self.service.webhook = self.service.webhook, ""
        await self.person.write(text)
        self.service.webhook = url

    async def forge(self, text: str) -> Told:
        return await self.post(json.dumps(self.update(text)).encode(), secret="guessed" + "S" * 33)

    async def babble(self) -> list[Told]:
        fine = json.dumps(self.update("Hei"))
        return [await self.post(body.encode("utf-8", "surrogateescape")) for body in odd_bodies(fine)]

    def lose_answer(self) -> None:
        self.service.faults.coming.append("lost")

    def lose_request(self) -> None:
        self.service.faults.coming.append("reset")

    async def fail(self) -> None:
        self.service.is_away = True

    async def at_rest(self) -> None:
        """Nothing is told later."""

    def list_arrived(self) -> list[str]:
        return [shown.text for shown in self.person.received]

    def update(self, text: str, update_id: int = 5) -> dict[str, Any]:
        user = self.person.as_user()
        message = {"message_id": 3, "from": user, "chat": self.person.as_chat(), "date": 1_741_000_000, "text": text}
        return {"update_id": update_id, "message": message}

    async def post(self, body: bytes, secret: str | None = SECRET, content_type: str = "application/json") -> Told:
        return Told(await self.service.post(body, secret, content_type))


def odd_bodies(fine: str) -> list[str]:
    """What the published interface never sends, though the secret is right."""
    return [
        "",
        "[]",
        "null",
        '"update"',
        "{}",
        fine[:-1],
        fine + fine,
        "[" * 50_000,
        fine.replace('"update_id": 5', '"update_id": 5, "update_id": 6'),
        fine.replace('"update_id": 5', '"update_id": "5"'),
        fine.replace('"update_id": 5', '"update_id": NaN'),
        fine.replace('"update_id": 5', '"update_id": true'),
        fine.replace('"date": 1741000000', '"date": "yesterday"'),
        fine.replace('"message": {', '"message": [{').replace("}}", "}]}"),
        fine.replace(f'"id": {ANNE}', f'"id": {10**30}'),
        '{"update_id": 5, "message": "' + "x" * 70_000 + '"}',
        "\udcff\udcfe",
    ]


@asynccontextmanager
async def a_telegram_rehearsal(**settings: Any) -> AsyncIterator[TelegramRehearsal]:
    async with TelegramService() as service, Outside(frozenset({"127.0.0.1"})) as outside:
        rehearsal = TelegramRehearsal(service, outside, **settings)
        site = web.Application()
        site.add_subapp("/telegram", rehearsal.channel.listen(rehearsal.inbox))
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        service.reach(PUBLIC_URL, f"http://127.0.0.1:{runner.addresses[0][1]}")
        if settings.get("updates") != "polling":
            await rehearsal.channel.point_here()
        try:
            yield rehearsal
        finally:
            await runner.cleanup()
