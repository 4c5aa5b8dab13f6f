"""What holds of tags that are out, one plain line each: what transcripts show below a conversation."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.desk import Look
from hub.door.hand_outs import TagHandOut, list_given_for
from hub.door.tags import Tag
from hub.people.families import Child


def list_tag_facts(look: Look) -> Sequence[str]:
    """ "tag: Ella, texted" or "tag: Ella, denied, lost", in the order in which they were handed out."""
    rows = look.session.execute(
        sa.select(TagHandOut, Tag)
        .join(Tag, Tag.id == TagHandOut.tag_id)
        .where(TagHandOut.returned_at.is_(None))
        .order_by(TagHandOut.id)
    ).all()
    children = list_given_for(look, [given.id for given, _ in rows])
    return [_line(look, given, tag, children.get(given.id, [])) for given, tag in rows]


def _line(look: Look, given: TagHandOut, tag: Tag, child_ids: Sequence[str]) -> str:
    names = sorted(look.session.get_one(Child, child_id).called for child_id in child_ids)
    return ", ".join(part for part in (f"tag: {' and '.join(names)}", given.receipt, tag.blocked_why) if part)
