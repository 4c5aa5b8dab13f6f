"""One alarm as it runs: whom it has reached, who is safe, who needs help, whom to ring, and its end with a closing word."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.broadcast_asked import LONGEST_TYPED
from admin_web.staff.broadcasts import clock_of
from admin_web.staff.broadcasts_one import concerns_broadcast
from admin_web.staff.unreached import say_why
from admin_web.staff.visiting import Visit
from hub.address import SMS, shown_phone
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.post.alarm_calls import ToRing, list_to_ring, tell_rung
from hub.post.alarms import SAFE, Alarm, AlarmKind, find_alarm, may_end
from hub.post.broadcast_picture import End
from hub.post.broadcast_progress import Progress, list_standings, read_progress
from hub.post.broadcast_rights import get_readable
from hub.post.broadcasts import Broadcast, Written
from hub.post.sender_pools import find_pools, seconds_to_send
from hub.post.unreached import Called
from hub.safety.access import NotThereError, get_reach
from hub.school.call_list import may_call
from hub.talk.alarm_raising import finish_alarm, name_of_raiser

pages = Pages()


class EndNotFreshError(Refusal):
    """To end one takes a code that was given lately. Source: security rule S2.5."""

    words = "alarms.end_not_fresh"


class OneAsked(Asked):
    broadcast_id: PublicId


class RungAsked(OneAsked):
    receiver_id: PublicId
    how: Called


class EndAsked(OneAsked):
    text: Annotated[str, Field(max_length=LONGEST_TYPED)] = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An alarm as it is now. `seconds` is what the numbers still need; `may_end`: the asker may say that it is over."""

    alarm: Alarm
    broadcast: Broadcast
    progress: Progress
    to_ring: tuple[ToRing, ...]
    rings: bool
    seconds: float
    unit: Unit
    raiser: str
    may_end: bool

    @property
    def safe(self) -> int:
        return self.progress.answers[SAFE] if self.progress.answers else 0

    @property
    def need_help(self) -> int:
        return self.progress.answered - self.safe


def get_alarm(look: Look, broadcast_id: str) -> tuple[Alarm, Broadcast]:
    """Raises: NotThereError where it is none, or not for the asker to see."""
    broadcast = get_readable(look, broadcast_id)
    alarm = find_alarm(look, broadcast.id)
    if alarm is None:
        raise NotThereError
    return alarm, broadcast


def gather_alarm(look: Look, broadcast_id: str) -> Shown:
    """Raises: NotThereError."""
    alarm, broadcast = get_alarm(look, broadcast_id)
    unit, reach = clock_of(look, broadcast), get_reach(look)
    waiting = Counter(
        one.receiver.unit_id
        for one in list_standings(look, broadcast)
        if one.end is End.WAITING and one.channel in (None, SMS)
    )
    return Shown(
        alarm,
        broadcast,
        read_progress(look, broadcast),
        tuple(list_to_ring(look, broadcast)),
        may_call(look, reach, unit),
        seconds_to_send(find_pools(look, list(waiting), broadcast.role_id), waiting),
        unit,
        name_of_raiser(look, alarm),
        alarm.kind == AlarmKind.EMERGENCY and alarm.over_at is None and may_end(look, alarm),
    )


@pages.get("/alarms/{broadcast_id}")
async def show_alarm(visit: Visit, asked: OneAsked) -> web.StreamResponse:
    """How far it has come, who is safe, and whom to ring."""
    return await _show(visit, asked.broadcast_id)


async def _show(visit: Visit, broadcast_id: str, refusal: Refusal | None = None, typed: str = "") -> web.Response:
    shown = await visit.look(gather_alarm, broadcast_id)
    await visit.note_reading([shown.broadcast.id, *(line.guardian.id for line in shown.to_ring)])
    path = f"/alarms/{shown.broadcast.id}"
    over_at = None if shown.alarm.over_at is None else shown.unit.local(shown.alarm.over_at)
    return visit.show(
        "staff/alarms_one.j2",
        status=422 if refusal is not None else 200,
        here=path,
        path=path,
        live=f"{path}/live",
        shown=shown,
        ends=shown.progress.ends,
        raised_at=shown.unit.local(shown.alarm.raised_at),
        over_at=over_at,
        seconds=round(shown.seconds),
        lines=[_lay_out(visit, shown, line) for line in shown.to_ring],
        typed=typed,
        wrong=visit.explain(refusal) if refusal is not None else "",
        is_stale=isinstance(refusal, EndNotFreshError),
    )


def _lay_out(visit: Visit, shown: Shown, line: ToRing) -> dict[str, object]:
    return {
        "id": line.receiver.id,
        "name": line.guardian.name,
        "children": line.children,
        "needs_help": line.needs_help,
        "misses_child": line.misses_child,
        "why": "" if line.why is None else say_why(visit.words, line.why),
        "tried": None if line.tried is None else shown.unit.local(line.tried.at),
        "phones": [(phone, shown_phone(phone)) for phone in line.phones] if shown.rings else [],
    }


@pages.live("/alarms/{broadcast_id}/live")
async def stream_alarm(visit: Visit, asked: OneAsked) -> web.StreamResponse:
    """Tells when its figures change."""
    return await visit.live(partial(concerns_broadcast, broadcast_id=asked.broadcast_id))


@pages.post("/alarms/{broadcast_id}/rung/{receiver_id}")
async def tell_of_call(visit: Visit, asked: RungAsked) -> web.StreamResponse:
    """What came of a call."""
    await visit.work(write_rung, asked.broadcast_id, asked.receiver_id, asked.how)
    return visit.go(f"/alarms/{asked.broadcast_id}#ring")


def write_rung(work: Work, broadcast_id: str, receiver_id: str, how: Called) -> None:
    """Raises: NotThereError."""
    alarm, _ = get_alarm(work, broadcast_id)
    tell_rung(work, alarm, receiver_id, how)


@pages.post("/alarms/{broadcast_id}/end")
async def end_it(visit: Visit, asked: EndAsked) -> web.StreamResponse:
    """It is over, and all to whom it went are told so in these words."""
    if not visit.signed_in.is_fresh:
        return await _show(visit, asked.broadcast_id, EndNotFreshError(), asked.text)
    ended = await visit.try_work(end_as_asked, asked)
    if isinstance(ended, Refusal):
        return await _show(visit, asked.broadcast_id, ended, asked.text)
    return visit.go(f"/alarms/{asked.broadcast_id}")


def end_as_asked(work: Work, asked: EndAsked) -> None:
    """Raises: NotThereError, and what `finish_alarm` raises."""
    alarm, broadcast = get_alarm(work, asked.broadcast_id)
    if alarm.kind != AlarmKind.EMERGENCY or not may_end(work, alarm):
        raise NotThereError
    text = asked.text.replace("\r\n", "\n").strip()
    finish_alarm(work, alarm, Written({broadcast.language: text}, broadcast.language))
