"""What a family wrote to the unit where its child was a guest is read there for a week after, and nothing else is."""

from datetime import date, timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.inboxes import list_inbox
from hub.post.reading import get_message, get_reader
from hub.post.takers import list_takers
from hub.safety.access import NotThereError, get_reach
from hub.safety.guests import get_looked_after
from hub.safety.named_readers import NamedReader
from hub.school.guest_care import call_off
from hub.talk.seats import find_seat
from tests.hub.post.spoken import heard
from tests.hub.school.guesting import (
    CARER,
    HEAD,
    LIVE,
    MONDAY,
    MOTHER,
    OTHER_TEACHER,
    SUNDAY,
    TEACHER,
    WEDNESDAY,
    Guesting,
)
from tests.village import Village

WEEK, DAY = timedelta(days=7), timedelta(days=1)


@pytest.fixture
def guesting(village: Village, clock: StoppedClock) -> Guesting:
    guesting = Guesting(village, clock)
    guesting.at(SUNDAY, 12)
    return guesting


async def writes(guesting: Guesting) -> str:
    """The mother writes to the preschool about the guest, and it waits."""

    def say(work: Work) -> str:
        village = guesting.village
        child = work.session.get_one(Child, guesting.child_id)
        text = "Hun glemte lua"
        return heard(work, village, village.guardian(MOTHER), "preschool", text, [child], waits="free_text").id

    return await guesting.do(say)


async def waits_for(guesting: Guesting, who: str, message_id: str) -> bool:
    """Whether the message is read by somebody and counted among what waits."""

    def read(look: Look) -> bool:
        reader = get_reader(look)
        found = list_inbox(look, reader)
        try:
            get_message(look, reader, message_id)
        except NotThereError:
            assert not any(row.thread.unit_id == guesting.host.id and row.waits_since for row in found.rows)
            return False
        return found.waiting > 0

    return await guesting.seen_by(who, read)


@pytest.mark.parametrize(("then", "now"), [("blabaer", "tyttebaer"), ("tyttebaer", "blabaer")])
async def test_who_had_the_guest_long_ago_is_neither_who_writes_nor_who_takes_it_over(
    guesting: Guesting, then: str, now: str
) -> None:
    await guesting.accept(await guesting.ask(first=MONDAY, last=MONDAY), group=then)
    later = MONDAY + 2 * WEEK
    guesting.at(later, 8)
    await guesting.accept(await guesting.ask(first=later, last=later), group=now)
    message_id = await writes(guesting)

    def read(look: Look) -> tuple[str, set[str]]:
        seat = find_seat(look, guesting.host.id, [guesting.child_id])
        assert seat is not None
        reader = get_reader(look)
        _, thread = get_message(look, reader, message_id)
        takers = {name for _, name in list_takers(look, reader, thread)}
        return seat[0].title, takers & {TEACHER, OTHER_TEACHER}

    of = {"blabaer": ("teacher blabaer", TEACHER), "tyttebaer": ("teacher tyttebaer", OTHER_TEACHER)}
    title, takers = await guesting.seen_by(HEAD, read)

    assert title == guesting.village.role(of[now][0]).title
    assert takers == {of[now][1]}


@pytest.mark.parametrize("who", [HEAD, TEACHER])
async def test_what_waits_is_read_for_a_week_after_the_last_day_by_those_who_could(
    guesting: Guesting, who: str
) -> None:
    await guesting.arrange()
    guesting.at(WEDNESDAY, 16)
    message_id = await writes(guesting)

    seen = []
    for day in (WEDNESDAY, WEDNESDAY + DAY, WEDNESDAY + WEEK, WEDNESDAY + WEEK + DAY):
        guesting.at(day, 17)
        seen.append(await waits_for(guesting, who, message_id))

    assert seen == [True, True, True, False]


async def test_it_is_the_messages_alone(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(WEDNESDAY, 16)
    await writes(guesting)
    guesting.at(WEDNESDAY + DAY, 8)

    assert LIVE not in await guesting.board(HEAD, guesting.host)
    with pytest.raises(NotThereError):
        await guesting.seen_by(HEAD, lambda look: get_looked_after(look, get_reach(look), guesting.child_id))


@pytest.mark.parametrize("day", [MONDAY, MONDAY + DAY])
async def test_also_of_a_day_that_was_called_off(guesting: Guesting, day: date) -> None:
    place_id = await guesting.arrange()
    guesting.at(day, 7)
    message_id = await writes(guesting)
    await guesting.by(CARER, lambda work: call_off(work, place_id))

    seen = []
    for later in (timedelta(), WEEK, WEEK + DAY):
        guesting.at(day + later, 9)
        seen.append(await waits_for(guesting, TEACHER, message_id))

    assert seen == [True, True, False]


async def test_what_was_called_off_before_its_first_day_opens_nothing(guesting: Guesting) -> None:
    place_id = await guesting.arrange()
    message_id = await writes(guesting)
    await guesting.by(CARER, lambda work: call_off(work, place_id))
    guesting.at(MONDAY, 9)

    assert not await waits_for(guesting, HEAD, message_id)


async def test_another_group_there_reads_nothing_of_it_afterwards_either(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(WEDNESDAY, 16)
    message_id = await writes(guesting)
    guesting.at(WEDNESDAY + DAY, 9)

    assert not await waits_for(guesting, OTHER_TEACHER, message_id)


async def test_of_a_protected_child_only_its_named_readers_go_on_reading(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(WEDNESDAY, 16)
    message_id = await writes(guesting)

    def protect(work: Work) -> None:
        work.session.get_one(Child, guesting.child_id).protected = True
        teacher = guesting.village.staff(TEACHER)
        work.session.add(
            NamedReader(child_id=guesting.child_id, staff_id=teacher.id, owner_id=teacher.owner_id, since=work.now)
        )

    await guesting.do(protect)
    guesting.at(WEDNESDAY + DAY, 9)

    assert [await waits_for(guesting, who, message_id) for who in (TEACHER, HEAD)] == [True, False]
