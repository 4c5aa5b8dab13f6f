"""Marks what staff told by text: by their rights as they are now, and so that all of one text can be taken back at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from bots.staff_facts import Kid, Matter, Seen, StaffFacts, Tell, find_doubts, see
from bots.staff_grammar import What
from bots.staff_meals import Eaten, MealsDone, keep_meals, list_own_meals, take_back_meals
from hub.desk import Look, Work
from hub.school.attendance import Attendance, Departure, get_marks, mark_here, mark_left
from hub.school.attendance_undoing import not_here, stand_again, take_marks_back, unleave
from hub.school.day_board import OnBoard, Presence
from hub.school.marking import list_looked_for, list_rest
from hub.school.meals import Meal, MealKind
from hub.talk.answers import Named
from hub.talk.bot import Further, Settled
from hub.talk.dialogue import Say, say
from hub.talk.staff_member import Member

A_WATCH_THAT_IS_FAST = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to mark: of a whole `group` but for `besides`, or of `children` but for those who are `unseen` after all.

    Of the children who are looked for, those who are `seen` were said to be here when the hub asked. `is_sure` is what was said
    of the rest of a group when the hub named those who are `doubted`.
    """

    what: What
    at: time | None
    group: Named | None
    children: tuple[str, ...]
    besides: tuple[str, ...]
    unseen: tuple[str, ...]
    seen: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    is_sure: bool = True
    meals: tuple[MealKind, ...] = ()
    is_diet: bool = False


@dataclass(slots=True)
class _Done:
    """What is said, the ids of the marks that an UNDO needs, and what is asked before it is marked."""

    says: list[Say] = field(default_factory=list)
    asks: list[Tell] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)

    meals: MealsDone = field(default_factory=MealsDone)

    def eat(self, meals: MealsDone) -> None:
        self.says += meals.says
        self.meals = meals

    def memory(self) -> dict[str, list[str]] | None:
        found = {"marked": self.marked, "left": self.left, "unmarked": self.unmarked, **self.meals.memory()}
        return found if any(found.values()) else None


def mark_all(work: Work, member: Member, marks: Sequence[Mark]) -> Settled:
    """What cannot be marked is said too; nothing is marked of whoever the writer does not serve any more."""
    seen = see(work, member)
    work.touch(seen.board)
    work.take_turns(seen.board)
    marking = _Marking(
        work, member, seen, [id_ for mark in marks if mark.what is What.NOT_HERE for id_ in mark.children]
    )
    for mark in marks:
        if mark.what is not What.ATE:
            marking.mark(mark)
    done = marking.done
    done.eat(keep_meals(work, member, [_eaten(mark, marking.missing) for mark in marks if mark.what is What.ATE]))
    says = tuple(done.says) if done.says or done.asks else (say("staff_line.not_there"),)
    return Settled(says, undo=done.memory(), further=_ask(done.asks))


def _eaten(mark: Mark, missing: Collection[str]) -> Eaten:
    return Eaten(mark.meals, mark.group, mark.children, {*mark.besides, *missing}, is_diet=mark.is_diet)


def _ask(tells: Sequence[Tell]) -> Further | None:
    return Further(StaffFacts(Matter.MARKS, tuple(tells))) if tells else None


def _ask_whether_seen(seen: Seen, child_ids: Iterable[str], at: time | None = None) -> Tell:
    """These are looked for: a yes to the hub's own question marks them, and nothing else does."""
    kids = ((Kid(id_, seen.labels[id_], is_looked_for=True),) for id_ in child_ids)
    return Tell(What.HERE, at, whom=tuple(kids))


class _Marking:
    """Made inside a work and gone with it. `missing` are those whom the same text says are not here."""

    def __init__(self, work: Work, member: Member, seen: Seen, missing: Collection[str]) -> None:
        self._work = work
        self._member = member
        self._seen = seen
        self.missing = set(missing)
        self._looked_for = list_looked_for(work, member.unit, member.today)
        self.done = _Done()

    def mark(self, mark: Mark) -> None:
        at = None if mark.at is None else self._member.unit.moment(self._member.today, mark.at)
        if at is not None and at > self._work.now + A_WATCH_THAT_IS_FAST:
            self.done.says.append(say("staff_line.not_yet", at=mark.at))
            return
        children = self._on_board(mark.children)
        if mark.group is not None:
            self._mark_group(mark, mark.group, at)
        elif mark.what is What.NOT_HERE:
            self._not_here(children)
        elif mark.what is What.LEFT:
            self._left(children, at)
        else:
            self._here(children, mark, at)

    def _mark_group(self, mark: Mark, group: Named, at: datetime | None) -> None:
        those = self._seen.in_group(group.id)
        if mark.what is What.LEFT:
            self._left([on for on in those if on.presence is Presence.HERE], at, group)
            return
        besides = {*mark.besides, *self.missing}
        if not mark.is_sure:
            self.done.says.append(say("staff_line.group_not_marked", group=group.name))
            return
        if self._is_doubted_since(mark, group, besides):
            return
        left_out = self._on_board(mark.besides)
        self._unmark(left_out)
        rest = [
            on
            for on in list_rest(self._work, self._member.unit, self._member.today, those, group.id)
            if on.child.id not in besides
        ]
        fresh = self._mark(rest, at)
        here = [on for on in those if on.presence is Presence.HERE and on.child.id not in besides]
        others = [on for on in those if on.child.id not in besides and on not in rest and on not in here]
        self.done.says.append(
            say(
                "staff_line.group_here",
                group=group.name,
                n=len(here) + len(fresh),
                besides=[on.child.called for on in left_out],
                others=[on.child.called for on in others if on.child.id not in self._looked_for],
                looked_for=[on.child.called for on in others if on.child.id in self._looked_for],
            )
        )

    def _is_doubted_since(self, mark: Mark, group: Named, besides: Collection[str]) -> bool:
        """Whether somebody has been told of, or is looked for, whom the hub did not name when it asked: then it asks."""
        doubts = find_doubts(self._work, self._member, self._seen, [group.id])
        doubted = {child.id for each in doubts for child in each.children} - {*besides, *mark.doubted}
        if doubted:
            out = tuple((Kid(on.child.id, self._seen.labels[on.child.id]),) for on in self._on_board(besides))
            self.done.asks.append(Tell(What.HERE, mark.at, (group,), besides=out, doubts=doubts))
        return bool(doubted)

    def _here(self, children: Sequence[OnBoard], mark: Mark, at: datetime | None) -> None:
        unseen = [on for on in children if on.child.id in mark.unseen]
        already = [on for on in children if on.presence is Presence.HERE and not on.is_contradicted]
        left_since = [on for on in children if at is not None and on.left_at is not None and at < on.left_at]
        open_ = [on for on in children if on not in unseen and on not in already and on not in left_since]
        since = [on.child.id for on in open_ if on.child.id in self._looked_for and on.child.id not in mark.seen]
        fresh = [on for on in open_ if on.child.id not in since]
        if since:
            self.done.asks.append(_ask_whether_seen(self._seen, since, mark.at))
        if fresh:
            self._mark(fresh, at)
            self.done.says.append(say("staff_line.here", children=self._labels(fresh), at=mark.at))
        if already:
            self.done.says.append(say("staff_line.already", children=self._labels(already)))
        if left_since:
            self.done.says.append(say("staff_line.left_since", children=self._labels(left_since)))
        if unseen:
            self.done.says.append(say("staff_line.not_marked", children=self._labels(unseen)))

    def _mark(self, those: Sequence[OnBoard], at: datetime | None) -> list[str]:
        member = self._member
        children = [on.child for on in those]
        rows = mark_here(self._work, member.unit, children, member.staff.id, came_at=at, phone_id=member.phone.id)
        self.done.marked += [row.id for row in rows]
        return [row.id for row in rows]

    def _left(self, children: Sequence[OnBoard], at: datetime | None, group: Named | None = None) -> None:
        moment = at or self._work.now
        there = [on for on in children if on.came_at is not None and on.came_at <= moment and on.left_at is None]
        rows = mark_left(
            self._work, self._member.unit, [on.child.id for on in there], Departure(moment, self._member.staff.id)
        )
        self.done.left += [row.id for row in rows]
        local = self._member.unit.local(moment).time()
        others = [on for on in children if on not in there]
        if group is not None:
            self.done.says.append(say("staff_line.group_left", group=group.name, n=len(rows), at=local))
        elif there:
            self.done.says.append(say("staff_line.left", children=self._labels(there), at=local))
        if others:
            self.done.says.append(say("staff_line.was_not_here", children=self._labels(others)))

    def _not_here(self, children: Sequence[OnBoard]) -> None:
        gone = self._unmark(children)
        for utterance, those in (
            ("staff_line.not_here", [on for on in children if on.child.id in gone]),
            ("staff_line.was_not_marked", [on for on in children if on.child.id not in gone]),
        ):
            if those:
                self.done.says.append(say(utterance, children=self._labels(those)))

    def _unmark(self, children: Sequence[OnBoard]) -> set[str]:
        """Those of the children who stood here by a mark of today."""
        rows = not_here(self._work, self._member.unit, [on.child.id for on in children])
        self.done.unmarked += [row.id for row in rows]
        return {row.child_id for row in rows}

    def _on_board(self, ids: Iterable[str]) -> list[OnBoard]:
        """Those of the children whom the writer still serves."""
        return [self._seen.board[id_] for id_ in ids if id_ in self._seen.board]

    def _labels(self, those: Sequence[OnBoard]) -> list[str]:
        return [self._seen.labels[on.child.id] for on in those]


def _own_rows(look: Look, member: Member, seen: Seen, memory: Mapping[str, Any]) -> dict[str, Attendance]:
    """The marks of today that one text made, of children whom the writer still serves."""
    rows = get_marks(look, [id_ for key in ("marked", "left", "unmarked") for id_ in memory.get(key, ())])
    return {row.id: row for row in rows if row.child_id in seen.board and row.day == member.today}


def _name(seen: Seen, rows: Iterable[Attendance | Meal]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(seen.labels[row.child_id] for row in rows))


def name_marked(look: Look, member: Member, memory: Mapping[str, Any]) -> tuple[str, ...]:
    """The children whom one text marked, as far as an UNDO can still take it back."""
    seen = see(look, member)
    return _name(seen, [*_own_rows(look, member, seen, memory).values(), *list_own_meals(look, member, seen, memory)])


def take_back(work: Work, member: Member, memory: Mapping[str, Any], at: datetime) -> Settled | None:
    """All that one text marked at that moment is as it was before, and is named; None when its day is over, or the writer
    serves the children no more.

    A child who is looked for since is not here again by an UNDO alone: it is asked about.
    """
    seen = see(work, member)
    work.touch(seen.board)
    work.take_turns(seen.board)
    own, meals = _own_rows(work, member, seen, memory), list_own_meals(work, member, seen, memory)
    if not own and not meals:
        return None
    take_back_meals(work, member, meals, memory)
    marked, left, unmarked = (
        [own[id_] for id_ in memory.get(key, ()) if id_ in own] for key in ("marked", "left", "unmarked")
    )
    take_marks_back(work, [row for row in marked if row.taken_back_at is None])
    unleave(work, [row for row in left if row.left_at is not None])
    marked_since = {on.child.id for on in seen.board.values() if on.was_seen}
    again = [row for row in unmarked if row.child_id not in marked_since]
    looked_for = list_looked_for(work, member.unit, member.today)
    stand_again(work, [row for row in again if row.child_id not in looked_for])
    asked = dict.fromkeys(row.child_id for row in again if row.child_id in looked_for)
    undone = _name(seen, [*(row for row in own.values() if row.child_id not in asked), *meals])
    says = (say("staff_line.undone", children=undone, at=member.unit.local(at).time()),) if undone else ()
    return Settled(says, further=_ask([_ask_whether_seen(seen, asked)] if asked else []))
