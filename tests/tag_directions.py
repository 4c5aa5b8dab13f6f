"""Stage directions about tags: "* tag Ella Mor" has staff hand out a tag for a child to a guardian, to be confirmed by text."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.desk import Work
from hub.door.hand_outs import Giving, TagHandOut, hand_out, take_back
from hub.door.tags import Tag, TagKind
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.people.staff import Staff


def tag(work: Work, *, how: str) -> None:
    """The last name is the guardian's, the others those of the children."""
    *names, guardian = how.split()
    _as_staff(work)
    children = work.session.scalars(sa.select(Child.id).where(Child.first_name.in_(names)).order_by(Child.id))
    receiver = work.session.scalars(sa.select(Guardian.id).where(Guardian.first_name == guardian)).one()
    unit = work.session.scalars(sa.select(Unit.id).order_by(Unit.id)).first()
    assert unit is not None
    count = work.session.scalar(sa.select(sa.func.count()).select_from(Tag)) or 0
    hand_out(work, unit, Giving(f"04a1b2c3d4e5{count:02x}", TagKind.STATIC, tuple(children), receiver))


def tag_back(work: Work, *, how: str) -> None:
    """Every tag comes back."""
    _as_staff(work)
    for tag_id in work.session.scalars(sa.select(TagHandOut.tag_id).where(TagHandOut.returned_at.is_(None))).all():
        take_back(work, tag_id)


def _as_staff(work: Work) -> None:
    staff = work.session.scalars(sa.select(Staff).order_by(Staff.id)).first()
    assert staff is not None
    work.asker = Asker("staff", staff.id, Trust.STRONG, "rehearsed", staff.owner_id)


DIRECTIONS: Mapping[str, Any] = {"tag": tag, "tag_back": tag_back}
