"""An alarm before it is raised, as whoever raises it sees it; and its being raised, of which the other leaders are told.

Source: security rules S2.5, S5.2 and S5.3.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.address import SMS
from hub.desk import Look, Work
from hub.language import WRITTEN
from hub.parts import count_parts
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.alarms import (
    Alarm,
    AlarmKind,
    check_may_raise,
    end_alarm,
    get_place_to_end,
    list_running,
    raise_alarm,
    topic_of,
)
from hub.post.broadcast_audience import Member, Reached, list_members, list_next_members, list_reached, list_shown
from hub.post.broadcasts import Broadcast, Place, Written, check_written
from hub.post.placeholders import names_anybody
from hub.post.sender_pools import find_pools, seconds_to_send
from hub.safety.access import get_reach
from hub.talk.alarm_saying import say_alarm
from hub.talk.broadcast_writing import NobodyReachedError, told_to
from hub.talk.broadcasting import ToldTo, find_language
from hub.talk.dialogue import say
from hub.talk.leaders import list_leaders, text_leaders
from hub.talk.notes import NothingWrittenError, TooLongError
from hub.talk.saying import render
from hub.talk.writing import PARTS_LIMIT

SHOWN_LETTERS = 60
"""So much of an alarm's words is shown in a text to another leader."""


@dataclass(frozen=True, slots=True)
class AlarmReading:
    """What those who read one language get: `tongue` is the one it is in where that is not theirs."""

    language: str
    families: int
    tongue: str | None
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """`everybody` reached or not, protected families too; `shown` those whose names the asker may see. `seconds` is how long
    the numbers that write need for it; `running` are the alarms for some of the same people that nobody has ended."""

    place: Place
    everybody: tuple[Reached, ...]
    shown: tuple[Reached, ...]
    numbers: tuple[VirtualNumber, ...]
    seconds: float
    readings: tuple[AlarmReading, ...]
    running: tuple[Alarm, ...]

    @property
    def reached(self) -> list[Reached]:
        return [one for one in self.everybody if one.is_reached]

    @property
    def not_reached(self) -> list[Reached]:
        return [one for one in self.shown if not one.is_reached]


def prepare_alarm(look: Look, place: Place, written: Written, kind: AlarmKind, *, is_drill: bool) -> Prepared:
    """Raises: NotThereError where the asker may not raise one there, UnknownPlaceholderError."""
    check_may_raise(get_reach(look), place, kind)
    check_written(written)
    members = list_members(look, place, with_guests=True)
    everybody = list_reached(look, members, topic_of(kind, is_drill=is_drill))
    visible = {member.guardian.id for member in list_shown(look, members)}
    shown = [one for one in everybody if one.member.guardian.id in visible]
    by_text = Counter(one.member.unit.id for one in everybody if one.address is not None and one.address.kind == SMS)
    pools = find_pools(look, list(by_text), place.role_id)
    has_words = bool(written.texts.get(written.language, "").strip())
    return Prepared(
        place=place,
        everybody=tuple(everybody),
        shown=tuple(shown),
        numbers=tuple(number for pool in pools.values() for number in pool.numbers),
        seconds=seconds_to_send(pools, by_text),
        readings=tuple(_list_readings(look, place, written, kind, is_drill, shown)) if has_words else (),
        running=tuple(list_running(look, place, is_drill=is_drill)) if kind is AlarmKind.EMERGENCY else (),
    )


def _list_readings(
    look: Look, place: Place, written: Written, kind: AlarmKind, is_drill: bool, shown: Sequence[Reached]
) -> list[AlarmReading]:
    """One for each language, that of most families first; the longest text of each."""
    members = [one.member for one in shown if one.is_reached]
    counted = Counter(member.guardian.language for member in members)
    longest = _find_longest(look, place, written, kind, is_drill, members)
    return [
        AlarmReading(language, families, find_language(written, language)[1], *longest[language])
        for language, families in counted.most_common()
    ]


def _find_longest(
    look: Look, place: Place, written: Written, kind: AlarmKind, is_drill: bool, members: Sequence[Member]
) -> dict[str, tuple[str, int]]:
    """By language, the longest text that one of these reads, and its parts. Where nobody is named all read the same."""
    of_each = members if names_anybody(written.texts) else list({m.guardian.language: m for m in members}.values())
    found: dict[str, tuple[str, int]] = {}
    for member in of_each:
        language = member.guardian.language
        said = say_alarm(place.sender, written, kind, told_to(member), is_drill=is_drill)
        text = render(look, language, [said])
        parts = count_parts(text).parts
        if language not in found or (parts, len(text)) > (found[language][1], len(found[language][0])):
            found[language] = text, parts
    return found


def begin_alarm(
    work: Work, place: Place, written: Written, kind: AlarmKind, *, is_drill: bool, seen: Collection[str] = ()
) -> Alarm:
    """Raise it, and tell the other leaders of the unit; of a drill nobody is told. `seen` as in `raise_alarm`.

    Raises: NotThereError where the asker may not, NothingWrittenError, TooLongError, NobodyReachedError, and what
    `raise_alarm` raises.
    """
    check_may_raise(get_reach(work), place, kind)
    if not written.texts.get(written.language, "").strip():
        raise NothingWrittenError
    check_written(written)
    if is_too_long(work, place, written, kind, is_drill=is_drill):
        raise TooLongError
    if not list_next_members(work, place, "", 1, with_guests=True).members:
        raise NobodyReachedError
    alarm = raise_alarm(work, place, written, kind, is_drill=is_drill, seen=seen)
    if kind is AlarmKind.EMERGENCY and not is_drill:
        _tell_leaders(work, place, written)
    return alarm


def is_too_long(look: Look, place: Place, written: Written, kind: AlarmKind, *, is_drill: bool) -> bool:
    """Whether the longest text takes more parts than one may. Where nobody is named, no family is asked for: it hurries."""
    if names_anybody(written.texts):
        longest = _find_longest(look, place, written, kind, is_drill, list_members(look, place, with_guests=True))
        return max((parts for _, parts in longest.values()), default=0) > PARTS_LIMIT
    said = (say_alarm(place.sender, written, kind, ToldTo(each, (), ()), is_drill=is_drill) for each in WRITTEN)
    of_each = (render(look, language, [each]) for language, each in zip(WRITTEN, said, strict=True))
    return max(count_parts(text).parts for text in of_each) > PARTS_LIMIT


def _tell_leaders(work: Work, place: Place, written: Written) -> None:
    """Those of each unit, once a person."""
    by = work.session.get(Staff, work.asker.id)
    told = {work.asker.id}
    what = say(
        "staff_alarm.raised",
        name=by.name if by is not None else "",
        place=place.sender,
        text=shorten(written.texts[written.language]),
    )
    asked = sa.select(Unit).where(Unit.owner_id == place.owner_id).order_by(Unit.id)
    units = work.session.scalars(asked if place.unit_id is None else asked.where(Unit.id == place.unit_id)).all()
    for unit in units:
        leaders = {leader.id for leader in list_leaders(work, unit)}
        text_leaders(work, unit, what, but=told)
        told |= leaders


def finish_alarm(work: Work, alarm: Alarm, closing: Written) -> Alarm:
    """End it with a closing word. Raises: NotThereError, NothingWrittenError, TooLongError, UnknownPlaceholderError."""
    if not closing.texts.get(closing.language, "").strip():
        raise NothingWrittenError
    check_written(closing)
    if is_too_long(work, get_place_to_end(work, alarm), closing, AlarmKind.OVER, is_drill=alarm.is_drill):
        raise TooLongError
    return end_alarm(work, alarm, closing)


def shorten(text: str) -> str:
    """So much of it as another needs to know it by."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_LETTERS else f"{line[: SHOWN_LETTERS - 3].rstrip()}..."


def name_of_raiser(look: Look, alarm: Alarm) -> str:
    """Who raised it, by name."""
    broadcast = look.session.get_one(Broadcast, alarm.broadcast_id)
    staff = look.session.get(Staff, broadcast.written_by)
    return staff.name if staff is not None else ""
