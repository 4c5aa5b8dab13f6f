"""What a family answers to an emergency: that they are safe, or that they need help; by number or in words of any language.

Any doubt goes to the side where somebody looks: help outweighs safe, and words that say something more than "safe" are for
a person. Source: security rule S1.6.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.post.alarms import CHOICES, NEED_HELP, SAFE
from hub.post.word_lists import read_kinds
from hub.talk.answers import NOT_UNDERSTOOD, NotUnderstood
from hub.talk.heard import About, Act, Heard, Intent, Said

SAFETY = "safety"
"""The kind of question that this is the answer to."""
_WORDS = Path(__file__).with_name("safety_words.toml")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
DRILL = "drill"
"""The topic of that question where it is asked for practice."""
FEW_WORDS = 4
"""So many at most are a mere call for help."""
_NUMBERS = {"1": SAFE, "2": NEED_HELP}


@dataclass(frozen=True, slots=True)
class SafeOrHelp:
    """Whether they are safe or need help. `HELP` alone, which is a keyword at other times, needs help."""

    is_drill: bool = False

    def about(self) -> About:
        return About(SAFETY, topic=DRILL if self.is_drill else None, options=CHOICES)

    def options(self) -> Sequence[str]:
        return CHOICES

    def read(self, heard: Heard) -> int | NotUnderstood:
        if any(act.intent is Intent.HELP for act in heard.acts):
            return NEED_HELP
        chosen = set(heard.options)
        if chosen == {SAFE + 1}:
            return SAFE
        return NEED_HELP if NEED_HELP + 1 in chosen else NOT_UNDERSTOOD


def read_safety(text: str) -> int | None:
    """SAFE or NEED_HELP; None where neither can be told from the words."""
    words = _list_words(text)
    known = read_kinds(_WORDS)
    numbers = {_NUMBERS[word] for word in words if word in _NUMBERS}
    said = {word for word in words if word not in _NUMBERS}
    is_safe, is_not = bool(said & known["safe"]), bool(said & known["not"])
    if said & known["hurt"]:
        return NEED_HELP
    if said & known["help"]:
        return None if is_safe and is_not and NEED_HELP not in numbers else NEED_HELP
    if NEED_HELP in numbers or (is_safe and is_not):
        return NEED_HELP if SAFE not in numbers else None
    if said - known["safe"] - known["beside"]:
        return None
    return SAFE if is_safe or (numbers and not said) else None


def _list_words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(unicodedata.normalize("NFC", text).casefold())]


def answers_safety(text: str, asked: About) -> bool:
    """Whether words are an answer to this question while where a child is was asked too. What is said to a drill reaches
    nobody, so that a call for help in more than a few words is not taken for one to that."""
    answer = read_safety(text)
    return answer == SAFE or (answer is not None and (asked.topic != DRILL or len(_list_words(text)) <= FEW_WORDS))


def is_safety_alone(text: str) -> bool:
    """Whether words, and not a number, say that they are safe or call for help, and can say nothing of where a child is."""
    words = _list_words(text)
    answer, known = read_safety(text), read_kinds(_WORDS)
    if answer is None or len(words) > FEW_WORDS or any(word.isdigit() for word in words):
        return False
    return known["hurt"].isdisjoint(words)


def hear_safety(said: Said) -> Heard | None:
    """An answer to an emergency, heard without a listener: it counts also where none is there. None where it is none."""
    answer = read_safety(said.text)
    if answer is None:
        return None
    return Heard(said.language_hint or "und", False, (Act(Intent.MESSAGE),), options=(answer + 1,), listener=SAFETY)
