"""*Emergency*: what runs now, and where one is raised, in two steps that nobody takes by a slip: first whom it reaches, how
it reads and how long it takes; then the word that it is meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.broadcast_asked import LANGUAGES, LONGEST_TYPED
from admin_web.staff.broadcasts import clock_of
from admin_web.staff.broadcasts_new import NotFreshError
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Group, Owner, Unit
from hub.post.alarms import Alarm, AlarmKind, AlreadyRunningError, find_alarm, may_raise
from hub.post.broadcast_rights import Sending, get_place, get_sending, list_readable
from hub.post.broadcasts import Broadcast, Place, Scope, Written
from hub.safety.access import NotThereError
from hub.spoken import say_tongue
from hub.talk.alarm_raising import Prepared, begin_alarm, name_of_raiser, prepare_alarm

pages = Pages()

LISTED = 40
Typed = Annotated[str, Field(max_length=LONGEST_TYPED)]


class NotMeantError(Refusal):
    """Nothing leaves without the second step."""

    words = "alarms.not_meant"


class AlarmForm(Asked):
    """To whom, what, and whether it is meant. `seen` are the running alarms that whoever writes was shown."""

    unit: PublicId | None = None
    whole: Literal["", "unit", "owner"] = "unit"
    groups: tuple[PublicId, ...] = ()
    kind: Literal["emergency", "urgent"] = "emergency"
    drill: str = ""
    language: Literal["", "nb", "nn", "sv", "fi", "en", "da", "se"] = ""
    text_nb: Typed = ""
    text_nn: Typed = ""
    text_sv: Typed = ""
    text_fi: Typed = ""
    text_en: Typed = ""
    text_da: Typed = ""
    text_se: Typed = ""
    seen: tuple[PublicId, ...] = ()
    meant: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """What was typed, by language, with the line ends that phones use."""
        typed = {language: getattr(self, f"text_{language}") for language in LANGUAGES}
        return {language: text.replace("\r\n", "\n").strip() for language, text in typed.items() if text.strip()}

    @property
    def is_drill(self) -> bool:
        return bool(self.drill)


@dataclass(frozen=True, slots=True)
class Raised:
    """One alarm in the list; `at` is on its unit's clock."""

    broadcast: Broadcast
    alarm: Alarm
    text: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Running:
    """One that runs for some of the same people: who raised it, and when."""

    alarm: Alarm
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Raising:
    """The form: where one may raise an alarm, what is chosen, and what that comes to."""

    units: Sequence[tuple[Unit, list[Group]]]
    unit: Unit | None
    groups: Sequence[Group]
    owner: Owner | None
    language: str
    may_raise_emergency: bool
    prepared: Prepared | None
    running: Sequence[Running]
    refusal: Refusal | None

    @property
    def unit_options(self) -> list[tuple[str, str]]:
        return [(unit.id, unit.name) for unit, _ in self.units]


def gather_raised(look: Look) -> tuple[bool, list[Raised]]:
    """Whether the asker may raise one somewhere, and those that they may see, the newest first. Raises: NotThereError."""
    sending = get_sending(look)
    found = []
    for broadcast in list_readable(look, LISTED):
        alarm = find_alarm(look, broadcast.id)
        if alarm is not None and alarm.kind != AlarmKind.OVER:
            unit = clock_of(look, broadcast)
            text = broadcast.texts[broadcast.language]
            found.append(Raised(broadcast, alarm, text, unit.local(alarm.raised_at), unit.today(look.now)))
    return bool(sending.roles), found


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form says, by what the asker may: `place` is None where nobody is chosen, or they may not raise it there."""

    sending: Sending
    units: Sequence[tuple[Unit, list[Group]]]
    unit: Unit | None
    groups: Sequence[Group]
    owner: Owner
    place: Place | None
    written: Written
    kind: AlarmKind


def choose(look: Look, asked: AlarmForm) -> Chosen:
    """Raises: NotThereError when the asker may not send there."""
    sending = get_sending(look)
    units = sending.list_units(look)
    unit, groups = _find_unit(units, asked.unit)
    owner = look.session.get_one(Owner, sending.reach.owner_id)
    language = asked.language or (unit.languages[0] if unit is not None else owner.language)
    kind = AlarmKind(asked.kind)
    place = _find_place(look, sending, unit, groups, asked)
    if place is not None and not may_raise(sending.reach, place, kind):
        place = None
    return Chosen(sending, units, unit, groups, owner, place, Written(asked.texts, language), kind)


def gather_raising(look: Look, asked: AlarmForm) -> Raising:
    """Raises: NotThereError when the asker may not send there."""
    chosen = choose(look, asked)
    reach, unit = chosen.sending.reach, chosen.unit
    prepared, refusal = None, None
    if chosen.place is not None:
        try:
            prepared = prepare_alarm(look, chosen.place, chosen.written, chosen.kind, is_drill=asked.is_drill)
        except NotThereError:
            raise
        except Refusal as wrong:
            refusal = wrong
    running = [] if prepared is None else [_write_running(look, alarm) for alarm in prepared.running]
    return Raising(
        chosen.units,
        unit,
        chosen.groups,
        chosen.owner if reach.administers else None,
        chosen.written.language,
        reach.administers or (unit is not None and unit.id in reach.leads),
        prepared,
        running,
        refusal,
    )


def _write_running(look: Look, alarm: Alarm) -> Running:
    unit = clock_of(look, look.session.get_one(Broadcast, alarm.broadcast_id))
    return Running(alarm, name_of_raiser(look, alarm), unit.local(alarm.raised_at))


def _find_unit(units: Sequence[tuple[Unit, list[Group]]], unit_id: str | None) -> tuple[Unit | None, Sequence[Group]]:
    """The unit that is asked for, else the first one; with its groups. Raises: NotThereError."""
    if unit_id is None:
        return units[0] if units else (None, ())
    found = next((each for each in units if each[0].id == unit_id), None)
    if found is None:
        raise NotThereError
    return found


def _find_place(
    look: Look, sending: Sending, unit: Unit | None, groups: Sequence[Group], asked: AlarmForm
) -> Place | None:
    """None where nobody is chosen yet. Raises: NotThereError."""
    if asked.whole == "owner":
        return get_place(look, Scope.OWNER, None)
    if unit is None:
        return None
    chosen = [group.id for group in groups if group.id in asked.groups]
    if chosen:
        return get_place(look, Scope.GROUPS, unit.id, chosen)
    return get_place(look, Scope.UNIT, unit.id) if unit.id in sending.reach.whole_units and asked.whole else None


@pages.get("/alarms")
async def show_alarms(visit: Visit) -> web.StreamResponse:
    """What runs, what was raised, and the way to raise one."""
    may_raise, raised = await visit.look(gather_raised)
    return visit.show("staff/alarms.j2", may_raise=may_raise, raised=raised)


@pages.get("/alarms/new")
async def show_form(visit: Visit, asked: AlarmForm) -> web.StreamResponse:
    """Where one is raised: the first step."""
    return await _show_form(visit, asked)


@pages.post("/alarms/look")
async def look_at_it(visit: Visit, asked: AlarmForm) -> web.StreamResponse:
    """The second step: whom it reaches, how it reads, how long it takes. Nothing is kept."""
    return await _show_form(visit, asked)


@pages.post("/alarms/raise")
async def raise_it(visit: Visit, asked: AlarmForm) -> web.StreamResponse:
    """Raise it. Who has not given a code lately keeps what they typed, and is led to giving one."""
    if not visit.signed_in.is_fresh:
        return await _show_form(visit, asked, NotFreshError())
    raised = await visit.try_work(raise_as_asked, asked)
    if isinstance(raised, AlreadyRunningError) and await visit.look(is_own_repeat, raised.running.broadcast_id, asked):
        return visit.go(f"/alarms/{raised.running.broadcast_id}")
    if isinstance(raised, Refusal):
        return await _show_form(visit, asked, raised)
    return visit.go(f"/alarms/{raised}")


def raise_as_asked(work: Work, asked: AlarmForm) -> str:
    """The id of its broadcast. Raises: NotThereError, NotMeantError, and what `begin_alarm` raises."""
    chosen = choose(work, asked)
    if chosen.place is None:
        raise NotThereError
    if not asked.meant:
        raise NotMeantError
    alarm = begin_alarm(work, chosen.place, chosen.written, chosen.kind, is_drill=asked.is_drill, seen=asked.seen)
    return alarm.broadcast_id


def is_own_repeat(look: Look, broadcast_id: str, asked: AlarmForm) -> bool:
    """Whether the button was pressed twice."""
    broadcast = look.session.get_one(Broadcast, broadcast_id)
    return broadcast.written_by == look.asker.id and broadcast.texts == asked.texts


async def _show_form(visit: Visit, asked: AlarmForm, refusal: Refusal | None = None) -> web.Response:
    raising = await visit.look(gather_raising, asked)
    refusal = refusal or raising.refusal
    prepared = raising.prepared
    return visit.show(
        "staff/alarms_new.j2",
        status=422 if refusal is not None else 200,
        here="/alarms/new",
        asked=asked,
        raising=raising,
        prepared=prepared,
        families=len(prepared.reached) if prepared is not None else 0,
        unreached=len(prepared.not_reached) if prepared is not None else 0,
        languages=_list_languages(raising, asked.texts),
        languages_by_name=[(code, say_tongue(code, visit.language)) for code in LANGUAGES],
        written=asked.texts,
        seconds=max(1, round(prepared.seconds)) if prepared is not None else 0,
        wrong=visit.explain(refusal) if refusal is not None else "",
        is_stale=isinstance(refusal, NotFreshError),
    )


def _list_languages(raising: Raising, typed: Mapping[str, str]) -> list[tuple[str, int]]:
    """The languages beside the writer's that families read, or that were typed, with how many families read each."""
    read = {one.language: one.families for one in raising.prepared.readings} if raising.prepared is not None else {}
    wanted = dict.fromkeys([*read, *typed])
    return [(each, read.get(each, 0)) for each in wanted if each in LANGUAGES and each != raising.language]
