"""A wish to be rung up instead, where something is asked: "can somebody call me?". By itself, or about something, it is a
message.

Which words those are is told in `calling.toml`.
"""

from dataclasses import replace

from bots.hearing.reading import Reading
from bots.hearing.word_kinds import kinds_in
from hub.talk.heard import About, Act, Heard, Intent, Reason

_FILE = "calling.toml"
_MOST_WORDS = 12
_HANGING = frozenset({"maybe_if", "if_first"})
_NEAR = 2
"""Words between a not and what it denies: "ikke ring meg"."""


def with_call(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """As a wish for a person; else as it was heard. Where a child is looked for, or still here, all that is written is for
    whoever looks."""
    if asked is None or asked.about == "absence_check" or heard.options:
        return heard
    if any(act.intent is not Intent.MESSAGE for act in heard.acts) or any(mention.keys for mention in reading.mentions):
        return heard
    words = [token for token in reading.tokens if token.kind == "word"]
    if len(words) > _MOST_WORDS or any(tag.name in _HANGING for tag in reading.tags):
        return heard
    rung = _rung(reading)
    if rung is None:
        return heard
    return replace(heard, acts=(Act(Intent.PERSON),), reasons=(*heard.reasons, rung))


def _rung(reading: Reading) -> Reason | None:
    denied = [tag.end for tag in reading.tags if tag.name == "negative"]
    for table in kinds_in(_FILE, reading.language):
        for at in range(len(reading.tokens)):
            hit = table.longest(reading.tokens, at)
            if hit is not None and not any(0 <= at - end <= _NEAR for end in denied):
                return Reason(reading.words(at, hit[0]), f"intent: {Intent.PERSON}")
    return None
