"""What a family tells lastingly of a child in our care: allergies, food, medicine, and what else matters.

Health is nobody's but those who need it: staff who look after the child, and those who decide for it. It is said back on no
open channel. What one tells is in force at once; what another told ends by their own word, or by staff who have found out.
Source: GDPR article 9; security rules S0.1, S1.2, S3.9 and S6.1.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.staff import LOOKS_AFTER, WHOLE_UNIT, Role, RoleGroup, RoleKind
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.access import Reach
from hub.safety.audit import note

WORDS_LENGTH = 600


class NoteKind(StrEnum):
    """What a note is about, in the order in which they are read."""

    ALLERGY = "allergy"
    MEDICINE = "medicine"
    FOOD = "food"
    OTHER = "other"


EATEN = frozenset({NoteKind.ALLERGY, NoteKind.FOOD})
"""What a kitchen must know."""


class CareNote(Base):
    """One thing to know. `serious`: one must act at once where it goes wrong. `told_by` is a guardian, or one of the staff, who
    kept it where `kept_by` says so.

    `questioned_by` is a guardian who says that what another told holds no more: until staff have found out it stands.
    """

    __tablename__ = "care_notes"
    __table_args__ = (sa.Index(None, "child_id", "ended_at"), sa.Index(None, "message_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    words: Mapped[str] = mapped_column(sa.String(WORDS_LENGTH))
    told_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    told_at: Mapped[Moment]
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    serious: Mapped[bool] = mapped_column(default=False)
    kept_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    questioned_at: Mapped[Moment | None] = mapped_column(default=None)
    questioned_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message: Mapped[Message | None] = after(Message)

    @property
    def is_confirmed(self) -> bool:
        """They were surely themselves, or somebody of the staff was told it."""
        return self.trust >= Trust.CONFIRMED


@dataclass(frozen=True, slots=True)
class Matter:
    """What is told, before it is kept."""

    kind: NoteKind
    words: str
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Who told it and how sure that is; `kept_by` is whoever of the staff wrote it down."""

    told_by: str
    trust: Trust
    kept_by: str | None = None
    message_id: str | None = None


def tell_note(work: Work, child: Child, matter: Matter, teller: Teller, instead_of: CareNote | None = None) -> CareNote:
    """Keep it from now on; what it stands `instead_of` ceases. The same told twice is one. Audited, without the words."""
    words = matter.words.strip()[:WORDS_LENGTH]
    same = _find_same(work, child.id, matter, words)
    if same is not None and instead_of in (None, same):
        return same
    fresh = CareNote(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        kind=matter.kind,
        words=words,
        told_by=teller.told_by,
        told_at=work.now,
        trust=teller.trust,
        serious=matter.serious,
        kept_by=teller.kept_by,
        message_id=teller.message_id,
    )
    if instead_of is not None:
        _end(work, instead_of, teller.kept_by or teller.told_by)
    work.session.add(fresh)
    note(work, "care_note.tell", [child.id, fresh.id, *([instead_of.id] if instead_of is not None else [])])
    work.ring(LIVE, child.id)
    return fresh


def _find_same(look: Look, child_id: str, matter: Matter, words: str) -> CareNote | None:
    standing = list_notes(look, [child_id]).get(child_id, [])
    return next((row for row in standing if (row.kind, row.words, row.serious) == _key(matter, words)), None)


def _key(matter: Matter, words: str) -> tuple[str, str, bool]:
    return matter.kind, words, matter.serious


def end_note(work: Work, row: CareNote, by: str) -> None:
    """It holds no more. Audited."""
    if row.ended_at is None:
        _end(work, row, by)
        note(work, "care_note.end", [row.child_id, row.id])
        work.ring(LIVE, row.child_id)


def _end(work: Work, row: CareNote, by: str) -> None:
    row.ended_at, row.ended_by = work.now, by


def question_note(work: Work, row: CareNote, by: str) -> None:
    """Somebody who did not tell it says that it holds no more: staff must ask. Audited."""
    if row.ended_at is None and row.questioned_at is None:
        row.questioned_at, row.questioned_by = work.now, by
        note(work, "care_note.question", [row.child_id, row.id])
        work.ring(LIVE, row.child_id)


def uphold_note(work: Work, row: CareNote) -> None:
    """Staff have asked: it holds. Audited."""
    row.questioned_at = row.questioned_by = None
    row.trust = max(row.trust, Trust.CONFIRMED)
    note(work, "care_note.uphold", [row.child_id, row.id])
    work.ring(LIVE, row.child_id)


_STANDING = QuickSelect(
    sa.select(CareNote).where(
        CareNote.child_id.in_(sa.bindparam("children", expanding=True)), CareNote.ended_at.is_(None)
    )
)


def list_notes(look: Look, child_ids: Collection[str]) -> dict[str, list[CareNote]]:
    """What holds of each of these children, the gravest first. It asks no rights of the reader: its callers have."""
    if not child_ids:
        return {}
    rows = (row for (row,) in _STANDING.rows(look, children=list(child_ids)))
    found: dict[str, list[CareNote]] = {}
    for row in sorted(rows, key=_gravest_first):
        found.setdefault(row.child_id, []).append(row)
    return found


def list_kept_from(look: Look, message_ids: Collection[str]) -> set[str]:
    """The messages of which something was kept, whether it holds still or not."""
    if not message_ids:
        return set()
    kept = sa.select(CareNote.message_id).where(CareNote.message_id.in_(list(message_ids)))
    return {id_ for id_ in look.session.scalars(kept) if id_ is not None}


def _gravest_first(row: CareNote) -> tuple[bool, int, datetime, str]:
    return not row.serious, list(NoteKind).index(NoteKind(row.kind)), row.told_at, row.id


@dataclass(frozen=True, slots=True)
class Caring:
    """The whole units and the groups whose children the asker looks after, in a role that must know what families told."""

    units: frozenset[str]
    groups: frozenset[str]

    def covers(self, unit_id: str, group_id: str) -> bool:
        return unit_id in self.units or group_id in self.groups


_ROLES = QuickSelect(
    sa.select(Role.id, Role.unit_id, Role.kind).where(
        Role.id.in_(sa.bindparam("roles", expanding=True)), Role.kind.in_(sa.bindparam("kinds", expanding=True))
    )
)
_GROUPS = QuickSelect(sa.select(RoleGroup.group_id).where(RoleGroup.role_id.in_(sa.bindparam("roles", expanding=True))))


def get_caring(look: Look, reach: Reach, kinds: Collection[RoleKind] = LOOKS_AFTER) -> Caring:
    """Whom the asker looks after now in roles of these kinds; nobody, where their roles are of another kind."""
    roles = _ROLES.rows(look, roles=sorted(reach.roles), kinds=sorted(kinds))
    groups = _GROUPS.rows(look, roles=[role_id for role_id, _, _ in roles])
    units = frozenset(unit_id for _, unit_id, kind in roles if kind in WHOLE_UNIT)
    return Caring(units, frozenset(group_id for (group_id,) in groups))
