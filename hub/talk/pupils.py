"""A pupil who writes: what they may begin by themselves, and how their "I" is heard.

Source: security rules S1.2 and S3.2.
"""

import re

from hub.safety.coming_of_age import is_of_age
from hub.talk.heard import Intent
from hub.talk.speaker import Speaker

PUPIL = "pupil"
"""The bot that takes what a pupil may not decide."""
ALWAYS = frozenset(
    {
        *(Intent.STOP, Intent.START, Intent.HELP, Intent.LANGUAGE, Intent.REACH),
        *(Intent.YES, Intent.NO, Intent.STATUS, Intent.NOTED, Intent.DOCUMENTS),
        *(Intent.LEAVE_APPLICATION, Intent.CONSENT),
    }
)
"""About the writing itself and what is noted of themselves; and what its bot asks a right of its own for."""
OF_ABSENCE = frozenset({Intent.ABSENCE, Intent.ABSENCE_CANCEL, Intent.LATE})
_WITH_VERB = (
    (re.compile(r"\bI(?:'|’| a)m\b", re.IGNORECASE), "is"),
    (re.compile(r"\bI(?:'|’| ha)ve\b", re.IGNORECASE), "has"),
    (re.compile(r"\b(?:minä |mä )?(?:olen|oon)\b", re.IGNORECASE), "on"),
)
"""I and its verb, in English and Finnish; in the Scandinavian languages the verb is the same for all persons."""
_ALONE = re.compile(r"\b(?:jeg|eg|jag|minä|mä|I)\b")
_ALONE_FIRST = re.compile(r"^\s*(?:jeg|eg|jag|minä|mä|i)\b", re.IGNORECASE)


def may_begin(speaker: Speaker, intent: Intent) -> bool:
    """Whether a pupil decides about this kind of act, or is of age and answers for themselves."""
    if intent in ALWAYS or (intent in OF_ABSENCE and speaker.children):
        return True
    return len(speaker.guardians) == 1 and any(is_of_age(p.child.birth_date, speaker.today) for p in speaker.known)


def in_third_person(speaker: Speaker, text: str) -> str:
    """The words as the listener is used to them: a pupil's "I" by the pupil's name; anybody else's as they are."""
    if not speaker.is_pupil or len(speaker.known) != 1:
        return text
    name = speaker.known[0].child.called
    for pattern, verb in _WITH_VERB:
        text = pattern.sub(lambda _, verb=verb: f"{name} {verb}", text)  # type: ignore[misc]
    return _ALONE.sub(lambda _: name, _ALONE_FIRST.sub(lambda _: name, text))
