"""A day, a time or a child that the text denies: "Thursday, not Friday", "Aino is ill, not Eino", "not Eino,
Aino is ill"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bots.hearing.almanac import Days
from bots.hearing.clocks import Clock
from bots.hearing.names import Mention
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Act, Heard, Intent

_SAID_WITHIN = 2
_OPENS = frozenset({"and", "but", "because"})
_STATES = frozenset({"sick", "symptom", "home", "away"})
_COMING = frozenset({"come", "there", "back"})


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int


def without_denied(reading: Reading) -> Reading:
    reading = _without_spared(reading)
    gone: set[int] = set()
    denied: list[_Place] = []
    for negative in reading.tags:
        if negative.name != "negative":
            continue
        thing = _denied(reading, negative)
        if thing is not None:
            gone.add(negative.start)
            denied.append(_Place(thing.start, thing.end))
    if not denied:
        return reading
    places = {(place.start, place.end) for place in denied}
    return replace(
        reading,
        tags=tuple(tag for tag in reading.tags if not _goes(tag, gone, denied)),
        days=tuple(days for days in reading.days if (days.start, days.end) not in places),
        clocks=tuple(clock for clock in reading.clocks if (clock.start, clock.end) not in places),
        mentions=tuple(mention for mention in reading.mentions if (mention.start, mention.end) not in places),
    )


def with_denied_heeded(heard: Heard, reading: Reading) -> Heard:
    """As a message where a child with a "not" right before it would be away together with others by words that nowhere deny a
    coming: "it is not Ada, Bo is ill"."""
    names = {tag.name for tag in reading.tags}
    if not names & _STATES or names & _COMING:
        return heard
    nots = {tag.end for tag in reading.tags if tag.name == "negative"}
    nots |= {tag.end for tag in reading.tags if tag.name == "stay" and tag.start in nots}  # "ei ole"
    likewise = {tag.start for tag in reading.tags if tag.name in {"also", "likewise"}}
    denied = {
        key
        for mention in reading.mentions
        if mention.start in nots and mention.end not in likewise
        for key in mention.keys
    }
    acts = (
        Act(Intent.MESSAGE, act.children)
        if act.intent is Intent.ABSENCE and len(act.children) > 1 and denied & set(act.children)
        else act
        for act in heard.acts
    )
    return replace(heard, acts=tuple(dict.fromkeys(acts)))


def _without_spared(reading: Reading) -> Reading:
    """The reading without children of whom is told, right behind, that the sentences before do not go for them: "does not
    apply to Bo"."""
    leads = {tag.end: tag.start for tag in reading.tags if tag.name == "spares"}
    spared = [
        mention
        for mention in reading.mentions
        if mention.start in leads
        and mention.keys
        and not mention.group
        and _ends_part(reading.tokens, mention.end)
        and any(
            other.keys and not set(other.keys) & set(mention.keys)
            for other in reading.mentions
            if other.start < mention.start
        )
    ]
    gone = {at for mention in spared for at in range(leads[mention.start], mention.end)}
    return replace(
        reading,
        mentions=tuple(mention for mention in reading.mentions if mention not in spared),
        tags=tuple(tag for tag in reading.tags if tag.start not in gone),
    )


def _ends_part(tokens: Sequence[Token], at: int) -> bool:
    return at >= len(tokens) or tokens[at].kind == "mark" or tokens[at].breaks


def _goes(tag: Tag, gone: set[int], denied: Sequence[_Place]) -> bool:
    """Whether the word goes with what is denied: the negation itself, and "as I wrote" behind it."""
    if tag.name == "told":
        return any(0 <= tag.start - place.end <= _SAID_WITHIN for place in denied)
    return tag.name in {"negative", "deny"} and tag.start in gone


def _denied(reading: Reading, negative: Tag) -> Days | Clock | Mention | None:
    """The day, time or child right behind a negation that belongs to no verb, where another of its kind is meant."""
    is_free = _is_free(reading, negative)
    if not (is_free or _is_of_it(reading, negative)) or _is_further(reading, negative):
        return None
    after = negative.end
    while any(tag.name == "join" and tag.value == "on" and tag.start == after for tag in reading.tags):
        after = next(tag.end for tag in reading.tags if tag.name == "join" and tag.value == "on" and tag.start == after)
    likes = any(tag.name in {"same", "same_times", "same_again"} for tag in reading.tags)
    denials = {tag.end for tag in reading.tags if tag.name == "negative" and tag is not negative}
    kinds: tuple[Sequence[Days], Sequence[Clock], Sequence[Mention]] = (reading.days, reading.clocks, reading.mentions)
    for things in kinds:
        thing = next((thing for thing in things if thing.start in {negative.end, after}), None)
        others = [
            other
            for other in things
            if other is not thing and _same_sentence(reading.tokens, other.start, negative.start)
        ]
        others = [other for other in others if other.start not in denials]
        others = [other for other in others if not (likes and isinstance(other, Days) and _is_of_week(other))]
        if thing is None or not others or reading.spans:
            continue
        if not (_is_contrast(reading, thing, negative) if isinstance(thing, Mention) else is_free):
            return None
        return thing
    return None


def _is_of_week(days: Days) -> bool:
    """Whether it tells a week whose times are meant: "the same as last week, but not Friday"."""
    return days.is_week or days.every or days.shape == "past"


def _is_free(reading: Reading, negative: Tag) -> bool:
    """Whether the negation opens its part of the sentence, so that it denies what follows and no verb before it."""
    before = negative.start - 1
    if before < 0 or reading.tokens[before].kind == "mark" or reading.tokens[negative.start].breaks:
        return True
    opened = any(tag.name == "join" and tag.value in _OPENS and tag.end == negative.start for tag in reading.tags)
    placed = negative.start - 1 in covered(reading.days, reading.clocks)
    stated = any(
        tag.name in {"sick", "symptom", "home", "away", "sibling"} and tag.end == negative.start for tag in reading.tags
    )
    named = any(mention.end == negative.start and mention.keys for mention in reading.mentions)
    return opened or placed or stated or named


def _is_of_it(reading: Reading, negative: Tag) -> bool:
    """Whether the part only says of whom it is not: "it is not Ada, Bo is ill"."""
    its = [tag for tag in reading.tags if tag.name == "it" and tag.end == negative.start - 1]
    is_ = any(tag.name == "stay" and tag.end == negative.start for tag in reading.tags)
    return is_ and any(tag.start == 0 or _ends_part(reading.tokens, tag.start - 1) for tag in its)


def _is_further(reading: Reading, negative: Tag) -> bool:
    """Whether the sentence denied something before, so that this only goes on: "not today, not tomorrow either"."""
    earlier = [tag for tag in reading.tags if tag.name == "negative" and tag.end <= negative.start]
    earlier = [tag for tag in earlier if not _ends_part(reading.tokens, tag.end)]  # "no, not today"
    return any(_same_sentence(reading.tokens, tag.start, negative.start) for tag in earlier)


def _is_contrast(reading: Reading, denied: Mention, negative: Tag) -> bool:
    """Whether a child before is meant and this one is not: nothing is told of it but its name."""
    if not denied.keys or denied.group:
        return False
    if _leads(reading, denied, negative):
        return True
    meant = any(mention.end <= negative.start for mention in reading.mentions)
    if any(mention.end == negative.start and mention.keys for mention in reading.mentions):
        return negative.end == denied.start
    return meant and _ends_part(reading.tokens, denied.end)


def _leads(reading: Reading, denied: Mention, negative: Tag) -> bool:
    """Whether another child is told of right behind this one and a comma: "not Ada, Bo is ill". In a longer row, or with an
    "or" in it, all may be denied."""
    after = denied.end
    if negative.end != denied.start or after >= len(reading.tokens) or reading.tokens[after].text != ",":
        return False
    other = next((mention for mention in reading.mentions if mention.start == after + 1 and mention.keys), None)
    if other is None or set(other.keys) & set(denied.keys) or _ends_part(reading.tokens, other.end):
        return False
    return not any(tag.name == "join" and tag.start == other.end for tag in reading.tags)


def _same_sentence(tokens: Sequence[Token], one: int, other: int) -> bool:
    first, last = sorted((one, other))
    return not any(token.text in ".!?" for token in tokens[first:last])
