"""Where a new clause begins although nothing marks it: "was ill yesterday | comes today", in texts without any marks."""

from bisect import bisect_left
from collections.abc import Sequence

from bots.hearing.reading import Reading
from bots.hearing.stretches import Stretch, covered
from bots.hearing.tokens import Token

_VERBS = frozenset({"come", "fetch", "fetched", "go", "back", "need", "well", "fine", "sick", "home", "away"})
_LISTED = frozenset({"on", "until", "from"})
_ASKED_FOR = frozenset({"ahead", "apply", "apply_leave"})
"""What children may stand right behind of whom a list goes on, also where no word like "for" leads to them."""
SUBJECTS = frozenset({"self", "child_word"})
_LED_BY = frozenset({"negative", "child_word", "self", "stay", "after_all", "again", "also", "usual"})


def second_verbs(reading: Reading) -> set[int]:
    """Where a new clause begins although nothing marks it: "was ill yesterday | comes today". A verb, a day or time told
    after it, and then another verb or subject; what leads the second ("she", "not") goes with it."""
    begins: set[int] = set()
    told, verb, name = False, -1, ""
    inverts = reading.vocabulary is not None and reading.vocabulary.inverts
    found: list[Stretch] = [*reading.days, *reading.clocks, *reading.spans]
    things = sorted(found, key=lambda thing: thing.start)
    dated = [thing.start for thing in things]
    inside = covered(things)
    lists = {thing.end for thing in things} & {at - 1 for at in dated}
    named = {mention.start for mention in reading.mentions[1:]}
    joins = {tag.start for tag in reading.tags if tag.name == "join" and tag.value in {"and", "but", "because", "or"}}
    leads = {tag.end: tag.start for tag in reading.tags if tag.name in _LED_BY and tag.end - tag.start == 1}
    for tag in reading.tags:
        if verb >= 0 and not told:
            told = bisect_left(dated, verb) < bisect_left(dated, tag.start)
        if verb >= 0 and _is_marked(reading.tokens, verb, tag.start, joins - lists, named, inside):
            verb, told = -1, False
        if tag.name not in _VERBS and not (told and tag.name in SUBJECTS):
            continue
        behind_list = _is_behind_list(things, joins & lists, tag.start) and tag.end in dated
        if (behind_list or (told and tag.name != name)) and not _trails(reading.tokens, tag.end):
            at = tag.start
            while at in leads and leads[at] > verb:
                at = leads[at]
            subject_first = inverts and tag.name in SUBJECTS and at == tag.start
            if behind_list or subject_first or not _is_behind_list(things, joins & lists, at):
                begins.add(at)
        verb, told, name = tag.end, False, tag.name
    return begins


def day_lists(reading: Reading) -> set[int]:
    """The joining words between two days of a list that a new clause follows right away."""
    verses = second_verbs(reading)
    ends = {days.end for days in reading.days}
    return {days.start - 1 for days in reading.days if days.end in verses and days.start - 1 in ends}


def _is_behind_list(things: Sequence[Stretch], joins: set[int], at: int) -> bool:
    """Whether two days joined by a word stand right before the place: "home tomorrow and Tuesday | comes Wednesday"."""
    last = next((thing for thing in things if thing.end == at), None)
    return last is not None and last.start - 1 in joins


def _is_marked(
    tokens: Sequence[Token], start: int, end: int, joins: set[int], named: set[int], inside: set[int]
) -> bool:
    """Whether a mark outside days and times, a joining word, a name or a new line parts the two places anyhow."""
    return any(
        (tokens[at].kind == "mark" and at not in inside) or tokens[at].breaks or at in joins or at in named
        for at in range(start, min(end, start + 40))
    )


def _trails(tokens: Sequence[Token], end: int) -> bool:
    """Whether nothing of the sentence stands behind: such a word goes with the verb before ("ei tule tänään kouluun")."""
    return end >= len(tokens) or tokens[end].kind == "mark" or tokens[end].breaks


def name_lists(reading: Reading) -> set[int]:
    """Where an "and" only goes on a list of children to which a word like "for" leads: "leave for Priya and Anil on Friday"."""
    joins = [tag for tag in reading.tags if tag.name == "join"]
    leads = {tag.end for tag in joins if tag.value in _LISTED}
    leads |= {tag.end for tag in reading.tags if tag.name in _ASKED_FOR}
    listed = {mention.end for mention in reading.mentions if mention.keys and mention.start in leads}
    named = {mention.start for mention in reading.mentions if mention.keys}
    return {tag.start for tag in joins if tag.value == "and" and tag.start in listed and tag.end in named}
