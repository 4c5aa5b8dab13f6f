"""What a person found out of a child of whom the phones said what does not fit: it holds, is in the log, and nothing waits."""

from datetime import datetime, timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.confirming import NeverCameError
from hub.door.looking import (
    Found,
    Shown,
    StandsOtherwiseError,
    ToLookAt,
    WasHereError,
    list_to_look_at,
    settle_clash,
)
from hub.door.marks import Clash, DoorMark, Way, list_said
from hub.door.merging import Fate
from hub.door.who_fetches import OTHER, FetcherUncheckedError, NoFetcherError, SaidFetcher
from hub.safety.access import NotThereError, get_reach
from hub.school.attendance import Departure, mark_left
from hub.school.attendance_undoing import undo_last
from hub.school.day_board import Presence
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TEACHER, coming, keep_clash, leaving, presence, rows_of, say
from tests.hub.door.kept_phone import fates, phone_of, shown_of, waiting
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

TRUDE = SaidFetcher(OTHER, "Nabo Trude", is_checked=True)


async def find(
    village: Village,
    found: Found,
    fetcher: SaidFetcher | None = None,
    who: str = HEAD,
    shown: Shown | None = None,
) -> None:
    """A person looked: at all that waits by now, or at what was `shown` before."""
    seen = await shown_of(village, NOAH) if shown is None else shown

    def settle(work: Work) -> None:
        settle_clash(work, get_reach(work), village.unit("preschool"), village.child(NOAH).id, seen, found, fetcher)

    await village.desk.work(as_staff(village.staff(who)), settle)


async def tick(village: Village, clock: StoppedClock, way: str, stood: str) -> datetime:
    """A phone without network said so an hour ago; when that was."""
    phone, at = await phone_of(village), clock.now()
    phone.tick(NOAH, way, at, stood)
    clock.move(timedelta(hours=1))
    assert fates(await phone.send()) == [Fate.CLASHED]
    return at


async def said_last(village: Village) -> DoorMark:
    def read(look: Look) -> DoorMark:
        unit = village.unit("preschool")
        return list_said(look, unit, unit.today(look.now), [village.child(NOAH).id])[-1]

    return await village.desk.look(TEST, read)


async def test_with_whom_a_child_left_that_a_phone_ticked_as_gone_is_said_afterwards(
    village: Village, clock: StoppedClock
) -> None:
    await say(village, coming(village, NOAH))
    left_at = await tick(village, clock, "leaving", "here")
    before = await waiting(village)

    await find(village, Found.LEFT, TRUDE)

    (row,) = await rows_of(village, NOAH)
    mark = await said_last(village)
    assert before == [(NOAH, Clash.WHO_FETCHED)]
    assert (row.left_at, row.fetched_name) == (left_at, "Nabo Trude")
    assert (mark.way, mark.at, mark.said_at, mark.attendance_id) == (Way.LEAVING, left_at, clock.now(), row.id)
    assert mark.said_by == village.staff(HEAD).id
    assert await waiting(village) == []


@pytest.mark.parametrize(
    ("fetcher", "refusal"),
    [
        (None, NoFetcherError),
        (SaidFetcher(OTHER, "Nabo Trude"), FetcherUncheckedError),
        (SaidFetcher(OTHER), NoFetcherError),
    ],
)
async def test_a_child_that_left_waits_until_it_is_said_with_whom_as_at_any_leaving(
    village: Village, clock: StoppedClock, fetcher: SaidFetcher | None, refusal: type[Exception]
) -> None:
    await say(village, coming(village, NOAH))
    await tick(village, clock, "leaving", "here")

    with pytest.raises(refusal):
        await find(village, Found.LEFT, fetcher)

    assert await waiting(village) == [(NOAH, Clash.WHO_FETCHED)]


async def test_a_leaving_that_was_only_ticked_was_none_where_the_child_is_found_here(
    village: Village, clock: StoppedClock
) -> None:
    await say(village, coming(village, NOAH))
    await tick(village, clock, "leaving", "here")

    await find(village, Found.HERE)

    (row,) = await rows_of(village, NOAH)
    assert (row.left_at, await presence(village, NOAH)) == (None, Presence.HERE)
    assert (await said_last(village)).way == Way.NOT_LEFT


async def test_a_missing_child_that_has_left_left_with_somebody_just_now(village: Village, clock: StoppedClock) -> None:
    await say(village, coming(village, NOAH))
    await tick(village, clock, "missing", "here")

    await find(village, Found.LEFT, SaidFetcher(village.guardian("Marte Bakken").id))

    (row,) = await rows_of(village, NOAH)
    assert (row.left_at, row.fetched_name) == (clock.now(), "Marte Bakken")
    assert (await said_last(village)).way == Way.LEAVING


async def test_a_missing_child_that_nobody_saw_come_has_not_left(village: Village, clock: StoppedClock) -> None:
    await tick(village, clock, "missing", "not_heard")

    with pytest.raises(NeverCameError):
        await find(village, Found.LEFT, TRUDE)

    assert await waiting(village) == [(NOAH, Clash.MISSING)]


@pytest.mark.parametrize(("is_marked", "way"), [(True, Way.SEEN), (False, Way.COMING)])
async def test_who_found_a_missing_child_here_is_in_the_log(
    village: Village, clock: StoppedClock, is_marked: bool, way: Way
) -> None:
    if is_marked:
        await say(village, coming(village, NOAH))
    await tick(village, clock, "missing", "here" if is_marked else "not_heard")

    await find(village, Found.HERE)

    mark = await said_last(village)
    assert (mark.way, mark.said_by, mark.said_at) == (way, village.staff(HEAD).id, clock.now())
    assert await presence(village, NOAH) is Presence.HERE


async def test_a_child_that_left_with_somebody_and_is_found_here_again_has_come_back(
    village: Village, clock: StoppedClock
) -> None:
    """What staff said of the leaving themselves stays as it was."""
    await say(village, coming(village, NOAH))
    await say(village, leaving(village, village.guardian("Marte Bakken").id, NOAH), who=TEACHER)
    await tick(village, clock, "missing", "here")

    await find(village, Found.HERE)

    first, second = await rows_of(village, NOAH)
    assert (first.fetched_name, second.came_at) == ("Marte Bakken", clock.now())


async def test_what_came_after_somebody_looked_waits_on(village: Village, clock: StoppedClock) -> None:
    await say(village, coming(village, NOAH))
    await village.desk.work(TEST, keep_clash, village, NOAH, Way.COMING, Clash.OTHERWISE)
    shown = await shown_of(village, NOAH)
    await tick(village, clock, "missing", "here")

    await find(village, Found.HERE, shown=shown)

    assert await waiting(village) == [(NOAH, Clash.MISSING)]


async def test_what_was_shown_counts_once_and_only_for_its_child(village: Village, clock: StoppedClock) -> None:
    await tick(village, clock, "missing", "not_heard")
    await village.desk.work(TEST, keep_clash, village, ODIN, Way.MISSING, Clash.MISSING)
    shown, others = await shown_of(village, NOAH), await shown_of(village, ODIN)

    with pytest.raises(NotThereError):
        await find(village, Found.HERE, shown=others)
    await find(village, Found.HERE, shown=Shown([*shown.marks, *others.marks], shown.stood))
    with pytest.raises(NotThereError):
        await find(village, Found.HERE, shown=shown)

    assert await waiting(village) == [(ODIN, Clash.MISSING)]


async def test_a_child_that_was_here_today_is_not_found_away_and_waits_on(
    village: Village, clock: StoppedClock
) -> None:
    await say(village, coming(village, NOAH))
    await tick(village, clock, "missing", "here")
    await say(village, leaving(village, village.guardian("Marte Bakken").id, NOAH), who=TEACHER)

    with pytest.raises(WasHereError):
        await find(village, Found.AWAY)

    assert await waiting(village) == [(NOAH, Clash.MISSING)]
    assert await presence(village, NOAH) is Presence.LEFT


async def test_a_child_whose_coming_was_wrong_is_found_away(village: Village, clock: StoppedClock) -> None:
    await say(village, coming(village, NOAH))
    await tick(village, clock, "missing", "here")

    await find(village, Found.AWAY)

    assert await presence(village, NOAH) is Presence.AWAY
    assert await waiting(village) == []


async def test_a_leaving_that_staff_said_meanwhile_is_not_undone_by_what_was_found_before(
    village: Village, clock: StoppedClock
) -> None:
    await say(village, coming(village, NOAH))
    await tick(village, clock, "leaving", "here")
    shown = await shown_of(village, NOAH)
    await village.desk.work(as_staff(village.staff(TEACHER)), leave_with_marte, village)
    clock.move(timedelta(minutes=1))

    with pytest.raises(StandsOtherwiseError):
        await find(village, Found.HERE, shown=shown)

    (row,) = await rows_of(village, NOAH)
    assert (row.fetched_name, await presence(village, NOAH)) == ("Marte Bakken", Presence.LEFT)
    assert await waiting(village) == [(NOAH, Clash.WHO_FETCHED)]


@pytest.mark.parametrize("found", [Found.HERE, Found.LEFT])
async def test_a_child_that_was_fetched_since_the_page_was_shown_is_looked_at_anew(
    village: Village, clock: StoppedClock, found: Found
) -> None:
    """Whoever saw it an hour ago presses only now: it stays fetched, with whom it went, until somebody looks again."""
    await say(village, coming(village, NOAH))
    await tick(village, clock, "missing", "here")
    shown = await shown_of(village, NOAH)
    await say(village, leaving(village, village.guardian("Marte Bakken").id, NOAH), who=TEACHER)

    with pytest.raises(StandsOtherwiseError):
        await find(village, found, TRUDE, shown=shown)

    (row,) = await rows_of(village, NOAH)
    assert (row.fetched_name, await presence(village, NOAH)) == ("Marte Bakken", Presence.LEFT)
    assert await waiting(village) == [(NOAH, Clash.MISSING)]


def leave_with_marte(work: Work, village: Village) -> None:
    """It had not left when it was ticked, and has now."""
    unit, noah = village.unit("preschool"), village.child(NOAH)
    undo_last(work, unit, noah, "test")
    mark_left(work, unit, [noah.id], Departure(work.now, "test", village.guardian("Marte Bakken").id, "Marte Bakken"))


@pytest.mark.parametrize("found", [Found.HERE, Found.AWAY])
async def test_a_missing_child_waits_for_a_person_over_midnight_until_somebody_knows(
    village: Village, clock: StoppedClock, found: Found
) -> None:
    """What was found of a day before says of today only that the child is here."""
    await say(village, coming(village, NOAH))
    await tick(village, clock, "missing", "here")
    clock.move(timedelta(days=1))
    next_day = await to_look_at(village)

    await find(village, found)

    assert [(one.child_id, one.is_missing) for one in next_day] == [(village.child(NOAH).id, True)]
    assert next_day[0].since < village.unit("preschool").today(clock.now())
    assert await to_look_at(village) == []
    assert await presence(village, NOAH) is (Presence.HERE if found is Found.HERE else Presence.NOT_HEARD)


async def test_a_missing_child_whom_staff_have_seen_come_since_is_found(village: Village, clock: StoppedClock) -> None:
    await tick(village, clock, "missing", "not_heard")
    clock.move(timedelta(days=1))
    before = await to_look_at(village)

    await say(village, coming(village, NOAH))

    assert [one.child_id for one in before] == [village.child(NOAH).id]
    assert await to_look_at(village) == []


async def to_look_at(village: Village) -> list[ToLookAt]:
    return await village.desk.look(
        TEST, lambda look: list_to_look_at(look, village.unit("preschool"), [village.child(NOAH).id])
    )
