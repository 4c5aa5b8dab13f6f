"""A batch of letters to one guardian, in the mailroom with a country's post on loopback, and what its mailbox got."""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from hub.clock import StoppedClock
from hub.desk import Work
from hub.mailroom.sending import Mailroom
from hub.mailroom.sendings import LetterSending
from hub.mailroom.service import LetterService
from hub.mailroom.tracing import Tracer
from hub.outside import Outside
from hub.people.places import Owner
from tests.channels.letters import suomifi_scene
from tests.channels.letters.norway_scene import KEY_ID, OUT, OWN_KEY, make_service
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, SEAL, LettersDay, count_states, pdf_of
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.rehearsal.finnish_post import FinnishPost
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import Person
from tests.rehearsal.post_faults import Fault
from tests.village import Village

COUNTRIES = ("NO", "FI")
LETTERS = 20
Taken = list[tuple[str, str, list[bytes]]]
"""Of each letter in a mailbox its name, its receiver's national id, and its files."""


@dataclass
class Meanwhile(Fault):
    """No fault: what happens when such a request comes, which is answered as any other."""

    do: Callable[[], None] = lambda: None

    async def befall(self, request: web.Request, handler: Any, _closing: object) -> web.StreamResponse:
        self.do()
        answer: web.StreamResponse = await handler(request)
        return answer


@dataclass
class Batch:
    """`build` makes the service as a hub has it that has just started; with other settings, where some are named."""

    day: LettersDay
    post: NorwegianPost | FinnishPost
    national_id: str
    register: str
    """The path at which the national register is asked, and at which a letter is handed over in the end."""
    hand_over: str
    build: Callable[..., LetterService]
    settings: dict[str, Any]

    def befalls(self, status: int, **more: Any) -> None:
        """This befalls hand-overs."""
        self.post.faults.append(Fault(self.hand_over, status, method="POST", **more))

    def meanwhile(self, spared: int, do: Callable[[], None]) -> None:
        """It happens when one more is handed over than these."""
        self.post.faults.append(Meanwhile(self.hand_over, 200, method="POST", spared=spared, do=do))

    async def send(self) -> None:
        await Mailroom(self.day.desk, [self.build(**self.settings)], SEAL, random.Random(1)).send_due()

    async def trace(self) -> None:
        await Tracer(self.day.desk, [self.build(**self.settings)]).trace()

    async def persist(self, times: int = 8) -> None:
        """Until nothing is due for hours."""
        for _ in range(times):
            await self.send()
            self.day.wait(minutes=20)

    async def states(self) -> dict[str, int]:
        return await self.day.desk.look(TEST, count_states)

    async def waiting(self) -> dict[str | None, int]:
        """How many wait, by the code of what came of them."""
        held: dict[str | None, int] = {}
        for one in await self.day.sendings():
            if one.state == "waiting":
                held[one.error] = held.get(one.error, 0) + 1
        return held

    def taken(self) -> Taken:
        if isinstance(self.post, NorwegianPost):
            came = [one for one in self.post.letters.values() if one.arrived_at is not None]
            return sorted((one.message_id, one.recipient, [file.content for file in one.files]) for one in came)
        return sorted((one.external_id, one.recipient, one.files) for one in self.post.letters.values())

    async def made(self, goes: Callable[[LetterSending], bool] = lambda _: True) -> Taken:
        """What is to be in mailboxes: each letter once, for its own receiver, as it was made."""
        all_ = [one for one in await self.day.sendings() if goes(one)]
        return sorted((one.parcel_id or "", self.national_id, [pdf_of(one.letter_id)]) for one in all_)


@asynccontextmanager
async def playing(
    country: str,
    village: Village,
    clock: StoppedClock,
    tls: ssl.SSLContext | None = None,
    trust: ssl.SSLContext | None = None,
) -> AsyncIterator[Batch]:
    """LETTERS of them are made, and none is sent yet."""
    day = LettersDay(village, clock, PretendPost())
    async with Outside(frozenset({"127.0.0.1"}), trust) as outside:
        if country == "NO":
            async with NorwegianPost(clock.now, tls=tls) as norway:
                norway.office.register(KEY_ID, OWN_KEY)
                norway.people[ANNES_ID] = Person(ANNE)
                await day.know(ANNE, ANNES_ID)
                await day.decide_many(LETTERS)

                def build(**tables: Mapping[str, Any]) -> LetterService:
                    return make_service(norway, outside, clock, **tables)

                yield Batch(day, norway, ANNES_ID, "/rest/v2/personer", f"{OUT}/", build, {})
        else:
            async with FinnishPost(clock.now, tls=tls) as finland:
                scene, mother = suomifi_scene.Scene(finland, clock, outside, {}), suomifi_scene.MOTHER
                finland.mailboxes[mother] = True
                await day.desk.work(TEST, _move_to_finland, village)
                await day.know(ANNE, mother, "FI")
                await day.decide_many(LETTERS)
                yield Batch(day, finland, mother, "/v1/mailboxes/active", suomifi_scene.MESSAGES, scene.build, {})


def _move_to_finland(work: Work, village: Village) -> None:
    work.session.get_one(Owner, village.guardian(ANNE).owner_id).country = "FI"
