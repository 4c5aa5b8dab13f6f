"""Who fetches, where a guardian told that somebody does and not who: asked once, and answered by a name or by "I do"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood
from hub.talk.heard import THEMSELVES, WHO_FETCHES, About, Act, Heard, Intent


@dataclass(frozen=True, slots=True)
class SaidFetcher:
    """Who it is, and the children who were named with it."""

    person: str
    phone: str | None
    children: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class WhoFetches:
    """Who fetches one of these children on these days? `meant` are those who are told to be fetched; empty where that is open.
    `own` is the name of the one who is asked; empty where several are."""

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    own: str

    def about(self) -> About:
        only = self.meant[0].id if len(self.meant) == 1 else None
        return About(WHO_FETCHES, child=only, day=self.days[0])

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> SaidFetcher | NotUnderstood:
        """What is told of other days or other children, or for good, is a matter of its own."""
        acts = [act for act in heard.acts if act.intent is Intent.PICKUP_PERSON]
        ours = acts[0] if len(acts) == 1 else None
        person = self._person(ours) if ours is not None else ""
        if ours is None or not person or not set(ours.days) <= set(self.days):
            return NOT_UNDERSTOOD
        named = tuple(child for child in self.children if child.id in ours.children)
        return SaidFetcher(person, ours.phone, named) if len(named) == len(ours.children) else NOT_UNDERSTOOD

    def _person(self, act: Act) -> str:
        if act.change == THEMSELVES:
            return self.own
        return "" if act.change is not None else act.person or ""
