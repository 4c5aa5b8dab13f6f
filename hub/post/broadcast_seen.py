"""Whom of those a broadcast went to the asker may see: by name the families of children whom they serve, protected ones by
their named readers alone.

What goes to all of an owner tells each guardian once, by the first unit that has a child of theirs; the people of another unit
where they have one must learn as well that nobody reached them.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Placement, Right
from hub.people.guest_places import GuestStay
from hub.people.places import Unit
from hub.post.audience import ids_with_right, list_entitled
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast, Scope
from hub.safety.access import NotThereError, Reach, get_reach, list_units
from hub.safety.guests import visible_at_unit


def list_seen(look: Look, receivers: Iterable[BroadcastReceiver]) -> set[str]:
    """The children whom these were told of and whom the asker may see by name."""
    reach, units = _find_reach(look)
    asked: dict[str, set[str]] = {}
    for receiver in receivers:
        asked.setdefault(receiver.unit_id, set()).update(receiver.child_ids)
    seen: set[str] = set()
    for unit in units:
        if reach is not None and unit.id in asked:
            seen |= visible_at_unit(look, reach, asked[unit.id], unit.id, unit.today(look.now))
    return seen


def list_theirs(look: Look, broadcast: Broadcast, receivers: Sequence[BroadcastReceiver]) -> dict[str, list[str]]:
    """By receiver, the children of theirs whom the asker may see by name: those whom they were told of; else, where it went to
    all of an owner, those whom the asker serves and of whom they may be told. Whom there is none of is left out."""
    seen = list_seen(look, receivers)
    theirs = {one.id: [id_ for id_ in one.child_ids if id_ in seen] for one in receivers}
    elsewhere = [one for one in receivers if not theirs[one.id] and not one.guarded]
    if broadcast.scope == Scope.OWNER and elsewhere:
        reach, units = _find_reach(look)
        guardians, known = {one.guardian_id for one in elsewhere}, dict[date, dict[str, set[str]]]()
        for unit in units:
            day = unit.today(look.now)
            if day not in known:
                known[day] = list_entitled(look, guardians, Right.INFORM, day)
            of_each = known[day]
            ids = set[str]().union(*of_each.values())
            here = visible_at_unit(look, reach, ids, unit.id, day) if reach is not None and ids else set[str]()
            for one in elsewhere:
                theirs[one.id] += sorted(of_each.get(one.guardian_id, set()) & here - set(theirs[one.id]))
    return {id_: ids for id_, ids in theirs.items() if ids}


def _find_reach(look: Look) -> tuple[Reach | None, Sequence[Unit]]:
    try:
        reach = get_reach(look)
    except NotThereError:
        return None, ()
    return reach, list_units(look, reach)


def list_guardians_at(look: Look, unit_ids: Collection[str]) -> set[str]:
    """The guardians who may be told of a child, or a guest, at any of these units today."""
    units = look.session.scalars(sa.select(Unit).where(Unit.id.in_(list(unit_ids)))).all()
    found: set[str] = set()
    for unit in units:
        for kind in (Placement, GuestStay):
            asked = ids_with_right(Right.INFORM, unit.today(look.now), kind).where(kind.unit_id == unit.id)
            found.update(look.session.scalars(asked))
    return found
