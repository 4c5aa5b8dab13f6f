"""What is shown to whoever writes to many: where they may send, whom they have chosen, and what that comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from admin_web.staff.broadcast_asked import LANGUAGES, ComposeAsked
from admin_web.staff.broadcast_narrowing import WaysToNarrow, list_ways
from admin_web.staff.enclosing import Enclosing, gather_enclosing
from hub.desk import Look, Refusal
from hub.people.families import Child
from hub.people.places import Group, Owner, Unit
from hub.post.broadcast_rights import Sending, get_broadcast, get_place, get_sending
from hub.post.broadcasts import Place, Scope
from hub.post.enclosing import Along
from hub.post.kept_texts import KeptText, list_texts
from hub.post.prices import Prices
from hub.safety.access import NotThereError, get_unit, list_children
from hub.school.narrowed import narrow
from hub.talk.broadcast_frame import Frame, find_frame
from hub.talk.broadcast_writing import Composed, compose


@dataclass(frozen=True, slots=True)
class Composing:
    """The composer: where one may send, what is chosen, and what that comes to. `composed` is None where nothing is chosen, or
    what is written cannot be read; `children` are those of the one group that is chosen."""

    units: Sequence[tuple[Unit, list[Group]]]
    unit: Unit | None
    owner: Owner | None
    place: Place | None
    language: str
    composed: Composed | None
    children: Sequence[Child]
    refusal: Refusal | None
    may_send_whole: bool
    enclosing: Enclosing
    frames: Mapping[str, Frame]
    ways_to_narrow: WaysToNarrow | None
    kept: Sequence[KeptText]

    @property
    def groups(self) -> list[Group]:
        return next((groups for unit, groups in self.units if self.unit is not None and unit.id == self.unit.id), [])

    @property
    def unit_options(self) -> list[tuple[str, str]]:
        return [(unit.id, unit.name) for unit, _ in self.units]


def gather_composing(look: Look, asked: ComposeAsked, prices: Prices, site: str) -> Composing:
    """Raises: NotThereError when the asker may not send there."""
    sending = get_sending(look)
    units = sending.list_units(look)
    unit, groups = find_unit(units, asked)
    owner = look.session.get_one(Owner, sending.reach.owner_id)
    asked = asked.model_copy(update={"unit": unit.id if unit is not None else None, "groups": _within(groups, asked)})
    children = _list_of_group(look, sending, unit, asked)
    chosen = tuple(child.id for child in children if child.id in asked.children)
    place = _find_place(look, asked.model_copy(update={"children": chosen}))
    language = asked.language or (unit.languages[0] if unit is not None else owner.language)
    composed, refusal = None, None
    frames: dict[str, Frame] = {}
    along = Along(len(asked.files), site)
    if place is not None:
        written = asked.written(language)
        try:
            composed = compose(look, place, written, prices, along, narrow)
            tongues = list_languages(language, composed, asked)
            frames = {each: find_frame(look, place, written, each, along) for each, _ in tongues}
        except NotThereError:
            raise
        except Refusal as wrong:
            refusal = wrong
    return Composing(
        units=units,
        unit=unit,
        owner=owner if sending.reach.administers else None,
        place=place,
        language=language,
        composed=composed,
        children=children,
        refusal=refusal,
        may_send_whole=unit is not None and unit.id in sending.reach.whole_units,
        enclosing=gather_enclosing(look, asked.files, partial(list_pictured, look, sending, place), asked),
        frames=frames,
        kept=[each for each in list_texts(look) if unit is not None and each.unit_id == unit.id],
        ways_to_narrow=list_ways(look, place, composed) if place is not None and composed is not None else None,
    )


def find_unit(units: Sequence[tuple[Unit, list[Group]]], asked: ComposeAsked) -> tuple[Unit | None, Sequence[Group]]:
    """The unit that is asked for, else the first one; with its groups. Raises: NotThereError."""
    if asked.unit is None:
        return units[0] if units else (None, ())
    found = next((each for each in units if each[0].id == asked.unit), None)
    if found is None:
        raise NotThereError
    return found


def _within(groups: Sequence[Group], asked: ComposeAsked) -> tuple[str, ...]:
    """The groups that are chosen; those of a unit that was chosen before are no longer."""
    return tuple(group.id for group in groups if group.id in asked.groups)


def _find_place(look: Look, asked: ComposeAsked) -> Place | None:
    """None where nobody is chosen yet. Raises: NotThereError."""
    narrowing = asked.narrowing
    if asked.corrects is not None:
        old = get_broadcast(look, asked.corrects)
        place = get_place(look, Scope(old.scope), old.unit_id, old.group_ids, old.child_ids)
        return replace(place, corrects_id=old.id)
    if asked.everyone == "owner":
        return get_place(look, Scope.OWNER, None, narrowing=replace(narrowing, today=(), kind_id=None, consented=None))
    if asked.everyone == "unit":
        return get_place(look, Scope.UNIT, asked.unit, narrowing=narrowing)
    if asked.children:
        return get_place(look, Scope.CHILDREN, asked.unit, child_ids=asked.children, narrowing=narrowing)
    return get_place(look, Scope.GROUPS, asked.unit, asked.groups, narrowing=narrowing) if asked.groups else None


def list_pictured(look: Look, sending: Sending, place: Place | None) -> list[Child]:
    """Who may be on a picture: the children of the groups that it goes to, or of the whole unit; nobody by name where
    it goes to more than that."""
    if place is None or place.unit_id is None:
        return []
    unit = get_unit(look, sending.reach, place.unit_id)
    placed = list_children(look, sending.reach, unit, unit.today(look.now))
    groups = set(place.group_ids) or {group_id for child, group_id in placed if child.id in place.child_ids}
    return [child for child, group_id in placed if group_id in groups or place.scope is Scope.UNIT]


def _list_of_group(look: Look, sending: Sending, unit: Unit | None, asked: ComposeAsked) -> list[Child]:
    if unit is None or asked.everyone or len(asked.groups) != 1:
        return []
    placed = list_children(look, sending.reach, unit, unit.today(look.now))
    return [child for child, group_id in placed if group_id == asked.groups[0]]


def find_school_language(look: Look, asked: ComposeAsked) -> str:
    """That of the unit it is written at, else of its owner. Raises: NotThereError."""
    sending = get_sending(look)
    unit, _ = find_unit(sending.list_units(look), asked)
    return unit.languages[0] if unit is not None else look.session.get_one(Owner, sending.reach.owner_id).language


def list_languages(own: str, composed: Composed | None, asked: ComposeAsked) -> list[tuple[str, int]]:
    """The sender's language, then those of the families and those typed already; each with how many families read it."""
    readings: Mapping[str, int] = {} if composed is None else {one.language: one.families for one in composed.readings}
    wanted = [own, *readings, *asked.texts]
    return [(each, readings.get(each, 0)) for each in dict.fromkeys(wanted) if each in LANGUAGES]
