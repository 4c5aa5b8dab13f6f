"""To whom of its audience a broadcast goes by where the children are today and by what holds of their consents.

It asks no rights of whoever sends it: hub.post.broadcast_rights does. Where a kind of consent is not in use any more, nobody
can tell whom it was meant for.
"""

from collections.abc import Callable, Sequence

from hub.desk import Look
from hub.people.places import Unit
from hub.post.broadcast_audience import Member
from hub.post.broadcasts import Broadcast, Place
from hub.post.narrowed_members import keep_children, narrow_guardians
from hub.post.narrowing import Consented, Narrowing, Today
from hub.safety.access import NotThereError
from hub.school.consent_kinds import get_kind
from hub.school.consent_standing import read_standings
from hub.school.day_board import Presence, list_whole_board

_MEANS = {
    Today.HERE: frozenset({Presence.HERE}),
    Today.NOT_YET: frozenset({Presence.NOT_HEARD, Presence.LATE}),
    Today.AWAY: frozenset({Presence.AWAY}),
}


def narrow(look: Look, place: Place | Broadcast, members: Sequence[Member]) -> list[Member]:
    """Those to whom it goes, by what is known now. Raises: NotThereError."""
    narrowing, left = place.narrowing, list(members)
    if narrowing.today:
        left = _narrow_by_unit(left, lambda unit, _: _list_where(look, unit, narrowing))
    if narrowing.by_consent:
        left = _narrow_by_unit(left, lambda unit, ids: _list_consented(look, unit, ids, narrowing))
    return narrow_guardians(look, left, narrowing)


def _narrow_by_unit(members: Sequence[Member], find: Callable[[Unit, Sequence[str]], set[str]]) -> list[Member]:
    """Asked once for each unit, about all of the children there."""
    units = {member.unit.id: member.unit for member in members}
    meant = {
        id_: find(unit, list({child_id for m in members if m.unit.id == id_ for child_id in m.child_ids}))
        for id_, unit in units.items()
    }
    return keep_children(members, lambda member, child: child.id in meant[member.unit.id])


def _list_where(look: Look, unit: Unit, narrowing: Narrowing) -> set[str]:
    presences = frozenset().union(*(_MEANS[each] for each in narrowing.today))
    board = list_whole_board(look, unit, unit.today(look.now))
    return {each.child.id for each in board if each.presence in presences}


def _list_consented(look: Look, unit: Unit, child_ids: Sequence[str], narrowing: Narrowing) -> set[str]:
    if narrowing.kind_id is None or narrowing.consented is None:
        raise NotThereError
    kind = get_kind(look, unit.owner_id, narrowing.kind_id)
    standings = read_standings(look, unit.owner_id, child_ids, unit.today(look.now))
    return {id_ for id_ in child_ids if Consented(standings.of(id_, kind).verdict) is narrowing.consented}
