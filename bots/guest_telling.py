"""Tells families that their child is looked after at another unit for some days, and where it no longer is.

It leaves from the child's own unit, which they know, to everyone who may be told; how many could not be reached is kept for
staff. Of a protected child an open channel is told that there is something, and no more. Source: security rules S3.4 and S4.4.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from hub.calendars import list_open_days
from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.people.guest_places import GuestPlace
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.talk.prompting import GUARDED, Notice, tell
from hub.talk.seats import find_seat

AUTHOR = "place"
ONE_DAY = timedelta(days=1)
LOOKED_AHEAD = 60
"""So many days on is looked for the first on which the child's own unit is open."""
_UNTOLD = (
    sa.select(GuestPlace.id)
    .where(
        GuestPlace.accepted_at.is_not(None),
        sa.or_(
            sa.and_(GuestPlace.told_at.is_(None), GuestPlace.called_off_at.is_(None)),
            sa.and_(
                GuestPlace.told_at.is_not(None), GuestPlace.called_off_at.is_not(None), GuestPlace.untold_at.is_(None)
            ),
        ),
    )
    .order_by(GuestPlace.id)
)


def list_due(look: Look) -> list[str]:
    """The ids of the guest places that families are to be told of."""
    return list(look.session.scalars(_UNTOLD))


def tell_due(work: Work, due: Sequence[str]) -> None:
    """Tell of each that is still due; what is over by now is told to nobody."""
    work.take_turns(due)
    still = set(list_due(work))
    for place_id in due:
        if place_id in still:
            _tell(work, work.session.get_one(GuestPlace, place_id))


def _tell(work: Work, place: GuestPlace) -> None:
    home, host = (work.session.get_one(Unit, id_) for id_ in (place.home_unit_id, place.unit_id))
    child, today = work.session.get_one(Child, place.child_id), home.today(work.now)
    said = {"children": [child.called], "unit": host.name, "today": today}
    if place.called_off_at is None:
        place.told_at = work.now
        days = [day for day in place.days if day >= today]
        if not days:
            return
        seat = find_seat(work, host.id, [child.id], day=days[0])
        number = "" if seat is None else seat[1].shown
        notice = Notice("place.guest", {**said, "days": days, "number": number}, [child.id], author=AUTHOR)
    else:
        place.untold_at = work.now
        since = max(today, place.to_day + ONE_DAY)
        open_days = list_open_days(work, home, [since + ONE_DAY * n for n in range(LOOKED_AHEAD)])
        day = next(iter(open_days), since)
        notice = Notice("place.guest_no_more", {**said, "day": day}, [child.id], author=AUTHOR)
    told = [tell(work, home, guardian, notice) for guardian in list_guardians_for(work, child.id, Right.INFORM, today)]
    place.unreached = sum(one.why_not not in (None, GUARDED) for one in told)
