"""*Door*: what a phone sends that it kept, as somebody sends it who means no good, asked over HTTP."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.door.marks import DoorMark
from hub.door.readers import TagReader
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.sign_in.school import TEST

TEACHER, OTHER_UNIT, NOAH = "Mette Strand", "Kari Lunde", "Noah Bakken"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


class Phone:
    """A phone in use at somebody's unit, and what it signs."""

    def __init__(self, day: SchoolDay, browser: Browsing, unit: str) -> None:
        self._day = day
        self._browser = browser
        self._key = PhoneKey()
        self.path = f"/door/{day.village.unit(unit).id}"
        self._reader_id = ""

    async def pair(self) -> None:
        await self._browser.get(self.path)
        await self._browser.post(f"{self.path}/pair", public_key=self._key.public)

        def newest(look: Look) -> str:
            return look.session.scalars(sa.select(TagReader.id).order_by(TagReader.id.desc())).first() or ""

        self._reader_id = await self._day.site.desk.look(TEST, newest)

    def tick(self, number: int, child_id: str) -> str:
        at = self._day.clock.now()
        return entry(self._reader_id, number, at, kind="tick", child=child_id, way="coming", stood="not_heard")

    async def send(self, texts: list[str], path: str | None = None) -> Seen:
        await self._browser.get(self.path)
        sent: dict[str, Any] = {"reader": self._reader_id, "clock": self._day.clock.now().isoformat()}
        sent |= {"texts": texts, "signatures": [self._key.sign(text) for text in texts]}
        return await self._browser.post(f"{path or self.path}/queue", **sent)


async def phone_of(day: SchoolDay, who: str, unit: str) -> Phone:
    phone = Phone(day, await day.as_(who), unit)
    await phone.pair()
    return phone


async def marks(day: SchoolDay) -> list[str]:
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(DoorMark.way))))


async def test_a_phone_of_another_unit_ticks_no_child_of_this_one(day: SchoolDay) -> None:
    phone, noah = await phone_of(day, OTHER_UNIT, "school"), day.village.child(NOAH).id

    at_home = await phone.send([phone.tick(1, noah)])
    here = await phone.send([phone.tick(2, noah)], f"/door/{day.village.unit('preschool').id}")

    assert [one["fate"] for one in json.loads(at_home.text)] == ["refused"]
    assert here.status == 404
    assert (await day.here(), await marks(day)) == (set(), [])


async def test_more_than_a_phone_sends_at_once_is_taken_as_nothing_and_what_it_sends_again_once(day: SchoolDay) -> None:
    phone, noah = await phone_of(day, TEACHER, "preschool"), day.village.child(NOAH).id
    texts = [phone.tick(number, noah) for number in range(1, 102)]

    too_many = await phone.send(texts)
    none_yet = await marks(day)
    full, again = await phone.send(texts[:100]), await phone.send(texts[:100])

    assert (too_many.status, none_yet) == (400, [])
    assert full.text == again.text
    assert len(await marks(day)) == 100
    assert await day.here() == {NOAH}
