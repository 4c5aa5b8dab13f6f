"""Which tags staff may know of: those that stand for a child within their reach, and a unit's own that stand for none.

Of a tag for several children each sees the ones they serve, and nothing says that there are more. Absent and forbidden are
alike. Source: security rules S3.1, S3.7 and S4.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look
from hub.door.tag_labels import read_label
from hub.door.tags import Tag, TagChild
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestStay
from hub.people.places import Unit
from hub.safety.access import DAY, NotThereError, Reach, get_child, placed
from hub.safety.guests import visible_at_unit


@dataclass(frozen=True, slots=True)
class ReachedTag:
    """A tag, and those of its children whom the asker serves."""

    tag: Tag
    children: tuple[Child, ...]


_IDS: sa.BindParameter[list[str]] = sa.bindparam("ids", expanding=True)
_CHILDREN_OF = sa.select(TagChild).where(TagChild.tag_id.in_(_IDS)).order_by(TagChild.tag_id, TagChild.child_id)
_BY_LABEL = sa.select(Tag.id).where(Tag.owner_id == sa.bindparam("owner"), Tag.label == sa.bindparam("label"))
_OF_CHILD = sa.select(TagChild.tag_id).where(TagChild.child_id == sa.bindparam("child")).order_by(TagChild.tag_id)
_IN_STOCK = (
    sa.select(Tag)
    .where(
        Tag.owner_id == sa.bindparam("owner"),
        Tag.unit_id == sa.bindparam("unit"),
        ~sa.exists().where(TagChild.tag_id == Tag.id),
    )
    .order_by(Tag.label)
)


def _for_anybody_in(place: type[Placement]) -> "sa.Select[str, str]":
    return (
        sa.select(TagChild.tag_id, TagChild.child_id)
        .join(place, place.child_id == TagChild.child_id)
        .where(place.unit_id == sa.bindparam("unit"), placed(DAY, place), TagChild.owner_id == sa.bindparam("owner"))
        .distinct()
    )


_FOR_ANYBODY_HERE, _FOR_GUESTS = _for_anybody_in(Placement), _for_anybody_in(GuestStay)


def get_tag(look: Look, reach: Reach, tag_id: str) -> ReachedTag:
    """Raises: NotThereError."""
    tag = look.session.get(Tag, tag_id)
    if tag is None or tag.owner_id != reach.owner_id:
        raise NotThereError
    child_ids = [row.child_id for row in look.session.scalars(_CHILDREN_OF, {"ids": [tag_id]})]
    children = reached_children(look, reach, child_ids)
    if not children and (child_ids or tag.unit_id not in reach.units):
        raise NotThereError
    return ReachedTag(tag, children)


def get_tag_by_label(look: Look, reach: Reach, typed: str) -> ReachedTag:
    """The tag that bears this code, for whoever serves a child of it. Raises: NotThereError."""
    label = read_label(typed)
    tag_id = None if label is None else look.session.scalar(_BY_LABEL, {"owner": reach.owner_id, "label": label})
    reached = None if tag_id is None else get_tag(look, reach, tag_id)
    if reached is None or not reached.children:
        raise NotThereError
    return reached


def list_labelled(look: Look, reach: Reach, typed: str) -> set[str]:
    """The ids of the children whom a tag in use stands for, of those whom the asker serves, by the code that it bears."""
    try:
        found = get_tag_by_label(look, reach, typed)
    except NotThereError:
        return set()
    return set() if found.tag.blocked_at is not None else {child.id for child in found.children}


def reached_children(look: Look, reach: Reach, child_ids: Iterable[str]) -> tuple[Child, ...]:
    """Those of the children whom the asker serves today, wherever."""
    found = []
    for child_id in child_ids:
        try:
            found.append(get_child(look, reach, child_id)[0])
        except NotThereError:
            continue
    return tuple(found)


def list_tags_of(look: Look, reach: Reach, child_id: str) -> list[ReachedTag]:
    """The tags that stand for a child. Raises: NotThereError."""
    get_child(look, reach, child_id)
    return [get_tag(look, reach, tag_id) for tag_id in look.session.scalars(_OF_CHILD, {"child": child_id})]


def list_in_stock(look: Look, reach: Reach, unit: Unit) -> list[Tag]:
    """The unit's own tags that stand for no child, by their codes."""
    return list(look.session.scalars(_IN_STOCK, {"owner": reach.owner_id, "unit": unit.id}))


def list_reached(look: Look, reach: Reach, unit: Unit) -> dict[str, tuple[str, ...]]:
    """The tags of the children of a unit and of its guests today, as the reach covers them: by tag id, the ids of the children
    whom it covers."""
    day = unit.today(look.now)
    asked = {"unit": unit.id, "day": day, "owner": reach.owner_id}
    rows = [row for question in (_FOR_ANYBODY_HERE, _FOR_GUESTS) for row in look.session.execute(question, asked)]
    pairs = {(tag_id, child_id) for tag_id, child_id in rows}
    seen = visible_at_unit(look, reach, {child_id for _, child_id in pairs}, unit.id, day)
    out: dict[str, tuple[str, ...]] = {}
    for tag_id, child_id in sorted(pair for pair in pairs if pair[1] in seen):
        out[tag_id] = (*out.get(tag_id, ()), child_id)
    return out
