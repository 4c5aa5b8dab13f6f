"""Pieces of a text between marks and joining words, and how one relates to the piece before: whether it tells something of
its own, goes on with a list, repeats what was said for another child, or speaks of something else.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bots.hearing.almanac import Days
from bots.hearing.clocks import Clock, Span
from bots.hearing.names import Mention
from bots.hearing.parting import SUBJECTS
from bots.hearing.reading import Reading
from bots.hearing.stretches import Stretch, covered
from bots.hearing.vocabulary import Tag

PREDICATES = frozenset(
    {"sick", "symptom", "home", "away", "come", "fetch", "fetched", "late", "apply"}
    | {
        "fine",
        "back",
        "on_way",
        "need",
        "go",
        "leave",
        "after_all",
        "usual",
        "well",
        "there",
        "absence_noun",
        "sends",
        "tends",
    }
)


_SAID = 3
"""Words of a piece that says something of a child, its name among them."""
_OTHER_TALK = frozenset({"unsure", "told", "attitude", "thing", "event", "child_word", "self"})
_Thing = TypeVar("_Thing", Tag, Mention, Days, Clock, Span)


@dataclass(frozen=True, slots=True)
class Piece:
    """tokens[start:end] of one sentence; `joined` is the mark or word that leads in."""

    start: int
    end: int
    sentence: int
    joined: str


def within(things: Sequence[_Thing], piece: Piece) -> Sequence[_Thing]:
    """Those that begin in the piece; `things` come by their start."""
    first = bisect_left(things, piece.start, key=_start)
    return things[first : bisect_left(things, piece.end, lo=first, key=_start)]


def _start(thing: Tag | Mention | Days | Clock | Span) -> int:
    return thing.start


def stands_alone(reading: Reading, piece: Piece, onward: Piece) -> bool:
    """Whether a piece that tells something of one child, in words we do not know, goes before one about another child."""
    if not has_subject(reading, piece) or not has_subject(reading, onward):
        return False
    denied = any(tag.name == "negative" for tag in within(reading.tags, piece)) and bool(within(reading.days, piece))
    if onward.joined == "and":
        return denied
    known = covered(within(reading.mentions, piece), within(reading.days, piece), within(reading.tags, piece))
    said = [at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word" and at not in known]
    return onward.joined == "but" or len(said) > 1 or is_all_right(reading, piece)


def is_all_right(reading: Reading, piece: Stretch) -> bool:
    """Whether a child is told to be fine, and nothing else is told: "Ada is fine"."""
    mentions = [mention for mention in reading.mentions if piece.start <= mention.start < piece.end]
    rights = [tag for tag in reading.tags if tag.name == "enough" and piece.start <= tag.start < piece.end]
    if len(mentions) != 1 or not mentions[0].keys or len(rights) != 1:
        return False
    told = {*range(mentions[0].start, mentions[0].end), *range(rights[0].start, rights[0].end)}
    words = {at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word"}
    return rights[0].start == mentions[0].end and words == told


def answers_other(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether the piece says of another child, in one word, that it does or does not: "Ola comes today, Kari not"."""
    keys = {key for mention in within(reading.mentions, piece) for key in mention.keys}
    told = {key for mention in within(reading.mentions, before) for key in mention.keys}
    timed = bool(within(reading.days, piece)) or bool(within(reading.clocks, piece))
    if not keys or not told or keys & told or timed:
        return False
    tags = [tag for tag in within(reading.tags, piece) if tag.name not in {"join", "sibling"}]
    if any(tag.name == "also" for tag in tags):
        return False
    named = covered(within(reading.mentions, piece))
    rest = [at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word" and at not in named]
    return len(rest) == 1


def is_of_sender(reading: Reading, piece: Piece) -> bool:
    """Whether a piece that no mark parts from the one before tells what the sender cannot: "Dad fetches her today I can't"."""
    tags = within(reading.tags, piece)
    opens = any(tag.name == "self" and tag.start == piece.start for tag in tags)
    return piece.joined == "verb" and opens and any(tag.name == "negative" for tag in tags)


def _goes_on_denying(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether the piece only denies a further day: "does not come tomorrow, and not on Monday either"."""
    negatives = [tag for tag in within(reading.tags, piece) if tag.name == "negative"]
    denied = any(tag.name == "negative" for tag in within(reading.tags, before))
    near = any(0 <= days.start - tag.end <= 1 for days in within(reading.days, piece) for tag in negatives)
    return denied and near and not has_subject(reading, piece)


def tells_of_child(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether the piece says what a child is on a day of its own, after one that names no child: "We're away this weekend, Ola
    will be tired on Monday"."""
    stays = any(tag.name == "stay" for tag in within(reading.tags, piece))
    return (
        stays and bool(within(reading.days, piece)) and has_subject(reading, piece) and not has_subject(reading, before)
    )


def speaks_of_another(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether the piece says of another child, behind a "but", something that we have no words for: "but Liv is with her
    mother"."""
    keys = {key for mention in within(reading.mentions, piece) for key in mention.keys if not mention.related}
    told = {key for mention in within(reading.mentions, before) for key in mention.keys}
    names = {tag.name for tag in within(reading.tags, piece)}
    said = sum(reading.tokens[at].kind == "word" for at in range(piece.start, piece.end))
    is_said = "stay" in names or (not names & {"negative", "also"} and said > 1 and not within(reading.days, piece))
    if piece.joined == "," and (
        names & {"also", "same", "likewise"}
        or within(reading.days, piece)
        or said < _SAID
        or not _opens_named(reading, piece)
    ):
        return False
    return piece.joined in {"but", ","} and is_said and bool(keys) and not keys & told


def _opens_named(reading: Reading, piece: Piece) -> bool:
    """Whether the piece begins with the name of one child."""
    return any(named.start == piece.start and len(named.keys) == 1 and not named.group for named in reading.mentions)


def _lists_days(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether the piece opens with a day that only goes on a list: "Thursday | and Friday for a swimming gala"."""
    days, told = within(reading.days, piece), within(reading.days, before)
    on = {tag.start for tag in within(reading.tags, piece) if tag.name == "join" and tag.value == "on"}
    first = piece.start + (piece.start in on)
    opens = bool(days) and days[0].start in {piece.start, first}
    own = has_subject(reading, piece) or any(tag.name in SUBJECTS for tag in within(reading.tags, piece))
    return piece.joined == "and" and opens and not own and bool(told) and told[-1].end == before.end


def is_other_talk(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether a piece that tells days tells them of something else, or only perhaps: "the farmer says Wednesday"."""
    if not within(reading.days, piece) or _goes_on_denying(reading, before, piece):
        return False
    if _lists_days(reading, before, piece):
        return False
    names = {tag.name for tag in within(reading.tags, piece)}
    if names & _OTHER_TALK and (names & SUBJECTS or within(reading.days, before)):
        return True
    if not within(reading.days, before):
        return False
    if piece.joined == "because" and "reason" in names:
        return True
    words = reading.vocabulary
    if words is None:
        return False
    known = covered(within(reading.mentions, piece), within(reading.days, piece), within(reading.tags, piece))
    strange = [at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word" and at not in known]
    return any(not words.is_word(reading.tokens[at]) for at in strange)


def asks_itself(reading: Reading, piece: Piece) -> bool:
    """Whether the piece is a question of its own, not the end of one."""
    if not any(token.text == "?" for token in reading.tokens[piece.start : piece.end]):
        return False
    opens = any(
        tag.name in {"ask", "request", "question"} and tag.start == piece.start for tag in within(reading.tags, piece)
    )
    return opens or (has_subject(reading, piece) and piece.joined == ",")


def has_predicate(reading: Reading, piece: Piece) -> bool:
    names = {tag.name for tag in within(reading.tags, piece)}
    takes_off = any(tag.name == "off" and tag.end - tag.start > 1 for tag in within(reading.tags, piece))
    if "meets" in names and within(reading.days, piece):
        return True
    if _denies_child(reading, piece) or (takes_off and has_subject(reading, piece)):
        return True
    is_place = "place_word" in names and bool(names & {"place_apply", "place_change", "place_end"})
    return bool(names & PREDICATES) or is_place


def _denies_child(reading: Reading, piece: Piece) -> bool:
    """`No Ada today`: a negation, a child, a day, and nothing more."""
    negatives = {tag.end for tag in within(reading.tags, piece) if tag.name == "negative" and tag.start == piece.start}
    named = {mention.end for mention in within(reading.mentions, piece) if mention.keys and mention.start in negatives}
    return any(days.start in named and days.end == piece.end for days in within(reading.days, piece))


def has_subject(reading: Reading, piece: Piece) -> bool:
    return any(not mention.unknown for mention in within(reading.mentions, piece))


def leads(reading: Reading, piece: Piece, onward: Piece) -> bool:
    """Whether a piece without a verb belongs to what follows: "Ola" in "..., Ola and Ida come", "then" in ", then Ola ..."."""
    if onward.joined == "subject":
        return True
    only_name = has_subject(reading, piece) and not within(reading.days, piece)
    return only_name and onward.joined == "and" and has_subject(reading, onward) and piece.joined != "and"


def visits_first(reading: Reading, before: Piece, piece: Piece, onward: Piece) -> bool:
    """Whether the piece tells why another child comes later, and the next one that it does: "Ola is ill, Kari goes to the
    dentist at 11 and comes afterwards"."""
    keys = {key for mention in within(reading.mentions, piece) for key in mention.keys if not mention.related}
    told = {key for mention in within(reading.mentions, before) for key in mention.keys}
    comes = {tag.name for tag in within(reading.tags, onward)}
    why = any(tag.name == "reason" for tag in within(reading.tags, piece))
    goes_on = "come" in comes and not has_subject(reading, onward) and onward.joined in {"and", "but", ","}
    return why and goes_on and len(keys) == 1 and bool(told) and not keys & told


def repeats(reading: Reading, before: Piece, piece: Piece) -> bool:
    """Whether the piece tells of another child on another day or at another time what the piece before told."""
    if not has_subject(reading, piece) or not has_subject(reading, before):
        return False
    if any(tag.name == "request" for tag in within(reading.tags, piece)):
        return False  # "keep an eye on Ada today"
    own_day = bool(within(reading.days, piece))
    own_time = bool(within(reading.clocks, piece))
    day_before = bool(within(reading.days, before))
    time_before = bool(within(reading.clocks, before))
    return (own_day and day_before) or (own_time and time_before)
