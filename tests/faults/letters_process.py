"""Hands letters over in a process of its own, for tests that end it at any moment."""

import asyncio
import importlib
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

from channels.letters.eformidling import EformidlingService
from channels.letters.norway_settings import NorwaySettings
from hub.clock import SystemClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.mailroom.sending import Mailroom
from hub.outside import Outside
from hub.seal import Seal

KEY_ID = "budbok-1"
SEAL = Seal(["a key for tests, and for tests alone"])


class ClockAhead(SystemClock):
    """The machine's own, so much later."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


def read_settings(post_url: str, key: str) -> NorwaySettings:
    """Everything is where the post of a rehearsal plays it."""
    return NorwaySettings.model_validate(
        {
            "eformidling": {"url": post_url, "user": "budbok", "password": "rehearsal"},
            "krr": {"url": post_url},
            "maskinporten": {"url": post_url, "client_id": "budbok-rehearsal", "key": key, "key_id": KEY_ID},
        }
    )


async def hand_over(store_url: str, post_url: str, key: str, ahead: timedelta) -> None:
    importlib.import_module("hub.tables")  # a row may refer to any table, also one that is not touched here
    clock = ClockAhead(ahead)
    desk = Desk(store_url, clock, LocalDoorbell(), node="letters")
    async with Outside(frozenset({"127.0.0.1"})) as outside:
        service = EformidlingService(read_settings(post_url, key), outside, clock)
        await Mailroom(desk, [service], SEAL, random.Random()).send_due()
    await desk.close()


if __name__ == "__main__":
    store, post, key_file, minutes = sys.argv[1:]
    asyncio.run(hand_over(store, post, Path(key_file).read_text("utf-8"), timedelta(minutes=int(minutes))))
