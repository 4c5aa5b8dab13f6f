"""Somebody rings a number that is for texts: what they hear, where the call goes on to, and what the book says of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import aiohttp
import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.arrivals import Arrival
from hub.post.deliveries import Delivery
from hub.post.messages import Message, list_book
from tests.channels.telephone import ring, said
from tests.living_hub import ACCOUNT, OPERATOR, LivingHub, living_hub

OFFICE_PHONE = "+4721000099"
SEAT = "contact teacher 4B"
MONDAY_MORNING = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
SATURDAY = datetime(2025, 3, 8, 9, 0, tzinfo=UTC)
STRANGER = "+4740000999"


@dataclass
class Calls:
    hub: LivingHub
    http: aiohttp.ClientSession
    count: int = 0

    async def ring(
        self, caller: str, number: str, sid: str = "", path: str = "voice", **more: str
    ) -> ElementTree.Element:
        """As Twilio tells of it; what it is to say and do."""
        self.count += 1
        return await ring(self.hub, self.http, caller, number, sid or f"CA{self.count:032d}", path, **more)

    async def mother_rings(self, **more: str) -> ElementTree.Element:
        return await self.ring(self.hub.village.phone("Lene Berg"), self.seat, **more)

    @property
    def seat(self) -> str:
        return str(self.hub.village.number(SEAT).value)

    async def book(self) -> list[tuple[str, str]]:
        def read(look: Look) -> list[tuple[str, str]]:
            said = list_book(look, self.hub.village.child("Jakob Berg").id)
            return [(m.channel, m.text) for m in said if m.channel == "call"]

        return await self.hub.hub.desk.look(OPERATOR, read)

    async def arrivals(self) -> list[tuple[str, str | None]]:
        def read(look: Look) -> list[tuple[str, str | None]]:
            return [(a.state, a.reason) for a in look.session.scalars(sa.select(Arrival).order_by(Arrival.id))]

        return await self.hub.hub.desk.look(OPERATOR, read)

    async def count_texts_to(self, *phones: str) -> int:
        """So many were sent there; others may be asked by day whether their numbers are still theirs."""

        def count(look: Look) -> int:
            asked = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.recipient.in_(phones))
            return look.session.scalar(asked) or 0

        return await self.hub.hub.desk.look(OPERATOR, count)

    async def set_office(self, phone: str | None, language: str = "nb") -> None:
        def change(work: Work) -> None:
            unit = work.session.get_one(Unit, self.hub.village.unit("school").id)
            unit.phone, unit.languages = phone, [language]

        await self.hub.hub.desk.work(OPERATOR, change)


@pytest.fixture
async def calls(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Calls]:
    clock.jump(MONDAY_MORNING)
    async with living_hub(tmp_path, village_store_url, clock) as hub, aiohttp.ClientSession() as http:
        made = Calls(hub, http)
        await made.set_office(OFFICE_PHONE)
        yield made


async def test_a_guardian_hears_what_the_number_is_for_and_is_put_through(calls: Calls) -> None:
    answer = await calls.mother_rings()

    say, dial = answer.find("Say"), answer.find("Dial")
    assert say is not None
    assert dial is not None
    assert "nummeret for tekstmeldinger til" in said(answer)
    assert said(answer).endswith("Nå settes du over til kontoret.")
    assert (say.get("language"), say.get("voice")) == ("nb-NO", "Polly.Liv")
    assert dial.text == OFFICE_PHONE
    assert await calls.book() == [("call", "Lene Berg ringte, og ble satt over til kontoret.")]


async def test_no_childs_name_is_said_to_anybody(calls: Calls) -> None:
    def list_names(look: Look) -> list[str]:
        return [
            name for child in look.session.scalars(sa.select(Child)) for name in (child.first_name, child.last_name)
        ]

    names = await calls.hub.hub.desk.look(OPERATOR, list_names)
    heard = said(await calls.mother_rings()) + said(await calls.mother_rings(path="voice-ended", DialCallStatus="busy"))

    assert heard
    assert set(names) & set(re.findall(r"[\w-]+", heard)) == set()


async def test_a_call_told_twice_is_one(calls: Calls) -> None:
    first = await calls.mother_rings(sid="CA" + "1" * 32)
    second = await calls.mother_rings(sid="CA" + "1" * 32)

    assert ElementTree.tostring(first) == ElementTree.tostring(second)
    assert len(await calls.book()) == 1
    assert await calls.arrivals() == [("filed", None)]


async def test_outside_hours_the_caller_hears_when(calls: Calls, clock: StoppedClock) -> None:
    clock.jump(SATURDAY)

    answer = await calls.mother_rings()

    assert answer.find("Dial") is None
    assert "Kontoret er stengt nå. Du kan ringe igjen mandag 10. mars fra" in said(answer)
    assert await calls.book() == [("call", "Lene Berg ringte, og fikk høre hva nummeret er til.")]


async def test_before_opening_the_same_day_the_caller_hears_when(calls: Calls, clock: StoppedClock) -> None:
    clock.jump(MONDAY_MORNING - timedelta(hours=4))

    answer = await calls.mother_rings()

    assert answer.find("Dial") is None
    assert "Du kan ringe igjen" in said(answer)


async def test_without_an_office_phone_the_caller_hears_what_the_number_is_for(calls: Calls) -> None:
    await calls.set_office(None)

    answer = await calls.mother_rings()

    assert answer.find("Dial") is None
    assert said(answer).endswith("så svarer vi på den.")


async def test_a_call_that_nobody_took_ends_with_a_word(calls: Calls) -> None:
    sid = "CA" + "2" * 32
    await calls.mother_rings(sid=sid)

    unanswered = await calls.mother_rings(sid=sid, path="voice-ended", DialCallStatus="no-answer")
    taken = await calls.mother_rings(sid=sid, path="voice-ended", DialCallStatus="completed")

    assert "Ingen kunne ta telefonen" in said(unanswered)
    assert taken.find("Hangup") is not None
    assert taken.find("Say") is None
    assert len(await calls.book()) == 1


async def test_a_stranger_hears_the_same_and_stands_in_the_staffs_list_alone(calls: Calls) -> None:
    known = said(await calls.mother_rings())
    stranger = said(await calls.ring(STRANGER, calls.seat))
    hidden = said(await calls.ring("anonymous", calls.seat))

    def count_messages(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.count()).where(Message.channel == "call")) or 0

    assert stranger == known == hidden
    assert await calls.hub.hub.desk.look(OPERATOR, count_messages) == 1
    assert await calls.arrivals() == [("filed", None), ("quarantined", "call"), ("quarantined", "call")]
    assert await calls.count_texts_to(calls.hub.village.phone("Lene Berg"), STRANGER) == 0


@pytest.mark.parametrize(
    ("language", "spoken", "voice"),
    [
        ("sv", "sv-SE", "Polly.Astrid"),
        ("fi", "fi-FI", "Polly.Suvi-Neural"),
        ("en", "en-GB", "Polly.Amy"),
        ("da", "da-DK", "Polly.Naja"),
        ("nn", "nb-NO", "Polly.Liv"),
    ],
)
async def test_the_sentence_is_spoken_in_the_units_language(
    calls: Calls, language: str, spoken: str, voice: str
) -> None:
    await calls.set_office(OFFICE_PHONE, language)

    say = (await calls.mother_rings()).find("Say")

    assert say is not None
    assert (say.get("language"), say.get("voice")) == (spoken, voice)


async def test_a_number_that_would_ring_itself_is_not_rung(calls: Calls) -> None:
    await calls.set_office(calls.seat)

    assert (await calls.mother_rings()).find("Dial") is None


async def test_a_number_that_is_none_of_ours_is_not_answered(calls: Calls) -> None:
    answer = await calls.ring(STRANGER, "+4759999999")

    assert answer.find("Reject") is not None
    assert await calls.arrivals() == []


async def test_a_call_that_is_not_signed_is_refused(calls: Calls) -> None:
    url = f"{calls.hub.hub.settings.public.url}/sms/twilio/voice"
    form = {"CallSid": "CA1", "AccountSid": ACCOUNT, "From": STRANGER, "To": calls.seat}

    async with calls.http.post(url, data=form, headers={"X-Twilio-Signature": "x"}) as answer:
        assert answer.status == 403

    assert await calls.arrivals() == []
