"""Arranging that a child is looked after at another unit for some days: asked for at home, accepted there, ended by either.

Until it is accepted nothing changes for the child. Leaders, offices and carers arrange it; a protected child only
where somebody who may accept it there is its named reader. Source: security rules S3.1, S4.4 and S4.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from hub.calendars import list_open_days
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestPlace, GuestWhy
from hub.people.places import Group, Unit, UnitKind, list_units_of
from hub.people.staff import Role, RoleHolding, RoleKind
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError, Reach, get_child, get_known, get_reach
from hub.safety.audit import note
from hub.safety.named_readers import NamedReader
from hub.school.attendance import find_standing

ARRANGES = frozenset({RoleKind.LEADER, RoleKind.OFFICE, RoleKind.CARER})
LONGEST = timedelta(days=92)
FURTHEST = timedelta(days=366)
ONE_DAY = timedelta(days=1)


class GuestDaysError(Refusal):
    """The days are over, too many or too far away, or the other unit is closed on all of them."""

    words = "refusals.guest_days"


class GuestClashError(Refusal):
    """On some of the days the child is looked after elsewhere already, or has been asked to be."""

    words = "refusals.guest_clash"


class GuestUnreadError(Refusal):
    """Nobody who could accept the child at that unit may know of it."""

    words = "refusals.guest_unread"


@dataclass(frozen=True, slots=True)
class Guest:
    """A child's days at another unit, as those may see them who arrange them at one of the two."""

    place: GuestPlace
    child: Child
    home: Unit
    host: Unit
    group: Group | None


@dataclass(frozen=True, slots=True)
class GuestWish:
    """What is asked for: the days at a unit, both included."""

    unit_id: str
    first: date
    last: date
    why: GuestWhy


_ARRANGED = QuickSelect(
    sa.select(Role.unit_id).where(Role.id.in_(sa.bindparam("roles", expanding=True)), Role.kind.in_(sorted(ARRANGES)))
)


def list_arranged_units(look: Look, reach: Reach) -> frozenset[str]:
    """The units at which the asker arranges guests."""
    return frozenset(unit_id for (unit_id,) in _ARRANGED.rows(look, roles=list(reach.roles)))


def list_hosts(look: Look, home: Unit) -> list[Unit]:
    """The units of the owner that may be asked to take a child in; a school has no care to give."""
    units = list_units_of(look, home.owner_id)
    return [unit for unit in units if unit.id != home.id and unit.kind != UnitKind.SCHOOL]


def ask_for_place(work: Work, home_id: str, child_id: str, wish: GuestWish) -> GuestPlace:
    """The child's own unit asks another to look after it on these days. Audited.

    Raises: NotThereError, GuestDaysError, GuestClashError, GuestUnreadError.
    """
    reach = get_reach(work)
    child, home = _get_at_home(work, reach, home_id, child_id)
    host = next((unit for unit in list_hosts(work, home) if unit.id == wish.unit_id), None)
    if host is None:
        raise NotThereError
    work.take_turns([child.id])
    work.session.flush()
    _check_days(work, host, wish)
    _check_free(work, child, wish)
    if child.protected and not _has_reader(work, host, child):
        raise GuestUnreadError
    place = GuestPlace(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        home_unit_id=home.id,
        unit_id=host.id,
        from_day=wish.first,
        to_day=wish.last,
        seen_to=wish.last,
        why=wish.why,
        asked_by=reach.staff_id,
        asked_at=work.now,
    )
    work.session.add(place)
    _changed(work, place, "guest.ask")
    return place


def _get_at_home(look: Look, reach: Reach, home_id: str, child_id: str) -> tuple[Child, Unit]:
    child, places = get_child(look, reach, child_id)
    home = next((unit for unit, _ in places if unit.id == home_id), None)
    if home is None or home.id not in list_arranged_units(look, reach):
        raise NotThereError
    return child, home


def _check_days(look: Look, host: Unit, wish: GuestWish) -> None:
    today = host.today(look.now)
    if not today <= wish.first <= wish.last < wish.first + LONGEST or wish.first > today + FURTHEST:
        raise GuestDaysError
    days = [wish.first + timedelta(days=n) for n in range((wish.last - wish.first).days + 1)]
    if not list_open_days(look, host, days):
        raise GuestDaysError


def _check_free(look: Look, child: Child, wish: GuestWish) -> None:
    standing = sa.select(GuestPlace.id).where(
        GuestPlace.child_id == child.id,
        GuestPlace.declined_at.is_(None),
        sa.or_(GuestPlace.called_off_at.is_(None), GuestPlace.accepted_at.is_not(None)),
        GuestPlace.from_day <= GuestPlace.to_day,
        GuestPlace.from_day <= wish.last,
        GuestPlace.to_day >= wish.first,
    )
    own = sa.select(Placement.id).where(
        Placement.child_id == child.id,
        Placement.unit_id == wish.unit_id,
        Placement.from_day <= wish.last,
        sa.or_(Placement.to_day.is_(None), Placement.to_day >= wish.first),
    )
    if any(look.session.scalars(asked.limit(1)).first() is not None for asked in (standing, own)):
        raise GuestClashError


def _has_reader(look: Look, host: Unit, child: Child) -> bool:
    rows = look.session.scalars(
        sa.select(RoleHolding)
        .join(Role, Role.id == RoleHolding.role_id)
        .join(NamedReader, NamedReader.staff_id == RoleHolding.staff_id)
        .where(Role.unit_id == host.id, Role.kind.in_(ARRANGES), NamedReader.child_id == child.id)
    )
    return any(holding.covers(host.today(look.now), look.now) for holding in rows)


def accept(work: Work, place_id: str, group_id: str) -> GuestPlace:
    """The other unit takes the child in, in one of its groups. A second time changes nothing. Audited.

    Raises: NotThereError, GuestDaysError where the days are over.
    """
    place, host = _get_at_host(work, place_id)
    group = work.session.get(Group, group_id)
    if group is None or group.unit_id != host.id:
        raise NotThereError
    if not place.is_asked:
        return place
    if place.to_day < host.today(work.now):
        raise GuestDaysError
    place.group_id, place.accepted_by, place.accepted_at = group.id, work.asker.id, work.now
    _changed(work, place, "guest.accept")
    return place


def decline(work: Work, place_id: str) -> None:
    """The other unit cannot. A second time changes nothing. Audited. Raises: NotThereError."""
    place, _ = _get_at_host(work, place_id)
    if place.is_asked:
        place.declined_by, place.declined_at = work.asker.id, work.now
        _changed(work, place, "guest.decline")


def call_off(work: Work, place_id: str) -> None:
    """It holds no longer, from today on; from tomorrow on where the child was seen there today, so that somebody sees it home.

    Where it was not seen on one of its days it may be on its way there: it stands on both units' lists today.
    A second time changes nothing. Audited. Raises: NotThereError.
    """
    place, host = _get_at_either(work, place_id)
    if place.declined_at is not None or place.called_off_at is not None:
        return
    if place.accepted_at is not None:
        today, child = host.today(work.now), work.session.get_one(Child, place.child_id)
        if place.to_day < today:
            return
        was_seen = place.from_day <= today and find_standing(work, child, host, today) is not None
        place.to_day = today if was_seen else max(place.from_day, today) - ONE_DAY
        place.seen_to = max(place.to_day, today) if place.from_day <= today else place.to_day
    place.called_off_by, place.called_off_at = work.asker.id, work.now
    _changed(work, place, "guest.call_off")


def _get_at_host(work: Work, place_id: str) -> tuple[GuestPlace, Unit]:
    reach, place = get_reach(work), _get(work, place_id)
    get_known(work, reach, place.child_id)
    if place.unit_id not in list_arranged_units(work, reach):
        raise NotThereError
    return place, work.session.get_one(Unit, place.unit_id)


def _get_at_either(work: Work, place_id: str) -> tuple[GuestPlace, Unit]:
    reach, place = get_reach(work), _get(work, place_id)
    get_known(work, reach, place.child_id)
    if not {place.unit_id, place.home_unit_id} & list_arranged_units(work, reach):
        raise NotThereError
    return place, work.session.get_one(Unit, place.unit_id)


def _get(work: Work, place_id: str) -> GuestPlace:
    place = work.session.get(GuestPlace, place_id)
    if place is None:
        raise NotThereError
    work.take_turns([place.child_id])
    work.session.refresh(place, with_for_update=True)
    return place


def _changed(work: Work, place: GuestPlace, what: str) -> None:
    work.session.flush()
    note(work, what, [place.child_id, place.id, place.home_unit_id, place.unit_id])
    for id_ in (place.child_id, place.home_unit_id, place.unit_id):
        work.ring(LIVE, id_)


_STANDING = (
    sa.select(GuestPlace, Child)
    .join(Child, Child.id == GuestPlace.child_id)
    .where(GuestPlace.declined_at.is_(None), GuestPlace.to_day >= sa.bindparam("day", type_=sa.Date))
    .order_by(GuestPlace.from_day, Child.first_name, GuestPlace.id)
)
_FROM_UNIT = _STANDING.where(GuestPlace.home_unit_id == sa.bindparam("unit"))
_AT = QuickSelect(_STANDING.where(GuestPlace.unit_id == sa.bindparam("unit")))
_FROM = QuickSelect(_FROM_UNIT)
_OF_CHILD = QuickSelect(_FROM_UNIT.where(GuestPlace.child_id == sa.bindparam("child")))


def list_guests_at(look: Look, reach: Reach, unit: Unit) -> list[Guest]:
    """Whom a unit is asked to take in or has taken in, today or later, by their days; nothing for whoever does not arrange it
    there, nor of a protected child whose named reader they are not."""
    return _list(look, reach, unit, _AT)


def list_guests_from(look: Look, reach: Reach, unit: Unit) -> list[Guest]:
    """The same of those of a unit's own children whom another is asked to take in, or has."""
    return _list(look, reach, unit, _FROM)


def _list(look: Look, reach: Reach, unit: Unit, asked: "QuickSelect[GuestPlace, Child]") -> list[Guest]:
    if unit.id not in list_arranged_units(look, reach):
        return []
    rows = asked.rows(look, unit=unit.id, day=unit.today(look.now))
    return _read(look, [(place, child) for place, child in rows if _is_known(look, reach, child)])


def list_guests_of(look: Look, child: Child, home: Unit) -> list[Guest]:
    """The days that a child of a unit is looked after elsewhere, today or later. It asks no rights: its callers do."""
    return _read(look, _OF_CHILD.rows(look, unit=home.id, day=home.today(look.now), child=child.id))


def _read(look: Look, rows: Sequence[tuple[GuestPlace, Child]]) -> list[Guest]:
    return [
        Guest(
            place,
            child,
            look.session.get_one(Unit, place.home_unit_id),
            look.session.get_one(Unit, place.unit_id),
            look.session.get(Group, place.group_id) if place.group_id is not None else None,
        )
        for place, child in rows
        if place.called_off_at is None
    ]


def _is_known(look: Look, reach: Reach, child: Child) -> bool:
    try:
        return get_known(look, reach, child.id) is child
    except NotThereError:
        return False
