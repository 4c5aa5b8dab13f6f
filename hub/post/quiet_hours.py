"""Leaves families in peace: what does not hurry and falls due in their quiet hours waits until these end.

Quiet hours are read on the wall clock of the unit that writes, on the night as it is: also on the nights when clocks are
moved. Never held are what is urgent, and answers to what the guardian has just written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.clock import local_moment
from hub.database import Utc
from hub.desk import Look
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Lane, Message, Thread
from hub.post.reach_wishes import QUIET, find_wishes
from hub.quick_select import QuickSelect

JUST_NOW = timedelta(hours=3)
"""Whoever wrote so lately is awake, and waits for what staff say to it."""
QUIET_HOURS = "quiet_hours"
"""Why a delivery waits."""

_MESSAGES: sa.BindParameter[Sequence[str]] = sa.bindparam("messages", expanding=True)
_ZONES = QuickSelect(
    sa.select(Message.id, Message.thread_id, Unit.zone)
    .join(Thread, Thread.id == Message.thread_id)
    .join(Unit, Unit.id == Thread.unit_id)
    .where(Message.id.in_(_MESSAGES))
)
_WROTE = QuickSelect(
    sa.select(Message.thread_id).where(
        Message.thread_id.in_(sa.bindparam("threads", expanding=True)),
        Message.author == Author.GUARDIAN,
        Message.at > sa.bindparam("since", type_=Utc),
    )
)


def find_wakings(look: Look, due: Sequence[Delivery]) -> dict[str, datetime]:
    """Those of the deliveries that fall into their reader's quiet hours, each with the moment from which it may go."""
    held = [delivery for delivery in due if _may_wait(delivery)]
    if not held:
        return {}
    wishes = find_wishes(look, [delivery.guardian_id or "" for delivery in held])
    rows = _ZONES.rows(look, messages=list({delivery.message_id for delivery in held}))
    places = {message_id: (thread_id, zone) for message_id, thread_id, zone in rows}
    found = {}
    for delivery in held:
        wish = wishes.get(delivery.guardian_id or "")
        wakes = wakes_at(look.now, places[delivery.message_id][1], wish.quiet if wish is not None else QUIET)
        if wakes is not None:
            found[delivery.id] = wakes
    return _without_answers(look, held, found, {id_: thread_id for id_, (thread_id, _) in places.items()})


def wakes_at(now: datetime, zone: str, quiet: tuple[time, time]) -> datetime | None:
    """When the quiet hours that it is now end, UTC; None when it is none. Hours that begin where they end are none."""
    begins, ends = quiet
    local = now.astimezone(ZoneInfo(zone))
    over_midnight = begins > ends
    at = local.time()
    is_quiet = (at >= begins or at < ends) if over_midnight else begins <= at < ends
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and at >= begins else local.date()
    return local_moment(day, ends.hour, ends.minute, zone)


def _may_wait(delivery: Delivery) -> bool:
    """Not what was tried already: its wait is the provider's."""
    is_answer = delivery.lane <= Lane.REPLY and (delivery.lane < Lane.REPLY or delivery.automatic)
    return delivery.guardian_id is not None and delivery.attempted_at is None and not is_answer


def _without_answers(
    look: Look, held: Sequence[Delivery], found: dict[str, datetime], threads: Mapping[str, str]
) -> dict[str, datetime]:
    asked = {threads[each.message_id] for each in held if each.lane == Lane.REPLY and each.id in found}
    if not asked:
        return found
    wrote = {thread_id for (thread_id,) in _WROTE.rows(look, threads=list(asked), since=look.now - JUST_NOW)}
    answers = {each.id for each in held if each.lane == Lane.REPLY and threads[each.message_id] in wrote}
    return {id_: wakes for id_, wakes in found.items() if id_ not in answers}
