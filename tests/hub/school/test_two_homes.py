"""Whatever two homes tell, in whatever order, every day ends in exactly one agreed state or in a question to both."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.asker import Trust
from hub.school.absences import Absence, Reason
from hub.school.care_bookings import CareBooking
from hub.school.care_hours import pack, read_hours
from hub.school.care_patterns import Pattern
from hub.school.care_plans import Standing, agree

MONDAY = date(2026, 12, 14)
DAYS = [MONDAY + timedelta(days=n) for n in range(28)]
NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOURS = st.sampled_from(["8-16", "9-15", "8-12, 13-16", "22-6", ""]).map(read_hours)
HOMES = ("mother", "father")


def booking(day: date, hours: str, by: str, *, rival: bool) -> CareBooking:
    return CareBooking(
        id=f"{day}{by}",
        owner_id="o",
        child_id="c",
        unit_id="u",
        day=day,
        hours=hours,
        told_by=by,
        told_kind="guardian",
        trust=Trust.CONFIRMED,
        told_at=NOW,
        is_rival=rival,
    )


def absence(day: date) -> Absence:
    return Absence(
        id="a",
        owner_id="o",
        child_id="c",
        day=day,
        reason=Reason.SICK,
        told_by="mother",
        told_kind="guardian",
        trust=Trust.CLAIMED,
        told_at=NOW,
    )


PATTERNS = st.builds(
    Pattern,
    id=st.just("p"),
    child_id=st.just("c"),
    guardian_id=st.sampled_from([*HOMES, None]),
    from_day=st.sampled_from([MONDAY + timedelta(weeks=n) for n in range(-3, 3)]),
    to_day=st.none(),
    every_weeks=st.sampled_from([1, 2]),
    week=st.lists(st.one_of(st.none(), HOURS), min_size=7, max_size=7).map(tuple),
)


@given(
    st.lists(PATTERNS, max_size=4),
    st.dictionaries(st.sampled_from(DAYS), st.tuples(st.sampled_from(HOMES), HOURS, st.one_of(st.none(), HOURS))),
    st.sets(st.sampled_from(DAYS)),
)
def test_every_day_of_two_homes_is_agreed_or_asked_about(
    patterns: list[Pattern],
    told: dict[date, tuple[str, tuple, tuple | None]],  # type: ignore[type-arg]
    ill: set[date],
) -> None:
    states: Counter[Standing] = Counter()
    for day in DAYS:
        rows = []
        if day in told:
            who, hours, other = told[day]
            rows.append(booking(day, pack(hours), who, rival=False))
            if other is not None and other != hours:
                rows.append(booking(day, pack(other), HOMES[1 - HOMES.index(who)], rival=True))

        plan = agree("c", day, rows, patterns, absence(day) if day in ill else None)

        states[plan.standing] += 1
        own = {p.hours_of(day) for p in patterns if p.covers(day) and p.alternates}
        quarrels = len(rows) == 2 or (not rows and len(own) > 1)
        if day in ill:
            assert plan.standing is Standing.AWAY
        elif quarrels:
            assert plan.standing is Standing.CLASH
        elif rows or any(p.covers(day) for p in patterns):
            assert plan.standing is (Standing.BOOKED if plan.hours else Standing.OFF)
        else:
            assert plan.standing is Standing.UNTOLD
        assert plan.comes == (plan.standing in (Standing.BOOKED, Standing.CLASH) and bool(plan.hours))
    assert states.total() == len(DAYS)
