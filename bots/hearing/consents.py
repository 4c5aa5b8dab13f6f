"""Consents given and withdrawn: which topics, and yes or no to each.

Unasked, only words of consent count, in a statement about no single day: "can't swim today, she has a cold" is no consent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bots.hearing.consenting import OTHER_MATTERS, speaks_of_consent
from bots.hearing.hours import sentences
from bots.hearing.reading import Reading
from bots.hearing.sources import whole_messages
from bots.hearing.verdicts import buts_of, gets_nothing, is_turned, names_joined, verdicts_of
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Act, ConsentWord, Intent, Reason

_BREAKS = frozenset(",.;!?")


@dataclass(frozen=True, slots=True)
class _Part:
    topics: tuple[str, ...]
    verdict: bool | None
    keys: tuple[str, ...] | None
    turns: bool = False
    """Whether a "but" opens it."""

    @property
    def is_mere_name(self) -> bool:
        """Whether it only names children, so that what is said of the next is said of them too: "Ella and Otso may"."""
        return bool(self.keys) and not self.topics and self.verdict is None


def consent_acts(
    reading: Reading, keys: Sequence[str], asked_topic: str | None, asked_child: str | None
) -> tuple[list[Act], list[Reason]]:
    """The consent acts of the message, none where the words do not settle it."""
    topics = [tag for tag in reading.tags if tag.name == "topic"]
    verdicts = verdicts_of(reading)
    strong = speaks_of_consent(reading, topics)
    if not verdicts or (not topics and asked_topic is None):
        return [], []
    if asked_topic is None and (
        not strong
        or any(tag.name in {"sick", "symptom", "maybe_if"} for tag in reading.tags)
        or reading.clocks
        or reading.days
    ):
        return [], []
    if any(token.text == "?" for token in reading.tokens) or any(
        tag.name in {"unsure", "tongue", "maybe_if"} for tag in reading.tags
    ):
        return [], []
    if any(tag.name == "join" and tag.value == "except" for tag in reading.tags):
        return [], []  # "everything but photos"
    if _is_loose(reading, topics, verdicts) or gets_nothing(reading, topics):
        return [], []
    if asked_topic is not None and not topics and not _answers(reading):
        return [], []
    topic_first = bool(topics) and topics[0].start < verdicts[0].start
    settled = _settled(_parts(reading, topics, verdicts), asked_topic, topic_first)
    if settled is None or (any(granted for _, granted, _ in settled) and _regrets(reading)):
        return [], []
    fallback = (asked_child,) if asked_child else (tuple(keys) if len(keys) == 1 else ())
    groups = {mention.keys for mention in reading.mentions if mention.keys}
    if len(groups) == 1 and any(mention.group for mention in reading.mentions):
        fallback = groups.pop()
    return _acts(settled, keys, fallback), [
        Reason(reading.words(tag.start, tag.end), f"consent: {tag.value}") for tag in topics
    ]


def _regrets(reading: Reading) -> bool:
    """`I am sorry that I said yes to photos`: whether the yes is still one, staff ask."""
    return any(tag.name == "regrets" for tag in reading.tags)


def requests_beside(reading: Reading) -> bool:
    """Whether a sentence that speaks of no consent asks the staff for something else."""
    for start, end in sentences(reading):
        names = {tag.name for tag in reading.tags if start <= tag.start < end}
        if "request" in names and not names & {"topic", "grant", "deny", "consent_word", "thanks"}:
            return True
    return False


def _parts(reading: Reading, topics: list[Tag], verdicts: list[Tag]) -> list[_Part]:
    """The message cut at marks and joining words, each part with its topics, its yes or no, and its children."""
    ands = {tag.start for tag in reading.tags if tag.name == "join" and tag.value == "and"} - names_joined(reading)
    buts = buts_of(reading)
    cuts = [0]
    for at, token in enumerate(reading.tokens):
        if (
            token.text in _BREAKS
            or token.breaks
            or at in ands
            or at in buts
            or any(tag.name == "join" and tag.value == "because" and tag.start == at for tag in reading.tags)
        ):
            cuts.append(at)
    cuts.append(len(reading.tokens))
    parts: list[_Part] = []
    for start, end in pairwise(cuts):
        told = [tag for tag in topics if start <= tag.start < end]
        here = _specific(_without_places(reading, told))
        said = [tag for tag in verdicts if start <= tag.start < end]
        both_ways = {tag.name for tag in said} == {"grant", "deny"}
        public = any(tag.value == "photo_public" for tag in told)
        here = told if both_ways and not public and _alternate(told, said) else here
        if len({tag.value for tag in here}) > 1 and both_ways:
            parts.extend(_paired(here, said))
            continue
        denied = any(tag.name == "deny" for tag in said)
        verdict = False if denied else (True if said else None)
        named = [
            mention
            for mention in reading.mentions
            if start <= mention.start < end and not mention.related and mention.keys
        ]
        children = tuple(key for mention in named for key in mention.keys) if named else None
        if parts and start in ands and children and parts[-1].is_mere_name:
            children = (*(parts.pop().keys or ()), *children)
        parts.append(_Part(tuple(dict.fromkeys(tag.value for tag in here)), verdict, children, start in buts))
    return parts


def _alternate(topics: list[Tag], verdicts: list[Tag]) -> bool:
    """Whether each topic has a yes or no of its own right behind it, or each right before it."""
    if len(topics) != len(verdicts):
        return False
    pairs = list(zip(topics, verdicts, strict=True))
    behind = all(0 <= verdict.start - topic.end <= 1 for topic, verdict in pairs)
    return behind or all(0 <= topic.start - verdict.end <= 1 for topic, verdict in pairs)


def _paired(topics: list[Tag], verdicts: list[Tag]) -> list[_Part]:
    """Topics told in a row without marks, each with its own yes or no right behind it or right before it: "photos ok video
    no". Where they do not pair, none is settled."""
    rows = sorted([*topics, *verdicts], key=lambda tag: tag.start)
    kinds = ["topic" if tag in topics else "verdict" for tag in rows]
    if len(topics) != len(verdicts) or kinds not in (
        ["topic", "verdict"] * len(topics),
        ["verdict", "topic"] * len(topics),
    ):
        return [_Part((topic.value,), None, None) for topic in topics]
    pairs = zip(topics, verdicts, strict=True)
    return [_Part((topic.value,), verdict.name == "grant", None) for topic, verdict in pairs]


def _answers(reading: Reading) -> bool:
    """Whether a message that names no topic is, all the same, an answer: it opens with a yes or no, or speaks of consent,
    and tells nothing of coming or staying away."""
    names = {tag.name for tag in reading.tags}
    if names & OTHER_MATTERS or reading.days or reading.clocks:
        return False
    first = next((token.fold for token in reading.tokens if token.kind == "word"), "")
    opens = any(first in phrases for kind in ("yes", "no") for phrases in whole_messages("answers", kind).values())
    return opens or bool(names & {"consent_word", "refuse", "may"})


def _is_loose(reading: Reading, topics: list[Tag], verdicts: list[Tag]) -> bool:
    """Photos, and further on the internet, under one and the same yes or no: whether one consent or two is meant, staff ask."""
    inner = [tag for tag in topics if tag.value == "photo_internal"]
    outer = [tag for tag in topics if tag.value == "photo_public"]
    joins = [tag.start for tag in reading.tags if tag.name == "join" and tag.value in {"and", "or"}]
    joins += [at for at, token in enumerate(reading.tokens) if token.text in _BREAKS]
    return any(
        any(one.end <= at < other.start for at in joins)
        and not any(one.end <= verdict.start < other.start for verdict in verdicts)
        and not is_turned(one, other, buts_of(reading), verdicts)
        for one in inner
        for other in [tag for tag in outer if tag.start >= one.end][:1]
        if other.start - one.end > 2
    )


def _without_places(reading: Reading, topics: list[Tag]) -> list[Tag]:
    """Without trips that only tell where something else is done: "may go by car on outings"."""
    on = {tag.end for tag in reading.tags if tag.name == "join" and tag.value == "on"}
    kept: list[Tag] = []
    for topic in topics:
        place = topic.value == "trip" and topic.start in on and any(tag.value != "trip" for tag in kept)
        if not place:
            kept.append(topic)
    return kept


def _specific(topics: list[Tag]) -> list[Tag]:
    """Photos on the internet are one topic, not photos in the house as well."""
    values = {tag.value for tag in topics}
    wider = bool(values & {"photo_public", "video"})
    return [tag for tag in topics if not (wider and tag.value == "photo_internal")]


def _settled(
    parts: list[_Part], asked_topic: str | None, topic_first: bool
) -> list[tuple[str, bool, tuple[str, ...] | None]] | None:
    """(topic, granted, children) in order. A topic without a verdict takes the one before it, or the one after where
    verdicts stand behind their topics."""
    verdicts_told = {part.verdict for part in parts if part.verdict is not None}
    waits = topic_first and len(verdicts_told) > 1
    settled: list[tuple[str, bool, tuple[str, ...] | None]] = []
    waiting: list[tuple[str, tuple[str, ...] | None]] = []
    verdict: bool | None = None
    children: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None
    topics: tuple[str, ...] = ()
    named_topic = any(part.topics for part in parts)
    for part in parts:
        children = part.keys if part.keys is not None else children
        if part.verdict is None and part.topics and part.turns and not topic_first:
            return None  # "film her, but nothing on the web"
        if part.verdict is None and part.topics and waits:
            waiting.extend((topic, children) for topic in part.topics)
            continue
        if part.verdict is not None:
            verdict = part.verdict
            settled.extend((topic, verdict, keys if keys is not None else children) for topic, keys in waiting)
            waiting = []
            if not part.topics and asked_topic is not None and not named_topic:
                settled.append((asked_topic, verdict, children))
            elif not part.topics and part.keys and part.keys != before:
                settled.extend((topic, verdict, part.keys) for topic in topics)  # "Ella may swim, Otto may not"
        before, topics = (children, part.topics) if part.topics else (before, topics)
        for topic in part.topics:
            if verdict is None:
                waiting.append((topic, children))
            else:
                settled.append((topic, verdict, children))
    if waiting:
        return None
    said: dict[tuple[str, tuple[str, ...] | None], bool] = {}
    for topic, granted, keys in settled:
        if said.setdefault((topic, keys), granted) != granted:
            return None
    return list(dict.fromkeys(settled)) or None


def _acts(
    settled: list[tuple[str, bool, tuple[str, ...] | None]], keys: Sequence[str], fallback: tuple[str, ...]
) -> list[Act]:
    grouped: dict[tuple[str, ...], dict[str, bool]] = {}
    for topic, granted, named in settled:
        children = tuple(key for key in keys if key in named) if named is not None else fallback
        grouped.setdefault(children, {})[topic] = granted
    merged: dict[tuple[tuple[str, bool], ...], list[str]] = {}
    for children, words in grouped.items():
        merged.setdefault(tuple(words.items()), []).extend(children)
    return [
        Act(
            Intent.CONSENT,
            tuple(key for key in keys if key in children),
            consents=tuple(ConsentWord(topic, granted) for topic, granted in words),
        )
        for words, children in merged.items()
    ]
