"""Settles a talk about care times: books what can be booked, and says what could not be and what happens with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bots.care_clash import ask_the_other
from bots.care_facts import Told, Wish, Wishes, shown
from bots.care_rounds import end_answered, gather_free
from hub.asker import Trust
from hub.calendars import list_closed
from hub.desk import Work
from hub.people.families import Child
from hub.school.care_bookings import CareBooking, Teller, book, get_bookings, restore, take_back
from hub.school.care_decisions import Forecast, forecast
from hub.school.care_hours import Hours
from hub.school.care_rules import Over, Rules, get_rules, is_locked, monday_of
from hub.talk.answers import Named
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Say, say
from hub.talk.speaker import Speaker

BOT = "care_time"


@dataclass(slots=True)
class _Sorted:
    """The wishes for one child, by what can be done with them."""

    child: Named
    open: list[Wish] = field(default_factory=list)
    locked: list[Wish] = field(default_factory=list)
    closed: list[Wish] = field(default_factory=list)
    later: list[Wish] = field(default_factory=list)
    beyond: Forecast | None = None

    @property
    def wished(self) -> dict[date, Hours]:
        return {wish.day: wish.periods for wish in self.open}


def book_all(work: Work, speaker: Speaker, told: Sequence[Told], occasion: Occasion) -> Settled:
    """By the rules as they are now: a lock may have passed since the question."""
    rules = get_rules(work, speaker.unit)
    parts = [_sort(work, speaker, rules, child, each.wishes) for each in told for child in each.children]
    for part in parts:
        _heed_decision(work, speaker, rules, part)
    forecasts = {part.child.id: _forecast(work, speaker, rules, part) for part in parts}
    memory: dict[str, list[str]] = {"fresh": [], "replaced": [], "rivals": []}
    rivals: dict[str, tuple[CareBooking, ...]] = {}
    for part in parts:
        child = work.session.get_one(Child, part.child.id)
        teller = Teller(speaker.guardians[0].id, "guardian", Trust.CONFIRMED, occasion.message_id)
        booked = book(work, speaker.unit, child, part.wished, teller, rules)
        memory["fresh"] += [row.id for row in booked.fresh]
        memory["replaced"] += [row.id for row in booked.replaced]
        memory["rivals"] += [row.id for row in booked.rivals]
        if booked.rivals:
            rivals[part.child.id] = booked.rivals
    weeks: dict[date, set[str]] = {}
    for part in parts:
        for wish in part.open:
            weeks.setdefault(monday_of(wish.day), set()).add(part.child.id)
    if weeks:
        end_answered(work, speaker.unit, BOT, weeks)
    says = [*_noted(parts, rules, rivals, speaker.today), *_not_booked(parts, rules, speaker)]
    is_for_staff = False
    for part in parts:
        if part.child.id in rivals:
            clash = ask_the_other(work, speaker, part.child, rivals[part.child.id], rules)
            says += clash.says
            is_for_staff = is_for_staff or clash.is_for_staff
        says += _reckoned(part, forecasts[part.child.id])
    undo = memory if any(memory.values()) else None
    return Settled(tuple(says), tuple(part.child.id for part in parts), undo, _why_staff(parts, is_for_staff))


def _why_staff(parts: Sequence[_Sorted], is_for_staff: bool) -> str | None:
    """Why a person must look at it, if one must."""
    if any(part.locked for part in parts):
        return "care_time_locked"
    if any(part.beyond is not None for part in parts):
        return "care_time_beyond"
    return "care_time_clash" if is_for_staff else None


def _sort(work: Work, speaker: Speaker, rules: Rules, child: Named, wishes: Wishes) -> _Sorted:
    part = _Sorted(child)
    if not wishes:
        return part
    days = [wish.day for wish in wishes]
    closed = list_closed(work, speaker.unit, min(days), max(days))
    free = bool(gather_free(work, speaker.unit, (child,), speaker.today))
    for wish in wishes:
        if is_locked(rules, speaker.unit, wish.day, work.now):
            part.locked.append(wish)
        elif wish.day in closed and not free:
            part.closed.append(wish)
        elif not rules.has_begun(wish.day):
            part.later.append(wish)
        else:
            part.open.append(wish)
    return part


def _heed_decision(work: Work, speaker: Speaker, rules: Rules, part: _Sorted) -> None:
    """Where the owner blocks hours beyond the decision, book none of them."""
    if rules.over is not Over.BLOCK or not part.open:
        return
    told = forecast(work, speaker.unit, part.child.id, part.open[-1].day, rules, part.wished)
    if told.beyond:
        part.beyond = told
        part.open = []


def _forecast(work: Work, speaker: Speaker, rules: Rules, part: _Sorted) -> Forecast | None:
    """Of the last day's week or month, where there is something to know before it costs."""
    if not part.open or rules.is_practice(part.open[-1].day):
        return None
    told = forecast(work, speaker.unit, part.child.id, part.open[-1].day, rules, part.wished)
    return told if told.is_worth_telling else None


def _noted(
    parts: Sequence[_Sorted], rules: Rules, rivals: Mapping[str, Sequence[CareBooking]], today: date
) -> list[Say]:
    """One sentence for the children with the same times."""
    by_wishes: dict[tuple[Wish, ...], list[str]] = {}
    for part in parts:
        waits = {row.day for row in rivals.get(part.child.id, ())}
        kept = tuple(wish for wish in part.open if wish.day not in waits)
        if kept:
            by_wishes.setdefault(kept, []).append(part.child.name)
    practice = any(rules.is_practice(wish.day) for wishes in by_wishes for wish in wishes)
    says = [say("care_time.noted", children=names, days=shown(wishes)) for wishes, names in by_wishes.items()]
    if practice and rules.binding is not None:
        says.append(say("care_time.practice", until=rules.binding, today=today))
    return says


def _not_booked(parts: Sequence[_Sorted], rules: Rules, speaker: Speaker) -> list[Say]:
    says: list[Say] = []
    locked = sorted({monday_of(wish.day) for part in parts for wish in part.locked})
    if locked:
        since = speaker.unit.local(rules.lock.moment(speaker.unit, locked[0]))
        says.append(say("care_time.locked", weeks=locked, since=since, today=speaker.today))
    closed = sorted({wish.day for part in parts for wish in part.closed if wish.hours})
    if closed:
        says.append(say("care_time.closed", closed=closed, today=speaker.today))
    if rules.begins is not None and any(part.later for part in parts):
        says.append(say("care_time.not_begun", begins=rules.begins, today=speaker.today))
    return says


def _reckoned(part: _Sorted, told: Forecast | None) -> list[Say]:
    if part.beyond is not None:
        return [_hours_said("care_time.over_blocked", part.child, part.beyond)]
    if told is None:
        return []
    if told.beyond:
        return [_hours_said("care_time.over", part.child, told)]
    said = [_hours_said("care_time.hours", part.child, told)] if told.agreed is not None else []
    if told.step is not None and told.next_step is not None:
        said.append(say("care_time.next_step", step=told.step, next_step=told.next_step))
    return said


def _hours_said(utterance: str, child: Named, told: Forecast) -> Say:
    return say(utterance, child=child.name, hours=told.hours, agreed=told.agreed, per=told.per.value, first=told.first)


def take_back_all(
    work: Work, speaker: Speaker, memory: Mapping[str, Any], bookable: Mapping[str, Named]
) -> Settled | None:
    """Take back what one message booked, and let what it replaced hold again; staff when a week has locked meanwhile."""
    rows = [row for row in get_bookings(work, [*memory["fresh"], *memory["rivals"]]) if row.ceased_at is None]
    before = get_bookings(work, memory["replaced"])
    if not {row.child_id for row in [*rows, *before]} <= bookable.keys():
        return None
    children = [bookable[id_] for id_ in dict.fromkeys(row.child_id for row in [*rows, *before])]
    rules = get_rules(work, speaker.unit)
    locked = sorted({monday_of(row.day) for row in rows if is_locked(rules, speaker.unit, row.day, work.now)})
    ids = tuple(child.id for child in children)
    if locked:
        since = speaker.unit.local(rules.lock.moment(speaker.unit, locked[0]))
        said = say("care_time.locked", weeks=locked, since=since, today=speaker.today)
        return Settled((said,), ids, hand_over="care_time_locked")
    me = speaker.guardians[0].id
    days = tuple(sorted({row.day for row in take_back(work, rows, me)}))
    if not days:
        return None
    again = restore(work, [row for row in before if row.day in days], me)
    names = [child.name for child in children]
    says = [say("care_time.undone", children=names, days=days, today=speaker.today)]
    by_child: dict[str, list[Wish]] = {}
    for row in again:
        by_child.setdefault(row.child_id, []).append(Wish(row.day, row.hours))
    says += [
        say("care_time.holds_again", children=[bookable[id_].name], days=shown(wishes))
        for id_, wishes in by_child.items()
    ]
    return Settled(tuple(says), ids)
