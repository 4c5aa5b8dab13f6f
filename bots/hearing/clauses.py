"""A text parted into clauses: pieces that each say one thing, with the words, people, days and times that belong to them.

Signatures, quoted mail and greetings are cut away first. A piece without a verb of ours joins its neighbour, unless it
tells the same of another child on another day ("Ola today, Ida tomorrow"): then it borrows the verb.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bots.hearing.almanac import Days
from bots.hearing.names import Mention
from bots.hearing.parting import SUBJECTS, day_lists, second_verbs
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.times import Clock, Span
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

PREDICATES = frozenset(
    {"sick", "symptom", "home", "away", "come", "fetch", "fetched", "late", "apply"}
    | {"fine", "back", "on_way", "need", "go", "leave", "after_all", "usual", "well", "there", "absence_noun", "sends", "tends"}
)


_OTHER_TALK = frozenset({"unsure", "told", "attitude", "thing", "event", "child_word", "self"})
_MOST_PIECES = 80
_Thing = TypeVar("_Thing", Tag, Mention, Days, Clock, Span)


@dataclass(frozen=True, slots=True)
class Clause:
    """tokens[start:end] and what stands in them. `joined` is the word that leads in: "and", "but", "because" or ""."""

    start: int
    end: int
    sentence: int
    joined: str
    asks: bool
    tags: tuple[Tag, ...]
    mentions: tuple[Mention, ...]
    days: tuple[Days, ...]
    clocks: tuple[Clock, ...]
    spans: tuple[Span, ...]
    borrowed: tuple[Tag, ...] = field(default=())

    def has(self, *names: str) -> bool:
        return any(tag.name in names for tag in (*self.tags, *self.borrowed))

    def first(self, *names: str) -> Tag | None:
        return next((tag for tag in (*self.tags, *self.borrowed) if tag.name in names), None)

    def every(self, *names: str) -> list[Tag]:
        return [tag for tag in (*self.tags, *self.borrowed) if tag.name in names]


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    sentence: int
    joined: str


def clauses(reading: Reading) -> list[Clause]:
    """The clauses in order; none when the text is broken into more pieces than anybody would write."""
    pieces = _pieces(reading)
    if len(pieces) > _MOST_PIECES:
        return []
    return _with_questions(reading, [_clause(reading, piece, borrowed) for piece, borrowed in _merged(reading, pieces)])


def _clause(reading: Reading, piece: _Piece, borrowed: tuple[Tag, ...]) -> Clause:
    return Clause(
        piece.start,
        piece.end,
        piece.sentence,
        piece.joined,
        False,
        tuple(_within(reading.tags, piece)),
        tuple(_within(reading.mentions, piece)),
        tuple(_within(reading.days, piece)),
        tuple(_within(reading.clocks, piece)),
        tuple(_within(reading.spans, piece)),
        borrowed,
    )


def _within(things: Sequence[_Thing], piece: _Piece) -> Sequence[_Thing]:
    """Those that begin in the piece; `things` come by their start."""
    first = bisect_left(things, piece.start, key=_start)
    return things[first : bisect_left(things, piece.end, lo=first, key=_start)]


def _start(thing: Tag | Mention | Days | Clock | Span) -> int:
    return thing.start


def _with_questions(reading: Reading, made: list[Clause]) -> list[Clause]:
    """Marks the clauses that ask: the last before a question mark, and those of its sentence that begin like a question."""
    marked = {
        clause.sentence
        for clause in made
        if any(token.text == "?" for token in reading.tokens[clause.start : clause.end])
    }
    asking: list[Clause] = []
    for at, clause in enumerate(made):
        last = at + 1 == len(made) or made[at + 1].sentence != clause.sentence
        ends = [token.text for token in reading.tokens[clause.end - 1 : clause.end + 1]]
        opens = any(tag.name in {"ask", "request"} and tag.start <= clause.start + 1 for tag in clause.tags)
        opening = at == 0 or made[at - 1].sentence != clause.sentence
        asks = clause.sentence in marked and (last or opens or "?" in ends)
        asks = asks or (opening and _is_inverted(clause))
        asking.append(replace(clause, asks=asks))
    return asking


def _is_inverted(clause: Clause) -> bool:
    """Whether the verb stands before a child, as in a question, at the head of a sentence: "is Ola ill or is he there"."""
    start = next((tag.end for tag in clause.tags if tag.name == "greeting" and tag.start == clause.start), clause.start)
    verb = next((tag for tag in clause.tags if tag.name == "ask" and tag.start == start), None)
    if verb is None:
        return False
    named = any(mention.start == verb.end and mention.keys for mention in clause.mentions)
    return named or any(tag.name in {"child_word", "you"} and tag.start == verb.end for tag in clause.tags)


def _pieces(reading: Reading) -> list[_Piece]:
    tokens = reading.tokens
    covered = _covered(reading)
    joins = {tag.start: tag for tag in reading.tags if tag.name == "join" and tag.value in {"and", "but", "because"}}
    stops = {tag.start: tag.end for tag in reading.tags if tag.name == "spoken_stop"}
    fetches = {tag.start for tag in reading.tags if tag.name in {"fetch", "fetched"}}
    subjects = {mention.start for mention in reading.mentions if not mention.unknown and not mention.related}
    verses = second_verbs(reading)
    last_subject = -1
    pieces: list[_Piece] = []
    start, sentence, joined = 0, 0, ""

    def close(end: int, onward: int, word: str, new_sentence: bool) -> None:
        nonlocal start, sentence, joined
        if end > start:
            pieces.append(_Piece(start, end, sentence, joined))
        if new_sentence:
            sentence += 1
        start, joined = onward, word

    lists = day_lists(reading)
    named = {mention.end for mention in reading.mentions if mention.keys} & {
        at for at, join in joins.items() if join.value == "but" and _is_behind(tokens, at)
    }
    for at, token in enumerate(tokens):
        if at < start:
            continue
        if token.breaks and at > start:
            close(at, at, "", new_sentence=True)
        if at in covered:
            continue
        if at in stops:
            close(at, stops[at], "", new_sentence=True)
        elif _ends_sentence(tokens, at):
            close(at + 1, at + 1, "", new_sentence=True)
        elif token.text in {",", "(", ")"} or (token.text == "-" and not token.glued):
            close(at, at + 1, ",", new_sentence=False)
        elif (join := joins.get(at)) is not None and join.end not in fetches and at not in lists | named:
            close(at, join.end, join.value, new_sentence=False)
        elif at in subjects and start <= last_subject:
            close(at, at, "subject", new_sentence=False)
        elif at in verses:
            close(at, at, "verb", new_sentence=False)
        if at in subjects:
            last_subject = at
    close(len(tokens), len(tokens), "", new_sentence=True)
    return pieces


def _is_behind(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "but" stands behind the name that opens its part of the sentence: ", Ola however is ill"."""
    return at > 1 and tokens[at - 2].kind == "mark" and at + 1 < len(tokens) and tokens[at + 1].kind == "word"


def _covered(reading: Reading) -> set[int]:
    """Tokens inside a day, time, name or longer phrase: no clause ends there."""
    whole: list[Days | Clock | Span] = [*reading.days, *reading.clocks, *reading.spans]
    whole_tags = [tag for tag in reading.tags if tag.end - tag.start > 1 and tag.name != "spoken_stop"]
    inside = {at for mention in reading.mentions for at in range(mention.start + 1, mention.end)}
    inside |= {at for tag in whole_tags for at in range(tag.start, tag.end)}
    return inside | {at for thing in whole for at in range(thing.start, thing.end)}


def _ends_sentence(tokens: Sequence[Token], at: int) -> bool:
    text = tokens[at].text
    if text in "!?;" or unicodedata.category(text[0]) == "So":
        return True
    if text != ".":
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is not None and after.kind == "number" and at and tokens[at].glued and len(tokens[at - 1].low) == 1:
        return False  # "d. 13."
    return after is None or not after.glued


def _merged(reading: Reading, pieces: list[_Piece]) -> list[tuple[_Piece, tuple[Tag, ...]]]:
    merged: list[tuple[_Piece, tuple[Tag, ...]]] = []
    waiting: _Piece | None = None
    for number, cut in enumerate(pieces):
        piece = cut
        if waiting is not None:
            if waiting.sentence == piece.sentence and not _stands_alone(reading, waiting, piece):
                piece = _Piece(waiting.start, piece.end, piece.sentence, waiting.joined)
            else:
                merged.append((waiting, ()))
            waiting = None
        if _predicates(reading, piece):
            merged.append((piece, ()))
            continue
        previous = merged[-1] if merged and merged[-1][0].sentence == piece.sentence else None
        onward = (
            pieces[number + 1] if number + 1 < len(pieces) and pieces[number + 1].sentence == piece.sentence else None
        )
        if previous is None or (onward is not None and _leads(reading, piece, onward)):
            waiting = piece
        elif _asks(reading, piece) or (
            piece.joined == "but" and any(days.shape == "past" for days in _within(reading.days, previous[0]))
        ):
            merged.append((piece, ()))
        elif _answers_other(reading, previous[0], piece) or _is_of_sender(reading, piece):
            merged.append((piece, ()))
        elif _repeats(reading, previous[0], piece):
            borrowed = tuple(
                tag for tag in _within(reading.tags, previous[0]) if tag.name in PREDICATES or tag.name == "negative"
            )
            merged.append((piece, borrowed or previous[1]))
        elif _is_other_talk(reading, previous[0], piece) or _tells_of_child(reading, previous[0], piece):
            merged.append((piece, ()))
        else:
            joined = _Piece(previous[0].start, piece.end, piece.sentence, previous[0].joined)
            merged[-1] = (joined, previous[1])
    if waiting is not None:
        merged.append((waiting, ()))
    return merged


def _stands_alone(reading: Reading, piece: _Piece, onward: _Piece) -> bool:
    """Whether a piece that tells something of one child, in words we do not know, goes before one about another child."""
    if not _subjects(reading, piece) or not _subjects(reading, onward):
        return False
    denied = any(tag.name == "negative" for tag in _within(reading.tags, piece)) and bool(_within(reading.days, piece))
    if onward.joined == "and":
        return denied
    known = covered(_within(reading.mentions, piece), _within(reading.days, piece), _within(reading.tags, piece))
    said = [at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word" and at not in known]
    return onward.joined == "but" or len(said) > 1


def _answers_other(reading: Reading, before: _Piece, piece: _Piece) -> bool:
    """Whether the piece says of another child, in one word, that it does or does not: "Ola comes today, Kari not"."""
    keys = {key for mention in _within(reading.mentions, piece) for key in mention.keys}
    told = {key for mention in _within(reading.mentions, before) for key in mention.keys}
    if not keys or not told or keys & told or _within(reading.days, piece) or _within(reading.clocks, piece):
        return False
    tags = [tag for tag in _within(reading.tags, piece) if tag.name not in {"join", "sibling"}]
    if any(tag.name == "also" for tag in tags):
        return False
    named = covered(_within(reading.mentions, piece))
    rest = [at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word" and at not in named]
    return len(rest) == 1


def _is_of_sender(reading: Reading, piece: _Piece) -> bool:
    """Whether a piece that no mark parts from the one before tells what the sender cannot: "Dad fetches her today I can't"."""
    tags = _within(reading.tags, piece)
    opens = any(tag.name == "self" and tag.start == piece.start for tag in tags)
    return piece.joined == "verb" and opens and any(tag.name == "negative" for tag in tags)


def _goes_on_denying(reading: Reading, before: _Piece, piece: _Piece) -> bool:
    """Whether the piece only denies a further day: "does not come tomorrow, and not on Monday either"."""
    negatives = [tag for tag in _within(reading.tags, piece) if tag.name == "negative"]
    denied = any(tag.name == "negative" for tag in _within(reading.tags, before))
    near = any(0 <= days.start - tag.end <= 1 for days in _within(reading.days, piece) for tag in negatives)
    return denied and near and not _subjects(reading, piece)


def _tells_of_child(reading: Reading, before: _Piece, piece: _Piece) -> bool:
    """Whether the piece says what a child is on a day of its own, after one that names no child: "We're away this weekend, Ola
    will be tired on Monday"."""
    stays = any(tag.name == "stay" for tag in _within(reading.tags, piece))
    return stays and bool(_within(reading.days, piece)) and _subjects(reading, piece) and not _subjects(reading, before)


def _lists_days(reading: Reading, before: _Piece, piece: _Piece) -> bool:
    """Whether the piece opens with a day that only goes on a list: "Thursday | and Friday for a swimming gala"."""
    days, told = _within(reading.days, piece), _within(reading.days, before)
    on = {tag.start for tag in _within(reading.tags, piece) if tag.name == "join" and tag.value == "on"}
    first = piece.start + (piece.start in on)
    opens = bool(days) and days[0].start in {piece.start, first}
    return piece.joined == "and" and opens and bool(told) and told[-1].end == before.end


def _is_other_talk(reading: Reading, before: _Piece, piece: _Piece) -> bool:
    """Whether a piece that tells days tells them of something else, or only perhaps: "the farmer says Wednesday"."""
    if not _within(reading.days, piece) or _goes_on_denying(reading, before, piece):
        return False
    if _lists_days(reading, before, piece):
        return False
    names = {tag.name for tag in _within(reading.tags, piece)}
    if names & _OTHER_TALK and (names & SUBJECTS or _within(reading.days, before)):
        return True
    if not _within(reading.days, before):
        return False
    if piece.joined == "because" and "reason" in names:
        return True
    words = reading.vocabulary
    if words is None:
        return False
    known = covered(_within(reading.mentions, piece), _within(reading.days, piece), _within(reading.tags, piece))
    strange = [at for at in range(piece.start, piece.end) if reading.tokens[at].kind == "word" and at not in known]
    return any(not words.is_word(reading.tokens[at]) for at in strange)


def _asks(reading: Reading, piece: _Piece) -> bool:
    """Whether the piece is a question of its own, not the end of one."""
    if not any(token.text == "?" for token in reading.tokens[piece.start : piece.end]):
        return False
    opens = any(
        tag.name in {"ask", "request", "question"} and tag.start == piece.start for tag in _within(reading.tags, piece)
    )
    return opens or (_subjects(reading, piece) and piece.joined == ",")


def _predicates(reading: Reading, piece: _Piece) -> bool:
    names = {tag.name for tag in _within(reading.tags, piece)}
    is_place = "place_word" in names and bool(names & {"place_apply", "place_change", "place_end"})
    return bool(names & PREDICATES) or is_place


def _subjects(reading: Reading, piece: _Piece) -> bool:
    return any(not mention.unknown for mention in _within(reading.mentions, piece))


def _leads(reading: Reading, piece: _Piece, onward: _Piece) -> bool:
    """Whether a piece without a verb belongs to what follows: "Ola" in "..., Ola and Ida come", "then" in ", then Ola ..."."""
    if onward.joined == "subject":
        return True
    only_name = _subjects(reading, piece) and not _within(reading.days, piece)
    return only_name and onward.joined == "and" and _subjects(reading, onward) and piece.joined != "and"


def _repeats(reading: Reading, before: _Piece, piece: _Piece) -> bool:
    """Whether the piece tells of another child on another day or at another time what the piece before told."""
    if not _subjects(reading, piece) or not _subjects(reading, before):
        return False
    own_day = bool(_within(reading.days, piece))
    own_time = bool(_within(reading.clocks, piece))
    day_before = bool(_within(reading.days, before))
    time_before = bool(_within(reading.clocks, before))
    return (own_day and day_before) or (own_time and time_before)
