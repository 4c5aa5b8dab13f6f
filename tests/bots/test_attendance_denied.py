"""A guardian's no to what we told of the door: it is kept with what was told, in whichever language it comes, and what is no no
raises no alarm and hides no child."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.post.messages import Thread
from hub.school.absences import Absence
from hub.school.attendance_denials import AttendanceDenial
from hub.school.attendance_wishes import Moved
from tests.bots.door_day import DoorDay
from tests.bots.test_attendance import end_right
from tests.hub.post.outboxes import TEST
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"


@pytest.fixture
async def day(village: Village, clock: StoppedClock) -> DoorDay:
    """Kari has come, and her mother was told."""
    door = DoorDay(village, clock)
    door.at(8, 2)
    await door.wish(ANNE)
    await door.come(KARI)
    await door.wake()
    return door


def told(day: DoorDay, denial: AttendanceDenial) -> tuple[str, str | None, str]:
    """What a denial was a no to: how the child moved, when on the wall clock, and with whom."""
    at = None if denial.said_at is None else f"{day.unit.local(denial.said_at):%H:%M}"
    return denial.moved, at, denial.person


async def speak(day: DoorDay, language: str) -> None:
    """From now on the mother reads this language."""

    def change(work: Work) -> None:
        work.session.get_one(Guardian, day.village.guardian(ANNE).id).language = language

    await day.village.desk.work(TEST, change)


async def test_a_no_is_kept_with_what_was_told_though_the_mark_says_otherwise_since(day: DoorDay) -> None:
    await day.say(ANNE, "Nei")
    day.at(8, 10)
    await day.take_back(KARI)

    (denial,) = await day.denied()

    assert told(day, denial) == (Moved.CAME, "08:02", "")


async def test_a_no_to_whom_a_child_left_with_is_kept_with_that_name(day: DoorDay) -> None:
    day.at(15, 42)
    await day.leave(KARI, by=day.village.guardian(ANNE).id, name=ANNE)
    await day.wake()

    await day.say(ANNE, "Nei")

    (denial,) = await day.denied()
    assert told(day, denial) == (Moved.LEFT, "15:42", "Anne")


async def test_a_no_to_a_leaving_that_named_nobody_is_kept_without_a_name(day: DoorDay) -> None:
    await day.wish(OLA)
    day.at(15, 42)
    await day.leave(KARI, name="Per Lie")
    await day.wake()

    await day.say(ANNE, "Nei")

    (denial,) = await day.denied()
    assert told(day, denial) == (Moved.LEFT, "15:42", "")


async def test_a_no_to_what_was_told_not_to_be_so_is_not_kept_as_one_to_the_opposite(day: DoorDay) -> None:
    day.at(8, 10)
    await day.take_back(KARI)
    await day.wake()

    await day.say(ANNE, "Nei")

    (denial,) = await day.denied()
    assert told(day, denial) == (Moved.CAME, None, "")


async def test_a_no_to_that_a_child_is_still_here_is_not_kept_as_one_to_its_leaving(day: DoorDay) -> None:
    day.at(15, 42)
    await day.leave(KARI)
    await day.wake()
    day.at(15, 44)
    await day.stay(KARI)
    await day.wake()

    await day.say(ANNE, "Nei")

    (denial,) = await day.denied()
    assert told(day, denial) == (Moved.LEFT, None, "")


async def test_a_no_to_something_else_that_was_told_of_the_same_mark_is_an_alarm_of_its_own(day: DoorDay) -> None:
    await day.say(ANNE, "Nei")
    day.at(8, 10)
    await day.take_back(KARI)
    await day.wake()

    await day.say(ANNE, "Nei")

    assert [told(day, each) for each in await day.denied()] == [(Moved.CAME, "08:02", ""), (Moved.CAME, None, "")]


async def test_a_no_to_who_fetched_stands_beside_one_of_a_guardian_who_was_told_no_name(day: DoorDay) -> None:
    await day.wish(OLA)
    day.at(15, 42)
    await day.leave(KARI, by=day.village.guardian(ANNE).id, name=ANNE)
    await day.wake()

    await day.say(OLA, "Nei")
    await day.say(ANNE, "Nei")

    assert [told(day, each) for each in await day.denied()] == [
        (Moved.LEFT, "15:42", ""),
        (Moved.LEFT, "15:42", "Anne"),
    ]


async def test_a_no_to_what_was_told_of_two_is_an_alarm_for_the_one_of_whom_they_may_still_know(day: DoorDay) -> None:
    lene = "Lene Berg"
    await day.wish(lene)
    await day.come("Jakob Berg", "Johanne Berg")
    await day.wake()
    await day.village.desk.work(TEST, end_right, day, lene, "Johanne Berg")

    ((_, answered),) = await day.say(lene, "Nei")

    assert [each.child_id for each in await day.denied()] == [day.village.child("Jakob Berg").id]
    assert answered == "Takk for at du sier fra. De ansatte har fått alarm om Jakob nå og ringer deg."


async def test_a_no_after_midnight_is_an_alarm_about_the_evening_before(day: DoorDay) -> None:
    day.at(23, 50)
    await day.leave(KARI)
    await day.wake()
    day.clock.move(timedelta(minutes=19))

    await day.say(ANNE, "Nei")

    (denial,) = await day.denied()
    assert denial.said_at == denial.raised_at - timedelta(minutes=20)


@pytest.mark.capability("N-14")
@pytest.mark.parametrize("language", ["nb", "nn", "sv", "fi", "en", "da"])
@pytest.mark.parametrize("no", ["EI", "Nei", "NEJ.", "no"])
async def test_a_no_in_any_of_our_languages_is_an_alarm_in_whichever_the_family_was_told(
    day: DoorDay, language: str, no: str
) -> None:
    await speak(day, language)
    day.at(15, 42)
    await day.leave(KARI)
    await day.wake()

    await day.say(ANNE, no)

    assert [(each.moved, each.raised_at) for each in await day.denied()] == [(Moved.LEFT, day.clock.now())]


@pytest.mark.parametrize(
    ("language", "yes", "asks", "no"),
    [
        ("nb", "Ja", "Stemmer det ikke? Svar NEI", "Trodde du at Kari var her, så svar NEI"),
        ("nn", "Jau", "Stemmer det ikkje? Svar NEI", "Trudde du at Kari var her, så svar NEI"),
        ("sv", "Ja, hon ska vara där", "Stämmer det inte? Svara NEJ", "Trodde du att Kari var här, svara NEJ"),
        ("fi", "Kyllä pitäisi olla", "Eikö pidä paikkaansa? Vastaa EI", "Jos luulit, että Kari on täällä, vastaa EI"),
        ("en", "Yes", "Not right? Reply NO", "If you thought that Kari was here, reply NO"),
        ("da", "Ja", "Passer det ikke? Svar NEJ", "Troede du, at Kari var her, så svar NEJ"),
    ],
)
async def test_a_yes_to_that_a_child_has_not_come_says_nothing_of_where_it_is_and_a_no_behind_it_is_an_alarm(
    day: DoorDay, language: str, yes: str, asks: str, no: str
) -> None:
    """It may mean that the child should be here, or that all is well: so nothing is noted, and both are told how to say it."""
    await speak(day, language)
    day.at(8, 10)
    await day.take_back(KARI)
    ((_, withdrawn),) = await day.wake()

    ((_, answered),) = await day.say(ANNE, yes)
    noted = await day.village.desk.look(TEST, list_noted)
    await day.say(ANNE, no.split()[-1])

    assert asks in withdrawn
    assert no in answered
    assert noted == []
    assert [told(day, each) for each in await day.denied()] == [(Moved.CAME, None, "")]


def list_noted(look: Look) -> list[str]:
    """Whatever keeps a child from being looked for, or calls a person to the family."""
    waits = look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None)))
    alarms = look.session.scalars(sa.select(AttendanceDenial.id))
    return [*look.session.scalars(sa.select(Absence.id)), *alarms, *(why or "" for why in waits)]
