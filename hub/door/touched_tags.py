"""What a touch is worth by now, and whom its tag stands for. Source: security rules S3.4 and S8.1."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look
from hub.door.hand_outs import TagHandOut
from hub.door.tags import Tag, TagChild
from hub.door.taps import LIVE_WINDOW, Proof, Tap

TELLS_NOBODY = frozenset({Proof.UNKNOWN, Proof.BLOCKED, Proof.FORGED, Proof.REPLAYED})


@dataclass(frozen=True, slots=True)
class TouchedTag:
    """`proof` is BLOCKED where the tag was blocked since, and UNKNOWN where it was given to others since; `child_ids` are those
    whom the tag stands for now, and `guardian_id` is who has it, where that is a guardian. `is_suspected`: it may have a
    double."""

    proof: Proof
    child_ids: tuple[str, ...] = ()
    guardian_id: str | None = None
    is_suspected: bool = False


_IDS: sa.BindParameter[list[str]] = sa.bindparam("ids", expanding=True)
_TAGS = (
    sa.select(Tag, TagHandOut)
    .outerjoin(TagHandOut, sa.and_(TagHandOut.tag_id == Tag.id, TagHandOut.returned_at.is_(None)))
    .where(Tag.id.in_(_IDS))
)
_CHILDREN = sa.select(TagChild).where(TagChild.tag_id.in_(_IDS)).order_by(TagChild.tag_id, TagChild.child_id)


def read_touched(look: Look, taps: Collection[Tap]) -> dict[str, TouchedTag]:
    """Of each of these touches, by its id. It asks no rights of the reader: its callers do."""
    ids = sorted({tap.tag_id for tap in taps if tap.tag_id is not None})
    tags: dict[str, tuple[Tag, TagHandOut | None]] = {}
    for tag, given in look.session.execute(_TAGS, {"ids": ids}) if ids else ():
        tags[tag.id] = (tag, given)
    children: dict[str, list[str]] = {}
    for row in look.session.scalars(_CHILDREN, {"ids": ids}) if ids else ():
        children.setdefault(row.tag_id, []).append(row.child_id)
    return {tap.id: _read(tap, tags.get(tap.tag_id or ""), children) for tap in taps}


def _read(tap: Tap, known: tuple[Tag, TagHandOut | None] | None, children: dict[str, list[str]]) -> TouchedTag:
    proof = Proof(tap.proof)
    if known is None:
        return TouchedTag(proof)
    tag, given = known
    if proof not in TELLS_NOBODY and tag.blocked_at is not None:
        proof = Proof.BLOCKED
    elif proof not in TELLS_NOBODY and given is not None and _is_before(tap, given):
        proof = Proof.UNKNOWN
    guardian_id = None if given is None else given.guardian_id
    return TouchedTag(proof, tuple(children.get(tag.id, ())), guardian_id, tag.suspected_at is not None)


def _is_before(tap: Tap, given: TagHandOut) -> bool:
    """Whether it was touched before it was given to whoever has it: of its own clock, which may be a little slow, only what is
    far enough from it."""
    return tap.kept_at < given.at or tap.at < given.at - LIVE_WINDOW
