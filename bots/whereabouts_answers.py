"""What may be answered to "where is your child?": away, comes later, ought to be here. What explains nothing is never taken
for an explanation. Source: security rules S0 and S1.6."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood
from hub.talk.heard import About, Act, Heard, Intent


class Where(StrEnum):
    """What an answer says of a child. AGREES: they know already, and have nothing to add."""

    AWAY = "away"
    COMES = "comes"
    SHOULD_BE_HERE = "should_be_here"
    UNCLEAR = "unclear"
    AGREES = "agrees"


CHOICES = {1: Where.AWAY, 2: Where.COMES, 3: Where.SHOULD_BE_HERE}
_EXPLAINS = {Intent.ABSENCE: Where.AWAY, Intent.LATE: Where.COMES, Intent.ABSENCE_CANCEL: Where.COMES}


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of some children; of all who were asked about where `child_ids` is empty. `comes_at` is on the wall's
    clock at the unit."""

    where: Where
    child_ids: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    comes_at: time | None = None
    ill: bool | None = None

    @property
    def open_about_child(self) -> bool:
        """It explains some child, and does not say which."""
        return not self.child_ids and self.where in (Where.AWAY, Where.COMES)


@dataclass(frozen=True, slots=True)
class Said:
    """All of an answer. `more`: it holds something beside that a person should read."""

    parts: tuple[Part, ...]
    more: bool = False

    @property
    def is_unclear(self) -> bool:
        return all(part.where is Where.UNCLEAR for part in self.parts)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where are these children today? `told`: another guardian has explained it meanwhile, and they know."""

    children: tuple[Named, ...]
    day: date
    told: bool = False

    def about(self) -> About:
        only = self.children[0].id if len(self.children) == 1 else None
        return About("absence_check", child=only, day=self.day, options=tuple(self.options()))

    def options(self) -> Sequence[str]:
        return [f"where_{where}" for where in CHOICES.values()]

    def read(self, heard: Heard) -> Said | NotUnderstood:
        """An act about other children alone is none of ours."""
        if heard.options:
            only = CHOICES.get(heard.options[0], Where.UNCLEAR) if len(heard.options) == 1 else Where.UNCLEAR
            return Said((Part(only),))
        asked = {child.id for child in self.children}
        explained = [act for act in heard.acts if act.intent in _EXPLAINS]
        if explained and all(act.children and asked.isdisjoint(act.children) for act in explained):
            return NOT_UNDERSTOOD
        parts = tuple(self._part(act) for act in explained)
        rest = [act for act in heard.acts if act.intent not in _EXPLAINS]
        if not parts:
            return Said(tuple(self._part(act) for act in rest))
        spoken = {key for act in explained for key in act.children}
        missing = [act for act in rest if act.intent is Intent.MESSAGE and (asked & set(act.children)) - spoken]
        more = any(act.intent is Intent.MESSAGE for act in rest if act not in missing)
        return Said((*parts, *(self._part(act) for act in missing)), more)

    def _part(self, act: Act) -> Part:
        asked = {child.id for child in self.children}
        if act.intent in _EXPLAINS:
            where = Where.UNCLEAR if act.unknown_name else _EXPLAINS[act.intent]
            return Part(where, act.children, act.days or (self.day,), act.start, act.ill)
        return Part(self._unexplained(act.intent), tuple(key for key in act.children if key in asked))

    def _unexplained(self, intent: Intent) -> Where:
        if self.told:
            told = {Intent.NO: Where.SHOULD_BE_HERE, Intent.MESSAGE: Where.UNCLEAR}
            return told.get(intent, Where.AGREES)
        return Where.SHOULD_BE_HERE if intent is Intent.MESSAGE else Where.UNCLEAR
