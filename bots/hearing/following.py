"""What a later clause adds to an act: the time that a sentence of its own tells, who comes to fetch when, a return, and who
does likewise."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time
from itertools import takewhile

from bots.hearing.almanac import DAY, weekday_before, written_out
from bots.hearing.clauses import Clause
from bots.hearing.clocks import suit
from bots.hearing.joining import Placed
from bots.hearing.pieces import PREDICATES
from hub.talk.heard import Intent

_NOON = time(12)


def returned(placed: Sequence[Placed], opening: Callable[[Sequence[Placed], tuple[str, ...]], date]) -> list[Placed]:
    """Turns "back on Friday" into the days until then, of the absence told before it or of its own.

    `opening` tells the first day of a stretch of which only the end is told.
    """
    kept: list[Placed] = []
    for this in placed:
        if not this.back:
            kept.append(this)
            continue
        if not this.act.days or any(other.act.intent is Intent.LEAVE_APPLICATION for other in kept):
            continue
        earlier = next(
            (
                other
                for other in reversed(kept)
                if other.act.intent is Intent.ABSENCE and other.act.children == this.act.children
            ),
            None,
        )
        first = earlier.act.days[0] if earlier is not None and earlier.act.days else opening(kept, this.act.children)
        last = weekday_before(_after(this, first))
        span = written_out(first, last)
        if earlier is None:
            if span:
                kept.append(replace(this, act=replace(this.act, days=span)))
        elif span and (not earlier.told or len(earlier.act.days) == 1):
            days = tuple(sorted({*earlier.act.days, *span}))
            kept[kept.index(earlier)] = replace(earlier, act=replace(earlier.act, days=days), told=True)
    return kept


def _after(this: Placed, first: date) -> date:
    """The day of the return; a bare weekday is the next one after the absence begins."""
    day = this.act.days[0]
    bare = all(days.weekdays for days in this.clause.days)
    return day + DAY * 7 if bare and day <= first else day


def timed(placed: Sequence[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Gives a coming or a leaving without a time the one that a sentence of its own tells right after: "comes later. 9.30"."""
    kept: list[Placed] = []
    for this in placed:
        at = next((number for number, clause in enumerate(parts) if clause is this.clause), len(parts))
        after = parts[at + 1] if at + 1 < len(parts) else None
        clocks = [clock for clock in after.clocks if clock.sure] if after is not None and _is_mere_time(after) else []
        act = this.act
        if len(clocks) == 1 and not this.clause.clocks and act.intent is Intent.LATE and act.start is None:
            act = replace(act, start=suit(clocks[0], leaves=False))
        elif len(clocks) == 1 and not this.clause.clocks and act.intent is Intent.EARLY_PICKUP and act.end is None:
            act = replace(act, end=suit(clocks[0], leaves=True))
        kept.append(replace(this, act=act))
    return kept


def _is_mere_time(clause: Clause) -> bool:
    named = any(mention.keys or mention.unknown for mention in clause.mentions)
    return not (clause.asks or clause.days or clause.spans or named) and not clause.has("self", "event", *PREDICATES)


def fetched_then(placed: Sequence[Placed]) -> list[Placed]:
    """Turns "uncle fetches her, he comes at half past two" into the time that she is fetched."""
    kept: list[Placed] = []
    for this in placed:
        fetching = any(
            other.act.intent is Intent.PICKUP_PERSON
            and (other.clause.sentence == this.clause.sentence or _goes_on_of(this, other))
            for other in kept
        )
        named = any(mention.keys for mention in this.clause.mentions)
        if fetching and not named and this.act.intent is Intent.LATE and this.act.start is not None:
            act = replace(this.act, intent=Intent.EARLY_PICKUP, start=None, end=this.act.start)
            kept.append(replace(this, act=act))
        else:
            kept.append(this)
    return kept


def _goes_on_of(this: Placed, fetched: Placed) -> bool:
    """`uncle Per fetches her. He comes at two`: the next sentence, of no other day and no hour of the morning."""
    clause = this.clause
    next_one = clause.sentence == fetched.clause.sentence + 1
    afternoon = this.act.start is not None and this.act.start >= _NOON
    return next_one and afternoon and clause.has("child_word") and this.act.days == fetched.act.days


def with_likewise(
    placed: Sequence[Placed], clause: Clause, keys: tuple[str, ...], both: tuple[str, ...]
) -> list[Placed]:
    """The acts, what was told last told as well of those whom a clause only adds: "Ella is ill, she stays home. Otso too".

    `keys` are the known children whom the clause adds, `both` these and those told of before. Where different days were told
    of an absence, the days are open; nothing where it is open what of several things is meant.
    """
    last = list(takewhile(lambda item: item.act.children == placed[-1].act.children, reversed(placed)))[::-1]
    named = [mention for mention in clause.mentions if not mention.related]
    strangers = [mention.words for mention in named if mention.unknown]
    sure = len({item.act.days for item in last if item.told}) <= 1 and not any(item.back for item in last)
    if len({item.act.intent for item in last}) != 1 or not (sure or last[-1].act.intent is Intent.ABSENCE):
        return []
    told = last if sure else [replace(last[-1], act=replace(last[-1].act, days=()), told=True, back=False)]
    added = [_of(item, (), name) for name in strangers for item in told]
    if len(strangers) == len(named):
        return [*placed, *added]
    if sure and keys and last[-1].act.children:
        return [*placed[: -len(last)], *(_of(item, both) for item in last), *added]
    return [*placed, *(_of(item, keys) for item in told), *added]


def _of(item: Placed, keys: tuple[str, ...], unknown: str | None = None) -> Placed:
    return replace(item, act=replace(item.act, children=keys, unknown_name=unknown))
