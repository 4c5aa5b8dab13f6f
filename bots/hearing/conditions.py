"""Conditions that only the order of words tells: "är han sämre imorgon får han stanna hemma", "har hun feber, blir hun hjemme".

A word like "should" at the head of a statement, right before a child, says "if". In languages whose verb stands before its
subject behind a day, so does any verb that opens its part of a statement right before a child, when another verb stands right
before somebody later in the sentence.
"""

from dataclasses import replace

from bots.hearing.reading import Reading
from bots.hearing.vocabulary import Tag

_VERBS = frozenset(
    {"ask", "stay", "come", "back", "fetch", "fetched", "there", "go", "may", "permit", "need", "home", "away"}
)
_JOINS = frozenset({"and", "but"})
_ADDED = 3
"""Words between "and" and a verb that only goes on: "and tomorrow she is back"."""


def with_conditions_told(reading: Reading) -> Reading:
    """The reading with a tag `maybe_if` where the order of words says so."""
    words = reading.vocabulary
    if words is None:
        return reading
    people = {mention.start for mention in reading.mentions if mention.keys}
    people |= {tag.start for tag in reading.tags if tag.name == "child_word"}
    people |= {tag.start for tag in reading.tags if tag.name == "it"}
    anybody = people | {tag.start for tag in reading.tags if tag.name in {"self", "we", "you"}}
    pairs = [tag for tag in reading.tags if tag.name in _VERBS and tag.end in anybody]
    tails = _told_by_sender(reading)
    inverted = [tag for tag in reading.tags if tag.name == "if_inverted" and tag.end in people]
    found: list[Tag] = []
    for start, end in _statements(reading):
        here = [tag for tag in pairs if start <= tag.start < end]
        leads = [tag for tag in inverted if tag.start in {start, start + 1} and tag.end < end]
        found += [replace(tag, name="maybe_if", value="") for tag in leads]
        if not words.inverts:
            continue
        first = next((tag for tag in here if tag.end in people and _opens(reading, tag.start, start)), None)
        if first is None or _follows_reason(reading, start, first.start):
            continue
        onward = [tag.start for tag in here if tag.start > first.end] + [at for at in tails if first.end < at < end]
        if any(not _goes_on(reading, first.end, at) for at in onward):
            found.append(replace(first, name="maybe_if", value=""))
    if not found:
        return reading
    return replace(reading, tags=tuple(sorted((*reading.tags, *found), key=lambda tag: tag.start)))


def _told_by_sender(reading: Reading) -> list[int]:
    """Where a comma, a word and then the sender or the unit stand: ", sier jeg fra", ", hör vi av oss"."""
    tokens = reading.tokens
    senders = {tag.start for tag in reading.tags if tag.name in {"self", "we", "you"}}
    led = {"join", "child_word", "role", "parent", "negative", "filler", "greeting", "oops", "relative", "self", "we"}
    leads = {tag.start for tag in reading.tags if tag.name in led}
    leads |= {mention.start for mention in reading.mentions}
    verbs = {tag.start for tag in reading.tags if tag.name in _VERBS}
    return [
        at
        for at in range(1, len(tokens) - 1)
        if tokens[at - 1].text == ","
        and tokens[at].kind == "word"
        and at not in leads
        and at + 1 in senders
        and at + 2 not in verbs
    ]


def _statements(reading: Reading) -> list[tuple[int, int]]:
    """Where each sentence that is no question begins and ends."""
    found: list[tuple[int, int]] = []
    start = 0
    for at, token in enumerate(reading.tokens):
        if token.breaks and at > start:
            found.append((start, at))
            start = at
        if token.text in {".", "!", "?", ";"}:
            if token.text != "?":
                found.append((start, at))
            start = at + 1
    found.append((start, len(reading.tokens)))
    return found


def _opens(reading: Reading, at: int, start: int) -> bool:
    """Whether the place opens its sentence or its part of one, a joining word or not."""
    if at == start or reading.tokens[at - 1].kind == "mark":
        return True
    joins = [tag for tag in reading.tags if tag.name == "join" and tag.value in _JOINS and tag.end == at]
    return any(tag.start == start or reading.tokens[tag.start - 1].kind == "mark" for tag in joins)


def _follows_reason(reading: Reading, start: int, at: int) -> bool:
    """`eftersom hon hostar, är hon hemma idag`: what stands before in the sentence only tells why or when."""
    leads = {"because", "until", "from"}
    opens = {tag.start for tag in reading.tags if tag.name == "join" and tag.value in leads}
    opens |= {tag.start for tag in reading.tags if tag.name in {"maybe_if", "if_first"}}
    return at > start and bool({start, start + 1} & opens)


def _goes_on(reading: Reading, start: int, verb: int) -> bool:
    """Whether an "and" or "but" leads to the verb, so that it opens a statement of its own."""
    joins = [tag for tag in reading.tags if tag.name == "join" and tag.value in _JOINS and start <= tag.start < verb]
    return any(verb - tag.end <= _ADDED for tag in joins)
