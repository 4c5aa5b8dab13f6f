"""Children of whom the text says that they do likewise: "Nora is ill, Noah too", "and so is Emma", "the same with Elsa"."""

from collections.abc import Iterable

from bots.hearing.finnish import TOO, forms
from bots.hearing.names import Mention
from bots.hearing.pieces import Piece, within
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered

_LIKE = frozenset({"also", "same", "likewise"})
_BESIDE = _LIKE | {"join", "negative", "filler"}


def does_likewise(reading: Reading, piece: Piece, before: Piece) -> bool:
    """Whether the piece only says of somebody else that it does what the piece before says of those it names."""
    told = {mention.keys or mention.words for mention in within(reading.mentions, before)}
    named = {mention.keys or mention.words for mention in _named(reading, piece)}
    return bool(told) and bool(named - told) and only_adds(reading, piece, [before])


def only_adds(reading: Reading, piece: Piece, before: Iterable[Piece]) -> bool:
    """Whether the piece says nothing but that somebody does likewise; "neither" only goes on where something was denied
    in one of the pieces before."""
    named = _named(reading, piece)
    tags = within(reading.tags, piece)
    if not named or _tells_when(reading, piece):
        return False
    if not any(tag.name in _LIKE for tag in tags) and not any(_has_clitic(reading, mention) for mention in named):
        return False
    denied = {tag.name for other in before for tag in within(reading.tags, other)} & {"negative", "deny"}
    if any(tag.name == "negative" for tag in tags):
        if not denied:
            return False
    elif denied and _is_turned(reading, piece):
        return False  # "she doesn't come, but so does Emma"
    said = covered(named, [tag for tag in tags if tag.name in _BESIDE])
    words = range(piece.start, piece.end)
    return all(at in said for at in words if reading.tokens[at].kind == "word") and not any(
        reading.tokens[at].text == "?" for at in words
    )


def _is_turned(reading: Reading, piece: Piece) -> bool:
    """Whether a "but" opens the piece, or stands right before it."""
    buts = [tag for tag in reading.tags if tag.name == "join" and tag.value == "but"]
    return any(piece.start in {tag.start, tag.end} for tag in buts)


def added_part(reading: Reading, clause: Piece) -> Piece | None:
    """The part at the end of the clause that only says who does likewise; None without one."""
    tags = within(reading.tags, clause)
    ands = {tag.end for tag in tags if tag.name == "join" and tag.value == "and"}
    leads = covered([tag for tag in tags if tag.name in _LIKE])
    for mention in within(reading.mentions, clause)[1:]:
        start = mention.start
        while start > clause.start and start not in ands and reading.tokens[start - 1].kind != "mark":
            if reading.tokens[start].breaks or start - 1 not in leads:
                break
            start -= 1
        parted = start in ands or reading.tokens[start].breaks or reading.tokens[start - 1].kind == "mark"
        sure = parted or start == mention.start or any(tag.start == start and tag.end - start > 1 for tag in tags)
        part = Piece(start, clause.end, clause.sentence, "")
        if sure and does_likewise(reading, part, Piece(clause.start, start, clause.sentence, "")):
            return part
    return None


def _named(reading: Reading, piece: Piece) -> list[Mention]:
    return [mention for mention in within(reading.mentions, piece) if not mention.related]


def _tells_when(reading: Reading, piece: Piece) -> bool:
    spans = any(piece.start <= span.start < piece.end for span in reading.spans)
    return bool(within(reading.days, piece)) or bool(within(reading.clocks, piece)) or spans


def _has_clitic(reading: Reading, mention: Mention) -> bool:
    word = reading.tokens[mention.end - 1].fold
    ends = [clitic for clitic in TOO if word.endswith(clitic)]
    return reading.language == "fi" and any(word in forms(word.removesuffix(clitic)) for clitic in ends)
