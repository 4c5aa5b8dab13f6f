"""The page's choices of trouble, and what each means for the provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .faults import Faults
from .network import Network

Means = Callable[[Faults, Network], None]


@dataclass(frozen=True)
class Choice:
    key: str
    words: str
    means: Means


@dataclass(frozen=True)
class Question:
    """One select: the first choice is the good one."""

    key: str
    words: str
    choices: tuple[Choice, ...]


def _nothing(faults: Faults, network: Network) -> None:
    """All is well."""


def _setting(name: str, value: float | bool) -> Means:
    return lambda faults, network: setattr(faults, name, value)


def _pace(pace: float) -> Means:
    return lambda faults, network: setattr(network, "pace", pace)


QUESTIONS = (
    Question(
        "network",
        "Mobile network",
        (Choice("up", "works", _nothing), Choice("down", "is out", _setting("network_down", True))),
    ),
    Question(
        "provider",
        "The provider",
        (
            Choice("well", "answers", _nothing),
            Choice("many", "says “too many” (429)", lambda faults, network: faults.too_many(2, times=None)),
            Choice("error", "fails (500), sends nothing", lambda faults, network: faults.error(times=None)),
            Choice("sent", "fails (500), but sends", lambda faults, network: faults.error(times=None, sent=True)),
            Choice("silent", "sends, never answers", lambda faults, network: faults.silence(times=None)),
            Choice("nonsense", "sends, answers nonsense", lambda faults, network: faults.nonsense(times=None)),
            Choice("slow", "takes 5 seconds", lambda faults, network: faults.slow(5, times=None)),
            Choice("down", "is away", _setting("provider_down", True)),
        ),
    ),
    Question(
        "reports",
        "Delivery reports",
        (
            Choice("well", "come in order", _nothing),
            Choice("shuffled", "come shuffled", _setting("callbacks_shuffled", True)),
            Choice("doubled", "come twice", _setting("callbacks_doubled", 1.0)),
            Choice("lost", "are lost", _setting("callbacks_lost", 1.0)),
        ),
    ),
    Question(
        "webhooks",
        "What guardians write",
        (
            Choice("well", "reaches the hub", _nothing),
            Choice("doubled", "reaches it twice", _setting("webhooks_doubled", True)),
            Choice("lost", "is only in the log", _setting("webhooks_lost", True)),
        ),
    ),
    Question(
        "pace",
        "Texts travel",
        (
            Choice("life", "as in real life", _pace(1.0)),
            Choice("quick", "quickly", _pace(0.2)),
            Choice("once", "at once", _pace(0.0)),
        ),
    ),
)


class TroubleForm:
    """What is chosen now. Choosing sets everything anew, so that what one sees is what is."""

    def __init__(self, faults: Faults, network: Network) -> None:
        self._faults = faults
        self._network = network
        self._chosen = {question.key: question.choices[0].key for question in QUESTIONS}
        self._chosen["pace"] = "life" if network.pace >= 1 else "quick" if network.pace > 0 else "once"

    @property
    def chosen(self) -> Mapping[str, str]:
        return self._chosen

    @property
    def troubles(self) -> list[str]:
        """Sentences for what is amiss."""
        return [
            f"{question.words} {choice.words}"
            for question in QUESTIONS
            for choice in question.choices[1:]
            if question.key != "pace" and self._chosen[question.key] == choice.key
        ]

    def choose(self, form: Mapping[str, str]) -> None:
        """Unknown keys and choices are left out."""
        self._faults.clear()
        for question in QUESTIONS:
            wanted = form.get(question.key, self._chosen[question.key])
            for choice in question.choices:
                if choice.key == wanted:
                    self._chosen[question.key] = choice.key
                    choice.means(self._faults, self._network)
