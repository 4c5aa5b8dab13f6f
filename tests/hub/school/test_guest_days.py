"""What the ladder, the door and a family's texts make of a child who is a guest: it counts where it is."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.confirming import list_touched
from hub.door.tag_reach import list_reached
from hub.door.taps import keep_tap
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestPlace
from hub.people.places import Group
from hub.post.family import find_family
from hub.post.inboxes import list_inbox
from hub.post.messages import Author, Message
from hub.post.reading import get_reader
from hub.safety.access import get_reach
from hub.school.attendance import Departure, mark_here, mark_left
from hub.school.attendance_days import close_days
from hub.school.care_decisions import Per, Shift, decide_hours
from hub.school.day_board import Presence, list_board
from hub.school.family_week import read_family_week
from hub.school.fetch_ladders import FetchTimes
from hub.school.guest_care import call_off
from hub.school.knowing import Knows, list_knowing
from hub.school.marking import list_looked_for, list_unread_of
from hub.school.used_hours import read_month
from hub.talk.story import tell
from hub.words import Words
from tests.blocks import block
from tests.hub.door.at_door import coming, confirm
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import heard
from tests.hub.school.evening import Evening
from tests.hub.school.guesting import (
    CARER,
    HEAD,
    LIVE,
    MONDAY,
    MOTHER,
    OTHER_TEACHER,
    SUNDAY,
    TEACHER,
    THURSDAY,
    Guesting,
)
from tests.hub.school.ladder_day import LadderDay
from tests.village import Village

NUMBER = "+4759000021"
"""Of Blåbær's teacher."""


@pytest.fixture
async def guesting(village: Village, clock: StoppedClock) -> Guesting:
    """Accepted; it is Monday at half past seven."""
    guesting = Guesting(village, clock)
    guesting.at(SUNDAY, 12)
    await guesting.arrange()
    guesting.at(MONDAY, 7, 30)
    return guesting


async def tap_at_the_preschool(guesting: Guesting) -> str:
    def tap(work: Work) -> str:
        tag = hang_tag(work, guesting.village, LIVE, at="day-care")
        gate = pair_gate(work, guesting.village)
        return keep_tap(work, gate, touch(1, work.now, serial=tag.serial, ago=timedelta(minutes=1))).id

    return await guesting.do(tap)


def waiting_at(guesting: Guesting) -> Callable[[Look], list[str]]:
    """The names of those whose touches wait at the preschool, as the asker sees them."""

    def read(look: Look) -> list[str]:
        return [on.child.name for one in list_touched(look, get_reach(look), guesting.host) for on in one.children]

    return read


async def test_its_tag_speaks_at_the_other_units_gate(guesting: Guesting) -> None:
    tap_id = await tap_at_the_preschool(guesting)

    assert await guesting.seen_by(TEACHER, waiting_at(guesting)) == [LIVE]
    assert await guesting.seen_by(OTHER_TEACHER, waiting_at(guesting)) == []

    await confirm(guesting.village, tap_id, coming(guesting.village, LIVE))

    assert (await guesting.board(TEACHER, guesting.host))[LIVE].presence is Presence.HERE
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.ELSEWHERE


async def test_its_tag_is_known_to_the_other_units_phones_on_the_day_alone(guesting: Guesting) -> None:
    await tap_at_the_preschool(guesting)

    def read(look: Look) -> list[tuple[str, ...]]:
        return list(list_reached(look, get_reach(look), guesting.host).values())

    assert await guesting.seen_by(TEACHER, read) == [(guesting.child_id,)]

    guesting.at(MONDAY + timedelta(days=3), 8)

    assert await guesting.seen_by(TEACHER, read) == []


async def test_the_other_unit_asks_the_family_and_their_answer_explains_it(guesting: Guesting) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await day.begin(LIVE)

    asked = await day.wake(9, 0)
    answered = await day.say(MOTHER, "ho er sjuk i dag")

    assert [phone for phone, _ in asked] == [day.phone(MOTHER)]
    assert "Lerkeveien barnehage" in asked[0][1]
    assert answered[0][1].startswith("Notert: Live er sjuk i dag")
    for who, unit in ((TEACHER, guesting.host), (CARER, guesting.home)):
        assert (await guesting.board(who, unit))[LIVE].presence is Presence.AWAY


async def test_the_family_is_told_when_it_comes_after_all(guesting: Guesting) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await day.begin(LIVE)
    await day.wake(9, 0)
    await day.mark(LIVE)

    told = await day.wake(9, 5)

    assert [phone for phone, _ in told] == [day.phone(MOTHER)]


async def test_what_needs_a_person_is_read_by_those_who_have_the_child_that_day_and_a_week_on(
    guesting: Guesting,
) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await day.begin(LIVE)
    await day.wake(9, 0)
    await day.say(MOTHER, "Ho gjekk heimefra klokka åtte!")

    def read(look: Look) -> int:
        return len(list_inbox(look, get_reader(look)).rows)

    assert [await guesting.seen_by(who, read) for who in (TEACHER, HEAD)] == [1, 1]

    guesting.at(MONDAY + timedelta(days=10), 8)

    assert await guesting.seen_by(TEACHER, read) == 0


async def test_after_the_last_day_what_is_written_to_the_other_units_number_is_answered_and_read_at_home(
    guesting: Guesting,
) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    guesting.at(THURSDAY, 8)

    await day.around.hear(day.bot, (MOTHER, "Live gløymde lua hos dykk"), to=NUMBER)
    answered = await day.fresh_texts()
    await day.around.hear(day.bot, (MOTHER, "Live er sjuk i dag"), to=NUMBER)
    noted = await day.fresh_texts()

    def read(look: Look) -> int:
        return len(list_inbox(look, get_reader(look)).rows)

    assert answered == [(day.phone(MOTHER), "Takk. Solveig (Hos Solveig) les meldinga og svarar deg her.")]
    assert noted[0][1].startswith("Notert: Live er sjuk i dag")
    assert [await guesting.seen_by(who, read) for who in (CARER, HEAD, TEACHER)] == [1, 0, 0]
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.AWAY


@pytest.mark.one_store
@pytest.mark.parametrize("is_guest", [True, False])
async def test_whoever_is_blocked_hears_the_same_at_the_other_units_number_whether_the_child_is_there_or_not(
    guesting: Guesting, is_guest: bool
) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await guesting.do(lambda work: block(work, guesting.village, MOTHER, LIVE))
    guesting.at(MONDAY if is_guest else THURSDAY, 8)

    for text in ("Live er sjuk i dag", "Er Live hos dykk i dag?"):
        await day.around.hear(day.bot, (MOTHER, text), to=NUMBER)

    heard = "Takk. Mette (Lerkeveien barnehage) les meldinga og svarar deg her."
    assert await day.fresh_texts() == [(day.phone(MOTHER), heard)]
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is not Presence.AWAY


async def test_the_story_of_what_its_family_wrote_names_the_guest_as_long_as_it_is_read(guesting: Guesting) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await day.around.hear(day.bot, (MOTHER, "Live er sjuk i dag"), to=NUMBER)

    def read(look: Look) -> str:
        written = sa.select(Message).where(Message.author == Author.GUARDIAN)
        return " ".join(
            told.text for told in tell(look, get_reach(look), look.session.scalars(written).one(), Words("en"))
        )

    now = [LIVE in await guesting.seen_by(who, read) for who in (TEACHER, HEAD, OTHER_TEACHER)]
    guesting.at(THURSDAY, 8)
    after = LIVE in await guesting.seen_by(TEACHER, read)
    guesting.at(THURSDAY + timedelta(days=9), 8)

    assert now == [True, True, False]
    assert (after, LIVE in await guesting.seen_by(TEACHER, read)) == (True, False)


@pytest.mark.one_store
async def test_a_guest_in_shift_care_is_there_over_midnight_and_a_guest_without_is_not(guesting: Guesting) -> None:
    def stays(work: Work) -> None:
        child = work.session.get_one(Child, guesting.child_id)
        mark_here(work, guesting.host, [child], "test")

    guesting.at(MONDAY, 19)
    await guesting.do(stays)
    guesting.at(MONDAY + timedelta(days=1), 3)
    by_day = (await guesting.board(HEAD, guesting.host))[LIVE].presence

    def agree(work: Work) -> None:
        home, child = guesting.home, work.session.get_one(Child, guesting.child_id)
        decide_hours(work, home, child, 160, Per.MONTH, from_day=SUNDAY, by="test", shift=Shift.FULL)

    await guesting.do(agree)
    at_night = (await guesting.board(HEAD, guesting.host))[LIVE]
    closed = await guesting.do(close_days)

    assert by_day is Presence.NOT_HEARD
    assert (at_night.presence, at_night.came_on) == (Presence.HERE, MONDAY)
    assert closed == 0
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.ELSEWHERE


async def test_the_hours_at_the_other_unit_are_used_of_those_at_home(guesting: Guesting) -> None:
    def stay(work: Work) -> None:
        child = work.session.get_one(Child, guesting.child_id)
        came, left = (guesting.host.moment(MONDAY, time(hour)) for hour in (8, 14))
        mark_here(work, guesting.host, [child], "test", came_at=came)
        mark_left(work, guesting.host, [child.id], Departure(left, "test"))

    guesting.at(MONDAY, 15)
    await guesting.do(stay)

    def minutes(unit_name: str) -> Callable[[Look], int]:
        def read(look: Look) -> int:
            unit = guesting.village.unit(unit_name)
            (month,) = read_month(look, unit, [guesting.child_id], MONDAY)
            return month.attended

        return read

    assert await guesting.village.desk.look(TEST, minutes("day-care")) == 6 * 60


async def test_what_was_written_at_home_and_not_read_keeps_a_guest_from_being_marked_with_the_rest(
    guesting: Guesting,
) -> None:
    village = guesting.village

    def write(work: Work) -> None:
        mother, child = village.guardian(MOTHER), village.child(LIVE)
        heard(work, village, mother, "day-care", "ring meg", [child], waits="not_understood")

    def unread(look: Look) -> set[str]:
        return list_unread_of(look, guesting.host, MONDAY, [guesting.child_id])

    before = await village.desk.look(TEST, unread)
    await guesting.do(write)

    assert before == set()
    assert await village.desk.look(TEST, unread) == {guesting.child_id}


async def test_the_family_sees_where_the_child_is_today_and_in_its_week(guesting: Guesting) -> None:
    village = guesting.village
    owner, mother = village.owner().id, village.guardian(MOTHER).id

    def read(look: Look) -> tuple[list[str], list[str]]:
        family = find_family(look, owner, [mother])
        assert family is not None
        week = read_family_week(look, family, guesting.child_id, MONDAY)
        told = [noted.facts["unit"] for day in week.days for noted in day.noted if noted.what == "guest"]
        return [place.unit_id for place in family.places_of(guesting.child_id)], told

    units, told = await village.desk.look(TEST, read)
    place = await village.desk.look(TEST, lambda look: look.session.scalars(sa.select(GuestPlace)).one())
    await guesting.by(HEAD, lambda work: call_off(work, place.id))

    assert units == [guesting.home.id, guesting.host.id]
    assert told == ["Lerkeveien barnehage"] * 3
    assert await village.desk.look(TEST, read) == (units, [])


async def test_an_absence_told_is_known_where_the_child_is_a_guest(guesting: Guesting) -> None:
    def read(look: Look) -> list[Knows]:
        return list_knowing(look, [guesting.child_id], MONDAY, MONDAY)

    assert await guesting.village.desk.look(TEST, read) == [Knows.GROUP, Knows.CARER]


async def test_an_alarm_at_home_ends_where_it_is_seen_at_the_other_unit(guesting: Guesting) -> None:
    at_home = LadderDay(guesting.village, guesting.clock, unit_name="day-care")
    await at_home.begin(LIVE)
    await at_home.wake(9, 0)
    await at_home.say(MOTHER, "Ho gjekk heimefra klokka åtte!")
    await at_home.wake(9, 30)
    before = await guesting.village.desk.look(TEST, list_looked_for, guesting.home, MONDAY)

    there = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await there.mark(LIVE)
    await at_home.wake(9, 40)

    after = await guesting.village.desk.look(TEST, list_looked_for, guesting.home, MONDAY)
    assert (before, after) == ({guesting.child_id}, set())


@pytest.mark.one_store
async def test_whoever_was_seen_at_another_unit_since_is_looked_for_at_home_by_staff_alone_and_only_in_doubt(
    guesting: Guesting,
) -> None:
    at_home = Evening(guesting.village, guesting.clock, unit_name="day-care")
    there = Evening(guesting.village, guesting.clock)
    await at_home.begin(LIVE)
    await there.come(LIVE)

    asked = await at_home.wake(17, 30)
    in_doubt = await at_home.still()
    await there.leave(LIVE)
    asked += await at_home.wake(17, 31)
    may_be_back = await at_home.still()
    await there.left_with(LIVE, "Mormor")
    asked += await at_home.wake(17, 32)

    assert asked == []
    assert in_doubt == may_be_back == ["still here: Live, call, no_marks"]
    assert await at_home.still() == []


@pytest.mark.one_store
async def test_whoever_is_at_another_unit_since_that_sees_home_is_asked_about_there_alone(guesting: Guesting) -> None:
    at_home = Evening(guesting.village, guesting.clock, unit_name="day-care")
    there = Evening(guesting.village, guesting.clock)
    await at_home.begin(LIVE)
    await there.come(LIVE)
    await there.switch(FetchTimes(is_on=True))

    asked = await at_home.wake(17, 1)

    assert [phone for phone, _ in asked] == [at_home.phone(MOTHER)]
    assert "Lerkeveien barnehage" in asked[0][1]


@pytest.mark.one_store
async def test_whoever_came_home_since_is_asked_about_there(guesting: Guesting) -> None:
    at_home = Evening(guesting.village, guesting.clock, unit_name="day-care")
    await Evening(guesting.village, guesting.clock).come(LIVE)
    await at_home.begin(LIVE)

    assert [phone for phone, _ in await at_home.wake(17, 30)] == [at_home.phone(MOTHER)]


async def test_who_has_places_in_two_groups_at_home_is_counted_once(guesting: Guesting) -> None:
    def second(work: Work) -> None:
        own = work.session.scalars(sa.select(Placement).where(Placement.child_id == guesting.child_id)).one()
        group = Group(id=work.new_id(), owner_id=own.owner_id, unit_id=own.unit_id, source_id="two", name="To")
        work.session.add(group)
        work.session.flush()
        work.session.add(
            Placement(
                id=work.new_id(),
                owner_id=own.owner_id,
                child_id=own.child_id,
                group_id=group.id,
                unit_id=own.unit_id,
                from_day=own.from_day,
            )
        )

    await guesting.do(second)

    def count(look: Look) -> int:
        board = list_board(look, get_reach(look), guesting.host, MONDAY)
        return [on.child_id for on in board].count(guesting.child_id)

    assert await guesting.seen_by(HEAD, count) == 1
