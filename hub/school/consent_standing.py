"""What holds: whether a child may be in the photo, on the trip, on the list, by everything that its guardians have said.

`may_use` is the one question asked wherever a consent matters, and every list is made from it. It errs to the child's safe
side: one no is a no; a yes counts only while its guardian decides, its text and its time hold, and the general consent
stands; a sub-consent follows its parent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Look
from hub.people.families import Block, Child, GuardianRight, Guardianship, Right
from hub.safety.home_unit import list_home_zones
from hub.school.consent_kinds import ConsentText, Kind, list_kinds
from hub.school.consents import STANDS, Consent

SOON = timedelta(days=30)
"""How long before its end a yes is shown as ending."""


class Verdict(StrEnum):
    """Given: it may be done. No: somebody said no. Open: not enough has been said, so it may not be done."""

    GIVEN = "given"
    NO = "no"
    OPEN = "open"


class Says(StrEnum):
    """What one guardian's word is worth. Lapsed: its time is over. Outdated: the text has changed since.

    Waiting: given, and of no use before the general consent is. Weak: given in a way too weak for this kind.
    """

    YES = "yes"
    NO = "no"
    SILENT = "silent"
    LAPSED = "lapsed"
    OUTDATED = "outdated"
    WAITING = "waiting"
    WEAK = "weak"


class Word(NamedTuple):
    """The last word of one guardian on one kind that nobody took back."""

    id: str
    granted: bool
    at: datetime
    number: int
    how: str
    said_by: str
    trust: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many children there are for one kind, by what holds for them."""

    kind: Kind
    given: int
    no: int
    open: int

    @property
    def total(self) -> int:
        return self.given + self.no + self.open


@dataclass(frozen=True, slots=True)
class Position:
    """Where one guardian stands. `ends` is the last day of a yes that does not hold on."""

    guardian_id: str
    says: Says
    word: Word | None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One child and one kind on a day. `is_conflict`: one says yes and another no. `follows`: the parent that is not given."""

    verdict: Verdict
    is_conflict: bool = False
    follows: str | None = None


_OF_DAY = sa.bindparam("day", type_=sa.Date)
_DECIDERS = (
    sa.select(Guardianship.child_id, Guardianship.guardian_id, Guardianship.id)
    .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
    .where(
        Guardianship.child_id.in_(sa.bindparam("children", expanding=True)),
        GuardianRight.kind == Right.CONSENT,
        GuardianRight.from_day <= _OF_DAY,
        sa.or_(GuardianRight.to_day.is_(None), GuardianRight.to_day >= _OF_DAY),
        ~sa.exists().where(
            Block.guardian_id == Guardianship.guardian_id,
            Block.child_id == Guardianship.child_id,
            Block.lifted_at.is_(None),
        ),
    )
    .order_by(Guardianship.child_id, Guardianship.id)
    .distinct()
)
_WORDS = (
    sa.select(
        Consent.child_id,
        Consent.guardian_id,
        Consent.kind_id,
        Consent.id,
        Consent.granted,
        Consent.at,
        ConsentText.number,
        Consent.how,
        Consent.said_by,
        Consent.trust,
    )
    .join(ConsentText, ConsentText.id == Consent.text_id)
    .where(Consent.child_id.in_(sa.bindparam("children", expanding=True)), STANDS)
    .order_by(Consent.id)
)


@dataclass(slots=True)
class Standings:
    """What holds for some children on a day, worked out when it is asked for. `zones` are those of their homes' clocks; UTC
    where a child has none, which ends a yes no later."""

    kinds: list[Kind]
    day: date
    deciders: dict[str, list[str]]
    words: dict[tuple[str, str, str], Word]
    zones: dict[str, str]
    _known: dict[tuple[str, str], Standing] = field(default_factory=dict)
    _general: dict[tuple[str, str], bool] = field(default_factory=dict)
    _by_id: dict[str, Kind] = field(init=False)
    _first: Kind | None = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {kind.id: kind for kind in self.kinds}
        self._first = next((kind for kind in self.kinds if kind.is_general), None)

    def count(self, children: Iterable[Child], kinds: Iterable[Kind]) -> list[Tally]:
        """For each kind, how many of the children have it given, refused, or open."""
        ids, tallies = [child.id for child in children], []
        for kind in kinds:
            verdicts = [self.of(id_, kind).verdict for id_ in ids]
            each = (verdicts.count(verdict) for verdict in (Verdict.GIVEN, Verdict.NO, Verdict.OPEN))
            tallies.append(Tally(kind, *each))
        return tallies

    def of(self, child_id: str, kind: Kind) -> Standing:
        key = child_id, kind.id
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._weigh(child_id, kind)
        return found

    def find_kind(self, code: str) -> Kind | None:
        return next((kind for kind in self.kinds if kind.code == code), None)

    def position(self, child_id: str, guardian_id: str, kind: Kind) -> Position:
        """Where one guardian stands, by their last word."""
        word = self.words.get((child_id, guardian_id, kind.id))
        ends = self._end_of(child_id, word, kind) if word is not None and word.granted else None
        return Position(guardian_id, self.says(child_id, guardian_id, kind), word, ends)

    def positions(self, child_id: str, kind: Kind) -> tuple[Position, ...]:
        """Where everybody stands who decides for the child."""
        return tuple(self.position(child_id, who, kind) for who in self.deciders.get(child_id, ()))

    def says(self, child_id: str, guardian_id: str, kind: Kind) -> Says:
        """What one guardian's last word is worth."""
        word = self.words.get((child_id, guardian_id, kind.id))
        if word is None:
            return Says.SILENT
        if not word.granted:
            return Says.NO
        if word.trust < (Trust.STRONG if kind.rules.needs_strong else Trust.CONFIRMED):
            return Says.WEAK
        if word.number < kind.since_number:
            return Says.OUTDATED
        ends = self._end_of(child_id, word, kind)
        if ends is not None and ends < self.day:
            return Says.LAPSED
        if not kind.is_general and not self.has_general(child_id, guardian_id):
            return Says.WAITING
        return Says.YES

    def has_general(self, child_id: str, guardian_id: str) -> bool:
        """Whether the guardian's general consent stands for the child; so it does where the owner asks for none."""
        if self._first is None:
            return True
        key = child_id, guardian_id
        found = self._general.get(key)
        if found is None:
            found = self._general[key] = self.says(child_id, guardian_id, self._first) is Says.YES
        return found

    def is_answered(self, child_id: str, guardian_id: str, kind: Kind) -> bool:
        """Whether this guardian need not be asked: they said yes and it counts, or no."""
        return self.says(child_id, guardian_id, kind) in (Says.YES, Says.NO)

    def _weigh(self, child_id: str, kind: Kind) -> Standing:
        deciders = self.deciders.get(child_id, ())
        said = {self.says(child_id, who, kind) for who in deciders}
        agreed = Says.YES in said and (len(said) == 1 or not kind.rules.both_needed)
        if kind.is_general:
            only_noes = said == {Says.NO}
            return _STANDINGS[Verdict.GIVEN if Says.YES in said else Verdict.NO if only_noes else Verdict.OPEN]
        verdict = Verdict.NO if Says.NO in said else (Verdict.GIVEN if agreed else Verdict.OPEN)
        conflict = Says.NO in said and any(self._granted(child_id, who, kind) for who in deciders)
        parent = self._by_id.get(kind.parent_id) if kind.parent_id is not None else None
        above = self.of(child_id, parent).verdict if parent is not None else Verdict.GIVEN
        if parent is None or above is Verdict.GIVEN or verdict is Verdict.NO:
            return Standing(verdict, is_conflict=True) if conflict else _STANDINGS[verdict]
        return Standing(above, conflict, follows=parent.id)

    def _end_of(self, child_id: str, word: Word, kind: Kind) -> date | None:
        """The last day of a yes, counted from the day that it was at the child's home when it was said."""
        days = kind.rules.valid_days
        if days is None:
            return None
        return word.at.astimezone(ZoneInfo(self.zones.get(child_id, "UTC"))).date() + timedelta(days=days)

    def _granted(self, child_id: str, guardian_id: str, kind: Kind) -> bool:
        word = self.words.get((child_id, guardian_id, kind.id))
        return word is not None and word.granted


_STANDINGS = {verdict: Standing(verdict) for verdict in Verdict}


def read_standings(look: Look, owner_id: str, child_ids: Iterable[str], day: date) -> Standings:
    """What holds for these children on a day, in four questions however many they are. It asks no rights: its callers do."""
    children = list(child_ids)
    deciders: dict[str, list[str]] = {}
    for child_id, guardian_id, _ in look.session.execute(_DECIDERS, {"children": children, "day": day}):
        deciders.setdefault(child_id, []).append(guardian_id)
    words: dict[tuple[str, str, str], Word] = {}
    for child_id, guardian_id, kind_id, *told in look.session.execute(_WORDS, {"children": children}):
        words[child_id, guardian_id, kind_id] = Word._make(told)
    return Standings(list_kinds(look, owner_id), day, deciders, words, list_home_zones(look, children, day))


def may_use(look: Look, child_id: str, kind: str, day: date) -> bool:
    """Whether what the kind of this code is about may be done with the child on a day. No where the owner has no such kind."""
    child = look.session.get(Child, child_id)
    return child is not None and child_id in list_usable(look, child.owner_id, [child_id], kind, day)


def list_usable(look: Look, owner_id: str, child_ids: Sequence[str], kind: str, day: date) -> set[str]:
    """Those of the children with whom it may be done on a day: what every list is made from."""
    standings = read_standings(look, owner_id, child_ids, day)
    found = standings.find_kind(kind)
    if found is None:
        return set()
    return {child_id for child_id in child_ids if standings.of(child_id, found).verdict is Verdict.GIVEN}
