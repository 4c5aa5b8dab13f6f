"""Consent kinds: what an owner asks guardians to agree to, in a tree, with versioned words and the rules of each kind.

A sub-consent follows its parent's no. The general consent stands before all others: who has not given it can give none.
A text is never changed; a new one stands beside it, and says whether those who agreed to an older one are asked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.language import WRITTEN, chain
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.words import Words

GENERAL = "electronic"
CHILD = "{child}"
"""Stands in a text where the child's name is said."""
YEAR = 365
MOST_LETTERS = 240


class TextMissingError(Refusal):
    """A kind needs its name and its text in the owner's own language."""

    words = "refusals.consent_text_missing"


class CodeTakenError(Refusal):
    """The owner has a kind of that code already."""

    words = "refusals.consent_code_taken"


class WrongParentError(Refusal):
    """A kind cannot stand below itself, nor the general one below another."""

    words = "refusals.consent_wrong_parent"


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
        return _in_language(self.text.names, language)

    def wording(self, language: str) -> str:
        """The whole text, with {child} where the name is said."""
        return _in_language(self.text.texts, language)


def _in_language(said: Mapping[str, str], language: str) -> str:
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


@dataclass(frozen=True, slots=True)
class Shipped:
    """A kind that a new owner begins with; its words stand in templates/words/consent_kinds."""

    code: str
    rules: Rules
    parent: str | None = None


SHIPPED = (
    Shipped(GENERAL, Rules()),
    Shipped("class_list", Rules(both_needed=True, valid_days=YEAR)),
    Shipped("photo_internal", Rules(both_needed=True, valid_days=YEAR)),
    Shipped("photo_public", Rules(both_needed=True, valid_days=YEAR), "photo_internal"),
    Shipped("video", Rules(both_needed=True, valid_days=YEAR), "photo_internal"),
    Shipped("trip", Rules()),
    Shipped("car", Rules(), "trip"),
    Shipped("swimming", Rules()),
    Shipped("health_service", Rules(both_needed=True, needs_strong=True, sensitive=True)),
)


def ship_kinds(work: Work, owner_id: str) -> None:
    """Give an owner that has none the kinds Budbok brings along; others keep what they have."""
    if work.session.scalar(sa.select(ConsentKind.id).where(ConsentKind.owner_id == owner_id).limit(1)) is not None:
        return
    ids: dict[str, str] = {}
    for shipped in SHIPPED:
        words = {language: Words(language) for language in WRITTEN}
        names = {code: word.say("consent_kinds.name", code=shipped.code) for code, word in words.items()}
        texts = {code: word.say("consent_kinds.text", code=shipped.code, child=CHILD) for code, word in words.items()}
        parent = ids.get(shipped.parent) if shipped.parent else None
        ids[shipped.code] = _add(work, owner_id, shipped.code, parent, shipped.rules, names, texts)
    note(work, "consent.ship", [owner_id])


def make_kind(
    work: Work,
    owner_id: str,
    code: str,
    parent_id: str | None,
    rules: Rules,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    language: str,
) -> str:
    """A kind of the owner's own; its id. `language` is the owner's. Audited.

    Raises: CodeTakenError, TextMissingError, WrongParentError.
    """
    _check_words(names, texts, language)
    asked = sa.select(ConsentKind.id).where(ConsentKind.owner_id == owner_id, ConsentKind.code == code)
    if work.session.scalar(asked) is not None:
        raise CodeTakenError
    if parent_id is not None and get_kind(work, owner_id, parent_id).is_general:
        raise WrongParentError
    kind_id = _add(work, owner_id, code, parent_id, rules, names, texts)
    note(work, "consent.kind", [kind_id])
    work.ring(LIVE, owner_id)
    return kind_id


def _add(
    work: Work,
    owner_id: str,
    code: str,
    parent_id: str | None,
    rules: Rules,
    names: Mapping[str, str],
    texts: Mapping[str, str],
) -> str:
    count = sa.select(sa.func.count()).select_from(ConsentKind).where(ConsentKind.owner_id == owner_id)
    row = ConsentKind(
        id=work.new_id(),
        owner_id=owner_id,
        code=code,
        position=work.session.scalar(count) or 0,
        made_at=work.now,
        parent_id=parent_id,
        **_columns(rules),
    )
    work.session.add(row)
    work.session.flush()
    work.session.add(_text(work, row, 1, names, texts, asks_again=True))
    work.session.flush()
    return row.id


def _columns(rules: Rules) -> dict[str, Any]:
    return {
        "both_needed": rules.both_needed,
        "needs_strong": rules.needs_strong,
        "sensitive": rules.sensitive,
        "valid_days": rules.valid_days,
    }


def _text(
    work: Work, row: ConsentKind, number: int, names: Mapping[str, str], texts: Mapping[str, str], *, asks_again: bool
) -> ConsentText:
    return ConsentText(
        id=work.new_id(),
        owner_id=row.owner_id,
        kind_id=row.id,
        number=number,
        names=dict(names),
        texts=dict(texts),
        made_at=work.now,
        made_by=work.asker.id if work.asker.kind == "staff" else None,
        asks_again=asks_again,
    )


def write_text(
    work: Work,
    kind: Kind,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    language: str,
    *,
    asks_again: bool,
) -> ConsentText:
    """A new version of what a kind says; the older ones stay. Audited. Raises: TextMissingError."""
    _check_words(names, texts, language)
    text = _text(work, kind.row, kind.text.number + 1, names, texts, asks_again=asks_again)
    work.session.add(text)
    note(work, "consent.text", [kind.id, text.id])
    work.ring(LIVE, kind.row.owner_id)
    return text


def change_rules(work: Work, kind: Kind, rules: Rules) -> None:
    """Other rules from now on, for what was said before as well. Audited."""
    for name, value in _columns(rules).items():
        setattr(kind.row, name, value)
    note(work, "consent.rules", [kind.id])
    work.ring(LIVE, kind.row.owner_id)


def retire_kind(work: Work, kind: Kind) -> None:
    """It is asked no more and can be relied on no more; the ledger keeps what was said. Audited. Raises: WrongParentError."""
    if kind.is_general:
        raise WrongParentError
    for each in [kind, *list_below(list_kinds(work, kind.row.owner_id), kind)]:
        each.row.retired_at = work.now
        note(work, "consent.retire", [each.id])
    work.ring(LIVE, kind.row.owner_id)


def _check_words(names: Mapping[str, str], texts: Mapping[str, str], language: str) -> None:
    if not (names.get(language) and texts.get(language)):
        raise TextMissingError
