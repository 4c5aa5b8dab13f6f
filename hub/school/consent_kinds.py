"""Consent kinds: what an owner asks guardians to agree to, in a tree, with versioned words and the rules of each kind.

A sub-consent follows its parent's no. The general consent stands before all others: who has not given it can give none.
The text that holds is the newest; a yes to an older one counts for as long as nothing since then asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look
from hub.language import chain
from hub.safety.access import NotThereError

GENERAL = "electronic"
CHILD = "{child}"
"""Stands in a text where the child's name is said."""
MOST_LETTERS = 240


class ConsentKind(Base):
    """One thing to agree to. `code` is the listener's topic where it has one. `valid_days` is None where a yes holds on.

    `both_needed`: every guardian who decides must say yes; else one yes is enough. In both, one no is a no.
    `needs_strong`: a yes counts only from a strong sign-in or on paper. `sensitive`: never spelt out on an open channel.
    """

    __tablename__ = "consent_kinds"
    __table_args__ = (sa.UniqueConstraint("owner_id", "code"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    code: Mapped[str] = mapped_column(sa.String(40))
    position: Mapped[int]
    made_at: Mapped[Moment]
    parent_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("consent_kinds.id"), default=None)
    both_needed: Mapped[bool] = mapped_column(default=False)
    needs_strong: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    valid_days: Mapped[int | None] = mapped_column(default=None)
    retired_at: Mapped[Moment | None] = mapped_column(default=None)


class ConsentText(Base):
    """What a kind says, from a moment on. `names` and `texts` hold a wording for each language, by its code."""

    __tablename__ = "consent_texts"
    __table_args__ = (sa.UniqueConstraint("kind_id", "number"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    kind_id: Mapped[Ref] = mapped_column(sa.ForeignKey("consent_kinds.id"))
    number: Mapped[int]
    names: Mapped[Json]
    texts: Mapped[Json]
    made_at: Mapped[Moment]
    made_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    asks_again: Mapped[bool] = mapped_column(default=True)
    kind: Mapped[ConsentKind] = after(ConsentKind)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a kind demands of a yes."""

    both_needed: bool = False
    needs_strong: bool = False
    sensitive: bool = False
    valid_days: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind with the text that holds now. `since_number`: a yes to an older text no longer counts. `depth` in the tree.

    What is asked of it for every child of a school stands in plain values.
    """

    id: str
    code: str
    parent_id: str | None
    rules: Rules
    is_general: bool
    row: ConsentKind
    text: ConsentText
    since_number: int
    depth: int

    def name(self, language: str) -> str:
        """A few words, such as "bading"."""
        return in_language(self.text.names, language)

    def wording(self, language: str) -> str:
        """The whole text, with {child} where the name is said."""
        return in_language(self.text.texts, language)


def in_language(said: Mapping[str, str], language: str) -> str:
    """A name or a text of a kind in a language, else in one that is near to it or that there is; "" where there is none."""
    return next((said[code] for code in [*chain(language), *said] if said.get(code)), "")


_KINDS = (
    sa.select(ConsentKind)
    .where(ConsentKind.owner_id == sa.bindparam("owner"), ConsentKind.retired_at.is_(None))
    .order_by(ConsentKind.position, ConsentKind.id)
)
_TEXTS = (
    sa.select(ConsentText)
    .join(ConsentKind, ConsentKind.id == ConsentText.kind_id)
    .where(ConsentKind.owner_id == sa.bindparam("owner"))
    .order_by(ConsentText.kind_id, ConsentText.number)
)


def list_kinds(look: Look, owner_id: str) -> list[Kind]:
    """The kinds in use, each right behind its parent, the general one first."""
    texts: dict[str, list[ConsentText]] = {}
    for text in look.session.scalars(_TEXTS, {"owner": owner_id}):
        texts.setdefault(text.kind_id, []).append(text)
    rows = list(look.session.scalars(_KINDS, {"owner": owner_id}))
    below: dict[str | None, list[ConsentKind]] = {}
    known = {row.id for row in rows}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    found: list[Kind] = []

    def walk(parent: str | None, depth: int) -> None:
        for row in sorted(below.get(parent, []), key=lambda row: row.code != GENERAL):
            own = texts[row.id]
            since = max((text.number for text in own if text.asks_again), default=1)
            rules = Rules(row.both_needed, row.needs_strong, row.sensitive, row.valid_days)
            is_general = row.code == GENERAL
            found.append(Kind(row.id, row.code, row.parent_id, rules, is_general, row, own[-1], since, depth))
            walk(row.id, depth + 1)

    walk(None, 0)
    return found


def get_kind(look: Look, owner_id: str, kind_id: str) -> Kind:
    """Raises: NotThereError."""
    found = next((kind for kind in list_kinds(look, owner_id) if kind.id == kind_id), None)
    if found is None:
        raise NotThereError
    return found


def list_texts(look: Look, kind_id: str) -> list[ConsentText]:
    """Every version, the newest first."""
    asked = sa.select(ConsentText).where(ConsentText.kind_id == kind_id).order_by(ConsentText.number.desc())
    return list(look.session.scalars(asked))


def list_below(kinds: Sequence[Kind], kind: Kind) -> list[Kind]:
    """The sub-consents of a kind, at every depth."""
    inside = {kind.id}
    found = []
    for each in kinds:
        if each.parent_id in inside:
            inside.add(each.id)
            found.append(each)
    return found
