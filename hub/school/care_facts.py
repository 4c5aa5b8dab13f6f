"""What was booked, one plain line a run of days: what transcripts show below a conversation."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child
from hub.school.care_bookings import CareBooking


def list_care_facts(look: Look) -> list[str]:
    """ "care: Ella, 2025-03-10 to 2025-03-13, 08:00-16:00", by child and day; what waits for the other guardian says so."""
    rows = look.session.execute(
        sa.select(Child, CareBooking)
        .join(CareBooking, CareBooking.child_id == Child.id)
        .where(CareBooking.ceased_at.is_(None))
        .order_by(Child.first_name, Child.id, CareBooking.is_rival, CareBooking.day)
    ).all()
    runs: list[tuple[Child, list[CareBooking]]] = []
    for child, booking in rows:
        if runs and runs[-1][0] is child and _goes_on(runs[-1][1][-1], booking):
            runs[-1][1].append(booking)
        else:
            runs.append((child, [booking]))
    return [_line(child, run) for child, run in runs]


def _goes_on(before: CareBooking, after: CareBooking) -> bool:
    return after.day - before.day == timedelta(days=1) and _marks(before) == _marks(after)


def _marks(booking: CareBooking) -> str:
    waits = ", waits for the other guardian" if booking.is_rival else ""
    return (booking.hours or "off") + waits + (", practice" if booking.is_practice else "")


def _line(child: Child, run: Sequence[CareBooking]) -> str:
    first, last = run[0].day.isoformat(), run[-1].day.isoformat()
    return f"care: {child.called}, {first if first == last else f'{first} to {last}'}, {_marks(run[0])}"
