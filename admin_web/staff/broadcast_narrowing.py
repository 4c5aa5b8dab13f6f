"""What one may narrow an audience down by: only what is among those who are shown, and what the sender may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from admin_web.staff.broadcasts import clock_of
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.post.alarms import find_alarm
from hub.post.broadcast_rights import list_broadcasts
from hub.post.broadcasts import BroadcastState, Place, Reply, Scope
from hub.post.narrowed_members import find_year
from hub.post.narrowing import Narrowing
from hub.school.consent_kinds import Kind, list_kinds
from hub.spoken import say_tongue
from hub.talk.broadcast_writing import Composed

FORMER = 20
SHOWN_LETTERS = 40
V = TypeVar("V", int, str)


@dataclass(frozen=True, slots=True)
class Former:
    """A broadcast that asked for a choice; `at` is when it left, by the clock of its unit."""

    id: str
    text: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class WaysToNarrow:
    """`whole` is how many guardians there are before anything is narrowed; years and languages come with how many have them.

    `by_child`: what is known of single children may be asked for.
    """

    whole: int
    by_child: bool
    years: Sequence[tuple[int, int]]
    languages: Sequence[tuple[str, int]]
    kinds: Sequence[Kind]
    former: Sequence[Former]


def list_ways(look: Look, place: Place, composed: Composed) -> WaysToNarrow | None:
    """None for a correction, which goes to those whom the first one reached. Raises: NotThereError."""
    if place.corrects_id is not None:
        return None
    by_child = place.scope is not Scope.OWNER
    members = composed.whole
    years = {(member.guardian.id, find_year(child)) for member in members for child in member.children}
    return WaysToNarrow(
        whole=len(members),
        by_child=by_child,
        years=_count([year for _, year in years if year is not None], place.narrowing.born),
        languages=_count([member.guardian.language for member in members], place.narrowing.languages),
        kinds=list_kinds(look, place.owner_id) if by_child else (),
        former=_list_former(look),
    )


def _count(found: Sequence[V], chosen: Sequence[V]) -> list[tuple[V, int]]:
    """Each with how many there are, those that are chosen too; nothing where there is but one to choose."""
    counted: dict[V, int] = dict.fromkeys(chosen, 0)
    for value in found:
        counted[value] = counted.get(value, 0) + 1
    return sorted(counted.items()) if len(counted) > 1 or chosen else []


def _list_former(look: Look) -> list[Former]:
    asked = [each for each in list_broadcasts(look, FORMER) if each.reply == Reply.CHOICES]
    found = []
    for broadcast in asked:
        has_left = broadcast.state in (BroadcastState.SENDING, BroadcastState.SENT)
        if has_left and broadcast.began_at is not None and find_alarm(look, broadcast.id) is None:
            unit = clock_of(look, broadcast)
            text = broadcast.said[broadcast.language][:SHOWN_LETTERS]
            found.append(Former(broadcast.id, text, unit.local(broadcast.began_at), unit.today(look.now)))
    return found


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The ways in the reader's words: what a field's value is, what it is called, and where it is known how many have it."""

    ways: WaysToNarrow
    languages: Sequence[tuple[str, str, int]]
    kinds: Sequence[tuple[str, str]]
    former: Sequence[tuple[str, str]]


def lay_out_ways(visit: Visit, ways: WaysToNarrow | None) -> LaidOut | None:
    if ways is None:
        return None
    return LaidOut(
        ways,
        [(code, say_tongue(code, visit.language), n) for code, n in ways.languages],
        [(kind.id, kind.name(visit.language)) for kind in ways.kinds],
        [
            (each.id, f"{visit.say('broadcasts.when', at=each.at, today=each.today)}: {each.text}")
            for each in ways.former
        ],
    )


@dataclass(frozen=True, slots=True)
class Narrowed:
    """To whom of its place a broadcast went; `kind` is the kind of consent, None where it is in use no more."""

    narrowing: Narrowing
    kind: Kind | None = field(default=None)


def read_narrowed(look: Look, owner_id: str, narrowing: Narrowing) -> Narrowed:
    kinds = list_kinds(look, owner_id) if narrowing.by_consent else ()
    return Narrowed(narrowing, next((kind for kind in kinds if kind.id == narrowing.kind_id), None))


def say_narrowed(visit: Visit, narrowed: Narrowed) -> list[str]:
    """Each thing it was narrowed by, in words."""
    narrowing, said = narrowed.narrowing, []
    if narrowing.today:
        said.append(
            visit.say("narrowing.only_today", states=[visit.say(f"narrowing.{each}") for each in narrowing.today])
        )
    if narrowing.born:
        said.append(visit.say("narrowing.only_born", years=[str(year) for year in narrowing.born]))
    if narrowing.languages:
        said.append(
            visit.say("narrowing.only_reads", names=[say_tongue(code, visit.language) for code in narrowing.languages])
        )
    if narrowing.consented is not None:
        name = narrowed.kind.name(visit.language) if narrowed.kind is not None else ""
        said.append(visit.say(f"narrowing.only_{narrowing.consented}", name=name))
    if narrowing.unanswered_id is not None:
        said.append(visit.say("narrowing.only_unanswered"))
    if narrowing.no_app:
        said.append(visit.say("narrowing.only_no_app"))
    return said
