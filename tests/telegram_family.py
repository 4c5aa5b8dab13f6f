"""A hub with a bot at Telegram, and families who link their chats to their phones."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.clock import StoppedClock
from tests.living_hub import LivingHub, living_hub
from tests.rehearsal.telegram_people import Person
from tests.rehearsal.telegram_service import BOT_NAME, TOKEN, TelegramService
from tests.village import FJORDVIK

SECRET = "S" * 40
PUBLIC = "https://hub.example.org"
OFFICE = "+4759000001"


@dataclass
class TelegramTown:
    """The hub and Telegram. People have accounts there by their first names."""

    hub: LivingHub
    telegram: TelegramService
    clock: StoppedClock

    async def ask_for_code(self, guardian: str, role: str, owner: str = FJORDVIK) -> str:
        """The code that comes back to a registered phone, which texts the road's name."""
        text = await self.hub.text(guardian, role, "TELEGRAM", owner)
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", text)
        assert found is not None, text
        return found.group()

    async def link(self, person: Person, guardian: str, role: str, owner: str = FJORDVIK) -> str:
        """What the bot says when a guardian has typed the code; the phone's word of it is read too."""
        code = await self.ask_for_code(guardian, role, owner)
        assert await person.write(code) == 200
        said = (await person.next_message()).text
        await self.hub.phone(guardian, owner).next_text()
        self.clock.move(timedelta(seconds=2))  # a stopped clock gives a number no more turns than one second has
        return said


def telegram_settings(service: TelegramService, **more: Any) -> dict[str, Any]:
    return {
        "token": TOKEN,
        "bot": BOT_NAME,
        "number": OFFICE,
        "api_url": service.url,
        "secret": SECRET,
        "chat_pace_per_second": 1000.0,
        **more,
    }


@asynccontextmanager
async def a_telegram_town(
    folder: Path, store_url: str, clock: StoppedClock, says: str = "all", **more: Any
) -> AsyncIterator[TelegramTown]:
    async with TelegramService() as service:
        settings = telegram_settings(service, says=says, **more)
        async with living_hub(folder, store_url, clock, chat={"use": ["telegram"], "telegram": settings}) as hub:
            service.reach(PUBLIC, hub.hub.settings.public.url)
            if more.get("updates") != "polling":
                service.webhook, service.secret = f"{PUBLIC}/telegram/webhook", SECRET
            yield TelegramTown(hub, service, clock)
