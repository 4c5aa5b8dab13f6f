"""The page on which whoever rehearses chats as the families do at Telegram, and the settings that lead the hub there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from hub.chosen_parts import build_channels
from hub.outside import Outside
from hub.post.chats import Road
from hub.settings_file import load_settings
from tests.village import Village

from .__main__ import PORTS, write_settings
from .chats_page import FIRST_ACCOUNT, ChatsPage
from .stage import make_telegram
from .telegram_service import TelegramService

BUTTONS = '{"inline_keyboard": [[{"text": "Ja", "callback_data": "a:1"}]]}'


@pytest.fixture
async def service() -> AsyncIterator[TelegramService]:
    service = TelegramService()
    page = ChatsPage(service)
    page.open_accounts(["Anne Nordmann", "Ola <Nordmann>"])
    async with service:
        yield service


async def call(
    http: aiohttp.ClientSession, service: TelegramService, method: str, **asked: object
) -> list[dict[str, object]]:
    async with http.post(f"{service.url}/bot{service.token}/{method}", data=asked) as answer:
        told: list[dict[str, object]] = (await answer.json())["result"]
        return told


async def post(http: aiohttp.ClientSession, service: TelegramService, path: str, **form: object) -> str:
    async with http.post(f"{service.url}{path}", data={"who": FIRST_ACCOUNT, **form}) as answer:
        return await answer.text()


async def test_one_writes_reads_the_answer_and_presses_its_button(service: TelegramService) -> None:
    async with aiohttp.ClientSession() as http:
        writing = asyncio.create_task(post(http, service, "/say", words="Kari er syk"))
        [said] = await call(http, service, "getUpdates", timeout=5)
        await call(http, service, "sendMessage", chat_id=FIRST_ACCOUNT, text="I dag?", reply_markup=BUTTONS)
        page = await writing
        pressing = asyncio.create_task(
            post(http, service, "/press", message=service.person(FIRST_ACCOUNT).received[0].message_id, label="Ja")
        )
        [pressed] = await call(http, service, "getUpdates", timeout=5, offset=int(str(said["update_id"])) + 1)
        await call(http, service, "sendMessage", chat_id=FIRST_ACCOUNT, text="Notert.")
        after = await pressing

    assert page.index("Kari er syk</p>") < page.index("I dag?</p>") < page.index('value="Ja">Ja</button>')
    assert after.index(">Ja</p>") < after.index("Notert.</p>")
    assert "Ola &lt;Nordmann&gt;" in page
    assert "callback_query" in pressed


async def test_the_rehearsals_settings_lead_the_hub_to_this_bot(tmp_path: Path, village: Village) -> None:
    for _ in range(2):
        settings = load_settings(write_settings(tmp_path, "http://127.0.0.1:1", PORTS), environment={})
        bot = build_channels(settings, Outside())["telegram"]

        assert isinstance(bot, Road)
        assert bot.number in {number.value for number in village.numbers.values()}
        assert make_telegram(settings).token == settings.channels["chat"]["telegram"]["token"]
