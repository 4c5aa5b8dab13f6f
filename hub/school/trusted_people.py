"""Whom a family trusts with a child beside its guardians: who may always fetch it, and whom to ring when no guardian answers.

Those who decide for the child and may fetch it themselves tell of them, and the other guardians are told. A name on the list
outranks no block: one that may be of somebody who must not come near the child counts for nothing, and what another guardian
denies waits for staff. Source: security rules S0.1, S1.2, S1.3 and S4.1.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Right
from hub.post.audience import entitled_pairs
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.fetchers import Adult, Standing, judge, list_adults, make_adult
from hub.school.fetching import NAME_LENGTH, PHONE_LENGTH

RELATION_LENGTH = 40
MOST_OF_A_CHILD = 12


class NobodyToRingError(Refusal):
    """Whoever is to be rung has a phone."""

    words = "refusals.nobody_to_ring"


class TrustedWithNothingError(Refusal):
    """They may fetch the child, or are rung, or both."""

    words = "refusals.trusted_with_nothing"


class TooManyTrustedError(Refusal):
    """So many that nobody at a door could go through them."""

    words = "refusals.too_many_trusted"


class TrustedPerson(Base):
    """One person. `announced_at` is when the other guardians were told of whoever may fetch; until then it is told of nobody.

    `untold`: somebody who should have been told could not be. `disputed_at`: another guardian says no, and nobody has found out
    yet.
    """

    __tablename__ = "trusted_people"
    __table_args__ = (
        sa.Index(None, "child_id", "ended_at"),
        sa.Index(
            "ix_trusted_people_unannounced",
            "announced_at",
            sqlite_where=sa.text("announced_at IS NULL"),
            postgresql_where=sa.text("announced_at IS NULL"),
        ),
        sa.Index(None, "message_id"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    person: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    relation: Mapped[str] = mapped_column(sa.String(RELATION_LENGTH))
    phone: Mapped[str | None] = mapped_column(sa.String(PHONE_LENGTH))
    may_fetch: Mapped[bool]
    is_rung: Mapped[bool]
    told_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    told_at: Mapped[Moment]
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    announced_at: Mapped[Moment | None] = mapped_column(default=None)
    untold: Mapped[bool] = mapped_column(default=False)
    disputed_at: Mapped[Moment | None] = mapped_column(default=None)
    disputed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    checked_at: Mapped[Moment | None] = mapped_column(default=None)
    checked_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message: Mapped[Message | None] = after(Message)

    def is_same(self, whom: "Whom") -> bool:
        return (self.person.casefold(), self.may_fetch, self.is_rung) == (
            whom.person.casefold(),
            whom.may_fetch,
            whom.is_rung,
        ) and whom.phone in (None, self.phone)


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody as a family tells of them."""

    person: str
    relation: str = ""
    phone: str | None = None
    may_fetch: bool = True
    is_rung: bool = False


def trust_person(
    work: Work,
    child: Child,
    whom: Whom,
    *,
    told_by: str,
    trust: Trust,
    message_id: str | None = None,
    instead_of: TrustedPerson | None = None,
) -> TrustedPerson:
    """From now on; who it stands `instead_of` ceases. The same told twice is one. Audited.

    Raises: TrustedWithNothingError, NobodyToRingError, TooManyTrustedError.
    """
    if not (whom.may_fetch or whom.is_rung):
        raise TrustedWithNothingError
    if whom.is_rung and not whom.phone:
        raise NobodyToRingError
    standing = list_trusted(work, [child.id]).get(child.id, [])
    same = next((row for row in standing if row.is_same(whom) and row.disputed_at is None), None)
    if same is not None and instead_of in (None, same) and (not whom.relation or same.relation == whom.relation):
        return same
    if len(standing) - (instead_of is not None) >= MOST_OF_A_CHILD:
        raise TooManyTrustedError
    fresh = TrustedPerson(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        person=whom.person[:NAME_LENGTH],
        relation=whom.relation[:RELATION_LENGTH],
        phone=whom.phone[:PHONE_LENGTH] if whom.phone else None,
        may_fetch=whom.may_fetch,
        is_rung=whom.is_rung,
        told_by=told_by,
        told_at=work.now,
        trust=trust,
        message_id=message_id,
        announced_at=None if whom.may_fetch else work.now,
    )
    if instead_of is not None:
        _stand_in_for(work, fresh, instead_of, told_by)
    _keep_denied(work, fresh)
    work.session.add(fresh)
    note(work, "trusted.tell", [child.id, fresh.id, *([instead_of.id] if instead_of is not None else [])])
    work.ring(LIVE, child.id)
    return fresh


def _stand_in_for(work: Work, fresh: TrustedPerson, before: TrustedPerson, by: str) -> None:
    """A new phone of the same person is no news to anybody."""
    before.ended_at, before.ended_by = work.now, by
    is_same = before.person.casefold() == fresh.person.casefold()
    if is_same and before.may_fetch and fresh.may_fetch:
        fresh.announced_at, fresh.untold = before.announced_at, before.untold


def _keep_denied(work: Work, fresh: TrustedPerson) -> None:
    """Whom another guardian denied stays denied when told of again: only staff end that."""
    told = sa.select(TrustedPerson).where(TrustedPerson.child_id == fresh.child_id).order_by(TrustedPerson.id.desc())
    rows = [row for row in work.session.scalars(told) if row.person.casefold() == fresh.person.casefold()]
    if fresh.may_fetch and rows and rows[0].disputed_at is not None:
        fresh.disputed_at, fresh.disputed_by = rows[0].disputed_at, rows[0].disputed_by


def end_person(work: Work, row: TrustedPerson, by: str) -> bool:
    """They are trusted no more; whether they were until now. Audited."""
    if row.ended_at is not None:
        return False
    row.ended_at, row.ended_by = work.now, by
    note(work, "trusted.end", [row.child_id, row.id])
    work.ring(LIVE, row.child_id)
    return True


def dispute_person(work: Work, row: TrustedPerson, by: str) -> bool:
    """Another guardian says no: it counts for nothing until staff have found out. Whether it counted until now. Audited."""
    if row.ended_at is not None or row.disputed_at is not None:
        return False
    row.disputed_at, row.disputed_by, row.checked_at = work.now, by, None
    note(work, "trusted.dispute", [row.child_id, row.id])
    work.ring(LIVE, row.child_id)
    return True


def check_person(work: Work, row: TrustedPerson, by: str) -> None:
    """Staff have asked the family: it is as it stands. Audited."""
    row.checked_at, row.checked_by, row.disputed_at, row.disputed_by = work.now, by, None, None
    note(work, "trusted.check", [row.child_id, row.id])
    work.ring(LIVE, row.child_id)


_STANDING = QuickSelect(
    sa.select(TrustedPerson)
    .where(TrustedPerson.child_id.in_(sa.bindparam("children", expanding=True)), TrustedPerson.ended_at.is_(None))
    .order_by(TrustedPerson.person, TrustedPerson.id)
)


def list_trusted(look: Look, child_ids: Collection[str]) -> dict[str, list[TrustedPerson]]:
    """Of each of these children, by name. It asks no rights of the reader: its callers have."""
    if not child_ids:
        return {}
    found: dict[str, list[TrustedPerson]] = {}
    for (row,) in _STANDING.rows(look, children=list(child_ids)):
        found.setdefault(row.child_id, []).append(row)
    return found


def judge_trusted(look: Look, people: Sequence[TrustedPerson], day: date) -> dict[str, Standing]:
    """What the register and the blocks know of each name on the list, by the id of its row."""
    adults = list_adults(look, {row.child_id for row in people}, day) if people else {}
    return {row.id: judge(row.person, row.phone, adults[row.child_id]) for row in people}


def list_counted(look: Look, child_ids: Collection[str], day: date) -> dict[str, list[Adult]]:
    """Those of each list whose name counts at the door, as adults to judge a name among."""
    return {
        child_id: [make_adult(row.person, row.relation, row.phone) for row in rows]
        for child_id, rows in list_counting(look, child_ids, day).items()
    }


def list_counting(look: Look, child_ids: Collection[str], day: date) -> dict[str, list[TrustedPerson]]:
    """Those of each list whose name counts at the door: who told of them may still hand that on, the other guardians were told
    and none denies it, and the name is nothing like that of somebody who must not fetch."""
    rows = [row for listed in list_trusted(look, child_ids).values() for row in listed if _was_told(row)]
    if not rows:
        return {}
    standings = judge_trusted(look, rows, day)
    may = list_may_trust(look, {row.told_by for row in rows}, {row.child_id for row in rows}, day)
    counting: dict[str, list[TrustedPerson]] = {}
    for row in rows:
        if standings[row.id] is not Standing.FORBIDDEN and (row.told_by, row.child_id) in may:
            counting.setdefault(row.child_id, []).append(row)
    return counting


def _was_told(row: TrustedPerson) -> bool:
    is_known = row.checked_at is not None or (row.announced_at is not None and not row.untold)
    return row.may_fetch and is_known and row.disputed_at is None


def list_may_trust(
    look: Look, guardian_ids: Collection[str], child_ids: Collection[str], day: date
) -> set[tuple[str, str]]:
    """The pairs (guardian, child) of whom the guardian decides for the child and may fetch it: nobody hands on what they may
    not do."""
    if not guardian_ids or not child_ids:
        return set()
    decides = entitled_pairs(look, guardian_ids, child_ids, Right.CONSENT, day)
    return decides & entitled_pairs(look, guardian_ids, child_ids, Right.FETCH, day)


def get_trusted(look: Look, ids: Collection[str]) -> list[TrustedPerson]:
    """Those of the ids that there are, whether they hold or not."""
    asked = list(ids)
    if not asked:
        return []
    return list(look.session.scalars(sa.select(TrustedPerson).where(TrustedPerson.id.in_(asked))))


def list_unannounced(look: Look, limit: int) -> list[str]:
    """The ids of those of whom the other guardians have yet to be told."""
    waiting = sa.select(TrustedPerson.id).where(TrustedPerson.announced_at.is_(None)).order_by(TrustedPerson.id)
    return list(look.session.scalars(waiting.limit(limit)))
