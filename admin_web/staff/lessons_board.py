"""What *Lessons* shows: a class's lessons of a day, pupil by pupil, and what the school year came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Group, Unit, UnitKind
from hub.safety.access import (
    NotThereError,
    Reach,
    get_child,
    get_reach,
    get_unit,
    list_children,
    list_groups,
    list_units,
)
from hub.school.day_board import Presence, list_board
from hub.school.lessons import (
    MOST_LESSONS,
    InLesson,
    LessonCount,
    LessonMark,
    LessonSaid,
    Seen,
    count_lessons,
    find_changes,
    keep_lesson,
    last_of_year,
    list_marks,
    list_told,
    year_of,
)
from hub.school.marking import list_looked_for, list_open, list_unread_of

T = TypeVar("T", Unit, Group)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pupil:
    """`marks` are those of the day, by lesson; `count` is of the school year."""

    child: Child
    marks: dict[int, LessonMark]
    count: LessonCount
    is_told: bool

    @property
    def name(self) -> str:
        return f"{self.child.called} {self.child.last_name}"

    @property
    def was_in_all(self) -> bool:
        """Of the lessons noted there is nothing else to say."""
        return bool(self.marks) and all(mark.seen == Seen(InLesson.HERE) for mark in self.marks.values())


@dataclass(frozen=True, slots=True)
class OfClass:
    """What the school year came to for one pupil in its class there, and the way to the class's page."""

    group: str
    count: LessonCount
    path: str


@dataclass(frozen=True, slots=True)
class ClassDay:
    """A class on a day, as far as the reader serves it. `lessons` are those noted, each with its subject."""

    units: tuple[Unit, ...]
    unit: Unit
    groups: tuple[Group, ...]
    group: Group
    today: date
    day: date
    pupils: tuple[Pupil, ...]
    lessons: dict[int, str]

    @property
    def day_before(self) -> date:
        return self.day - DAY

    @property
    def day_after(self) -> date | None:
        """None today, and for a day to come."""
        return self.day + DAY if self.day < self.today else None

    @property
    def following(self) -> int | None:
        """The next lesson that may be noted; None where the day holds no more."""
        after = max(self.lessons, default=0) + 1
        return after if after <= MOST_LESSONS and self.day <= self.today else None


@dataclass(frozen=True, slots=True)
class Asked:
    """One pupil in the form of a lesson; `noted` is what was noted, `preset` that or what is known of the day, each else None.
    Who `is_sought` has not arrived today, and nobody knows why; of whom `has_unread` a family wrote today what nobody has read
    yet: both are noted by themselves alone."""

    pupil: Pupil
    noted: Seen | None
    preset: Seen | None
    is_sought: bool
    has_unread: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of noting a lesson: of which pupils a colleague's word stands, and whether it does of the subject."""

    day: date
    theirs: tuple[str, ...]
    is_theirs: bool


def gather_class(look: Look, unit_id: str | None, group_id: str | None, day: date | None) -> ClassDay:
    """Of the first class of mine where none is named, today unless told otherwise. Raises: NotThereError."""
    reach = get_reach(look)
    units = [unit for unit in list_units(look, reach) if unit.kind == UnitKind.SCHOOL]
    unit = _choose(units, unit_id)
    groups = list_groups(look, reach, unit.id)
    return _gather(look, reach, tuple(units), unit, tuple(groups), _choose(groups, group_id), day)


def _choose(some: Sequence[T], id_: str | None) -> T:
    """The one of this id, or the first. Raises: NotThereError."""
    for one in some:
        if id_ is None or one.id == id_:
            return one
    raise NotThereError


def _gather(
    look: Look,
    reach: Reach,
    units: tuple[Unit, ...],
    unit: Unit,
    groups: tuple[Group, ...],
    group: Group,
    day: date | None,
) -> ClassDay:
    today = unit.today(look.now)
    chosen = day or today
    children = [child for child, group_id in list_children(look, reach, unit, chosen) if group_id == group.id]
    ids = [child.id for child in children]
    noted = [mark for mark in list_marks(look, group.id, chosen) if mark.child_id in set(ids)]
    until = min(max(chosen, today), last_of_year(chosen))
    counts = count_lessons(look, unit.id, ids, year_of(chosen), until)
    told = list_told(look, ids, chosen, chosen)
    marks: dict[str, dict[int, LessonMark]] = {id_: {} for id_ in ids}
    for mark in noted:
        marks[mark.child_id][mark.lesson] = mark
    pupils = [
        Pupil(child, marks[child.id], counts.get(child.id, LessonCount()), (child.id, chosen) in told)
        for child in children
    ]
    return ClassDay(
        units, unit, groups, group, today, chosen, tuple(pupils), {mark.lesson: mark.subject for mark in noted}
    )


def gather_child_lessons(look: Look, child_id: str) -> list[OfClass]:
    """Where the child is a pupil and lessons were noted. Raises: NotThereError."""
    _, places = get_child(look, get_reach(look), child_id)
    found = []
    for unit, group in places:
        today = unit.today(look.now)
        count = count_lessons(look, unit.id, [child_id], year_of(today), today).get(child_id)
        if count is not None:
            found.append(OfClass(group.name, count, f"/lessons/{unit.id}?group={group.id}"))
    return found


def list_asked(look: Look, shown: ClassDay, lesson: int) -> list[Asked]:
    """The pupils with what is known of each: what was noted, who is away today by what was told, who was seen at school."""
    presence, sought, unread = {}, set[str](), set[str]()
    if shown.day == shown.today:
        presence = {on.child.id: on.presence for on in list_board(look, get_reach(look), shown.unit, shown.day)}
        sought = list_looked_for(look, shown.unit, shown.day)
        unheard = [id_ for id_, one in presence.items() if one is Presence.NOT_HEARD]
        unread = list_unread_of(look, shown.unit, shown.day, unheard)
    known = {Presence.HERE: Seen(InLesson.HERE), Presence.AWAY: Seen(InLesson.AWAY)}
    asked = []
    for pupil in shown.pupils:
        mark = pupil.marks.get(lesson)
        noted = mark.seen if mark else None
        preset = noted or known.get(presence.get(pupil.child.id, Presence.NOT_HEARD))
        asked.append(Asked(pupil, noted, preset, pupil.child.id in sought, pupil.child.id in unread))
    return asked


def note_lesson(
    work: Work, unit_id: str, group_id: str, day: date | None, lesson: int, subject: str, seen: dict[str, Seen | None],
    shown: LessonSaid, *, rest_is_here: bool,
) -> Noted:  # fmt: skip
    """Keep what a teacher saw, where it is not what the form had `shown` as noted; a pupil of whom nothing was said stays open,
    unless the rest is here. Of whom the rest of a group on *Morning* says nothing, it says nothing here.

    Raises: NotThereError, also where a pupil is none of the class's; LessonAheadError.
    """
    reach = get_reach(work)
    unit = get_unit(work, reach, unit_id)
    if unit.kind != UnitKind.SCHOOL:
        raise NotThereError
    group = _choose(list_groups(work, reach, unit.id), group_id)
    chosen = day or unit.today(work.now)
    class_ids = {child.id for child, of in list_children(work, reach, unit, chosen) if of == group.id}
    if not seen.keys() <= class_ids:
        raise NotThereError
    rest = set[str]()
    if rest_is_here:
        rest = set(seen) - list_open(work, unit, chosen, list_board(work, reach, unit, chosen), group.id)
    said = {id_: one or Seen(InLesson.HERE) for id_, one in seen.items() if one is not None or id_ in rest}
    changes = find_changes(work, group, chosen, lesson, LessonSaid(subject, said), shown)
    keep_lesson(work, unit, group, chosen, lesson, changes.said.subject, changes.said.seen, reach.staff_id)
    return Noted(chosen, changes.theirs, changes.is_theirs)
