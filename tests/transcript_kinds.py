"""What a transcript may show, told by its head ("Shows: late answer, hand-over.") and seen in what happens in it."""

import re
from collections.abc import Callable, Iterator, Mapping

from hub.talk.cast import read_cast
from tests.transcript import Transcript, is_said

_NO = {"nb": r"nei|ikke|ingen", "sv": r"nej|nä|inte|inga", "fi": r"ei|en|älä|eivät|emme|mitään"}
_TAKES_BACK = {
    "nb": r"angre\w*|nei|likevel|ombestem\w*|trekker|start",
    "sv": r"ångra\w*|nej|nä|ändå|drar tillbaka|start",
    "fi": r"peru\w*|ei|sittenkin|toisiin ajatuksiin|aloita",
}
_NOT_UNDERSTOOD = re.compile(r"= waits for staff: (not_understood|message|asks_something)")
_QUESTION_ENDS = 30
"""Letters by which a question is known again, whatever stands before it."""


def shows_misunderstanding(transcript: Transcript) -> bool:
    """The question is put again and nothing is noted, or staff get what was not understood."""
    asked: set[str] = set()
    for cause, came in _steps(transcript):
        facts = [line for line in came if line.startswith("=")]
        told = {_told(line)[-_QUESTION_ENDS:] for line in came if "<" in line}
        if is_said(cause) and (any(map(_NOT_UNDERSTOOD.match, facts)) or (not facts and told & asked)):
            return True
        asked |= {text for text in told if text.endswith((".", "?"))}
    return False


def shows_change_of_mind(transcript: Transcript) -> bool:
    """A guardian takes back what a guardian said."""
    return _says(transcript, _TAKES_BACK)


def shows_two_children(transcript: Transcript) -> bool:
    """Two of the children are spoken of."""
    names = [child.name for child in read_cast(transcript.head, transcript.language).children]
    spoken = [line for line in transcript.lines if not line.startswith("*")]
    return sum(any(name in line for line in spoken) for name in names) > 1


def shows_late_answer(transcript: Transcript) -> bool:
    """Time passes after a question, and what is then said is met with that its time is over, and notes nothing."""
    asked = passed = ended = False
    for cause, came in _steps(transcript):
        told = any("<" in line for line in came)
        noted = any(line.startswith("= ") and not line.startswith("= waits for staff: ") for line in came)
        if is_said(cause) and asked and passed and told and (ended or not noted):
            return True
        passed, ended, asked = cause.startswith("#"), ended or cause.startswith("* stop_asking"), asked or told
    return False


def shows_refusal(transcript: Transcript) -> bool:
    """A guardian says no."""
    return _says(transcript, _NO)


def shows_hand_over(transcript: Transcript) -> bool:
    """A person has it in the end."""
    waits = [line.partition("= ")[2] for line in transcript.lines if line.startswith("= waits for staff: ")]
    return any(f"= no longer: {why}" not in transcript.lines for why in waits)


KINDS: Mapping[str, Callable[[Transcript], bool]] = {
    "misunderstanding": shows_misunderstanding,
    "change of mind": shows_change_of_mind,
    "two children": shows_two_children,
    "late answer": shows_late_answer,
    "refusal": shows_refusal,
    "hand-over": shows_hand_over,
}
"""Each with whether it happens in a transcript in nb, sv or fi."""
CANNOT_BE: Mapping[tuple[str, str], str] = {
    ("contact", "two children"): "a number or an address is the guardian's own, whichever child",
    ("reach", "two children"): "how to be reached is the guardian's own, whichever child",
    ("documents", "late answer"): "a letter waits until it is opened, and its code has no end",
    ("documents", "refusal"): "it asks nothing",
    ("keywords", "late answer"): "it asks nothing",
    ("keywords", "refusal"): "it asks nothing",
    ("noted", "late answer"): "it asks nothing",
    ("noted", "refusal"): "it asks nothing",
    ("place", "late answer"): "it asks nothing",
    ("place", "refusal"): "it asks nothing",
    ("place", "misunderstanding"): "all that is said of a place goes to staff as it was written",
}
"""By dialogue and kind, why none can be."""


def _steps(transcript: Transcript) -> Iterator[tuple[str, list[str]]]:
    """Each thing said, done or passed, and the lines that came of it."""
    cause, came = "", list[str]()
    for line in transcript.lines:
        if is_said(line) or line.startswith(("#", "*")):
            yield cause, came
            cause, came = line, []
        else:
            came.append(line)
    yield cause, came


def _told(line: str) -> str:
    return line.partition("<")[2].strip()


def _says(transcript: Transcript, words: Mapping[str, str]) -> bool:
    pattern = re.compile(rf"\b({words[transcript.language]})\b", re.IGNORECASE)
    return any(is_said(line) and pattern.search(line.partition(">")[2]) for line in transcript.lines)
