"""What staff read in the evening looks read to the family in the morning, by the clock on the unit's wall; by day at once."""

from datetime import UTC, datetime, time

import pytest

from hub.address import SMS
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.family import find_family
from hub.post.family_book import read_family_book
from hub.post.messages import Author, Message, Step, ThreadKind, get_or_open_thread, keep_message
from hub.post.read_marks import mark_read
from hub.post.reading import get_reader
from tests.hub.post.outboxes import TEST
from tests.village import Village

ANNE, KARI, LUNDE = "Anne Nordmann", "Kari Nordmann", "Kari Lunde"
pytestmark = pytest.mark.one_store


class _School:
    """Anne writes, Kari Lunde reads, and Anne's own book says what became of it."""

    def __init__(self, village: Village, clock: StoppedClock, zone: str) -> None:
        self._village, self._clock, self._zone = village, clock, zone

    def at(self, moment: str) -> None:
        self._clock.move(datetime.fromisoformat(moment).replace(tzinfo=UTC) - self._clock.now())

    async def write(self) -> str:
        return await self._village.desk.work(TEST, self._write)

    def _write(self, work: Work) -> str:
        unit = work.session.get_one(Unit, self._village.unit("school").id)
        unit.zone, unit.opens, unit.closes = self._zone, time(7, 30), time(16, 30)
        anne = self._village.guardian(ANNE)
        thread = get_or_open_thread(work, unit.owner_id, unit.id, [anne.id], ThreadKind.PRIVATE)
        message = Message(
            id=work.new_id(),
            owner_id=unit.owner_id,
            thread_id=thread.id,
            at=work.now,
            author=Author.GUARDIAN,
            author_id=anne.id,
            channel=SMS,
            text="Har dere sekken?",
            language="nb",
            story=[Step("to_staff", {"why": "message"}).as_json()],
        )
        keep_message(work, thread, message, [self._village.child(KARI).id])
        return message.id

    async def read(self, message_id: str) -> None:
        staff = self._village.staff(LUNDE)

        def read(work: Work) -> None:
            thread_id = work.session.get_one(Message, message_id).thread_id
            mark_read(work, get_reader(work), thread_id, message_id)

        await self._village.desk.work(Asker("staff", staff.id, Trust.STRONG, "reads", staff.owner_id), read)

    async def fates(self) -> list[str]:
        def look(look: Look) -> list[str]:
            anne = self._village.guardian(ANNE)
            family = find_family(look, anne.owner_id, [anne.id])
            assert family is not None
            return [entry.fate for entry in read_family_book(look, family, self._village.child(KARI).id).entries]

        return await self._village.desk.look(TEST, look)


@pytest.mark.parametrize(
    ("zone", "read_at", "still_not", "shown_at"),
    [
        ("Europe/Oslo", "2025-03-04T20:00", "2025-03-05T06:29", "2025-03-05T06:30"),
        ("Europe/Oslo", "2025-03-28T20:00", "2025-03-31T05:29", "2025-03-31T05:30"),
        ("Europe/Oslo", "2025-10-24T20:00", "2025-10-27T06:29", "2025-10-27T06:30"),
        ("Europe/Helsinki", "2025-03-28T20:00", "2025-03-31T04:29", "2025-03-31T04:30"),
        ("Atlantic/Reykjavik", "2025-03-28T20:00", "2025-03-31T07:29", "2025-03-31T07:30"),
        ("Europe/Stockholm", "2025-06-05T20:00", "2025-06-06T05:29", "2025-06-06T05:30"),
    ],
)
@pytest.mark.capability("N-09")
async def test_what_is_read_in_the_evening_looks_read_when_the_hours_begin(
    village: Village, clock: StoppedClock, zone: str, read_at: str, still_not: str, shown_at: str
) -> None:
    school = _School(village, clock, zone)
    school.at(read_at)
    message_id = await school.write()
    await school.read(message_id)

    at_once = await school.fates()
    school.at(still_not)
    before = await school.fates()
    school.at(shown_at)
    after = await school.fates()

    assert (at_once, before, after) == (["to_staff"], ["to_staff"], ["read"])


async def test_what_is_read_by_day_looks_read_at_once_and_a_look_in_the_evening_does_not_take_it_back(
    village: Village, clock: StoppedClock
) -> None:
    school = _School(village, clock, "Europe/Oslo")
    school.at("2025-03-04T10:00")
    by_day = await school.write()
    await school.read(by_day)
    first = await school.fates()

    school.at("2025-03-04T20:00")
    await school.read(await school.write())
    evening = await school.fates()
    await school.read(await school.write())
    later = await school.fates()
    school.at("2025-03-05T06:30")

    assert first == ["read"]
    assert evening == ["read", "to_staff"]
    assert later == ["read", "to_staff", "to_staff"]
    assert await school.fates() == ["read", "read", "read"]
