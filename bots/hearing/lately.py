"""The child that was spoken of a moment ago: "hun", "hän", "she" right after it was named means nobody else.

Only a word for one child does it, where no child, no stranger and no group is named, and a girl's word is never a boy's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bots.hearing.classes import words_of
from bots.hearing.first_names import boys, girls
from bots.hearing.tokens import fold
from hub.talk.heard import TELLS_NO_CHILD, About, Heard, Intent, KnownChild, Reason

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_LANGUAGE = {"nn": "nb"}


def with_lately(heard: Heard, text: str, children: Sequence[KnownChild], asked: About | None) -> Heard:
    """What is left open is the child's of a moment ago, where a word for it stands in the text."""
    lately = [child for child in children if child.lately]
    open_acts = [act for act in heard.acts if not act.children and _tells_child(act.intent)]
    asks_which = asked is not None and (asked.child is not None or asked.about != "confirm")
    if len(lately) != 1 or not open_acts or asks_which or heard.children or heard.options:
        return heard
    said = _pronoun(text, _LANGUAGE.get(heard.language, heard.language), lately[0], children)
    if said is None or any(act.unknown_name for act in heard.acts):
        return heard
    key = lately[0].key
    acts = tuple(replace(act, children=(key,)) if act in open_acts else act for act in heard.acts)
    return replace(heard, acts=acts, reasons=(*heard.reasons, Reason(said, f"child: {key}")))


def _tells_child(intent: Intent) -> bool:
    return intent not in TELLS_NO_CHILD and intent is not Intent.YES


def _pronoun(text: str, language: str, child: KnownChild, children: Sequence[KnownChild]) -> str | None:
    """The first word for one child, if none for several stands beside it and none that is rather another child's."""
    words = _WORD.findall(text)
    low = [word.casefold() for word in words]
    if any(word in words_of(language, "several") for word in low):
        return None
    own, others = _sex(child), {_sex(other) for other in children if other.key != child.key}
    for sex in ("girl", "boy"):
        if any(word in words_of(language, sex) for word in low) and own != sex and (own or sex in others):
            return None
    return next((word for word in words if word.casefold() in words_of(language, "one")), None)


def _sex(child: KnownChild) -> str | None:
    """What the first name tells; None where it is both a girl's and a boy's, or neither's."""
    name = fold(child.name.split()[0])
    if (name in girls()) == (name in boys()):
        return None
    return "girl" if name in girls() else "boy"
