"""The one time of day of what a clause does, told apart from those of an appointment or of what is not done."""

from bisect import bisect_left
from datetime import time
from itertools import pairwise

from bots.hearing.clocks import Clock, suit
from bots.hearing.pieces import PREDICATES
from bots.hearing.wording import REACH, ClauseWords


def one_clock(words: ClauseWords, leaves: bool) -> time | None:
    """The time of the act: the only one, or the only one after its verb; none when an appointment goes before it."""
    clocks = [clock for clock in words.clause.clocks if not _is_instead(words, clock.start)]
    clocks = [clock for clock in clocks if clock.sure] or clocks
    if len(clocks) > 1:
        parts = _of_appointments(words)
        clocks = [clock for clock in clocks if not any(start < clock.start < end for start, end in parts)]
    if len(clocks) > 1:
        verbs = words.clause.every("come", "there", "fetch", "fetched", "go", "late")
        clocks = [clock for clock in clocks if any(0 <= clock.start - verb.end <= REACH for verb in verbs)]
    if len(clocks) != 1:
        return None
    return None if is_afterwards(words) and not _is_of_coming(words, clocks[0]) else suit(clocks[0], leaves)


def is_afterwards(words: ClauseWords) -> bool:
    """Whether it is told of what comes after something else, by a word for that, or by an "after" that ends the clause:
    "dentist at 10 and will be in after"."""
    clause = words.clause
    said = [at for at in range(clause.start, clause.end) if words.reading.tokens[at].kind == "word"]
    ends = [tag for tag in clause.every("clock") if tag.value == "past" and tag.end - 1 == said[-1]]
    return clause.has("afterwards") or any(clock.end < tag.start for tag in ends for clock in clause.clocks)


def _is_of_coming(words: ClauseWords, clock: Clock) -> bool:
    """`comes at 10 after the dentist`, `comes after the dentist, about 11`: not `after the dentist at 9`."""
    comes = [tag.end for tag in words.clause.every("come", "there") if tag.end <= clock.start]
    afters = [tag for tag in words.clause.every("afterwards") if tag.start < clock.start]
    parted = any(words.reading.tokens[at].text == "," for tag in afters for at in range(tag.end, clock.start))
    return bool(comes) and (not afters or parted)


def _of_appointments(words: ClauseWords) -> list[tuple[int, int]]:
    """`fetch her at 13.30, dentist at 14`: the parts between marks that tell nothing but what a time in them is of."""
    clause = words.clause
    marks = [place for place in range(clause.start, clause.end) if words.reading.tokens[place].text in ",("]
    parts = list(pairwise([*marks, clause.end]))
    names: list[set[str]] = [set() for _ in parts]
    for tag in clause.tags:
        at = bisect_left(marks, tag.start) - 1
        if at >= 0 and tag.start not in parts[at]:
            names[at].add(tag.name)
    return [
        part for part, here in zip(parts, names, strict=True) if here & {"reason", "event"} and not here & PREDICATES
    ]


def _is_instead(words: ClauseWords, at: int) -> bool:
    if any(tag.end in {at, at - 1} and tag.start < at for tag in words.clause.every("before", "first")):
        return False  # "not fetched before five"
    if any(tag.name == "instead" and 0 <= at - tag.end <= 2 for tag in words.clause.tags):
        return True
    return (
        any(tag.name == "instead" and tag.start - at in {1, 2, 3} for tag in words.clause.tags)
        and words.reading.language == "fi"
    )
