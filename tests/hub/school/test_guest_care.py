"""A child is a guest at another unit: who may arrange it, who sees it there and when, and where it is looked for."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.calendars import close
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestPlace
from hub.people.places import Group, Unit
from hub.safety.access import NotThereError, get_child, get_reach, list_children
from hub.safety.audit import AuditRow
from hub.safety.guests import get_looked_after, list_stays_of
from hub.safety.named_readers import NamedReader
from hub.school.absences import Reason, report
from hub.school.attendance import Departure, mark_here, mark_left
from hub.school.call_list import list_missing
from hub.school.care_bookings import Teller, book
from hub.school.care_hours import OFF, Hours, read_hours
from hub.school.care_plans import list_expected
from hub.school.care_rules import get_rules
from hub.school.day_board import Presence, list_board, list_whole_board
from hub.school.guest_care import (
    GuestClashError,
    GuestDaysError,
    GuestUnreadError,
    call_off,
    decline,
    list_guests_at,
    list_guests_from,
)
from hub.school.ladders import LadderTimes, set_times
from hub.school.waking import read_waking
from tests.hub.post.outboxes import TEST
from tests.hub.school.guesting import (
    CARER,
    HEAD,
    LIVE,
    MONDAY,
    OTHER_TEACHER,
    SUNDAY,
    TEACHER,
    THURSDAY,
    WEDNESDAY,
    Guesting,
)
from tests.hub.school.ladder_day import LadderDay
from tests.village import Village

NINE = LadderTimes(is_on=True, asks_at=time(9, 0))


@pytest.fixture
def guesting(village: Village, clock: StoppedClock) -> Guesting:
    guesting = Guesting(village, clock)
    guesting.at(SUNDAY, 12)
    return guesting


def mark(guesting: Guesting, unit: Unit, work: Work) -> None:
    mark_here(work, unit, [work.session.get_one(Child, guesting.child_id)], "test")


def set_both(work: Work, guesting: Guesting) -> None:
    """Both units ask at nine."""
    for unit in (guesting.home, guesting.host):
        set_times(work, unit, NINE, "test")


async def looked_for(guesting: Guesting, unit: Unit) -> set[str]:
    waking = await guesting.village.desk.look(TEST, read_waking, unit)
    return {due.child.name for due in waking.due}


async def test_a_guest_stands_on_the_board_where_it_is_and_as_elsewhere_at_home(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(MONDAY, 8)

    there, at_home = await guesting.board(TEACHER, guesting.host), await guesting.board(CARER, guesting.home)

    assert (there[LIVE].presence, there[LIVE].guest_of) == (Presence.NOT_HEARD, "Hos Solveig")
    assert at_home[LIVE].presence is Presence.ELSEWHERE
    elsewhere = at_home[LIVE].elsewhere
    assert elsewhere is not None
    assert elsewhere.unit == "Lerkeveien barnehage"


async def test_until_it_is_accepted_nothing_changes(guesting: Guesting) -> None:
    await guesting.ask()
    guesting.at(MONDAY, 8)

    there, at_home = await guesting.board(HEAD, guesting.host), await guesting.board(CARER, guesting.home)

    assert LIVE not in there
    assert at_home[LIVE].presence is Presence.NOT_HEARD


@pytest.mark.parametrize("day", [SUNDAY, THURSDAY])
async def test_before_and_after_its_days_it_is_nobodys_there(guesting: Guesting, day: date) -> None:
    await guesting.arrange()
    guesting.at(day, 8)

    assert LIVE not in await guesting.board(HEAD, guesting.host)
    with pytest.raises(NotThereError):
        await guesting.seen_by(HEAD, lambda look: get_looked_after(look, get_reach(look), guesting.child_id))


async def test_staff_there_reach_the_child_of_the_day_and_never_its_book(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(MONDAY, 8)

    def read(look: Look) -> tuple[str, list[str]]:
        reach = get_reach(look)
        child, _ = get_looked_after(look, reach, guesting.child_id)
        return child.name, [one.name for one, _ in list_children(look, reach, guesting.host, MONDAY)]

    name, placed = await guesting.seen_by(TEACHER, read)

    assert name == LIVE
    assert LIVE not in placed
    with pytest.raises(NotThereError):
        await guesting.seen_by(TEACHER, lambda look: get_child(look, get_reach(look), guesting.child_id))


async def test_another_group_there_sees_nothing_of_it(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(MONDAY, 8)

    assert LIVE not in await guesting.board(OTHER_TEACHER, guesting.host)
    with pytest.raises(NotThereError):
        await guesting.seen_by(OTHER_TEACHER, lambda look: get_looked_after(look, get_reach(look), guesting.child_id))


async def test_a_guest_who_does_not_come_is_looked_for_there_and_not_at_home(guesting: Guesting) -> None:
    await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))
    guesting.at(MONDAY, 9, 1)

    assert LIVE in await looked_for(guesting, guesting.host)
    assert LIVE not in await looked_for(guesting, guesting.home)


async def test_where_nobody_there_asks_it_is_looked_for_at_home_until_it_is_seen_there(guesting: Guesting) -> None:
    await guesting.arrange()
    await guesting.do(lambda work: set_times(work, guesting.home, NINE, "test"))
    guesting.at(MONDAY, 9, 1)

    assert LIVE in await looked_for(guesting, guesting.home)

    await guesting.do(lambda work: mark(guesting, guesting.host, work))

    assert LIVE not in await looked_for(guesting, guesting.home)


async def test_where_its_own_unit_is_closed_it_is_asked_for_where_it_is_at_the_times_of_its_own(
    guesting: Guesting,
) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await guesting.arrange()
    await guesting.do(lambda work: set_times(work, guesting.home, replace(NINE, asks_at=time(8, 30)), "test"))
    await guesting.do(lambda work: close(work, guesting.home, MONDAY, WEDNESDAY, "Ferie", "test"))
    guesting.at(MONDAY, 7)

    early, asked = await day.wake(8, 0), await day.wake(8, 30)
    await day.wake(8, 45)
    await day.wake(9, 0)
    missing = await guesting.seen_by(HEAD, lambda look: list_named_missing(look, guesting))

    assert early == []
    assert [phone for phone, _ in asked] == [day.phone("Synne Haugland")]
    assert missing == [LIVE]

    await guesting.do(lambda work: mark(guesting, guesting.host, work))

    assert await looked_for(guesting, guesting.host) == set()


@pytest.mark.one_store
async def test_on_a_day_on_which_both_are_closed_nobody_asks_for_it(guesting: Guesting) -> None:
    day = LadderDay(guesting.village, guesting.clock, unit_name="preschool")
    await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))
    await guesting.do(lambda work: close(work, guesting.home, MONDAY, MONDAY, "Ferie", "test"))
    await guesting.do(lambda work: close(work, guesting.host, MONDAY, MONDAY, "Planleggingsdag", "test"))
    guesting.at(MONDAY, 7)

    asked = [await day.wake(hour, minute) for hour, minute in ((8, 0), (9, 1), (9, 30), (10, 0), (12, 0))]

    assert asked == [[]] * 5
    assert await looked_for(guesting, guesting.home) == await looked_for(guesting, guesting.host) == set()
    assert await guesting.seen_by(HEAD, lambda look: list_named_missing(look, guesting)) == []


def list_named_missing(look: Look, guesting: Guesting) -> list[str]:
    """Who is listed at the preschool for staff to call about."""
    reach, day = get_reach(look), guesting.host.today(look.now)
    board = list_board(look, reach, guesting.host, day)
    return [one.on.child.name for one in list_missing(look, reach, guesting.host, day, board) if one.is_listed]


async def test_a_guest_who_becomes_protected_and_has_no_reader_there_is_looked_for_at_home(guesting: Guesting) -> None:
    await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))

    def protect(work: Work) -> None:
        child = work.session.get_one(Child, guesting.child_id)
        child.protected = True

    await guesting.do(protect)
    guesting.at(MONDAY, 9, 1)
    at_home = await looked_for(guesting, guesting.home)

    def name(work: Work) -> None:
        staff = guesting.village.staff(TEACHER)
        work.session.add(
            NamedReader(child_id=guesting.child_id, staff_id=staff.id, owner_id=staff.owner_id, since=work.now)
        )

    await guesting.do(name)

    assert LIVE in at_home
    assert LIVE not in await looked_for(guesting, guesting.home)


async def test_on_a_day_on_which_the_other_is_closed_it_is_expected_at_home(guesting: Guesting) -> None:
    await guesting.arrange()

    await guesting.do(lambda work: close(work, guesting.host, MONDAY, MONDAY, "Planleggingsdag", "test"))
    guesting.at(MONDAY, 8)

    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.NOT_HEARD


async def test_a_guest_who_came_home_all_the_same_is_not_looked_for_until_an_hour_after_it_leaves(
    guesting: Guesting,
) -> None:
    await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))
    guesting.at(MONDAY, 8)
    await guesting.do(lambda work: mark(guesting, guesting.home, work))
    guesting.at(MONDAY, 9, 1)

    assert (await guesting.board(HEAD, guesting.host))[LIVE].presence is Presence.ELSEWHERE
    assert LIVE not in await looked_for(guesting, guesting.host)

    guesting.at(MONDAY, 9, 30)
    await guesting.do(lambda work: mark_left(work, guesting.home, [guesting.child_id], Departure(work.now, "test")))
    guesting.at(MONDAY, 10, 29)

    assert (await guesting.board(HEAD, guesting.host))[LIVE].presence is Presence.NOT_HEARD
    assert LIVE not in await looked_for(guesting, guesting.host)

    guesting.at(MONDAY, 10, 31)

    assert LIVE in await looked_for(guesting, guesting.host)


@pytest.mark.one_store
@pytest.mark.parametrize(("hours", "rings_at"), [("8-16", time(13, 1)), ("8-12.30", None), ("12-16", time(13, 1))])
async def test_a_day_that_is_parted_between_the_two_rings_at_neither_unless_the_child_is_lost_on_its_way(
    guesting: Guesting, hours: str, rings_at: time | None
) -> None:
    await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))
    await booked(guesting, read_hours(hours))
    guesting.at(MONDAY, 8)
    await guesting.do(lambda work: mark(guesting, guesting.home, work))
    guesting.at(MONDAY, 12)
    await guesting.do(lambda work: mark_left(work, guesting.home, [guesting.child_id], Departure(work.now, "test")))

    rung = []
    for at in (time(12, 1), time(12, 59), time(13, 1), time(15, 0)):
        guesting.at(MONDAY, at.hour, at.minute)
        assert LIVE not in await looked_for(guesting, guesting.home)
        rung += [at] if LIVE in await looked_for(guesting, guesting.host) else []

    assert next(iter(rung), None) == rings_at

    await guesting.do(lambda work: mark(guesting, guesting.host, work))
    for unit in (guesting.host, guesting.home):
        assert LIVE not in await looked_for(guesting, unit)


async def test_an_absence_told_to_either_is_known_at_both(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(MONDAY, 7)

    def tell(work: Work) -> None:
        child = work.session.get_one(Child, guesting.child_id)
        told_by = guesting.village.guardian("Synne Haugland").id
        report(work, child, [MONDAY], Reason.SICK, told_by=told_by, told_kind="guardian", trust=Trust.CLAIMED)

    await guesting.do(tell)

    assert (await guesting.board(TEACHER, guesting.host))[LIVE].presence is Presence.AWAY
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.AWAY


async def test_it_stands_on_the_whole_board_once_which_routines_read(guesting: Guesting) -> None:
    await guesting.arrange()
    guesting.at(MONDAY, 8)

    board = await guesting.village.desk.look(TEST, list_whole_board, guesting.host, MONDAY)

    assert [on.child.name for on in board].count(LIVE) == 1


async def test_it_ends_with_its_own_place(guesting: Guesting) -> None:
    await guesting.arrange()

    def leaves(work: Work) -> None:
        place = work.session.scalars(sa.select(Placement).where(Placement.child_id == guesting.child_id)).one()
        place.to_day = MONDAY

    await guesting.do(leaves)
    guesting.at(MONDAY + timedelta(days=1), 8)

    assert LIVE not in await guesting.board(HEAD, guesting.host)


async def booked(guesting: Guesting, hours: Hours) -> None:
    """Of the Monday, at home."""

    def tell(work: Work) -> None:
        home, child = guesting.home, work.session.get_one(Child, guesting.child_id)
        teller = Teller(guesting.village.staff(CARER).id, "staff", Trust.STRONG)
        book(work, home, child, {MONDAY: hours}, teller, get_rules(work, home))

    await guesting.do(tell)


@pytest.mark.parametrize(("hours", "expected"), [("09:30-15", [time(9, 30)]), ("", [None]), ("17-22", [])])
async def test_it_is_expected_there_as_was_booked_at_home_also_where_that_is_closed(
    guesting: Guesting, hours: str, expected: list[time | None]
) -> None:
    await guesting.arrange()
    await booked(guesting, read_hours(hours) if hours else OFF)
    await guesting.do(lambda work: close(work, guesting.home, MONDAY, MONDAY, "Ferie", "test"))

    found = await guesting.village.desk.look(TEST, list_expected, guesting.host, MONDAY)

    assert [at for id_, at in found.items() if id_ == guesting.child_id] == expected


@pytest.mark.parametrize("who", [TEACHER, HEAD, "Ingrid Solberg"])
async def test_only_who_leads_where_it_is_at_home_asks(guesting: Guesting, who: str) -> None:
    with pytest.raises(NotThereError):
        await guesting.ask(who)
    assert await guesting.ask(CARER)


@pytest.mark.parametrize("who", [TEACHER, CARER, "Ingrid Solberg"])
async def test_only_who_leads_there_accepts_or_declines(guesting: Guesting, who: str) -> None:
    place_id = await guesting.ask()

    with pytest.raises(NotThereError):
        await guesting.accept(place_id, who)
    with pytest.raises(NotThereError):
        await guesting.by(who, lambda work: decline(work, place_id))
    await guesting.accept(place_id, HEAD)


async def test_a_group_of_another_unit_takes_nobody_in(guesting: Guesting) -> None:
    place_id = await guesting.ask()

    with pytest.raises(NotThereError):
        await guesting.accept(place_id, HEAD, "1A")


async def test_what_was_declined_never_holds(guesting: Guesting) -> None:
    place_id = await guesting.ask()
    await guesting.by(HEAD, lambda work: decline(work, place_id))
    await guesting.accept(place_id)
    guesting.at(MONDAY, 8)

    assert LIVE not in await guesting.board(HEAD, guesting.host)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (SUNDAY - timedelta(days=1), MONDAY),
        (WEDNESDAY, MONDAY),
        (MONDAY, MONDAY + timedelta(days=92)),
        (SUNDAY, SUNDAY),
        (MONDAY + timedelta(days=370), MONDAY + timedelta(days=371)),
    ],
)
async def test_days_that_cannot_be_are_refused(guesting: Guesting, first: date, last: date) -> None:
    with pytest.raises(GuestDaysError):
        await guesting.ask(first=first, last=last)


async def test_a_child_is_a_guest_at_one_unit_at_a_time(guesting: Guesting) -> None:
    await guesting.ask()

    with pytest.raises(GuestClashError):
        await guesting.ask(first=WEDNESDAY, last=THURSDAY)
    assert await guesting.ask(first=THURSDAY, last=THURSDAY)


async def test_a_day_that_was_held_before_it_was_called_off_is_not_given_away_again(guesting: Guesting) -> None:
    place_id = await guesting.arrange()
    guesting.at(MONDAY, 8)
    await guesting.do(lambda work: mark(guesting, guesting.host, work))
    await guesting.by(CARER, lambda work: call_off(work, place_id))

    with pytest.raises(GuestClashError):
        await guesting.ask(first=MONDAY, last=WEDNESDAY)
    assert await guesting.ask(first=MONDAY + timedelta(days=1), last=WEDNESDAY)


async def test_days_that_its_own_place_never_reached_are_no_days(guesting: Guesting) -> None:
    await guesting.arrange()

    def left(work: Work) -> None:
        place = work.session.scalars(sa.select(Placement).where(Placement.child_id == guesting.child_id)).one()
        place.to_day = SUNDAY

    await guesting.do(left)
    guesting.at(MONDAY, 8)

    def read(look: Look) -> int:
        return len(list_stays_of(look, guesting.child_id, SUNDAY, WEDNESDAY))

    assert await guesting.village.desk.look(TEST, read) == 0


async def test_nobody_is_a_guest_at_a_school_or_at_home(guesting: Guesting) -> None:
    for unit in (guesting.village.unit("school"), guesting.home):
        with pytest.raises(NotThereError):
            await guesting.ask(host=unit)


async def test_called_off_on_the_day_it_may_be_at_either_and_both_look_for_it_until_it_is_seen_at_one(
    guesting: Guesting,
) -> None:
    place_id = await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))
    guesting.at(MONDAY, 8)
    await guesting.by(CARER, lambda work: call_off(work, place_id))
    guesting.at(MONDAY, 9, 1)

    there, at_home = await guesting.board(HEAD, guesting.host), await guesting.board(CARER, guesting.home)

    assert [board[LIVE].presence for board in (there, at_home)] == [Presence.NOT_HEARD] * 2
    assert (there[LIVE].may_be_at, at_home[LIVE].may_be_at) == ("Hos Solveig", "Lerkeveien barnehage")
    for unit in (guesting.host, guesting.home):
        assert LIVE in await looked_for(guesting, unit)

    await guesting.do(lambda work: mark(guesting, guesting.host, work))
    seen = (await guesting.board(CARER, guesting.home))[LIVE]

    assert (seen.presence, seen.was_found, seen.may_be_at) == (Presence.ELSEWHERE, True, None)
    assert LIVE not in await looked_for(guesting, guesting.home)

    guesting.at(MONDAY + timedelta(days=1), 8)

    assert LIVE not in await guesting.board(HEAD, guesting.host)
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.NOT_HEARD


async def test_called_off_on_the_day_it_is_taken_in_by_a_third_which_the_first_learns_once_it_is_seen(
    guesting: Guesting,
) -> None:
    place_id = await guesting.arrange()
    await guesting.do(lambda work: set_both(work, guesting))
    guesting.at(MONDAY, 8)
    await guesting.by(HEAD, lambda work: call_off(work, place_id))
    third = guesting.village.unit("club")
    other = await guesting.ask(first=MONDAY, last=MONDAY, host=third)
    await guesting.do(lambda work: take_in_anyhow(work, guesting, other, third))
    guesting.at(MONDAY, 9, 1)
    before = await looked_for(guesting, guesting.host)
    await guesting.do(lambda work: mark(guesting, third, work))

    assert LIVE in before
    assert (await guesting.board(HEAD, guesting.host))[LIVE].presence is Presence.ELSEWHERE
    assert (await guesting.board(CARER, guesting.home))[LIVE].presence is Presence.ELSEWHERE


def take_in_anyhow(work: Work, guesting: Guesting, place_id: str, unit: Unit) -> None:
    """By nobody in particular, in a group of that unit."""
    group = work.session.scalars(sa.select(Group).where(Group.unit_id == unit.id)).first()
    assert group is not None
    place = work.session.get_one(GuestPlace, place_id)
    place.group_id, place.accepted_by, place.accepted_at = group.id, "test", work.now


async def test_called_off_while_it_is_there_it_stays_that_day_so_that_somebody_sees_it_home(guesting: Guesting) -> None:
    place_id = await guesting.arrange()
    guesting.at(MONDAY, 8)
    await guesting.do(lambda work: mark(guesting, guesting.host, work))
    await guesting.by(HEAD, lambda work: call_off(work, place_id))

    assert (await guesting.board(HEAD, guesting.host))[LIVE].presence is Presence.HERE

    guesting.at(MONDAY + timedelta(days=1), 8)

    assert LIVE not in await guesting.board(HEAD, guesting.host)


@pytest.mark.parametrize("who", [TEACHER, "Ingrid Solberg"])
async def test_only_who_leads_at_either_calls_off(guesting: Guesting, who: str) -> None:
    place_id = await guesting.arrange()

    with pytest.raises(NotThereError):
        await guesting.by(who, lambda work: call_off(work, place_id))
    await guesting.by(CARER, lambda work: call_off(work, place_id))


async def test_a_protected_child_is_asked_for_only_where_a_named_reader_may_accept_it(guesting: Guesting) -> None:
    village = guesting.village

    def protect(work: Work) -> None:
        work.session.get_one(Child, guesting.child_id).protected = True
        _name(work, CARER)

    def _name(work: Work, who: str) -> None:
        staff = village.staff(who)
        work.session.add(
            NamedReader(child_id=guesting.child_id, staff_id=staff.id, owner_id=staff.owner_id, since=work.now)
        )

    await guesting.do(protect)
    with pytest.raises(GuestUnreadError):
        await guesting.ask()
    await guesting.do(lambda work: _name(work, TEACHER))
    with pytest.raises(GuestUnreadError):
        await guesting.ask()

    await guesting.do(lambda work: _name(work, HEAD))
    await guesting.arrange()
    guesting.at(MONDAY, 8)

    assert LIVE in await guesting.board(HEAD, guesting.host)
    assert LIVE in await guesting.board(TEACHER, guesting.host)
    assert LIVE not in await guesting.board("Hilde Myhre", guesting.host)


async def test_who_is_no_named_reader_neither_sees_the_request_nor_accepts_it(guesting: Guesting) -> None:
    place_id = await guesting.ask()

    def protect(work: Work) -> None:
        work.session.get_one(Child, guesting.child_id).protected = True

    await guesting.do(protect)

    with pytest.raises(NotThereError):
        await guesting.accept(place_id)
    assert await guesting.seen_by(HEAD, lambda look: list_guests_at(look, get_reach(look), guesting.host)) == []


async def test_both_ends_list_it_for_those_who_arrange_it_alone(guesting: Guesting) -> None:
    await guesting.ask()

    async def listed(who: str) -> tuple[int, int]:
        def read(look: Look) -> tuple[int, int]:
            reach = get_reach(look)
            at, of = list_guests_at(look, reach, guesting.host), list_guests_from(look, reach, guesting.home)
            return len(at), len(of)

        return await guesting.seen_by(who, read)

    assert [await listed(who) for who in (HEAD, CARER, TEACHER)] == [(1, 0), (0, 1), (0, 0)]


async def test_each_step_stands_in_the_audit(guesting: Guesting) -> None:
    place_id = await guesting.arrange()
    await guesting.by(CARER, lambda work: call_off(work, place_id))

    def read(look: Look) -> list[str]:
        return sorted(row.what for row in look.session.scalars(sa.select(AuditRow)) if row.what.startswith("guest."))

    assert await guesting.village.desk.look(TEST, read) == ["guest.accept", "guest.ask", "guest.call_off"]


async def test_two_accept_at_once_and_it_is_accepted_once(guesting: Guesting) -> None:
    place_id = await guesting.ask()
    await guesting.accept(place_id, group="blabaer")
    await guesting.accept(place_id, group="tyttebaer")

    def read(look: Look) -> str | None:
        return look.session.get_one(GuestPlace, place_id).group_id

    assert await guesting.village.desk.look(TEST, read) == guesting.village.group("blabaer").id
