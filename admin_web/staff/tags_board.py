"""What the pages about tags show: what is out at a unit and with whom, what is in stock, and the history of one tag."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look
from hub.door.guided import Guidance, list_guided
from hub.door.hand_outs import TagHandOut, list_given_for
from hub.door.tag_labels import shown_label
from hub.door.tag_reach import ReachedTag, get_tag, list_in_stock, list_reached, list_tags_of, reached_children
from hub.door.tag_terms import currency_of, get_terms
from hub.door.tags import Tag, WhyBlocked
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Owner, Unit
from hub.safety.access import Reach, get_reach, get_unit, list_children, list_units


@dataclass(frozen=True, slots=True)
class Given:
    """One hand-out, with who got it and who gave it, by name."""

    row: TagHandOut
    receiver: str
    by: dict[str, str]


@dataclass(frozen=True, slots=True)
class OutTag:
    """A tag that stands for children of the reader's, and whom it was given to, where that is known."""

    tag: Tag
    label: str
    children: tuple[str, ...]
    given: Given | None


@dataclass(frozen=True, slots=True)
class TagBoard:
    """One unit's tags, as far as the reader's reach goes."""

    unit: Unit
    units: tuple[Unit, ...]
    out: tuple[OutTag, ...]
    stock: tuple[tuple[str, Tag], ...]
    fee: int
    currency: str
    may_see_terms: bool

    @property
    def lost(self) -> int:
        return sum(one.tag.blocked_why == WhyBlocked.LOST for one in self.out)

    @property
    def suspected(self) -> list[OutTag]:
        return [one for one in self.out if one.tag.suspected_at is not None]


@dataclass(frozen=True, slots=True)
class TagStory:
    """One tag, and every hand-out of it that was for a child of the reader's, the newest first."""

    reached: ReachedTag
    label: str
    unit: Unit
    history: tuple[Given, ...]
    is_out: bool
    fee: int
    currency: str


def gather_board(look: Look, unit_id: str | None) -> TagBoard:
    """Of the first unit of the reader's where none is named. Raises: NotThereError."""
    reach = get_reach(look)
    units = list_units(look, reach)
    unit = units[0] if unit_id is None else get_unit(look, reach, unit_id)
    reached = list_reached(look, reach, unit)
    children = names_of(look, children={child_id for ids in reached.values() for child_id in ids})
    tags = look.session.scalars(sa.select(Tag).where(Tag.id.in_(list(reached)))).all()
    given = {one.row.tag_id: one for one in _named(look, _list_out(look, list(reached)))}
    out = [
        OutTag(tag, shown_label(tag.label), tuple(children[id_] for id_ in reached[tag.id]), given.get(tag.id))
        for tag in tags
    ]
    return TagBoard(
        unit,
        tuple(units),
        tuple(sorted(out, key=lambda one: (one.children, one.label))),
        tuple((shown_label(tag.label), tag) for tag in list_in_stock(look, reach, unit)),
        get_terms(look, reach.owner_id).fee,
        currency_of(look.session.get_one(Owner, reach.owner_id)),
        bool(reach.leads) or reach.administers,
    )


def _list_out(look: Look, tag_ids: Sequence[str]) -> list[TagHandOut]:
    asked = sa.select(TagHandOut).where(TagHandOut.tag_id.in_(tag_ids), TagHandOut.returned_at.is_(None))
    return list(look.session.scalars(asked))


def _named(look: Look, rows: Sequence[TagHandOut]) -> list[Given]:
    staff = {id_ for row in rows for id_ in (row.by, row.returned_by, row.lost_by, row.found_by) if id_ is not None}
    names = names_of(look, guardians={row.guardian_id for row in rows if row.guardian_id is not None}, staff=staff)
    return [Given(row, names.get(row.guardian_id or "", row.receiver), names) for row in rows]


def gather_story(look: Look, tag_id: str) -> TagStory:
    """Raises: NotThereError."""
    reach = get_reach(look)
    reached = get_tag(look, reach, tag_id)
    asked = sa.select(TagHandOut).where(TagHandOut.tag_id == tag_id).order_by(TagHandOut.id.desc())
    rows = list(look.session.scalars(asked))
    given_for = list_given_for(look, [row.id for row in rows])
    seen = [row for row in rows if reached_children(look, reach, given_for.get(row.id, ()))]
    return TagStory(
        reached,
        shown_label(reached.tag.label),
        look.session.get_one(Unit, reached.tag.unit_id),
        tuple(_named(look, seen)),
        any(row.returned_at is None for row in seen),
        get_terms(look, reach.owner_id).fee,
        currency_of(look.session.get_one(Owner, reach.owner_id)),
    )


@dataclass(frozen=True, slots=True)
class ChildTags:
    """The tags of one child, and whether its family was guided, by whom."""

    tags: tuple[tuple[str, Tag], ...]
    guided: Guidance | None
    by: str


def gather_child_tags(look: Look, child_id: str) -> ChildTags:
    """Raises: NotThereError."""
    tags = list_tags_of(look, get_reach(look), child_id)
    guided = list_guided(look, [child_id]).get(child_id)
    by = "" if guided is None else names_of(look, staff=[guided.by]).get(guided.by, "")
    return ChildTags(tuple((shown_label(one.tag.label), one.tag) for one in tags), guided, by)


@dataclass(frozen=True, slots=True)
class GuidedBoard:
    """Each child of a unit whom the reader serves, with the tick of its family and who set it."""

    unit: Unit
    rows: tuple[tuple[Child, Guidance | None, str], ...]


def gather_guided(look: Look, unit_id: str) -> GuidedBoard:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    children = list_unit_children(look, reach, unit)
    guided = list_guided(look, [child.id for child in children])
    names = names_of(look, staff={row.by for row in guided.values()})
    rows = [(child, guided.get(child.id)) for child in children]
    return GuidedBoard(unit, tuple((child, row, names.get(row.by, "") if row else "") for child, row in rows))


def list_unit_children(look: Look, reach: Reach, unit: Unit) -> list[Child]:
    """Whom the reader serves at the unit today, by name."""
    return [child for child, _ in list_children(look, reach, unit, unit.today(look.now))]
