"""What leave is wanted for: "we are going to a funeral", told with the application or as the answer to what it is for.

Where the words tell of several things, or deny one, none is taken: then it is asked. The words stand in `purposes.toml`.
"""

from collections.abc import Iterator
from dataclasses import replace

from bots.hearing.reading import Reading
from bots.hearing.word_kinds import kinds_in
from hub.talk.heard import WITHDRAW, About, Act, Heard, Intent

_FILE = "purposes.toml"
_ASKED = "asked_"
_TRAVEL = "travel"
_NEAR = 2
_ANSWERS = frozenset({Intent.MESSAGE, Intent.YES, Intent.ACK})


def with_purpose(heard: Heard, reading: Reading) -> Heard:
    """An application with what its own words tell that it is for."""
    applies = [act for act in heard.acts if act.intent is Intent.LEAVE_APPLICATION and act.change != WITHDRAW]
    why = _purpose(reading, is_asked=False) if applies else ""
    if not why:
        return heard
    return replace(heard, acts=tuple(replace(act, why=why) if act in applies else act for act in heard.acts))


def answered(heard: Heard, reading: Reading, asked: About | None) -> Heard | None:
    """What was told where the question was what the leave is for; None where it was not, or the words tell anything else."""
    if asked is None or asked.about != "which_reason" or heard.options:
        return None
    asks = any(token.text == "?" for token in reading.tokens)
    if asks or not all(act.intent in _ANSWERS or _is_only_why(act, reading) for act in heard.acts):
        return None
    why = _purpose(reading, is_asked=True)
    return replace(heard, acts=(Act(Intent.MESSAGE, why=why),)) if why else None


def _is_only_why(act: Act, reading: Reading) -> bool:
    """Whether an absence is of no day and no illness, but what the leave is for: "we are going abroad"."""
    return act.intent is Intent.ABSENCE and not act.ill and not reading.days


def _purpose(reading: Reading, is_asked: bool) -> str:
    """The one thing that is told; who travels to a wedding goes to a wedding. Empty where there is none, or several."""
    found = set(_told(reading))
    plain = {kind for kind in found if not kind.startswith(_ASKED)}
    if is_asked and not plain:
        plain = {kind.removeprefix(_ASKED) for kind in found}
    besides = plain - {_TRAVEL} or plain
    return besides.pop() if len(besides) == 1 else ""


def _told(reading: Reading) -> Iterator[str]:
    denied = [tag.end for tag in reading.tags if tag.name == "negative"]
    tables = kinds_in(_FILE, reading.language)
    at = 0
    while at < len(reading.tokens):
        hit = next((hit for table in tables if (hit := table.longest(reading.tokens, at)) is not None), None)
        if hit is None:
            at += 1
            continue
        if not any(0 <= at - end <= _NEAR for end in denied):
            yield hit[1]
        at = hit[0]
