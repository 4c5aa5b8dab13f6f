"""The questions a dialogue may ask, the options each shows, and how each reads what was heard in answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, Protocol, TypeVar

from hub.talk.heard import About, Heard, Intent

T_co = TypeVar("T_co", covariant=True)


CONFIRM = "confirm"
"""The kind of question that a yes or a no answers."""


class NotUnderstood:
    """No answer to this question could be read from the words."""

    def __repr__(self) -> str:
        return "NOT_UNDERSTOOD"


NOT_UNDERSTOOD: Final = NotUnderstood()


class Question(Protocol[T_co]):
    """What may be answered, and how the answer is read."""

    def about(self) -> About:
        """What the listener is told of the question."""

    def options(self) -> Sequence[str]:
        """The choices in their order, as names or as codes with words in "options"; empty for an open question."""

    def read(self, heard: Heard) -> T_co | NotUnderstood: ...


@dataclass(frozen=True, slots=True)
class Named:
    """A child as a dialogue knows it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no, nothing between."""

    def about(self) -> About:
        return About(CONFIRM)

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> bool | NotUnderstood:
        intents = {act.intent for act in heard.acts}
        if intents == {Intent.YES}:
            return True
        return False if intents == {Intent.NO} else NOT_UNDERSTOOD


@dataclass(frozen=True, slots=True)
class IsItSo:
    """Whether what is told of these children is so: read as those of whom it is not. A no that names nobody is to all."""

    children: tuple[Named, ...]

    def about(self) -> About:
        return About(CONFIRM)

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> tuple[Named, ...] | NotUnderstood:
        agreed = YesNo().read(heard)
        if isinstance(agreed, NotUnderstood):
            return agreed
        return () if agreed else tuple(child for child in self.children if child.id in heard.denies) or self.children


@dataclass(frozen=True, slots=True)
class WhichChild:
    """One or several of these children: by number, by name, or "both"."""

    children: tuple[Named, ...]

    def about(self) -> About:
        return About("which_child", options=tuple(self.options()))

    def options(self) -> list[str]:
        names = [child.name for child in self.children]
        return [*names, "all_of_two" if len(names) == 2 else "all_of_them"]

    def read(self, heard: Heard) -> tuple[Named, ...] | NotUnderstood:
        everyone = len(self.children) + 1
        if heard.options:
            if any(not 1 <= number <= everyone for number in heard.options):
                return NOT_UNDERSTOOD
            if everyone in heard.options:
                return self.children
            return tuple(self.children[number - 1] for number in sorted(set(heard.options)))
        if any(act.unknown_name for act in heard.acts):
            return NOT_UNDERSTOOD
        meant = {key for act in heard.acts for key in act.children}
        chosen = tuple(child for child in self.children if child.id in meant)
        return chosen or NOT_UNDERSTOOD


@dataclass(frozen=True, slots=True)
class Days:
    """One or several days, none before `from_`."""

    from_: date

    def about(self) -> About:
        return About("which_days", day=self.from_)

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> tuple[date, ...] | NotUnderstood:
        days = sorted({day for act in heard.acts for day in act.days if day >= self.from_})
        return tuple(days) or NOT_UNDERSTOOD


@dataclass(frozen=True, slots=True)
class Asked(Generic[T_co]):
    """One question as a dialogue put it: the utterance that asks, and what it is said with."""

    utterance: str
    question: Question[T_co]
    parameters: dict[str, Any]
