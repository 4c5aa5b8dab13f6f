"""A dialogue is an ordinary generator: it asks, decides, and returns what was agreed. It can be played again from the top.

It sees nothing but its facts and the answers, so the thread's own messages are enough to bring it back after a restart.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from hub.talk.answers import Asked, NotUnderstood, Question
from hub.talk.heard import Heard, Intent

T = TypeVar("T")
Outcome = TypeVar("Outcome")

Dialogue: TypeAlias = Generator[Asked[Any], Any, Outcome]
PATIENCE = 2
ANSWERS = frozenset({Intent.MESSAGE, Intent.YES, Intent.NO, Intent.ACK})
"""What is no matter of its own: it can only be an answer to something."""


@dataclass(frozen=True, slots=True)
class Say:
    """One utterance and what it is said with."""

    utterance: str
    parameters: dict[str, Any]


def say(utterance: str, **parameters: Any) -> Say:
    return Say(utterance, parameters)


def say_question(asked: Asked[Any]) -> Say:
    """A question as it is put, with what one may choose from."""
    return Say(asked.utterance, {**asked.parameters, "choices": asked.question.options()})


def ask(utterance: str, question: Question[T], **parameters: Any) -> Generator[Asked[T], Any, T]:
    """Ask, and return the answer. The answer's type is the question's."""
    answer: T = yield Asked(utterance, question, parameters)
    return answer


@dataclass(frozen=True, slots=True)
class Waiting:
    """The dialogue waits for an answer; `again` when the last one was not understood."""

    asked: Asked[Any]
    again: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """The dialogue has come to its end."""

    outcome: Any


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Not understood twice in a row: staff take over."""


@dataclass(frozen=True, slots=True)
class ChangedSubject:
    """The newest message is no answer but a matter of its own."""


Played: TypeAlias = Waiting | Agreed | GivenUp | ChangedSubject


def play(dialogue: Dialogue[Any], heard: Sequence[Heard]) -> Played:
    """Play a dialogue from the top with what was heard since it began, oldest first."""
    try:
        asked = next(dialogue)
        missed = 0
        for position, answer in enumerate(heard):
            value = asked.question.read(answer)
            if not isinstance(value, NotUnderstood):
                asked = dialogue.send(value)
                missed = 0
                continue
            if _has_matter_of_its_own(answer):
                if position == len(heard) - 1:
                    return ChangedSubject()
                continue
            missed += 1
            if missed >= PATIENCE:
                return GivenUp()
        return Waiting(asked, again=missed > 0)
    except StopIteration as end:
        return Agreed(end.value)


def _has_matter_of_its_own(heard: Heard) -> bool:
    return any(act.intent not in ANSWERS for act in heard.acts)
