"""What a family answers to an emergency: that they are safe, or that they need help; by number or in words of any language.
Or in words alone, that a child is missing.

Any doubt goes to the side where somebody looks: a missing child outweighs help, help outweighs safe, and words that say
something more than "safe" are for a person. Source: security rules S0.1 and S1.6.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.post.alarms import CHILD_MISSING, CHOICES, NEED_HELP, SAFE
from hub.post.word_lists import read_kinds
from hub.talk.answers import NOT_UNDERSTOOD, NotUnderstood
from hub.talk.heard import About, Act, AtDoor, Heard, Intent, KnownChild, Listener, ListenerAwayError, Said, ToldOf

SAFETY = "safety"
"""The kind of question that this is the answer to."""
_WORDS = Path(__file__).with_name("safety_words.toml")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
DRILL = "drill"
"""The topic of that question where it is asked for practice."""
FEW_WORDS = 4
"""So many at most are a mere call for help."""
_NUMBERS = {"1": SAFE, "2": NEED_HELP}


_SOMEWHERE = ToldOf(AtDoor.IN_EMERGENCY, takes_no=False)


@dataclass(frozen=True, slots=True)
class SafetyAnswer:
    """`what` is a code of the alarms; `missing` the children who are, empty where none is named."""

    what: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SafeOrHelp:
    """Whether they are safe or need help. `HELP` alone, which is a keyword at other times, needs help."""

    is_drill: bool = False

    def about(self) -> About:
        return About(SAFETY, topic=DRILL if self.is_drill else None, options=CHOICES)

    def options(self) -> Sequence[str]:
        return CHOICES

    def read(self, heard: Heard) -> SafetyAnswer | NotUnderstood:
        chosen = set(heard.options)
        if heard.listener == SAFETY and CHILD_MISSING + 1 in chosen:
            return SafetyAnswer(CHILD_MISSING, tuple(sorted(heard.children)))
        if any(act.intent is Intent.HELP for act in heard.acts) or NEED_HELP + 1 in chosen:
            return SafetyAnswer(NEED_HELP)
        return SafetyAnswer(SAFE) if chosen == {SAFE + 1} else NOT_UNDERSTOOD


def read_safety(text: str) -> int | None:
    """SAFE, NEED_HELP or CHILD_MISSING; None where none can be told from the words."""
    words = _list_words(text)
    known = read_kinds(_WORDS)
    numbers = {_NUMBERS[word] for word in words if word in _NUMBERS}
    said = {word for word in words if word not in _NUMBERS}
    is_safe, is_not = bool(said & known["safe"]), bool(said & known["not"])
    if said & known["missing"]:
        return CHILD_MISSING
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
    if answer in (None, CHILD_MISSING) or len(words) > FEW_WORDS or any(word.isdigit() for word in words):
        return False
    return known["hurt"].isdisjoint(words)


async def hear_safety(listener: Listener, said: Said, children: Sequence[KnownChild]) -> Heard | None:
    """An answer to an emergency: it counts also where no listener is there. None where it is none.

    Whatever may be more than a mere answer is listened to for a child who is missing: then it is nothing but that, so that no
    absence is taken from it.
    """
    answer = read_safety(said.text)
    heard = None if answer is None else _answered(Heard(said.language_hint or "und", False, ()), answer)
    if answer == SAFE or said.text.strip(" .!") in _NUMBERS:
        return heard
    try:
        denied = await listener.hear(said, [replace(child, told=_SOMEWHERE) for child in children], None)
    except ListenerAwayError:
        return heard
    return _answered(denied, CHILD_MISSING) if denied.denies else heard


def _answered(heard: Heard, answer: int) -> Heard:
    act = Act(Intent.MESSAGE, heard.denies)
    return replace(heard, acts=(act,), reasons=(), options=(answer + 1,), listener=SAFETY, denies=())
