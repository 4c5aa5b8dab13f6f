"""What may be answered to "when do you come?": a time, that they are on the way, or who else fetches. All else is for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.school.not_fetched import Fetch
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood
from hub.talk.heard import FETCHED, About, Act, Heard, Intent

ANSWERS = frozenset({Intent.LATE, Intent.EARLY_PICKUP, Intent.PICKUP_PERSON})
BRINGS = frozenset({Intent.ABSENCE, Intent.ABSENCE_CANCEL})
"""What is said of a child who is here, and would be told as an absence at other times: a person reads it."""


@dataclass(frozen=True, slots=True)
class FetchPart:
    """What is said of some children; of all who were asked about where `child_ids` is empty. `act` is as it was heard."""

    fetch: Fetch
    act: Act
    child_ids: tuple[str, ...] = ()

    @property
    def is_against(self) -> bool:
        """Whether it denies what was told: that somebody comes, or that the child is here."""
        return self.act.intent is Intent.NO or self.act.intent in BRINGS


@dataclass(frozen=True, slots=True)
class FetchSaid:
    """All of an answer; no parts where they know already and have nothing to add. `more`: a person should read the rest."""

    parts: tuple[FetchPart, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class WhenFetched:
    """When are these children fetched today? `told`: another guardian has answered meanwhile, and they know."""

    children: tuple[Named, ...]
    day: date
    told: bool = False

    def about(self) -> About:
        only = self.children[0].id if len(self.children) == 1 else None
        return About("absence_check", child=only, day=self.day, topic=FETCHED)

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> FetchSaid | NotUnderstood:
        """What is about other children or other days alone is none of ours."""
        asked = {child.id for child in self.children}
        acts = [act for act in heard.acts if act.intent in ANSWERS | BRINGS]
        ours = [act for act in acts if self._is_asked(act, asked)]
        if acts and not ours:
            return NOT_UNDERSTOOD
        parts = tuple(FetchPart(_fetch(act), act, tuple(key for key in act.children if key in asked)) for act in ours)
        rest = [act for act in heard.acts if act not in acts]
        if parts:
            return FetchSaid(parts, more=any(act.intent is Intent.MESSAGE for act in rest))
        if self.told and not any(act.intent in (Intent.NO, Intent.MESSAGE) for act in rest):
            return FetchSaid(())
        against = (act for act in rest if act.intent is Intent.NO)
        return FetchSaid((FetchPart(Fetch.UNCLEAR, next(against, heard.acts[0])),))

    def _is_asked(self, act: Act, asked: set[str]) -> bool:
        is_of_today = not act.days or self.day in act.days
        return is_of_today and (not act.children or not asked.isdisjoint(act.children))


def _fetch(act: Act) -> Fetch:
    if act.unknown_name or act.intent in BRINGS:
        return Fetch.UNCLEAR
    return Fetch.SOMEBODY if act.intent is Intent.PICKUP_PERSON and act.person else Fetch.COMES
