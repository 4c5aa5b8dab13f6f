"""What staff may know at the door of what families told lastingly: of one child, as a mark on the board, and for a kitchen.

Notes are for those who look after the child; who may fetch it is for everybody who sees it. Source: security rules S3.1, S3.9
and S4.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Group, Unit
from hub.post.messages import Author, Message, Thread, ThreadKind
from hub.post.reading import Reader, get_message
from hub.safety.access import NotThereError, Reach, children_of_guardians, get_child, list_groups
from hub.school.care_checks import find_last_said
from hub.school.care_notes import (
    EATEN,
    CareNote,
    Matter,
    NoteKind,
    Teller,
    get_caring,
    list_kept_from,
    list_notes,
    tell_note,
)
from hub.school.day_board import NOT_HERE, OnBoard, list_board
from hub.school.days import list_off
from hub.school.fetchers import Standing
from hub.school.trusted_people import TrustedPerson, judge_trusted, list_trusted


@dataclass(frozen=True, slots=True)
class CareOfChild:
    """What stands of one child. `may_read`: the asker looks after it, so that `notes` are all there are. `standings` are what
    is known of whoever is trusted, by the id of their row; `names` those of whoever told, wrote down or denied something."""

    child: Child
    unit: Unit
    may_read: bool
    notes: Sequence[CareNote]
    people: Sequence[TrustedPerson]
    standings: Mapping[str, Standing]
    names: Mapping[str, str]
    said_at: datetime | None

    @property
    def read_ids(self) -> list[str]:
        return [*(row.id for row in self.notes), *(row.id for row in self.people)]

    def rings(self, row: TrustedPerson) -> bool:
        """Somebody must find out before this name counts."""
        is_like = row.may_fetch and self.standings[row.id] is Standing.FORBIDDEN and row.checked_at is None
        return row.disputed_at is not None or is_like


def read_care(look: Look, reach: Reach, child: Child, places: Sequence[tuple[Unit, Group]]) -> CareOfChild:
    """Of a child whom the reach covers."""
    unit = places[0][0]
    caring = get_caring(look, reach)
    may_read = any(caring.covers(place.id, group.id) for place, group in places)
    notes = list_notes(look, [child.id]).get(child.id, []) if may_read else []
    people = list_trusted(look, [child.id]).get(child.id, [])
    told = {row.told_by for row in notes} | {row.told_by for row in people}
    denied = {row.questioned_by for row in notes} | {row.disputed_by for row in people}
    who = {id_ for id_ in told | denied | {row.kept_by for row in notes} if id_ is not None}
    return CareOfChild(
        child=child,
        unit=unit,
        may_read=may_read,
        notes=notes,
        people=people,
        standings=judge_trusted(look, people, unit.today(look.now)),
        names=names_of(look, guardians=who, staff=who),
        said_at=find_last_said(look, child.id),
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """That there is something to know of a child on the board, and never what."""

    has_notes: bool
    is_serious: bool


def list_marks(look: Look, reach: Reach, unit: Unit, board: Sequence[OnBoard]) -> dict[str, Mark]:
    """By child, for those whom the asker looks after, or of whom somebody is trusted."""
    caring = get_caring(look, reach)
    cared = {on.child_id for on in board if caring.covers(unit.id, on.group_id)}
    notes, people = list_notes(look, cared), list_trusted(look, {on.child_id for on in board})
    return {
        id_: Mark(id_ in notes, any(row.serious for row in notes.get(id_, ()))) for id_ in notes.keys() | people.keys()
    }


@dataclass(frozen=True, slots=True)
class Eater:
    """A child whose food is its own matter on a day."""

    child_id: str
    name: str
    is_away: bool
    notes: tuple[CareNote, ...]

    @property
    def is_serious(self) -> bool:
        return any(row.serious for row in self.notes)


@dataclass(frozen=True, slots=True)
class Table:
    """A group's, the gravest first."""

    group: str
    eaters: tuple[Eater, ...]


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What those who cook for a unit must know of a day, as far as the asker looks after its children."""

    unit: Unit
    day: date
    tables: tuple[Table, ...]

    @property
    def coming(self) -> int:
        """How many children eat that day of whom there is something to know, each counted once."""
        return len({one.child_id for table in self.tables for one in table.eaters if not one.is_away})

    @property
    def rows(self) -> int:
        """How many lines it has, those of the children who are away too."""
        return sum(len(table.eaters) for table in self.tables)

    @property
    def read_ids(self) -> list[str]:
        return [row.id for table in self.tables for one in table.eaters for row in one.notes]


def read_kitchen(look: Look, reach: Reach, unit: Unit, day: date) -> Kitchen:
    """Raises: NotThereError, where the asker looks after none of the unit's groups."""
    caring = get_caring(look, reach)
    groups = [group for group in list_groups(look, reach, unit.id) if caring.covers(unit.id, group.id)]
    if not groups:
        raise NotThereError
    named = {group.id: group.name for group in groups}
    board = [on for on in list_board(look, reach, unit, day) if on.group_id in named]
    notes = list_notes(look, {on.child_id for on in board})
    off = list_off(look, unit, day, board)
    at: dict[str, list[Eater]] = {}
    for on in board:
        eaten = tuple(row for row in notes.get(on.child_id, ()) if row.kind in EATEN)
        if eaten:
            name = f"{on.child.called} {on.child.last_name}"
            is_away = on.presence in NOT_HERE or on.child_id in off
            at.setdefault(on.group_id, []).append(Eater(on.child_id, name, is_away, eaten))
    tables = tuple(
        Table(name, tuple(sorted(at[id_], key=lambda one: (one.is_away, not one.is_serious, one.name))))
        for id_, name in named.items()
        if id_ in at
    )
    return Kitchen(unit, day, tables)


def list_keepable(look: Look, messages: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of messages from guardians with words about health, each with the children it may be kept about: those of which nothing
    was kept yet."""
    kept = list_kept_from(look, messages.keys())
    return {id_: list(children) for id_, children in messages.items() if id_ not in kept and children}


def keep_from_message(
    work: Work, reader: Reader, thread_id: str, message_id: str, child_id: str, kind: NoteKind, words: str
) -> CareNote:
    """What a guardian wrote stands of the child from now on, in `words` of whoever keeps it, for both homes read them; it lasts
    until somebody says otherwise. Audited.

    Whoever reads the message may keep it. The same message is kept once; what a pupil confides never. Raises: NotThereError.
    """
    message, thread = get_message(work, reader, message_id)
    if thread.id != thread_id or thread.kind == ThreadKind.PUPIL:
        raise NotThereError
    child, _ = get_child(work, reader.reach, child_id)
    theirs = children_of_guardians(work, thread.guardian_ids, thread.unit_id, reader.days[thread.unit_id])
    if child.id not in theirs:
        raise NotThereError
    if message.author != Author.GUARDIAN or not message.text.strip():
        raise NotThereError
    work.touch([child.id])
    if message.id in list_kept_from(work, [message.id]):
        raise NotThereError
    told_by = _teller_of(message, thread)
    teller = Teller(told_by, Trust(message.trust), reader.reach.staff_id, message.id)
    return tell_note(work, child, Matter(kind, " ".join(words.split())), teller)


def _teller_of(message: Message, thread: Thread) -> str:
    """Of several behind one phone, who speak as one, the first."""
    if message.author_id is not None:
        return message.author_id
    if not thread.guardian_ids:
        raise NotThereError
    return thread.guardian_ids[0]
