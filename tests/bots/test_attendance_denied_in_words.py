"""A guardian's no to what we told of the door, in more words than a no: the same alarm, and nobody is noted absent for it."""

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.messages import Message, Thread
from hub.school.absences import Absence
from hub.school.attendance_wishes import Moved
from hub.talk.conversations import end_told
from tests.bots.door_day import DoorDay
from tests.bots.test_attendance_denied import ANNE, KARI, speak, told
from tests.hub.post.outboxes import TEST
from tests.village import Village

LENE, JAKOB, JOHANNE = "Lene Berg", "Jakob Berg", "Johanne Berg"


@pytest.fixture
async def day(village: Village, clock: StoppedClock) -> DoorDay:
    """Kari has come, and her mother was told."""
    door = DoorDay(village, clock)
    door.at(8, 2)
    await door.wish(ANNE, LENE)
    await door.come(KARI)
    await door.wake()
    return door


async def leave(day: DoorDay) -> None:
    day.at(14, 0)
    await day.leave(KARI)
    await day.wake()


async def list_absent(day: DoorDay) -> list[tuple[str, str]]:
    """Who is noted absent, and when."""

    def read(look: Look) -> list[tuple[str, str]]:
        rows = look.session.execute(sa.select(Absence, Child).join(Child, Child.id == Absence.child_id))
        return [(child.first_name, f"{absence.day:%d.%m}") for absence, child in rows]

    return await day.village.desk.look(TEST, read)


async def find_waiting(day: DoorDay) -> list[str | None]:
    """Why threads wait for a person."""

    def read(look: Look) -> list[str | None]:
        return list(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))

    return await day.village.desk.look(TEST, read)


@pytest.mark.capability("N-14")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Nei, hun er ikke der"),
        ("nb", "Nei, hun er hjemme"),
        ("nb", "hun er ikke kommet hjem!"),
        ("nb", "nei?"),
        ("nb", "Nei, hun gikk 7.50"),
        ("nn", "Nei, ho er ikkje heime"),
        ("sv", "Nej, hon är inte hemma"),
        ("fi", "Ei, hän ei ole kotona"),
        ("en", "No, she isn't home"),
        ("da", "Nej, hun er ikke hjemme"),
    ],
)
async def test_words_that_a_child_has_not_left_are_the_alarm_of_a_bare_no(
    day: DoorDay, language: str, text: str
) -> None:
    await speak(day, language)
    await leave(day)

    await day.say(ANNE, text)

    assert [told(day, each) for each in await day.denied()] == [(Moved.LEFT, "14:00", "")]
    assert await find_waiting(day) == ["attendance_denied"]
    assert await list_absent(day) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Nei, hun er hjemme"),
        ("nb", "Kari er hjemme i dag"),
        ("nn", "Nei, ho er heime"),
        ("sv", "Nej, hon är hemma"),
        ("fi", "Ei, hän on kotona"),
        ("en", "No, she is at home"),
        ("da", "Nej, hun er derhjemme"),
    ],
)
async def test_words_that_a_child_has_not_come_are_the_alarm_of_a_bare_no(
    day: DoorDay, language: str, text: str
) -> None:
    await speak(day, language)

    await day.say(ANNE, text)

    assert [told(day, each) for each in await day.denied()] == [(Moved.CAME, "08:02", "")]
    assert await list_absent(day) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Nei, hun gikk 7.50"),
        ("nb", "Jo, hun er der"),
        ("nn", "Nei, ho er på skulen"),
        ("sv", "Hon är i skolan"),
        ("fi", "Hän lähti 7.50"),
        ("en", "I dropped her off at 8"),
        ("da", "Nej, hun er i skole"),
    ],
)
async def test_words_that_a_child_has_come_after_all_are_the_alarm_of_a_bare_no(
    day: DoorDay, language: str, text: str
) -> None:
    await speak(day, language)
    day.at(8, 10)
    await day.take_back(KARI)
    await day.wake()

    await day.say(ANNE, text)

    assert [told(day, each) for each in await day.denied()] == [(Moved.CAME, None, "")]
    assert await list_absent(day) == []


@pytest.mark.parametrize("text", ["Nei, hun er hjemme", "Hun er hjemme", "vi hentet henne 14"])
async def test_words_that_a_child_has_left_after_all_are_the_alarm_of_a_bare_no(day: DoorDay, text: str) -> None:
    await leave(day)
    day.at(14, 5)
    await day.stay(KARI)
    await day.wake()

    await day.say(ANNE, text)

    assert [told(day, each) for each in await day.denied()] == [(Moved.LEFT, None, "")]
    assert await list_absent(day) == []


async def test_of_two_told_in_one_text_only_the_one_denied_by_name_is_an_alarm(day: DoorDay) -> None:
    await day.come(JAKOB, JOHANNE)
    await day.wake()

    ((_, answered),) = await day.say(LENE, "Nei, Johanne er ikke der")

    assert [each.child_id for each in await day.denied()] == [day.village.child(JOHANNE).id]
    assert answered == "Takk for at du sier fra. De ansatte har fått alarm om Johanne nå og ringer deg."
    assert await list_absent(day) == []


async def test_a_child_named_is_denied_though_a_sibling_was_told_of_since(day: DoorDay) -> None:
    await day.come(JAKOB)
    await day.wake()
    day.at(8, 9)
    await day.come(JOHANNE)
    await day.wake()

    await day.say(LENE, "Jakob er ikke der")

    assert [each.child_id for each in await day.denied()] == [day.village.child(JAKOB).id]


async def test_what_is_told_of_a_sibling_beside_a_no_is_noted_of_the_sibling(day: DoorDay) -> None:
    await day.come(JAKOB)
    await day.wake()

    await day.say(LENE, "Nei, Jakob er ikke der. Johanne er syk i dag")

    assert [each.child_id for each in await day.denied()] == [day.village.child(JAKOB).id]
    assert await list_absent(day) == [("Johanne", "03.03")]


@pytest.mark.parametrize("first", ["Nei", "Ja", "Ok"])
async def test_a_second_text_that_the_child_is_not_home_is_one_alarm_with_the_first(day: DoorDay, first: str) -> None:
    await leave(day)
    await day.say(ANNE, first)

    await day.say(ANNE, "hun er ikke hjemme")

    assert [told(day, each) for each in await day.denied()] == [(Moved.LEFT, "14:00", "")]
    assert await list_absent(day) == []


async def test_a_child_that_is_not_home_is_an_alarm_also_where_staff_have_written_since(day: DoorDay) -> None:
    await leave(day)
    await day.village.desk.work(TEST, staff_wrote)

    await day.say(ANNE, "hun er ikke kommet hjem")

    assert len(await day.denied()) == 1


@pytest.mark.parametrize("text", ["Kari hentes 14 i dag", "Kari kom 8.02", "takk!"])
async def test_true_news_after_a_child_came_raises_no_alarm(day: DoorDay, text: str) -> None:
    await day.say(ANNE, text)

    assert await day.denied() == []


async def test_an_absence_told_for_tomorrow_after_a_child_left_is_one(day: DoorDay) -> None:
    await leave(day)

    await day.say(ANNE, "Kari er syk i morgen")

    assert await day.denied() == []
    assert await list_absent(day) == [("Kari", "04.03")]


async def test_that_a_child_is_home_is_no_alarm_once_it_has_left_though_only_its_coming_was_told(day: DoorDay) -> None:
    day.at(14, 0)
    await day.leave(KARI)

    await day.say(ANNE, "Hun er hjemme")

    assert await day.denied() == []


async def test_words_that_come_when_the_telling_is_too_old_raise_no_alarm(day: DoorDay) -> None:
    day.at(20, 30)

    await day.say(ANNE, "Nei, hun er ikke der")

    assert await day.denied() == []


def staff_wrote(work: Work) -> None:
    """Staff write in the thread: a bare no is to them from now on."""
    for thread_id in work.session.scalars(sa.select(Message.thread_id).distinct()):
        end_told(work, thread_id)
