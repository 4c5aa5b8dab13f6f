"""Tells of marks at the door, each guardian once for each mark: what children did in the same minute, with the same person, is
one text. Whoever may not be told, or could not be, is written down with why. Source: security rules S1.5, S3.4 and S9.5."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from bots.attendance_fetcher import find_fetcher
from hub.desk import Work
from hub.people.families import Child, Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.post.audience import list_addresses, list_guardians_for
from hub.post.messages import Lane
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.school.attendance import Attendance, get_marks
from hub.school.attendance_tellings import (
    LATEST,
    AttendanceTelling,
    get_tellings,
    happened_at,
    list_waiting,
    said_at,
    was_said_before,
)
from hub.school.attendance_undoing import UNDONE_WITHIN
from hub.school.attendance_wishes import Moved
from hub.talk.answers import Named
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.dialogue import Waiting, play, say_question
from hub.talk.prompting import NO_ADDRESS, NOTHING_TO_ASK, Notice, tell

ANSWERED_WITHIN = timedelta(hours=12)
NO_RIGHT, STALE, SAID_BEFORE, STOPPED, SAME_PHONE = "no_right", "stale", "said_before", "stopped", "same_phone"


class Told(StrEnum):
    """Why it is told: it has just happened, what was told before was not quite so, or it was not so at all."""

    NEWS = "news"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class AttendanceFacts:
    """What was told of whom. `marks` are the rows, `at` is the minute on the unit's wall clock; `person` took them along, where
    that may be told."""

    children: tuple[Named, ...]
    marks: tuple[str, ...]
    moved: Moved
    at: datetime
    person: str = ""
    told: Told = Told.NEWS


@dataclass(slots=True)
class Telling:
    """One work's tellings."""

    work: Work
    bot: Bot
    _reached: set[tuple[str, Moved, frozenset[str]]] = field(default_factory=set)
    _informed: dict[str, set[str]] = field(default_factory=dict)

    def tell_news(self, moved: Moved, ids: Sequence[str]) -> None:
        """Whatever of these marks is still untold."""
        marks = get_marks(self.work, ids)
        self.work.take_turns(row.child_id for row in marks)
        together: dict[tuple[str, str, datetime, str], tuple[Guardian, GuardianAddress, list[Attendance]]] = {}
        for row, guardian in list_waiting(self.work, moved, marks):
            at = happened_at(row, moved)
            if at is None:
                continue
            address = find_way(self.work, guardian.id, Topic.DAILY)
            why_not = self._why_not(row, guardian, moved, at, address)
            if why_not is not None or address is None:
                self._keep(row, guardian, moved, at, why_not=why_not or NO_ADDRESS)
                continue
            person = self._find_person(row, guardian, moved, address)
            key = (guardian.id, row.unit_id, at.replace(second=0, microsecond=0), person)
            together.setdefault(key, (guardian, address, []))[2].append(row)
        for (_, _, _, person), (guardian, address, rows) in together.items():
            why_not = self._tell(guardian, address, rows, moved, person, Told.NEWS)
            for row in rows:
                self._keep(row, guardian, moved, _at(row, moved), person, why_not)

    def tell_wrong(self, keys: Sequence[tuple[str, str, Moved]]) -> None:
        """What was told and is not so any more, in few words. Of another day it would be read as of this one, and is not
        told; after a STOP only that the child is not here, or not gone."""
        tellings = get_tellings(self.work, keys)
        marks = {row.id: row for row in get_marks(self.work, [telling.attendance_id for telling in tellings])}
        self.work.take_turns(row.child_id for row in marks.values())
        said: set[tuple[str, str]] = set()
        for telling in tellings:
            row, guardian = marks[telling.attendance_id], self.work.session.get_one(Guardian, telling.guardian_id)
            moved = Moved(telling.moved)
            at = happened_at(row, moved)
            address = find_way(self.work, guardian.id, Topic.DAILY)
            person = "" if at is None or address is None else self._find_person(row, guardian, moved, address)
            if at == said_at(telling) and telling.person in ("", person):
                telling.told_at = self.work.now
                continue
            told = Told.WITHDRAWN if at is None else Told.NEWS if telling.withdrawn_at is not None else Told.CORRECTED
            about = Moved.CAME if row.taken_back_at is not None else moved
            is_new = (row.id, guardian.id) not in said and not (told is Told.WITHDRAWN and self._has_come_again(row))
            is_news = is_new and self._is_today(row, at or telling.at)
            is_closed = address is not None and address.stopped_at is not None and told is not Told.WITHDRAWN
            if is_news and address is not None and not is_closed and self._may_know(row, guardian):
                said.add((row.id, guardian.id))
                self._tell(guardian, address, [row], about, person, told)
            telling.told_at, telling.person = self.work.now, person
            telling.at, telling.withdrawn_at = (telling.at, self.work.now) if at is None else (at, None)

    def _why_not(
        self, row: Attendance, guardian: Guardian, moved: Moved, at: datetime, address: GuardianAddress | None
    ) -> str | None:
        if not self._may_know(row, guardian):
            return NO_RIGHT
        if self.work.now - at > (LATEST if moved is Moved.CAME else LATEST + UNDONE_WITHIN):
            return STALE
        if was_said_before(self.work, row, guardian.id, moved, at):
            return SAID_BEFORE
        return STOPPED if address is not None and address.stopped_at is not None else None

    def _may_know(self, row: Attendance, guardian: Guardian) -> bool:
        if row.child_id not in self._informed:
            today = self.work.session.get_one(Unit, row.unit_id).today(self.work.now)
            informed = list_guardians_for(self.work, row.child_id, Right.INFORM, today)
            self._informed[row.child_id] = {each.id for each in informed}
        return guardian.id in self._informed[row.child_id]

    def _find_person(self, row: Attendance, guardian: Guardian, moved: Moved, address: GuardianAddress) -> str:
        if moved is Moved.CAME or row.fetched_name is None:
            return ""
        behind = [each.id for _, each in list_addresses(self.work, address.kind, address.value, guardian.owner_id)]
        return find_fetcher(self.work, self.work.session.get_one(Unit, row.unit_id), row, behind or [guardian.id])

    def _is_today(self, row: Attendance, at: datetime) -> bool:
        unit = self.work.session.get_one(Unit, row.unit_id)
        return unit.today(at) == unit.today(self.work.now)

    def _has_come_again(self, row: Attendance) -> bool:
        """Another mark stands for this one, and is told by itself."""
        other = sa.select(Attendance.id).where(
            Attendance.child_id == row.child_id,
            Attendance.day == row.day,
            Attendance.id > row.id,
            Attendance.taken_back_at.is_(None),
        )
        return row.taken_back_at is not None and self.work.session.scalars(other.limit(1)).first() is not None

    def _tell(
        self,
        guardian: Guardian,
        address: GuardianAddress,
        rows: Sequence[Attendance],
        moved: Moved,
        person: str,
        told: Told,
    ) -> str | None:
        """Two behind one phone are told once. Answers why they were not told, by a code."""
        reached = (address.value, moved, frozenset(row.id for row in rows))
        if reached in self._reached:
            return SAME_PHONE
        self._reached.add(reached)
        unit = self.work.session.get_one(Unit, rows[0].unit_id)
        children = [self.work.session.get_one(Child, row.child_id) for row in rows]
        facts = AttendanceFacts(
            tuple(Named(child.id, child.called) for child in children),
            tuple(row.id for row in rows),
            moved,
            unit.local(_at(rows[0], moved)).replace(second=0, microsecond=0),
            person,
            told,
        )
        played = play(self.bot.dialogue(facts), ())
        if not isinstance(played, Waiting):
            return NOTHING_TO_ASK
        said = say_question(played.asked)
        notice = Notice(
            said.utterance,
            said.parameters,
            [child.id for child in children],
            Lane.SAFETY,
            Topic.DAILY,
            author=self.bot.name,
            climbs=False,
        )
        sent = tell(self.work, unit, guardian, notice, address=address)
        if sent.why_not is None and sent.message is not None and sent.address is not None:
            state = ConversationState.TOLD
            open_conversation(self.work, self.bot, facts, sent.message, sent.address, state, ANSWERED_WITHIN)
        return sent.why_not

    def _keep(
        self,
        row: Attendance,
        guardian: Guardian,
        moved: Moved,
        at: datetime,
        person: str = "",
        why_not: str | None = None,
    ) -> None:
        kept = AttendanceTelling(
            attendance_id=row.id,
            guardian_id=guardian.id,
            moved=moved,
            owner_id=row.owner_id,
            told_at=self.work.now,
            at=at,
            person=person,
            why_not=why_not,
        )
        self.work.session.add(kept)


def _at(row: Attendance, moved: Moved) -> datetime:
    """When it was; of what has no such moment any more, when the child came."""
    return (row.left_at if moved is Moved.LEFT else None) or row.came_at
