"""The catalogue of an owner's consents: what a new owner begins with, and how kinds, texts and rules come, change and go.

A text is never changed; a new one stands beside it, and says whether those who agreed to an older one are asked again.
What is retired is asked no more, and the ledger keeps what was said to it. Every change is audited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.desk import Refusal, Work
from hub.doorbell import LIVE
from hub.language import WRITTEN
from hub.safety.audit import note
from hub.school.consent_kinds import (
    CHILD,
    GENERAL,
    ConsentKind,
    ConsentText,
    Kind,
    Rules,
    get_kind,
    list_below,
    list_kinds,
)
from hub.words import Words

YEAR = 365


class TextMissingError(Refusal):
    """A kind needs its name and its text in the owner's own language."""

    words = "refusals.consent_text_missing"


class CodeTakenError(Refusal):
    """The owner has a kind of that code already."""

    words = "refusals.consent_code_taken"


class WrongParentError(Refusal):
    """A kind cannot stand below itself, nor the general one below another."""

    words = "refusals.consent_wrong_parent"


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
