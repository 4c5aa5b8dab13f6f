"""Tags handed out against a receipt, and taken back.

A receipt is a signature drawn on the screen, or the guardian's yes to the hub's own question by text. Source: security rules
S4.4 and S7.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.door.tag_labels import Draw, draw_label
from hub.door.tag_reach import get_tag, reached_children
from hub.door.tags import Tag, TagChild, TagKind, WhyBlocked, block, find_tag, is_drawn_anew, read_serial, unblock
from hub.doorbell import LIVE
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled, list_guardians_for
from hub.safety.access import NotThereError, Reach, get_reach, get_unit
from hub.safety.audit import note

NAME_LENGTH = 80
TRIES = 50


class Receipt(StrEnum):
    """ASKED: the guardian has not answered yet; UNASKED: no text may ask them; DENIED: they have no such tag, they said."""

    ASKED = "asked"
    UNASKED = "unasked"
    SIGNED = "signed"
    TEXTED = "texted"
    DENIED = "denied"


class TagHandOut(Base):
    """One tag given to somebody: a guardian, or else whoever `receiver` names. It is out until it is returned."""

    __tablename__ = "tag_hand_outs"
    __table_args__ = (
        sa.Index(
            "ix_tag_hand_outs_to_ask",
            "id",
            sqlite_where=sa.text("receipt = 'asked' AND asked_at IS NULL"),
            postgresql_where=sa.text("receipt = 'asked' AND asked_at IS NULL"),
        ),
        sa.Index(
            "ix_tag_hand_outs_out",
            "tag_id",
            unique=True,
            sqlite_where=sa.text("returned_at IS NULL"),
            postgresql_where=sa.text("returned_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    tag_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tags.id"), index=True)
    guardian_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    receiver: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    at: Mapped[Moment]
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    receipt: Mapped[str] = mapped_column(sa.String(10))
    receipt_at: Mapped[Moment | None] = mapped_column(default=None)
    asked_at: Mapped[Moment | None] = mapped_column(default=None)
    returned_at: Mapped[Moment | None] = mapped_column(default=None)
    returned_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    lost_at: Mapped[Moment | None] = mapped_column(default=None)
    lost_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    found_at: Mapped[Moment | None] = mapped_column(default=None)
    found_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


class HandOutChild(Base):
    """A child that the tag stood for when it was handed out."""

    __tablename__ = "tag_hand_out_children"
    hand_out_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tag_hand_outs.id"), primary_key=True)
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))


class Signature(Base):
    """What was drawn on the screen: a picture made anew from its pixels, apart from the row that lists ask for."""

    __tablename__ = "tag_signatures"
    hand_out_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tag_hand_outs.id"), primary_key=True)
    picture: Mapped[bytes] = mapped_column(sa.LargeBinary)


class WrongSerialError(Refusal):
    """It is no serial of a tag, or of one that tells another at each touch."""

    words = "tags.wrong_serial"


class TagTakenError(Refusal):
    """The tag is out already, or blocked as lost or copied, or another unit's."""

    words = "tags.taken"


class NobodyForItError(Refusal):
    """A tag is handed out for at least one child, to somebody."""

    words = "tags.nobody"


class NoReceiptError(Refusal):
    """A signature is drawn, or a guardian is asked by text."""

    words = "tags.no_receipt"


@dataclass(frozen=True, slots=True)
class Giving:
    """What is handed out and to whom: to a guardian by id, else to a named person. Without a `signature` (a picture made
    anew, JPEG) the guardian is asked by text."""

    serial: str
    kind: TagKind
    child_ids: tuple[str, ...]
    guardian_id: str | None = None
    receiver: str = ""
    signature: bytes | None = None


def list_receivers(look: Look, unit: Unit, child_ids: Sequence[str]) -> list[Guardian]:
    """The guardians who may be given a tag for all of these children: who may be told of each, blocks heeded."""
    if not child_ids:
        return []
    day = unit.today(look.now)
    some = list_guardians_for(look, child_ids[0], Right.INFORM, day)
    known = list_entitled(look, [guardian.id for guardian in some], Right.INFORM, day)
    return [guardian for guardian in some if set(child_ids) <= known.get(guardian.id, set())]


def hand_out(work: Work, unit_id: str, giving: Giving, draw: Draw = draw_label) -> TagHandOut:
    """Give a tag for children whom the asker serves; one that nobody knows yet is kept as the unit's own. Audited.

    Raises: NotThereError, WrongSerialError, TagTakenError, NobodyForItError, NoReceiptError.
    """
    reach = get_reach(work)
    unit = get_unit(work, reach, unit_id)
    children = reached_children(work, reach, giving.child_ids)
    if len(children) != len(set(giving.child_ids)):
        raise NotThereError
    guardian, receiver = _get_receiver(work, unit, giving)
    if not children or (guardian is None and not receiver):
        raise NobodyForItError
    if giving.signature is None and guardian is None:
        raise NoReceiptError
    tag = _take_tag(work, reach, unit, giving, draw)
    given = TagHandOut(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        tag_id=tag.id,
        guardian_id=None if guardian is None else guardian.id,
        receiver=receiver,
        at=work.now,
        by=work.asker.id,
        receipt=Receipt.ASKED if giving.signature is None else Receipt.SIGNED,
        receipt_at=None if giving.signature is None else work.now,
    )
    work.session.add(given)
    work.session.flush()
    _stand_for(work, tag, given, children)
    if giving.signature is not None:
        work.session.add(Signature(hand_out_id=given.id, picture=giving.signature))
    work.session.flush()
    note(work, "tag.handed_out", [given.id, tag.id, *(child.id for child in children)])
    work.ring(LIVE, unit.id)
    return given


def _get_receiver(work: Work, unit: Unit, giving: Giving) -> tuple[Guardian | None, str]:
    """Raises: NotThereError."""
    if giving.guardian_id is None:
        return None, " ".join(giving.receiver.split())[:NAME_LENGTH]
    for guardian in list_receivers(work, unit, giving.child_ids):
        if guardian.id == giving.guardian_id:
            return guardian, ""
    raise NotThereError


def _take_tag(work: Work, reach: Reach, unit: Unit, giving: Giving, draw: Draw) -> Tag:
    """The tag of this serial, free to be given; kept now where nobody knows it. Raises: WrongSerialError, TagTakenError."""
    serial = read_serial(giving.serial)
    if serial is None or is_drawn_anew(serial):
        raise WrongSerialError
    work.take_turns([f"{unit.owner_id} {serial}"])
    tag = find_tag(work, unit.owner_id, serial)
    if tag is None:
        return _register(work, unit, serial, giving.kind, draw)
    if tag.unit_id not in reach.units or tag.blocked_why not in (None, WhyBlocked.RETURNED) or find_out(work, tag.id):
        raise TagTakenError
    tag.unit_id, tag.kind = unit.id, giving.kind
    unblock(work, tag)
    return tag


def _register(work: Work, unit: Unit, serial: str, kind: TagKind, draw: Draw) -> Tag:
    tag = Tag(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        serial=serial,
        label=_free_label(work, unit.owner_id, draw),
        kind=kind,
        made_at=work.now,
        made_by=work.asker.id,
    )
    work.session.add(tag)
    work.session.flush()
    return tag


def _free_label(work: Work, owner_id: str, draw: Draw) -> str:
    work.take_turns([owner_id])
    for _ in range(TRIES):
        label = draw()
        if work.session.scalar(sa.select(Tag.id).where(Tag.owner_id == owner_id, Tag.label == label)) is None:
            return label
    raise LookupError("no free code for a tag")


def _stand_for(work: Work, tag: Tag, given: TagHandOut, children: Sequence[Child]) -> None:
    work.session.execute(sa.delete(TagChild).where(TagChild.tag_id == tag.id))
    for child in children:
        work.session.add(TagChild(tag_id=tag.id, child_id=child.id, owner_id=tag.owner_id))
        work.session.add(HandOutChild(hand_out_id=given.id, child_id=child.id, owner_id=tag.owner_id))


_OUT = sa.select(TagHandOut).where(TagHandOut.tag_id == sa.bindparam("tag"), TagHandOut.returned_at.is_(None))


def find_out(look: Look, tag_id: str) -> TagHandOut | None:
    """The hand-out that a tag is out by, also while it is lost."""
    return look.session.scalars(_OUT, {"tag": tag_id}).one_or_none()


def take_back(work: Work, tag_id: str) -> None:
    """The tag is here again: it stands for nobody, and opens nothing until it is given anew. Audited. Raises: NotThereError."""
    tag, given = get_tag(work, get_reach(work), tag_id).tag, find_out(work, tag_id)
    if given is None:
        raise NotThereError
    given.returned_at, given.returned_by = work.now, work.asker.id
    work.session.execute(sa.delete(TagChild).where(TagChild.tag_id == tag_id))
    if tag.blocked_why != WhyBlocked.CLONED:
        block(work, tag, WhyBlocked.RETURNED)
    work.session.flush()
    note(work, "tag.returned", [given.id, tag_id])


def get_signature(look: Look, reach: Reach, hand_out_id: str) -> tuple[TagHandOut, bytes]:
    """What was signed, for whoever serves a child of it. Raises: NotThereError."""
    given = look.session.get(TagHandOut, hand_out_id)
    signature = None if given is None else look.session.get(Signature, hand_out_id)
    if given is None or signature is None or given.owner_id != reach.owner_id:
        raise NotThereError
    if not reached_children(look, reach, list_given_for(look, [hand_out_id]).get(hand_out_id, ())):
        raise NotThereError
    return given, signature.picture


_GIVEN_FOR = (
    sa.select(HandOutChild)
    .where(HandOutChild.hand_out_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(HandOutChild.hand_out_id, HandOutChild.child_id)
)


def list_given_for(look: Look, hand_out_ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the children that each was given for. It asks no rights of the reader: its callers do."""
    out: dict[str, list[str]] = {}
    for row in look.session.scalars(_GIVEN_FOR, {"ids": list(hand_out_ids)}):
        out.setdefault(row.hand_out_id, []).append(row.child_id)
    return out
