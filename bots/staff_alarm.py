"""A leader raises an emergency, or ends it, by text: "EMERGENCY 7A fire in the gym", "EMERGENCY OVER all are well".

The first words say what it is, then may come groups, and the rest goes to the families as it stands. It leaves when the code of
the leader's code app comes from the registered phone, and not before. Whoever is no leader raises nothing: the leaders are
told, by text. Source: security rules S1.2, S2.2, S2.5 and S5.2.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path

import sqlalchemy as sa

from bots.contact_facts import TheCode
from hub.address import SMS, shown_phone
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.post.alarms import Alarm, AlarmKind, AlreadyRunningError, get_place_to_end, list_running_at, may_end
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Broadcast, Place, Scope, Written
from hub.post.word_lists import read_kinds
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.seal import Seal
from hub.sign_in.second_factor import prove
from hub.talk.alarm_raising import begin_alarm, finish_alarm, is_too_long, name_of_raiser, prepare_alarm, shorten
from hub.talk.answers import Named
from hub.talk.bot import Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.leaders import text_leaders
from hub.talk.notes import TooLongError
from hub.talk.routing import Route
from hub.talk.staff_member import Member

LONGEST_GROUP = 4
"""Words."""
WARNED_FOR = timedelta(minutes=10)
MOST_READ = 200
_VOCABULARY = Path(__file__).with_name("staff_alarm_vocabulary.toml")
_WORD = re.compile(r"\S+")
_ROUND = str.maketrans("{}", "()")
_EDGES = ".,:;!-–—\"'«»"
Names = Mapping[tuple[str, ...], Sequence[str]]


@dataclass(frozen=True, slots=True)
class AlarmTold:
    """What a text that begins as an alarm says: to these groups, or to all where there are none."""

    text: str
    group_ids: tuple[str, ...] = ()
    is_drill: bool = False
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class RunsAlready:
    """An alarm that nobody has ended: who raised it, when on the unit's clock, and what it said."""

    id: str
    name: str
    at: time
    text: str
    is_drill: bool
    may_end: bool = True


@dataclass(frozen=True, slots=True)
class AlarmAsked:
    """What would be sent: `families` and `seconds` are as the audience and the numbers are now. `runs` are the alarms that the
    leader is told of before the code, or the one that is to be over. `is_long`: it takes more parts than a text may."""

    text: str
    groups: tuple[Named, ...]
    families: int
    seconds: int
    is_drill: bool = False
    runs: tuple[RunsAlready, ...] = ()
    is_over: bool = False
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class AlarmWanted:
    """What was agreed, with the figures of a code."""

    alarm: AlarmAsked
    code: str


@dataclass(frozen=True, slots=True)
class NotALeader:
    """Nothing leaves; the leaders hear of it."""

    text: str


def read_alarm(text: str, groups: Names) -> AlarmTold | None:
    """None where it does not begin as one; without a text where it says nothing more than that. No brace stands for a name
    here: each goes as the round one, so that nothing is held up by it."""
    words = [(found.start(), found[0].strip(_EDGES).casefold()) for found in _WORD.finditer(text)]
    known, at = read_kinds(_VOCABULARY), 0
    kinds: list[str] = []
    while at < len(words) and (kind := next((k for k in known if words[at][1] in known[k] and k != "idle"), None)):
        if kind in kinds:
            break
        kinds.append(kind)
        at += 1
    if "alarm" not in kinds or "alarm" not in kinds[:2]:
        return None
    at, group_ids = _read_groups(words, at, groups)
    rest = text[words[at][0] :].strip() if at < len(words) else ""
    says_more = any(word and word not in known["idle"] for _, word in words[at:])
    return AlarmTold(rest.translate(_ROUND) if says_more else "", tuple(group_ids), "drill" in kinds, "over" in kinds)


def _read_groups(words: Sequence[tuple[int, str]], at: int, groups: Names) -> tuple[int, list[str]]:
    """Groups that stand next, with words between them that join; where the rest begins, and their ids."""
    found: list[str] = []
    idle = read_kinds(_VOCABULARY)["idle"]
    while at < len(words):
        begins = at + (words[at][1] in idle)
        length = next((n for n in range(LONGEST_GROUP, 0, -1) if _said(words, begins, n) in groups), 0)
        if not length:
            break
        found += [id_ for id_ in groups[_said(words, begins, length)] if id_ not in found]
        at = begins + length
    return at, found


def _said(words: Sequence[tuple[int, str]], at: int, length: int) -> tuple[str, ...]:
    return tuple(word for _, word in words[at : at + length])


def gather_alarm(look: Look, member: Member, told: AlarmTold, names: Mapping[str, str]) -> AlarmAsked:
    """`names` are the unit's groups that the writer serves."""
    asked = _as_signed_in(look)
    written = Written({member.staff.language: told.text}, member.staff.language)
    groups = tuple(Named(id_, names[id_]) for id_ in told.group_ids)
    if told.is_over:
        return _gather_end(asked, member, told, groups, written)
    place = _get_place(asked, member, [group.id for group in groups])
    prepared = prepare_alarm(asked, place, written, AlarmKind.EMERGENCY, is_drill=told.is_drill)
    runs = tuple(_runs_already(asked, member, alarm) for alarm in prepared.running)
    reached, seconds = len(prepared.reached), max(1, round(prepared.seconds))
    is_long = is_too_long(asked, place, written, AlarmKind.EMERGENCY, is_drill=told.is_drill)
    return AlarmAsked(told.text, groups, reached, seconds, told.is_drill, runs, is_long=is_long)


def _gather_end(
    asked: Look, member: Member, told: AlarmTold, groups: tuple[Named, ...], written: Written
) -> AlarmAsked:
    """It ends the newest that the leader may end; "over" alone means a drill where no emergency runs, and the end of a drill
    never one of the emergencies."""
    found = list_running_at(asked, member.unit)
    meant = [alarm for alarm in found if alarm.is_drill == told.is_drill]
    meant = meant if meant or told.is_drill else found
    own = [alarm for alarm in meant if may_end(asked, alarm)]
    alarm = next(reversed(own or meant), None)
    if alarm is None:
        return AlarmAsked(told.text, groups, 0, 0, told.is_drill, is_over=True)
    is_long = bool(own) and is_too_long(
        asked, get_place_to_end(asked, alarm), written, AlarmKind.OVER, is_drill=alarm.is_drill
    )
    runs = (replace(_runs_already(asked, member, alarm), may_end=bool(own)),)
    return AlarmAsked(told.text, groups, 0, 0, told.is_drill, runs, is_over=True, is_long=is_long)


def _runs_already(look: Look, member: Member, alarm: Alarm) -> RunsAlready:
    texts = look.session.get_one(Broadcast, alarm.broadcast_id).texts
    at = member.unit.local(alarm.raised_at).time()
    return RunsAlready(alarm.id, name_of_raiser(look, alarm), at, shorten(next(iter(texts.values()))), alarm.is_drill)


def _as_signed_in(look: Look) -> Look:
    """The registered phone and the code app are what signing in takes; before the code only numbers are told."""
    return Look(look.session, look.now, look.words, replace(look.asker, trust=Trust.STRONG))


def _get_place(look: Look, member: Member, group_ids: Sequence[str]) -> Place:
    scope = Scope.GROUPS if group_ids else Scope.UNIT
    return get_place(look, scope, member.unit.id, group_ids)


def talk_of_alarm(
    alarm: AlarmAsked, *, unit: str, leads: bool, has_factor: bool, tries: int
) -> Dialogue[AlarmWanted | NotALeader | Say]:
    """What is said at once says why nothing can be done."""
    if not leads:
        return NotALeader(alarm.text)
    hindrance = say("staff_alarm.no_factor") if not has_factor else _find_hindrance(alarm)
    if hindrance is not None:
        return hindrance
    if tries:
        return AlarmWanted(alarm, (yield from ask("staff_line.code_again", TheCode())))
    place = [group.name for group in alarm.groups] or [unit]
    text = shorten(alarm.text)
    if alarm.is_over:
        runs = alarm.runs[0]
        code = yield from ask(
            "staff_alarm.confirm_over", TheCode(), name=runs.name, at=runs.at, text=text, drill=runs.is_drill
        )
    elif alarm.runs:
        runs = alarm.runs[-1]
        code = yield from ask("staff_alarm.confirm_beside", TheCode(), name=runs.name, at=runs.at, text=text)
    else:
        about = {"place": place, "n": alarm.families, "text": text}
        if alarm.is_drill:
            code = yield from ask("staff_alarm.confirm_drill", TheCode(), **about)
        else:
            code = yield from ask("staff_alarm.confirm", TheCode(), **about, seconds=alarm.seconds)
    return AlarmWanted(alarm, code)


def _find_hindrance(alarm: AlarmAsked) -> Say | None:
    if alarm.is_over and not alarm.runs:
        return say("staff_alarm.nothing_runs", drill=alarm.is_drill)
    if alarm.is_over and not alarm.runs[0].may_end:
        return say("staff_alarm.of_all", name=alarm.runs[0].name, at=alarm.runs[0].at)
    if not alarm.text:
        return say("staff_alarm.how_over" if alarm.is_over else "staff_alarm.how")
    if alarm.is_long:
        return say(TooLongError.words)
    return None if alarm.is_over or alarm.families else say("staff_alarm.nobody")


def is_right_code(work: Work, seal: Seal, member: Member, code: str) -> bool:
    """Audited where it is not. Raises: BrokenSealError."""
    if prove(work, member.staff, seal, code):
        return True
    note(work, "alarm.wrong_code", [member.unit.id, member.phone.id])
    return False


def pass_on(work: Work, member: Member, told: NotALeader) -> Settled:
    """Somebody who leads nothing here wanted to raise an alarm: the leaders are told, and decide. Audited."""
    what = say("staff_alarm.wanted", name=member.staff.name, text=shorten(told.text))
    n = text_leaders(work, member.unit, what, but={member.staff.id})
    note(work, "alarm.not_leader", [member.unit.id, member.phone.id])
    return Settled((say("staff_alarm.not_leader" if n else "staff_alarm.not_leader_unheard"),))


def warn_of_stranger(work: Work, arrival: Arrival, route: Route) -> None:
    """Whoever it is, somebody meant it: the leaders are told, once in a while, since anybody can write. Audited.
    Source: security rule S5.5."""
    told = read_alarm(arrival.text, {})
    if told is None or not told.text or arrival.kind != SMS or _was_warned(work, arrival):
        return
    what = say(
        "staff_alarm.stranger", number=shown_phone(arrival.sender), unit=route.unit.name, text=shorten(told.text)
    )
    note(work, "alarm.stranger", [route.unit.id, arrival.id])
    text_leaders(work, route.unit, what)


def _was_warned(look: Look, arrival: Arrival) -> bool:
    asked = sa.select(Arrival.text).where(
        Arrival.recipient == arrival.recipient,
        Arrival.id != arrival.id,
        Arrival.state == ArrivalState.QUARANTINED,
        Arrival.received_at > look.now - WARNED_FOR,
    )
    return any(
        (told := read_alarm(text, {})) is not None and told.text
        for text in look.session.scalars(asked.limit(MOST_READ))
    )


def carry_out(work: Work, member: Member, alarm: AlarmAsked) -> Settled:
    """Raise it, or end what runs; by rights as they are now. The code has been proven."""
    work.asker = replace(work.asker, trust=Trust.STRONG)
    written = Written({member.staff.language: alarm.text}, member.staff.language)
    try:
        if alarm.is_over:
            finish_alarm(work, work.session.get_one(Alarm, alarm.runs[0].id), written)
            return Settled((say("staff_alarm.ended"),))
        place = _get_place(work, member, [group.id for group in alarm.groups])
        seen = [each.id for each in alarm.runs]
        begin_alarm(work, place, written, AlarmKind.EMERGENCY, is_drill=alarm.is_drill, seen=seen)
    except AlreadyRunningError as already:
        running = already.running
        at = member.unit.local(running.raised_at).time()
        return Settled((say("staff_alarm.already", name=name_of_raiser(work, running), at=at),))
    except NotThereError:
        return Settled((say("staff_alarm.not_sent"),))
    except Refusal as refusal:
        return Settled((say(refusal.words, **refusal.parameters), say("staff_alarm.not_sent")))
    sent = "staff_alarm.sent_drill" if alarm.is_drill else "staff_alarm.sent"
    return Settled((say(sent, n=alarm.families, seconds=alarm.seconds),))
