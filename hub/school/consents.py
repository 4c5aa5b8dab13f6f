"""Consents: a ledger of who said what, for which child, to which text, how and when. Nothing in it is ever changed.

A yes is given and a no withdraws it, at any time and towards the child's safe side at once; an undoing is one more row.
What holds is a question about the rows: hub.school.consent_standing. Source: security rules S1.2, S1.5 and S4.1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.consent_kinds import GENERAL, ConsentKind, ConsentText, Kind


class How(StrEnum):
    """The way a word came: by text message, on a page after sign-in, or told to staff in person or on paper."""

    TEXT = "text"
    PAGE = "page"
    SPOKEN = "spoken"
    PAPER = "paper"


class GeneralMissingError(Refusal):
    """The guardian has not given the general consent, which stands before all others."""

    words = "refusals.consent_general_missing"


class NeedsStrongError(Refusal):
    """This kind is given with a strong sign-in or on paper, and not so."""

    words = "refusals.consent_needs_strong"


class Consent(Base):
    """One word of one guardian. `undoes` is the row that this one takes back; it says nothing else then.

    `said_by` is the guardian, or the member of staff whom they told. `text_id` is the version they agreed to or refused.
    """

    __tablename__ = "consents"
    __table_args__ = (sa.Index(None, "child_id", "kind_id"), sa.Index(None, "owner_id", "at"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    kind_id: Mapped[Ref] = mapped_column(sa.ForeignKey("consent_kinds.id"))
    text_id: Mapped[Ref] = mapped_column(sa.ForeignKey("consent_texts.id"))
    granted: Mapped[bool]
    how: Mapped[str] = mapped_column(sa.String(10))
    said_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    at: Mapped[Moment]
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), index=True, default=None)
    undoes: Mapped[Ref | None] = mapped_column(index=True, default=None)
    message: Mapped[Message | None] = after(Message)
    text: Mapped[ConsentText] = after(ConsentText)
    kind: Mapped[ConsentKind] = after(ConsentKind)


@dataclass(frozen=True, slots=True)
class Told:
    """How a word reached us: the way, by whom, how sure we are, and the message that said it, if one did."""

    how: How
    said_by: str
    trust: Trust
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Yes or no to a kind; to the version of its text that was shown, or to the one that holds now."""

    kind: Kind
    granted: bool
    text_id: str | None = None


def say_words(work: Work, child: Child, guardian_id: str, said: Sequence[Choice], told: Told) -> list[Consent]:
    """Keep a guardian's yes or no to each of these kinds; the rows. Audited.

    A no is always kept. The caller has made sure that the guardian decides for the child.
    Raises: GeneralMissingError, NeedsStrongError.
    """
    if any(each.granted for each in said if not each.kind.is_general):
        _check_general(work, child.id, guardian_id, said)
    rows = []
    for each in said:
        if each.granted and each.kind.rules.needs_strong and told.trust < Trust.STRONG:
            raise NeedsStrongError
        text_id = each.text_id or each.kind.text.id
        rows.append(_row(work, child, guardian_id, each.kind.id, text_id, each.granted, told))
    work.session.add_all(rows)
    if rows:
        note(work, "consent.say", [child.id, guardian_id, *(row.id for row in rows)])
        work.ring(LIVE, child.id)
    return rows


def _row(
    work: Work,
    child: Child,
    guardian_id: str,
    kind_id: str,
    text_id: str,
    granted: bool,
    told: Told,
    undoes: str | None = None,
) -> Consent:
    return Consent(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        guardian_id=guardian_id,
        kind_id=kind_id,
        text_id=text_id,
        granted=granted,
        how=told.how,
        said_by=told.said_by,
        trust=told.trust,
        at=work.now,
        message_id=told.message_id,
        undoes=undoes,
    )


def _check_general(look: Look, child_id: str, guardian_id: str, said: Iterable[Choice]) -> None:
    told_now = next((each.granted for each in said if each.kind.is_general), None)
    if not (has_given_general(look, child_id, guardian_id) if told_now is None else told_now):
        raise GeneralMissingError


_UNDOING = aliased(Consent)
STANDS = sa.and_(Consent.undoes.is_(None), ~sa.exists().where(_UNDOING.undoes == Consent.id))
"""A word that nobody took back."""
_GENERAL = QuickSelect(
    sa.select(Consent.granted)
    .join(ConsentKind, ConsentKind.id == Consent.kind_id)
    .where(
        Consent.child_id == sa.bindparam("child"),
        Consent.guardian_id == sa.bindparam("guardian"),
        ConsentKind.code == GENERAL,
        STANDS,
    )
    .order_by(Consent.id.desc())
    .limit(1)
)
_BY_IDS = QuickSelect(
    sa.select(Consent).where(Consent.id.in_(sa.bindparam("ids", expanding=True)), STANDS).order_by(Consent.id)
)
_OF_CHILD = (
    sa.select(Consent, ConsentText)
    .join(ConsentText, ConsentText.id == Consent.text_id)
    .where(Consent.child_id == sa.bindparam("child"))
    .order_by(Consent.id.desc())
)


def has_given_general(look: Look, child_id: str, guardian_id: str) -> bool:
    """Whether this guardian's last word on the general consent for this child was yes."""
    found = _GENERAL.rows(look, child=child_id, guardian=guardian_id)
    return bool(found and found[0][0])


def get_words(look: Look, ids: Iterable[str]) -> list[Consent]:
    """Those of the rows that still stand, oldest first."""
    asked = list(ids)
    return [row for (row,) in _BY_IDS.rows(look, ids=asked)] if asked else []


def list_history(look: Look, child_id: str) -> list[tuple[Consent, ConsentText]]:
    """Everything ever said about a child, the newest first, undoings among it."""
    return [(row, text) for row, text in look.session.execute(_OF_CHILD, {"child": child_id})]


def take_back(work: Work, rows: Sequence[Consent], told: Told) -> list[Consent]:
    """Undo these words: what was said before them holds again. Answers the new rows. Audited."""
    undoings = []
    for row in rows:
        child = work.session.get_one(Child, row.child_id)
        undoings.append(_row(work, child, row.guardian_id, row.kind_id, row.text_id, row.granted, told, row.id))
        work.ring(LIVE, row.child_id)
    work.session.add_all(undoings)
    if undoings:
        note(work, "consent.take_back", [row.id for row in rows])
    return undoings
