"""What is known of a name that is to fetch a child: is it one who may, or may it be somebody who must not?

A name is a hint and never a proof. A doubt is told as one, and a likeness to somebody who must not fetch outweighs all but
the whole name of somebody who may. Source: security rules S0.1 and S4.1.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from hub.address import SMS
from hub.desk import Look
from hub.people.families import Block, Guardian, GuardianAddress, Guardianship, Right
from hub.post.audience import entitled_pairs

ALIKE = 0.8
"""How alike two first names must be (0 to 1) for one to be taken for a slip of the other, where that may be dangerous."""
SHORTEST = 7
"""Digits of a phone, fewer of which tell nobody apart."""
_KIN = ("mother", "father", "grandparent", "step-parent", "foster-parent")


class Standing(StrEnum):
    """What is known of whoever is said to fetch. The first is the one that rings."""

    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    LIKE_KNOWN = "like_known"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Adult:
    """Somebody whom the register or a block ties to a child. `phones` are E.164."""

    first_name: str
    last_name: str
    relation: str
    may_fetch: bool
    phones: frozenset[str]

    def is_meant(self, person: str, phone: str | None) -> bool:
        """By whole name, or by their own phone."""
        said = _parts(person)
        whole = {*_parts(self.first_name)[:1], *_parts(self.last_name)[-1:]}
        return (len(said) > 1 and whole <= set(said)) or (phone is not None and self._has(phone))

    def _has(self, phone: str) -> bool:
        """A phone as people write it, with or without what comes before the national number."""
        digits = "".join(filter(str.isdigit, phone)).lstrip("0")
        return len(digits) >= SHORTEST and any(own.endswith(digits) for own in self.phones)

    def may_be_meant(self, person: str, *, slips: bool = False) -> bool:
        """By a first name, a last name alone, or what families call them; with `slips` also a first name misspelt."""
        said, first, last = _parts(person), _parts(self.first_name)[:1], _parts(self.last_name)
        called = bool(set(said) & set(first)) or (len(said) == 1 and said[0] in last)
        return called or self.is_kin(person) or (slips and any(_alike(word, name) for word in said for name in first))

    def is_kin(self, person: str) -> bool:
        """Whether the words hold what families call somebody of this relation."""
        return self.relation in _relations(_parts(person))

    def is_no_such_kin(self, person: str) -> bool:
        """ "Mormor Anne" is no Anne who is the mother."""
        return bool(_relations(_parts(person))) and self.relation in _KIN and not self.is_kin(person)


def judge(person: str, phone: str | None, adults: Sequence[Adult]) -> Standing:
    """What is known of a name among the adults of one child."""
    if any(adult.is_meant(person, phone) for adult in adults if not adult.may_fetch):
        return Standing.FORBIDDEN
    if any(adult.is_meant(person, phone) for adult in adults if adult.may_fetch):
        return Standing.KNOWN
    if any(adult.may_be_meant(person, slips=True) for adult in adults if not adult.may_fetch):
        return Standing.FORBIDDEN
    if any(adult.may_be_meant(person) for adult in adults if adult.may_fetch and not adult.is_no_such_kin(person)):
        return Standing.LIKE_KNOWN
    return Standing.UNKNOWN


_TIED = (
    sa.select(Guardianship.child_id, Guardianship.relation, Guardian)
    .join(Guardian, Guardian.id == Guardianship.guardian_id)
    .where(Guardianship.child_id.in_(sa.bindparam("children", expanding=True)))
    .order_by(Guardianship.id)
)
_BLOCKED = (
    sa.select(Block.child_id, Guardian)
    .join(Guardian, Guardian.id == Block.guardian_id)
    .where(Block.child_id.in_(sa.bindparam("children", expanding=True)), Block.lifted_at.is_(None))
    .order_by(Block.id)
)
_PHONES = sa.select(GuardianAddress.guardian_id, GuardianAddress.value).where(
    GuardianAddress.kind == SMS, GuardianAddress.guardian_id.in_(sa.bindparam("guardians", expanding=True))
)


def list_adults(look: Look, child_ids: Iterable[str], day: date) -> dict[str, list[Adult]]:
    """The adults of each child, those who must not come near it among them, and which of them may fetch it on a day."""
    ids = list(child_ids)
    asked = {"children": ids}
    tied = {
        (child, guardian.id): (relation, guardian) for child, relation, guardian in look.session.execute(_TIED, asked)
    }
    blocked = {(child, guardian.id): ("", guardian) for child, guardian in look.session.execute(_BLOCKED, asked)}
    found = blocked | tied
    guardians = [guardian_id for _, guardian_id in found]
    may = entitled_pairs(look, guardians, ids, Right.FETCH, day) if found else set()
    phones: dict[str, set[str]] = {}
    for guardian_id, value in look.session.execute(_PHONES, {"guardians": guardians}):
        phones.setdefault(guardian_id, set()).add(value)
    adults: dict[str, list[Adult]] = {child: [] for child in ids}
    for (child, guardian_id), (relation, guardian) in found.items():
        may_fetch = (guardian_id, child) in may
        own = frozenset(phones.get(guardian_id, ()))
        adults[child].append(Adult(guardian.first_name, guardian.last_name, relation, may_fetch, own))
    return adults


def make_adult(person: str, relation: str, phone: str | None) -> Adult:
    """Somebody whom a family trusts to fetch, by the name and the relation that were told."""
    words = person.split() or [""]
    kin = sorted(_relations([*_parts(person), *_parts(relation)]))
    digits = "".join(filter(str.isdigit, phone or ""))
    return Adult(words[0], words[-1], kin[0] if kin else "", True, frozenset({digits} if digits else ()))


def _parts(name: str) -> list[str]:
    """The words of a name as they compare: without case, accents or hyphens. å, ä, ö and ø are letters of their own."""
    return [_plain(word) for word in name.replace("-", " ").split()]


def _plain(word: str) -> str:
    return "".join(
        letter if letter in "åäö" else unicodedata.normalize("NFD", letter)[0]
        for letter in unicodedata.normalize("NFC", word.casefold())
    )


def _alike(word: str, name: str) -> bool:
    return SequenceMatcher(None, word, name).ratio() >= ALIKE


@lru_cache(maxsize=1)
def _kinship() -> dict[str, frozenset[str]]:
    read = tomllib.loads((Path(__file__).parent / "kinship.toml").read_text("utf-8"))
    return {relation: frozenset(map(_plain, read[relation])) for relation in _KIN}


def _relations(said: Iterable[str]) -> set[str]:
    words = set(said)
    return {relation for relation, names in _kinship().items() if words & names}
