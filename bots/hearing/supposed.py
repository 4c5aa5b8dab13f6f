"""What an answer to when a child is fetched only supposes: "I thought dad did", "grandma has fetched her already".

The child is still there, so nobody is on the way by such words: a person reads them at once. Which words those are is told
in `supposed.toml`.
"""

from dataclasses import replace

from bots.hearing.reading import Reading
from bots.hearing.word_kinds import kinds_in
from hub.talk.heard import FETCHED, About, Act, Heard, Intent

_FILE = "supposed.toml"
_NEAR = 3
"""Words from one of `coming` to what is then not done yet: "blir nok snart hentet"."""


def with_supposed(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """As a message where who fetches is only supposed, or told to have done it; a time that is told beside it holds. Else as
    it was heard."""
    if asked is None or asked.about != "absence_check" or asked.topic != FETCHED:
        return heard
    said = _kinds(reading)
    tells_who = any(act.intent is Intent.PICKUP_PERSON for act in heard.acts)
    if "done" not in said and not ("supposed" in said and tells_who):
        return heard
    acts = (Act(Intent.MESSAGE, act.children) if _is_loose(act) else act for act in heard.acts)
    return replace(heard, acts=tuple(dict.fromkeys(acts)))


def _is_loose(act: Act) -> bool:
    """Whether it tells who fetches, or that somebody does and no time of it."""
    return act.intent is Intent.PICKUP_PERSON or (act.intent is Intent.EARLY_PICKUP and act.end is None)


def _kinds(reading: Reading) -> set[str]:
    """Which kinds of words the text has; what is to be done yet is not done."""
    found: dict[int, str] = {}
    for table in kinds_in(_FILE, reading.language):
        for at in range(len(reading.tokens)):
            hit = table.longest(reading.tokens, at)
            if hit is not None:
                found[at] = hit[1]
    coming = [at for at, kind in found.items() if kind == "coming"]
    return {kind for at, kind in found.items() if kind != "done" or not any(0 < at - one <= _NEAR for one in coming)}
