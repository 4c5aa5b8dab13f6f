"""Names that fit no known child, where they stand as those whom a clause is about."""

from bots.hearing.adding import added_part
from bots.hearing.clauses import Clause
from bots.hearing.names import Mention
from bots.hearing.pieces import PREDICATES, Piece
from bots.hearing.reading import Reading
from bots.hearing.spelling import is_form_of_a_name
from bots.hearing.stretches import covered
from bots.hearing.tokens import fold

_NEXT = 2
_PLACED = frozenset({"away", "home", "leave", "reason"})
"""What a place may stand behind: "visiting family in Spain"."""


def joined_stranger(clause: Clause) -> str | None:
    """A name that fits no known child, told in one breath with one that does: "Fredrik and Tiril"."""
    known = [mention for mention in clause.mentions if mention.keys and not mention.related]
    siblings = {tag.start for tag in clause.every("sibling") if tag.value == "other"}
    for stranger in (mention for mention in clause.mentions if mention.unknown and mention.start not in siblings):
        for child in known:
            first, second = sorted((child, stranger), key=lambda mention: mention.start)
            joins = [tag for tag in clause.every("join") if tag.value == "and"]
            if any((tag.start, tag.end) == (first.end, second.start) for tag in joins):
                return stranger.words
    return None


def later_stranger(clause: Clause) -> str | None:
    """A name that fits no known child, told behind one that does and right before what is said: "Ada says Petter is ill"."""
    known = max((mention.end for mention in clause.mentions if mention.keys and not mention.related), default=-1)
    states = {tag.start for tag in clause.every("stay", "sick", "symptom", "come", "negative")}
    for mention in clause.mentions:
        titled = any(tag.end == mention.start for tag in clause.every("role", "parent"))
        titled = titled or _is_why(clause, mention, known) or _is_sibling_along(clause, mention)
        if mention.unknown and 0 <= known < mention.start and mention.end in states and not titled:
            return mention.words
    return None


def _is_sibling_along(clause: Clause, mention: Mention) -> bool:
    """`both Ada and her big sister are ill`: a sibling that an "and" joins to a child before."""
    sibling = any(tag.start == mention.start and tag.value == "other" for tag in clause.every("sibling"))
    return sibling and any(0 <= mention.start - tag.end <= 1 for tag in clause.every("join") if tag.value == "and")


def _is_why(clause: Clause, mention: Mention, known: int) -> bool:
    """`Ada is at home today for her little brother has a fever`: a sibling behind what is told of the child."""
    sibling = any(tag.start == mention.start and tag.value == "other" for tag in clause.every("sibling"))
    return sibling and any(known <= tag.start < mention.start for tag in clause.every("home", "away"))


def stranger_beside(clause: Clause, reading: Reading) -> str | None:
    """A name that fits no known child, of whom the same is told as of one that does: "Ada is ill, Petter too"."""
    added = added_part(reading, Piece(clause.start, clause.end, clause.sentence, clause.joined))
    strangers = [mention.words for mention in clause.mentions if mention.unknown and not mention.related]
    known = any(mention.keys for mention in clause.mentions)
    siblings = any(tag.value == "other" for tag in clause.every("sibling"))
    return strangers[0] if added is not None and strangers and known and not siblings else None


def unknown_subject(clause: Clause, reading: Reading) -> str | None:
    """A name in the clause that fits no known child, where it stands as the one the clause is about."""
    verbs = [tag for tag in (*clause.tags, *clause.borrowed) if tag.name in PREDICATES]
    ways = {tag.end for tag in clause.every("join") if tag.value in {"until", "on", "from"}}
    for mention in clause.mentions:
        if not mention.unknown or any(tag.end == mention.start for tag in clause.every("role", "parent")):
            continue
        if mention.start in ways and not any(0 <= tag.start - mention.end <= _NEXT for tag in verbs):
            continue  # "travelling to Prague"
        own = [tag for tag in clause.every("child_word", "we", "self") if tag.start >= mention.end]
        if any(0 <= tag.start - mention.end <= 2 and not any(one.start < tag.start for one in own) for tag in verbs):
            return mention.words
        if any(0 <= mention.start - tag.end <= 1 and tag.name not in _PLACED for tag in verbs):
            return mention.words
        senders = any(tag.name != "child_word" for tag in own)
        if not senders and _opens(clause, mention, reading):
            return mention.words
    return None


def _opens(clause: Clause, mention: Mention, reading: Reading) -> bool:
    """`Ella has an appointment and comes at ten`: a first name opens the sentence, and a word stands right behind it."""
    tokens = reading.tokens
    greeting = [tag for tag in reading.tags if tag.name == "greeting"]
    before = set(range(clause.start, mention.start)) - covered(greeting)
    first = all(tokens[at].kind == "mark" for at in before)
    greeted = any(tag.end == mention.start for tag in greeting)
    greeted = greeted and not any(tag.start == mention.end for tag in clause.every("stay", "need", "past", "go"))
    onward = mention.end < clause.end and tokens[mention.end].kind == "word" and not tokens[mention.end].breaks
    named = any(is_form_of_a_name(fold(word), inflects=True) for word in mention.words.split())
    return first and onward and named and not greeted
