"""How the messages of a book are laid out for its family: days between them, who said it, and how far it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from admin_web.family.visiting import FamilyVisit
from hub.post.entry import Progress
from hub.post.family_entry import FamilyEntry
from hub.post.family_pending import Pending
from hub.post.messages import Author
from hub.sign_in.family_sessions import FoundFamily
from hub.spoken import say_clock

OWN = "guardian own"
KINDS = {Author.GUARDIAN: "guardian", Author.STAFF: "staff"}


@dataclass(frozen=True, slots=True)
class FamilyBubble:
    """One message as it is drawn. `day` is the word for its day when it is the first of it; `meant` the word behind an answer
    that was only a number; `fate` what became of their own."""

    entry: FamilyEntry
    kind: str
    who: str
    time: str
    day: str
    language: str
    meant: str
    ticks: tuple[str, ...]
    fate: str
    shared: str


@dataclass(frozen=True, slots=True)
class PendingBubble:
    """What was written a moment ago."""

    id: str
    who: str
    time: str
    iso: str
    text: str


def lay_out(
    visit: FamilyVisit, found: FoundFamily, entries: Sequence[FamilyEntry], now: datetime
) -> list[FamilyBubble]:
    """Bubbles, oldest first."""
    bubbles = []
    before: date | None = None
    asked: dict[str, str] = {}
    for entry in entries:
        unit = found.family.unit(entry.unit_id)
        at = unit.local(entry.at)
        day = visit.say("threads.day", day=at.date(), today=unit.today(now)) if at.date() != before else ""
        before = at.date()
        bubbles.append(
            FamilyBubble(
                entry=entry,
                kind=OWN if entry.is_own else KINDS.get(entry.author, "bot"),
                who=_who(visit, found, entry),
                time=say_clock(at, visit.language),
                day=day,
                language=entry.language if entry.language != visit.language else "",
                meant=_find_meant(entry, asked),
                ticks=tuple(dict.fromkeys(one.progress.value for one in entry.told if one.progress in SHOWN)),
                fate=visit.say(f"family.fate_{entry.fate}") if entry.fate else "",
                shared=visit.say("family.shared_with", names=list(entry.shared_with)) if entry.shared_with else "",
            )
        )
        asked = dict(entry.choices) if entry.author is not Author.GUARDIAN else {}
    return bubbles


def _find_meant(entry: FamilyEntry, asked: Mapping[str, str]) -> str:
    """The word of the choice that their number stands for, right after it was asked."""
    word = asked.get(entry.text.strip(), "") if entry.is_own else ""
    return "" if word == entry.text.strip() else word


SHOWN = frozenset({Progress.SENT, Progress.ARRIVED, Progress.READ, Progress.FAILED})


def _who(visit: FamilyVisit, found: FoundFamily, entry: FamilyEntry) -> str:
    if entry.is_own:
        return entry.who if found.is_shared else visit.say("family.you")
    return entry.who or found.family.unit(entry.unit_id).name


def lay_out_pending(
    visit: FamilyVisit, found: FoundFamily, pending: Sequence[Pending], now: datetime
) -> list[PendingBubble]:
    """What is kept and not yet in the book."""
    unit = found.family.first_unit
    who = found.name if found.is_shared else visit.say("family.you")
    return [
        PendingBubble(one.id, who, say_clock(unit.local(one.at), visit.language), one.at.isoformat(), one.text)
        for one in pending
    ]
