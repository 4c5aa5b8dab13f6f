"""How the messages of a book or a thread are laid out: days between them, one bubble each, and what is said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from admin_web.staff.visiting import Visit
from hub.people.places import Unit
from hub.post.entry import Entry, Progress, Sent, Sharing
from hub.post.messages import Author
from hub.post.quiet_hours import QUIET_HOURS
from hub.post.shown_readers import READERS_GREW
from hub.post.text_counts import CAP_REASONS
from hub.spoken import say_clock

WAITING_SENTENCES = CAP_REASONS | {QUIET_HOURS}
"""Why something waits that has not failed."""
FAILED_SENTENCES = frozenset(
    {"address_over", "stopped", "no_right", "country", "deadline", "no_channel", "unknown_fate", "faults", "timeout"}
    | {"reserved", "over_budget", "no_consent", READERS_GREW, QUIET_HOURS}
)


@dataclass(frozen=True, slots=True)
class Tick:
    """How far one delivery came. `who` is set when there are several; `why` is a sentence; `as_notice`: the words stayed
    here."""

    state: str
    who: str
    why: str
    as_notice: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as it is drawn. `day` is the word for its day when it is the first of it; `hold` counts seconds. Its
    readers are shown where they change, and are always heard.
    """

    entry: Entry
    kind: str
    who: str
    time: str
    day: str
    language: str
    ticks: tuple[Tick, ...]
    readers: str
    shows_readers: bool
    is_private: bool
    hold: int
    undo: str
    now: str


def lay_out(
    visit: Visit, units: Mapping[str, Unit], entries: Sequence[Entry], path: str, now: datetime
) -> list[Bubble]:
    """Bubbles, oldest first. `path` is where their own addresses begin."""
    bubbles: list[Bubble] = []
    before: date | None = None
    last_readers = ""
    for entry in entries:
        unit = units[entry.unit_id]
        at = unit.local(entry.at)
        today = unit.today(now)
        day = visit.say("threads.day", day=at.date(), today=today) if at.date() != before else ""
        before = at.date()
        mine = entry.author is Author.STAFF and entry.author_id == visit.asker.id
        held = entry.held_until is not None and mine
        capped = any(sent.reason in WAITING_SENTENCES for sent in entry.deliveries)
        readers = say_readers(visit, entry.sharing, [person.name for person in entry.readers])
        is_new = not entry.note and not entry.is_undone and readers != last_readers
        last_readers = readers if is_new else last_readers
        bubbles.append(
            Bubble(
                entry=entry,
                kind=_kind(entry),
                who=_who(visit, entry),
                time=say_clock(at, visit.language),
                day=day,
                language=entry.language if entry.language != visit.language else "",
                ticks=_ticks(visit, entry),
                readers=readers,
                shows_readers=is_new,
                is_private=entry.sharing is not Sharing.JOINT,
                hold=_seconds(entry.held_until - now) if entry.held_until is not None and held and not capped else 0,
                undo=f"{path}/messages/{entry.id}/undo" if held else "",
                now=f"{path}/messages/{entry.id}/send" if held and not capped else "",
            )
        )
    return bubbles


def _who(visit: Visit, entry: Entry) -> str:
    """Whose words it is; a pupil's own say that they are."""
    if entry.author is Author.GUARDIAN and entry.sharing is Sharing.PUPIL:
        return visit.say("threads.pupil", name=entry.who)
    return entry.who or visit.say("threads.budbok")


def say_readers(visit: Visit, sharing: Sharing, names: Sequence[str]) -> str:
    """Who can read it, as one sentence without a full stop."""
    if sharing is Sharing.STAFF:
        return visit.say("threads.only_staff")
    if not names:
        return visit.say("threads.no_guardian")
    shared = sharing is Sharing.JOINT
    return visit.say("threads.joint" if shared else "threads.private", names=list(names))


def _seconds(left: timedelta) -> int:
    return max(1, ceil(left.total_seconds()))


def _kind(entry: Entry) -> str:
    if entry.note:
        return "note"
    return {Author.GUARDIAN: "guardian", Author.STAFF: "staff"}.get(entry.author, "bot")


def _ticks(visit: Visit, entry: Entry) -> tuple[Tick, ...]:
    several = len(entry.deliveries) > 1
    shown = [sent for sent in entry.deliveries if sent.progress is not Progress.UNDONE]
    return tuple(
        Tick(
            state=sent.progress.value,
            who=sent.to if several else "",
            why=_why(visit, sent) if sent.progress is Progress.FAILED or sent.reason in WAITING_SENTENCES else "",
            as_notice=not sent.said_all,
        )
        for sent in shown
    )


def _why(visit: Visit, sent: Sent) -> str:
    reason = sent.reason or ""
    if reason in CAP_REASONS:
        return visit.say("threads.failed_over_cap")
    if reason in FAILED_SENTENCES:
        return visit.say(f"threads.failed_{reason}")
    if not reason:
        return visit.say("threads.failed_unknown")
    return visit.say("sending.cause", code=reason) or visit.say("threads.failed_provider", code=reason)
