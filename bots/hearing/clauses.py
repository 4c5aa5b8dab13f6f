"""A text parted into clauses: pieces that each say one thing, with the words, people, days and times that belong to them.

Signatures, quoted mail and greetings are cut away first. A piece without a verb of ours joins its neighbour, unless it
tells the same of another child on another day ("Ola today, Ida tomorrow"): then it borrows the verb.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bots.hearing.adding import does_likewise, only_adds
from bots.hearing.almanac import Days
from bots.hearing.clocks import Clock, Span
from bots.hearing.names import Mention
from bots.hearing.parting import day_lists, name_lists, second_verbs
from bots.hearing.pieces import (
    PREDICATES,
    Piece,
    answers_other,
    asks_itself,
    has_predicate,
    is_of_sender,
    is_other_talk,
    leads,
    repeats,
    speaks_of_another,
    stands_alone,
    tells_of_child,
    visits_first,
    within,
)
from bots.hearing.reading import Reading
from bots.hearing.stops import ends_sentence, trails_off
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_MOST_PIECES = 80


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


def clauses(reading: Reading) -> list[Clause]:
    """The clauses in order; none when the text is broken into more pieces than anybody would write."""
    pieces = _pieces(reading)
    if len(pieces) > _MOST_PIECES:
        return []
    return _with_questions(reading, [_clause(reading, piece, borrowed) for piece, borrowed in _merged(reading, pieces)])


def _clause(reading: Reading, piece: Piece, borrowed: tuple[Tag, ...]) -> Clause:
    return Clause(
        piece.start,
        piece.end,
        piece.sentence,
        piece.joined,
        False,
        tuple(within(reading.tags, piece)),
        tuple(within(reading.mentions, piece)),
        tuple(within(reading.days, piece)),
        tuple(within(reading.clocks, piece)),
        tuple(within(reading.spans, piece)),
        borrowed,
    )


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
        asks = (asks or (opening and _is_inverted(clause))) and not _asks_to_note(clause)
        asking.append(replace(clause, asks=asks))
    return asking


def _asks_to_note(clause: Clause) -> bool:
    """`could you note that Ada is ill?`: what a polite question asks to be noted, or to be told the child, is told."""
    opens = [tag for tag in clause.tags if tag.name == "request" and tag.start <= clause.start + 1]
    ends = {at for tag in opens for at in (tag.start, tag.end - 1, tag.end, tag.end + 1)}
    named = any(mention.keys for mention in clause.mentions) or clause.has("child_word")
    return named and any(tag.start in ends for tag in clause.tags if tag.name in {"noting", "telling"})


def _is_inverted(clause: Clause) -> bool:
    """Whether the verb stands before a child, as in a question, at the head of a sentence: "is Ola ill or is he there"."""
    start = next((tag.end for tag in clause.tags if tag.name == "greeting" and tag.start == clause.start), clause.start)
    verb = next((tag for tag in clause.tags if tag.name == "ask" and tag.start == start), None)
    if verb is None:
        return False
    named = any(mention.start == verb.end and mention.keys for mention in clause.mentions)
    return named or any(tag.name in {"child_word", "you"} and tag.start == verb.end for tag in clause.tags)


def _pieces(reading: Reading) -> list[Piece]:
    tokens = reading.tokens
    covered = _covered(reading)
    joins = {tag.start: tag for tag in reading.tags if tag.name == "join" and tag.value in {"and", "but", "because"}}
    stops = {tag.start: tag.end for tag in reading.tags if tag.name == "spoken_stop"}
    fetches = {tag.start for tag in reading.tags if tag.name == "fetch"}
    subjects = {mention.start for mention in reading.mentions if not mention.unknown and not mention.related}
    meant = {tag.start for tag in reading.tags if tag.name == "child_word"}
    corrections = {tag.start for tag in reading.tags if tag.name in {"correct", "oops"}}
    verses = second_verbs(reading)
    last_subject = -1
    pieces: list[Piece] = []
    start, sentence, joined = 0, 0, ""

    def close(end: int, onward: int, word: str, new_sentence: bool) -> None:
        nonlocal start, sentence, joined
        if end > start:
            pieces.append(Piece(start, end, sentence, joined))
        if new_sentence:
            sentence += 1
        start, joined = onward, word

    lists = day_lists(reading) | name_lists(reading)
    lists |= {tag.start for tag in reading.tags if tag.name == "join" and tag.value == "or"}
    dated = _sentences_behind_dates(reading)
    led = _led_questions(reading)
    named = {mention.end for mention in reading.mentions if mention.keys} & {
        at for at, join in joins.items() if join.value == "but" and _is_behind(tokens, at)
    }
    for at, token in enumerate(tokens):
        if at < start:
            continue
        if token.breaks and at > start:
            close(at, at, "", new_sentence=True)
        if at in led or at - start > dated.get(at, at):
            close(at, at, "", new_sentence=True)
        if at in covered:
            continue
        if at in stops:
            close(at, stops[at], "", new_sentence=True)
        elif ends_sentence(tokens, at) and not trails_off(tokens, at, corrections):
            close(at + 1, at + 1, "", new_sentence=True)
        elif token.text in {",", "(", ")"} or (token.text == "-" and not token.glued):
            close(at, at + 1, ",", new_sentence=False)
        elif (join := joins.get(at)) is not None and join.end not in fetches and at not in lists | named:
            close(at, join.end, join.value, new_sentence=False)
        elif at in subjects and start <= last_subject and at - 1 not in lists:
            close(at, at, "subject", new_sentence=False)
        elif at in verses:
            close(at, at, "verb", new_sentence=False)
        if at in subjects or at in meant:
            last_subject = at
    close(len(tokens), len(tokens), "", new_sentence=True)
    return pieces


def _sentences_behind_dates(reading: Reading) -> dict[int, int]:
    """Where a capital behind the dot of a date opens a sentence ("away 8.-12.2. The tasks ..."), unless a child does; with the
    fewest words that must stand before: the date and another two, so that "Monday 12.2. grandma fetches" stays whole."""
    tokens = reading.tokens
    children = {mention.start for mention in reading.mentions if mention.keys}
    found: dict[int, int] = {}
    for days in reading.days:
        at = days.end
        if at < len(tokens) and tokens[at - 1].text == "." and tokens[at].text[0].isupper() and at not in children:
            found[at] = at - days.start + 1
    return found


def _led_questions(reading: Reading) -> set[int]:
    """Where a question begins behind a colon: "I was wondering about something else: could Ada ..."."""
    asks = {tag.start for tag in reading.tags if tag.name in {"ask", "permit"}}
    return {at + 1 for at, token in enumerate(reading.tokens) if token.text == ":" and at + 1 in asks}


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


def _merged(reading: Reading, pieces: list[Piece]) -> list[tuple[Piece, tuple[Tag, ...]]]:
    merged: list[tuple[Piece, tuple[Tag, ...]]] = []
    waiting: Piece | None = None
    for number, cut in enumerate(pieces):
        piece = cut
        if waiting is not None:
            if waiting.sentence == piece.sentence and not stands_alone(reading, waiting, piece):
                piece = Piece(waiting.start, piece.end, piece.sentence, waiting.joined)
            else:
                merged.append((waiting, ()))
            waiting = None
        if merged and piece.sentence - merged[-1][0].sentence <= 1 and does_likewise(reading, piece, merged[-1][0]):
            told, borrowed = merged[-1]
            merged[-1] = (Piece(told.start, piece.end, told.sentence, told.joined), borrowed)
            continue
        if only_adds(reading, piece, _told_last(reading, merged)):
            merged.append((piece, ()))
            continue
        if has_predicate(reading, piece):
            merged.append((piece, ()))
            continue
        previous = merged[-1] if merged and merged[-1][0].sentence == piece.sentence else None
        onward = (
            pieces[number + 1] if number + 1 < len(pieces) and pieces[number + 1].sentence == piece.sentence else None
        )
        if previous is None or (onward is not None and _goes_onward(reading, previous[0], piece, onward)):
            waiting = piece
        elif (
            asks_itself(reading, piece)
            or (piece.joined == "but" and any(days.shape == "past" for days in within(reading.days, previous[0])))
            or answers_other(reading, previous[0], piece)
            or is_of_sender(reading, piece)
        ):
            merged.append((piece, ()))
        elif repeats(reading, previous[0], piece):
            borrowed = tuple(
                tag for tag in within(reading.tags, previous[0]) if tag.name in PREDICATES or tag.name == "negative"
            )
            merged.append((piece, borrowed or previous[1]))
        elif (
            is_other_talk(reading, previous[0], piece)
            or tells_of_child(reading, previous[0], piece)
            or speaks_of_another(reading, previous[0], piece)
        ):
            merged.append((piece, ()))
        else:
            joined = Piece(previous[0].start, piece.end, piece.sentence, previous[0].joined)
            merged[-1] = (joined, previous[1])
    if waiting is not None:
        merged.append((waiting, ()))
    return merged


def _goes_onward(reading: Reading, before: Piece, piece: Piece, onward: Piece) -> bool:
    """Whether a piece without a verb of ours belongs to the next one, rather than to the one before."""
    return leads(reading, piece, onward) or visits_first(reading, before, piece, onward)


def _told_last(reading: Reading, merged: Sequence[tuple[Piece, tuple[Tag, ...]]]) -> list[Piece]:
    """The last pieces, back to one that names somebody: what is told of "she" is told of whom that one names."""
    told: list[Piece] = []
    for piece, _ in reversed(merged):
        told.append(piece)
        if within(reading.mentions, piece):
            break
    return told
