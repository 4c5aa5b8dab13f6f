"""Whether a message speaks of consent at all, and not of who comes, who fetches or what is applied for."""

from collections.abc import Sequence

from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.verdicts import enrolments, withdraws
from bots.hearing.vocabulary import Tag

OTHER_MATTERS = frozenset({"sick", "symptom", "away", "home", "late", "fetch", "fetched", "apply"})
_MOST_TOPICS = 6
_MAY_REACH = 7
"""Words between "may" and what is allowed."""
_OF_RIGHT = frozenset({"stay", "ask", "negative", "deny", "grant", "well", "may", "refuse", "consent_word"})
_BESIDE = frozenset({"greeting", "thanks", "filler", "thing"})


def speaks_of_consent(reading: Reading, topics: Sequence[Tag]) -> bool:
    """Whether consent is what is told of, for one of these topics or whatever was asked about."""
    return _is_put_so(reading, topics) or _is_not_right(reading, topics)


def _is_put_so(reading: Reading, topics: Sequence[Tag]) -> bool:
    """A word of consent or refusal, or a leave ("may", "får") right before a topic that is not the sender's own doing."""
    if enrolments(reading) or any(tag.name in {"consent_word", "refuse"} for tag in reading.tags):
        fetches = any(tag.name in {"fetch", "fetched"} for tag in reading.tags)
        applies = any(tag.name == "apply" for tag in reading.tags) and not withdraws(reading)
        return not applies and not (fetches and _names_others(reading))
    if len({topic.value for topic in topics}) > 1 and _pairs(reading, topics):
        return True
    if _names_others(reading):
        return False
    names = {tag.name for tag in reading.tags}
    if names & {"fetch", "fetched"} or any(tag.name == "come" and not _is_along(reading, tag) for tag in reading.tags):
        return False
    own = {tag.end for tag in reading.tags if tag.name == "self"}
    reasons = [tag.start for tag in reading.tags if tag.name == "reason"]
    last = max((topic.start for topic in topics), default=0)
    return any(
        not own & {may.start, may.start - 1} and all(may.end <= at < last for at in reasons)
        for may in reading.tags
        if may.name == "may" and any(0 <= topic.start - may.end <= _MAY_REACH for topic in topics)
    )


def _is_not_right(reading: Reading, topics: Sequence[Tag]) -> bool:
    """`swimming is not ok any more`: one thing, a no to how it is, and not a word besides."""
    if len({topic.value for topic in topics}) != 1:
        return False
    last = topics[-1].end
    said = [tag for tag in reading.tags if tag.start >= last and tag.name in _OF_RIGHT]
    named = [mention for mention in reading.mentions if mention.keys]
    known = covered(topics, said, named, [tag for tag in reading.tags if tag.name in _BESIDE])
    if not all(at in known or reading.tokens[at].kind == "mark" for at in range(len(reading.tokens))):
        return False
    denied = [tag for tag in said if tag.name in {"deny", "negative"}]
    judged = any(tag.name in {"grant", "well"} and tag.start >= denied[0].start for tag in said) if denied else False
    return judged or any(tag.name == "deny" and tag.end - tag.start > 1 for tag in said)


def _is_along(reading: Reading, come: Tag) -> bool:
    """`may come along to the pool`: who comes along is there."""
    return any(tag.name == "take_along" and tag.start == come.end for tag in reading.tags)


def _names_others(reading: Reading) -> bool:
    """Whether somebody is named or meant besides the children: who fetches, rather than what is allowed."""
    return any(tag.name in {"role", "parent"} for tag in reading.tags) or any(
        mention.unknown for mention in reading.mentions
    )


def _pairs(reading: Reading, topics: Sequence[Tag]) -> bool:
    """Whether a yes is said to one topic and a no to another, and nothing else is told: "photos ok, but not on the web"."""
    places = {topic.start for topic in topics}
    names = {tag.name for tag in reading.tags if tag.start not in places or tag.name in {"grant", "deny"}}
    if names & (OTHER_MATTERS | {"reason", "go", "need", "thing"}) or len(topics) > _MOST_TOPICS:
        return False
    return {"grant", "deny"} <= names
