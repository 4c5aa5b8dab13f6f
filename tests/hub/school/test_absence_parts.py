"""What an absence means for a booking and a bill: before the lock and after it, for care, teaching and both."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Desk, Work
from hub.people.families import Child
from hub.school.absence_parts import (
    Care,
    Counts,
    Parts,
    attended_parts,
    counts_as,
    keeps_booking,
    parts_of,
    told_since,
)
from hub.school.absences import Absence, Reason, report, take_back
from tests.conftest import MONDAY_MORNING
from tests.hub.sign_in.school import TEST
from tests.village import load_village

WEDNESDAY = date(2025, 3, 5)
LOCK = datetime(2025, 3, 3, 17, 0, tzinfo=UTC)
BEFORE, AT, AFTER = LOCK - timedelta(seconds=1), LOCK, LOCK + timedelta(hours=3)


def lock_at(day: date) -> datetime:
    """Two days before, at six in the evening in Oslo."""
    return LOCK + (day - WEDNESDAY)


def absence(reason: Reason) -> Absence:
    return Absence(
        id="a",
        owner_id="o",
        child_id="c",
        day=WEDNESDAY,
        reason=reason,
        told_by="g",
        told_kind="guardian",
        trust=Trust.CLAIMED,
        told_at=AFTER,
    )


@pytest.mark.parametrize(("told", "keeps"), [(BEFORE, False), (AT, True), (AFTER, True)])
def test_an_absence_after_the_lock_keeps_the_booking_and_one_before_it_removes_it(told: datetime, keeps: bool) -> None:
    assert keeps_booking(told, WEDNESDAY, lock_at) is keeps


@pytest.mark.parametrize(
    ("reason", "told", "by_hours", "counts"),
    [
        (Reason.SICK, BEFORE, True, Counts.SICK),
        (Reason.SICK, AFTER, True, Counts.SICK),
        (Reason.OTHER, BEFORE, True, Counts.PLANNED),
        (Reason.UNTOLD, BEFORE, True, Counts.PLANNED),
        (Reason.OTHER, AFTER, True, Counts.OTHER),
        (Reason.OTHER, BEFORE, False, Counts.OTHER),
    ],
)
def test_planned_is_only_what_was_told_before_the_lock_where_hours_are_agreed(
    reason: Reason, told: datetime, by_hours: bool, counts: Counts
) -> None:
    assert counts_as(absence(reason), told, lock_at, by_hours=by_hours) is counts


@pytest.mark.parametrize(
    ("care", "parts"),
    [(Care.PAID, Parts(True, False)), (Care.FREE, Parts(False, True)), (Care.BOTH, Parts(True, True))],
)
def test_a_day_away_covers_the_parts_that_the_place_has(care: Care, parts: Parts) -> None:
    assert parts_of(care) == parts


@pytest.mark.parametrize(
    ("spans", "care", "parts"),
    [
        ([], Care.BOTH, Parts(True, True)),
        ([(time(8, 0), time(8, 14))], Care.PAID, Parts(True, False)),
        ([(time(8, 0), time(8, 15))], Care.PAID, Parts(False, False)),
        ([(time(8, 0), time(9, 30))], Care.BOTH, Parts(False, True)),
        ([(time(8, 0), time(10, 0))], Care.BOTH, Parts(False, False)),
        ([(time(12, 30), time(16, 0))], Care.FREE, Parts(False, True)),
        ([(time(9, 0), time(9, 40)), (time(9, 20), time(9, 50))], Care.FREE, Parts(False, True)),
        ([(time(9, 0), time(9, 30)), (time(12, 0), time(12, 30))], Care.FREE, Parts(False, False)),
    ],
)
def test_who_was_barely_there_counts_as_away(spans: list[tuple[time, time]], care: Care, parts: Parts) -> None:
    assert attended_parts(spans, care) == parts


async def test_who_first_says_away_and_then_ill_told_of_it_the_first_time(desk: Desk, clock: StoppedClock) -> None:
    kept = await told_twice(desk, clock, take_it_back=False)

    assert await desk.look(TEST, told_since, kept) == MONDAY_MORNING


async def test_who_took_it_back_in_between_told_of_it_the_second_time(desk: Desk, clock: StoppedClock) -> None:
    kept = await told_twice(desk, clock, take_it_back=True)

    assert await desk.look(TEST, told_since, kept) == MONDAY_MORNING + timedelta(hours=12)


async def told_twice(desk: Desk, clock: StoppedClock, *, take_it_back: bool) -> Absence:
    """Away, told in the morning; ill, told twelve hours later, after the lock; the row that holds."""
    village = await load_village(desk)
    clock.jump(MONDAY_MORNING)

    def tell(work: Work, reason: Reason) -> list[Absence]:
        child = work.session.get_one(Child, village.child("Noah Bakken").id)
        return report(
            work, child, [WEDNESDAY], reason, told_by="g", told_kind="guardian", trust=Trust.CLAIMED, message_id=None
        )

    def untell(work: Work, ids: list[str]) -> None:
        take_back(work, [work.session.get_one(Absence, id_) for id_ in ids], "g")

    first = await desk.work(TEST, tell, Reason.OTHER)
    if take_it_back:
        clock.jump(MONDAY_MORNING + timedelta(hours=6))
        await desk.work(TEST, untell, [row.id for row in first])
    clock.jump(MONDAY_MORNING + timedelta(hours=12))
    (kept,) = await desk.work(TEST, tell, Reason.SICK)
    return kept
