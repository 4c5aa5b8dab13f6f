"""One broadcast: how far it has come, live; taking it back while it waits, and after; and whom to call."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

import sqlalchemy as sa
from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.broadcast_narrowing import Narrowed, read_narrowed, say_narrowed
from admin_web.staff.broadcasts import STATE_PILLS, clock_of
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.alarms import find_alarm, may_end
from hub.post.broadcast_picture import BAR, DRAWN, HIGH, WIDE, End, Piece, draw_line, lay_out_bar
from hub.post.broadcast_progress import Progress, read_progress
from hub.post.broadcast_recalls import recall
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import find_shown_units, get_broadcast, get_readable, get_sending
from hub.post.broadcasts import Broadcast, BroadcastState, Reply, Scope, send_now
from hub.post.costs import Cost, cost_of_messages
from hub.post.entry import Brought
from hub.post.files import lay_out_files, list_enclosed
from hub.post.prices import Prices
from hub.safety.access import NotThereError, get_unit, list_children

pages = Pages()


class BroadcastAsked(Asked):
    broadcast_id: PublicId


@dataclass(frozen=True, slots=True)
class Shown:
    """A broadcast as it is now. `unit` is where its clock hangs; `only` are the names of the units whose families are all that
    the figures are of, none where they are of everybody."""

    broadcast: Broadcast
    progress: Progress
    cost: Cost
    unit: Unit
    writer: str
    files: tuple[Brought, ...]
    narrowed: Narrowed
    only: tuple[str, ...]
    may_recall: bool
    remind_groups: tuple[str, ...]
    remind_children: tuple[str, ...]
    now: datetime


def gather_broadcast(look: Look, broadcast_id: str, prices: Prices) -> Shown:
    """Raises: NotThereError."""
    broadcast = get_readable(look, broadcast_id)
    writer = look.session.get(Staff, broadcast.written_by)
    only = tuple(sorted(look.session.get_one(Unit, id_).name for id_ in find_shown_units(look, broadcast) or ()))
    messages = sa.select(BroadcastReceiver.message_id).where(
        BroadcastReceiver.broadcast_id == broadcast.id, ~BroadcastReceiver.guarded
    )
    return Shown(
        broadcast,
        read_progress(look, broadcast),
        cost_of_messages(look, prices, messages),
        clock_of(look, broadcast),
        writer.name if writer is not None else "",
        lay_out_files(list_enclosed(look, broadcast.id)),
        read_narrowed(look, broadcast.owner_id, broadcast.narrowing),
        only,
        not only and _may_recall(look, broadcast),
        *_list_to_remind(look, broadcast),
        look.now,
    )


def _may_recall(look: Look, broadcast: Broadcast) -> bool:
    """What hurries only by whoever may say that it is over."""
    alarm = find_alarm(look, broadcast.id)
    return alarm is None or may_end(look, alarm)


def _list_to_remind(look: Look, broadcast: Broadcast) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The groups, and of one to single children those of them whom the asker sees in the one group where all of these are: the
    composer shows no more than one group's children."""
    if broadcast.scope != Scope.CHILDREN:
        return tuple(broadcast.group_ids), ()
    sending = get_sending(look)
    unit = get_unit(look, sending.reach, broadcast.unit_id or "")
    placed = list_children(look, sending.reach, unit, unit.today(look.now))
    found = {child.id: group_id for child, group_id in placed if child.id in broadcast.child_ids}
    groups = tuple(set(found.values()))
    return (groups, tuple(found)) if len(groups) == 1 else ((), ())


@pages.get("/broadcasts/{broadcast_id}")
async def show_broadcast(visit: Visit, asked: BroadcastAsked) -> web.StreamResponse:
    """How far it has come, and whom it did not reach."""
    shown = await visit.look(gather_broadcast, asked.broadcast_id, Prices.read(visit.house.parts.settings))
    progress, broadcast, unit = shown.progress, shown.broadcast, shown.unit
    await visit.note_reading([broadcast.id, *(one.child.id for one in progress.unreached)])
    path = f"/broadcasts/{broadcast.id}"
    return visit.show(
        "staff/broadcasts_one.j2",
        here=path,
        path=path,
        live=f"{path}/live",
        broadcast=broadcast,
        head=_head(visit, shown),
        progress=progress,
        cost=shown.cost,
        writer=shown.writer,
        files=shown.files,
        remind="" if shown.only else _way_to_remind(shown),
        only=shown.only,
        narrowed=say_narrowed(visit, shown.narrowed),
        ends=DRAWN,
        ends_words=[visit.say("broadcasts.end", end=end) for end in DRAWN],
        bars=lay_out_bars(progress),
        bar=BAR,
        wide=WIDE,
        high=HIGH,
        lines=_draw_lines(progress),
        local=unit.local,
        state_pill=STATE_PILLS[BroadcastState(broadcast.state)],
        choices=[
            visit.say(f"options.{one}") if visit.words.has(f"options.{one}") else one for one in broadcast.choices
        ],
        may_recall=shown.may_recall
        and broadcast.state in (BroadcastState.HELD, BroadcastState.SENDING, BroadcastState.SENT),
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """How far it came by one channel; by all of them where `channel` is ""."""

    channel: str
    pieces: tuple[Piece, ...]


def lay_out_bars(progress: Progress) -> list[Bar]:
    """That of all, and each channel's where there are several; the longest first."""
    bars = [Bar("", lay_out_bar(progress.ends, progress.total))]
    if len(progress.by_channel) > 1:
        by_length = sorted(progress.by_channel.items(), key=lambda each: (-each[1].total(), each[0]))
        bars += [Bar(channel, lay_out_bar(ends, progress.total)) for channel, ends in by_length]
    return bars


def _draw_lines(progress: Progress) -> list[tuple[End, str]]:
    """One line for those it reached, and one for those it did not where there are any."""
    points = progress.points
    if len(points) < 2:
        return []
    lines = [(End.REACHED, draw_line(points, [point.reached for point in points], progress.total))]
    if points[-1].failed:
        lines.append((End.FAILED, draw_line(points, [point.failed for point in points], progress.total)))
    return lines


def _way_to_remind(shown: Shown) -> str:
    """To a composer for those who have not answered; "" where there are none, or they cannot be chosen there."""
    broadcast, progress = shown.broadcast, shown.progress
    if broadcast.reply != Reply.CHOICES or progress.answered == progress.total:
        return ""
    if broadcast.scope == Scope.CHILDREN and not shown.remind_children:
        return ""
    whom = {"unanswered": broadcast.id, "unit": broadcast.unit_id or "", "groups": shown.remind_groups}
    everyone = {Scope.OWNER: "owner", Scope.UNIT: "unit"}.get(Scope(broadcast.scope), "")
    asked = {**whom, "children": shown.remind_children, "everyone": everyone}
    return f"/broadcasts/new?{urlencode(asked, doseq=True)}"


def _head(visit: Visit, shown: Shown) -> str:
    broadcast, progress, unit = shown.broadcast, shown.progress, shown.unit
    if broadcast.state == BroadcastState.HELD:
        at, today = unit.local(broadcast.starts_at), unit.today(shown.now)
        return visit.say("broadcasts.head_held", at=at, today=today)
    gone = progress.ends[End.REACHED] + progress.ends[End.SENT] + progress.unsure
    if broadcast.state == BroadcastState.RECALLED and not gone:
        return visit.say("broadcasts.head_recalled")
    if broadcast.began_at is not None and not progress.total and broadcast.narrowed:
        return visit.say("broadcasts.head_nobody")
    return visit.say("broadcasts.head_reached", n=progress.ends[End.REACHED], total=progress.total)


@pages.live("/broadcasts/{broadcast_id}/live")
async def stream_broadcast(visit: Visit, asked: BroadcastAsked) -> web.StreamResponse:
    """Tells when its figures change."""
    return await visit.live(partial(concerns_broadcast, broadcast_id=asked.broadcast_id))


def concerns_broadcast(look: Look, ids: frozenset[str], broadcast_id: str) -> bool:
    """Whether any of these ids is about a broadcast. Raises: NotThereError."""
    broadcast = get_readable(look, broadcast_id)
    if broadcast.id in ids:
        return True
    of_these = sa.select(BroadcastReceiver.id).where(
        BroadcastReceiver.broadcast_id == broadcast.id, BroadcastReceiver.message_id.in_(list(ids)[:500])
    )
    return look.session.scalar(of_these.limit(1)) is not None


@pages.post("/broadcasts/{broadcast_id}/recall")
async def recall_one(visit: Visit, asked: BroadcastAsked) -> web.StreamResponse:
    """Take it back: what has not left never leaves."""
    await visit.work(recall_broadcast, asked.broadcast_id)
    return visit.go(f"/broadcasts/{asked.broadcast_id}")


def recall_broadcast(work: Work, broadcast_id: str) -> None:
    """Raises: NotThereError, TooLateToRecallError."""
    broadcast = get_broadcast(work, broadcast_id)
    if not _may_recall(work, broadcast):
        raise NotThereError
    recall(work, broadcast)


@pages.post("/broadcasts/{broadcast_id}/now", fresh=True)
async def send_one_now(visit: Visit, asked: BroadcastAsked) -> web.StreamResponse:
    """End the hold."""
    await visit.work(send_broadcast_now, asked.broadcast_id)
    return visit.go(f"/broadcasts/{asked.broadcast_id}")


def send_broadcast_now(work: Work, broadcast_id: str) -> None:
    """Raises: NotThereError."""
    send_now(work, get_broadcast(work, broadcast_id))
