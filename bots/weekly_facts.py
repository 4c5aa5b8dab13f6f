"""What the weekly text holds: numbered matters, and how an answer picks some of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.talk.answers import NOT_UNDERSTOOD, NotUnderstood
from hub.talk.duties import DUTIES
from hub.talk.heard import About, Heard, Intent


@dataclass(frozen=True, slots=True)
class Item:
    """One matter as it was told, in the reader's language. `answered` is what an answer behind its number is about, None
    where its question must be read first. `elsewhere`: it is no matter of the unit that wrote. `until` is when it is too late,
    UTC."""

    number: int
    bot: str
    key: str
    unit: str
    children: tuple[str, ...]
    text: str
    answered: About | None = None
    takes_yes: bool = False
    elsewhere: bool = False
    until: datetime | None = None

    @property
    def line(self) -> str:
        return f"{self.number} {self.text}"


@dataclass(frozen=True, slots=True)
class WeeklyFacts:
    """`left`: some of what was told has been taken care of, and these wait still."""

    items: tuple[Item, ...]
    left: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be done now, with the answer that came along where there is one, and what waits on."""

    items: tuple[Item, ...]
    others: tuple[Item, ...]
    answer: Heard | None = None


@dataclass(frozen=True, slots=True)
class WhichDuty:
    """Some of the matters by number, with or without an answer; of a single one the answer alone."""

    items: tuple[Item, ...]

    def about(self) -> About:
        numbers = tuple(str(item.number) for item in self.items)
        return About(DUTIES, options=numbers, within=tuple(item.answered for item in self.items))

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> Chosen | NotUnderstood:
        by_number = {item.number: item for item in self.items}
        if heard.options:
            picked = sorted(set(heard.options) & set(by_number))
            if not picked:
                return NOT_UNDERSTOOD
            return self._choose([by_number[number] for number in picked], heard.answer)
        intents = {act.intent for act in heard.acts}
        if len(self.items) == 1 and (intents == {Intent.YES} or intents == {Intent.NO}):
            return self._choose(self.items, heard)
        return NOT_UNDERSTOOD

    def _choose(self, items: Sequence[Item], answer: Heard | None) -> Chosen:
        others = tuple(item for item in self.items if item not in items)
        usable = answer if len(items) == 1 and items[0].answered is not None else None
        return Chosen(tuple(items), others, usable)
