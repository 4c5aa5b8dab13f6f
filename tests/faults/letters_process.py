"""Hands letters over in a process of its own, to the posts of both countries and into batches of paper, for tests that end it
at any moment.
"""

import asyncio
import importlib
import random
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from channels.letters.eformidling import EformidlingService
from channels.letters.norway_settings import NorwaySettings
from channels.letters.suomifi import SuomifiService
from channels.letters.suomifi_settings import SuomifiSettings
from hub.clock import SystemClock
from hub.desk import Desk, Look
from hub.doorbell import LocalDoorbell
from hub.mailroom.print_batches import PRINTS, count_waiting, make_batch, make_batches
from hub.mailroom.sending import Mailroom
from hub.mailroom.service import LetterService
from hub.outside import Outside
from hub.people.places import Unit
from hub.seal import Seal
from tests.rehearsal.finnish_post import FinnishPost

KEY_ID = "budbok-1"
SEAL = Seal(["a key for tests, and for tests alone"])
FINLANDS_PASSWORD = "rehearsal"  # a pretend secret of a pretend service


class ClockAhead(SystemClock):
    """The machine's own, so much later."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


def read_norway(url: str, key: str) -> NorwaySettings:
    """Everything is where the post of a rehearsal plays it."""
    return NorwaySettings.model_validate(
        {
            "eformidling": {"url": url, "user": "budbok", "password": "rehearsal"},
            "krr": {"url": url},
            "maskinporten": {"url": url, "client_id": "budbok-rehearsal", "key": key, "key_id": KEY_ID},
        }
    )


def read_finland(url: str) -> SuomifiSettings:
    told = {"url": url, "service_id": FinnishPost.service_id, "username": FinnishPost.username}
    return SuomifiSettings.model_validate({**told, "password": FINLANDS_PASSWORD})


def list_units(look: Look) -> list[str]:
    """Those where paper waits."""
    return list(count_waiting(look, look.session.scalars(sa.select(Unit.id)).all()))


async def hand_over(store_url: str, posts: Sequence[str], key: str, ahead: timedelta) -> None:
    importlib.import_module("hub.tables")  # a row may refer to any table, also one that is not touched here
    clock = ClockAhead(ahead)
    desk = Desk(store_url, clock, LocalDoorbell(), node="letters")
    norway, finland = posts
    async with Outside(frozenset({"127.0.0.1"})) as outside:
        services: list[LetterService] = [
            EformidlingService(read_norway(norway, key), outside, clock),
            SuomifiService(read_finland(finland), outside, clock),
        ]
        await Mailroom(desk, services, SEAL, random.Random()).send_due()
    for unit_id in await desk.look(PRINTS, list_units):
        await make_batches(desk, PRINTS, partial(make_batch, unit_id=unit_id))
    await desk.close()


if __name__ == "__main__":
    store, norway_url, finland_url, key_file, minutes = sys.argv[1:]
    key_text = Path(key_file).read_text("utf-8")
    asyncio.run(hand_over(store, (norway_url, finland_url), key_text, timedelta(minutes=int(minutes))))
