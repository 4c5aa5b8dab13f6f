"""Tells guardians who wish it that their child came or left, once for each mark, and again where it proves wrong; one "no" is
an alarm at the unit at once.

It answers a wish, and a wrong mark hides that a child never came, or with whom it went. So it goes in quiet hours too, where
children are looked after at night, and ahead of what does not hurry. What is no news any more is written down, and not sent.
Source: security rules S0.1, S1.6, S5.3 and S9.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bots.attendance_telling import ANSWERED_WITHIN, AttendanceFacts, Telling, Told
from hub.address import shown_phone
from hub.desk import Look, Work
from hub.doorbell import MARKS
from hub.people.families import Right
from hub.school.attendance import get_marks
from hub.school.attendance_denials import WasTold, deny
from hub.school.attendance_tellings import list_untold, list_wrong
from hub.school.attendance_wishes import Moved
from hub.talk.answers import IsItSo, Named
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, AtDoor, Intent
from hub.talk.leaders import text_leaders
from hub.talk.speaker import Speaker, has_right

DENIED = "attendance_denied"
"""Why a thread waits for a person."""
WRONG = "wrong"
SAYS = {
    (Moved.CAME, False): AtDoor.CAME,
    (Moved.CAME, True): AtDoor.NOT_COME,
    (Moved.LEFT, False): AtDoor.LEFT,
    (Moved.LEFT, True): AtDoor.NOT_LEFT,
}
"""What is told, by how a child was marked and whether that was withdrawn."""
BETWEEN_LOOKS = timedelta(seconds=10)
AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class AttendanceAnswered:
    """`told` is of those children alone of whom the guardian says that it is not so, or of all where they agree."""

    told: AttendanceFacts
    agreed: bool


class AttendanceBot:
    """Takes no intents of its own: it only answers what it told."""

    name = "attendance"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = AttendanceFacts
    prompts_in_round = False
    due_at_once = AT_ONCE
    hurried_by = MARKS

    def __init__(self) -> None:
        self._next_look: datetime | None = None

    def list_due(self, look: Look) -> Sequence[str]:
        """What has proved wrong first, which is looked for now and then; "wrong.mark.guardian.moved" and "moved.mark"."""
        due: list[str] = []
        if self._next_look is None or look.now >= self._next_look:
            due += [f"{WRONG}.{mark}.{guardian}.{moved}" for mark, guardian, moved in list_wrong(look)]
            self._next_look = look.now + BETWEEN_LOOKS
        return [*due, *self.list_hurried(look)]

    def list_hurried(self, look: Look) -> Sequence[str]:
        """What has just happened: a coming is told while whoever brought the child still stands at the door, a leaving when
        it can no longer be undone there."""
        return [f"{moved}.{mark}" for moved in Moved for mark in list_untold(look, moved)]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        parts = [one.split(".") for one in due]
        telling = Telling(work, self)
        telling.tell_wrong([(part[1], part[2], Moved(part[3])) for part in parts if part[0] == WRONG])
        for moved in Moved:
            telling.tell_news(moved, [part[1] for part in parts if part[0] == moved])

    def gather(self, look: Look, speaker: Speaker, act: Act) -> AttendanceFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: AttendanceFacts) -> bool:
        return bool(_still_known(look, speaker, facts).children)

    def dialogue(self, facts: AttendanceFacts) -> Dialogue[AttendanceAnswered]:
        names, at, person = [child.name for child in facts.children], facts.at.time(), facts.person
        so = IsItSo(facts.children)
        match facts.moved, facts.told:
            case Moved.CAME, Told.NEWS:
                denied = yield from ask("attendance.came", so, children=names, at=at)
            case Moved.CAME, Told.CORRECTED:
                denied = yield from ask("attendance.came_corrected", so, children=names, at=at)
            case Moved.CAME, _:
                denied = yield from ask("attendance.not_come", so, children=names)
            case _, Told.NEWS:
                denied = yield from ask("attendance.left", so, children=names, at=at, person=person)
            case _, Told.CORRECTED:
                denied = yield from ask("attendance.left_corrected", so, children=names, at=at, person=person)
            case _:
                denied = yield from ask("attendance.not_left", so, children=names)
        return AttendanceAnswered(_told_of(facts, denied or facts.children), not denied)

    def told_of(self, look: Look, facts: AttendanceFacts) -> dict[str, AtDoor | None]:
        """Of one marked again since, the mark tells already what the words would say."""
        said = SAYS[facts.moved, facts.told is Told.WITHDRAWN]
        gone = {row.child_id for row in get_marks(look, facts.marks) if row.left_at is not None}
        stays = said in (AtDoor.LEFT, AtDoor.NOT_COME)
        return {child.id: said if stays or child.id not in gone else None for child in facts.children}

    def settle(self, work: Work, speaker: Speaker, outcome: AttendanceAnswered, occasion: Occasion) -> Settled:
        told = _still_known(work, speaker, outcome.told)
        names, ids = [child.name for child in told.children], tuple(child.id for child in told.children)
        if outcome.agreed:
            return _settle_agreed(told, names, ids)
        denied = WasTold(told.moved, None if told.told is Told.WITHDRAWN else told.at, told.person)
        guardian_id = speaker.guardians[0].id
        alarms = [deny(work, mark, denied, guardian_id, occasion.message_id) for mark in get_marks(work, told.marks)]
        if any(alarm.message_id == occasion.message_id or alarm.guardian_id != guardian_id for alarm in alarms):
            text_leaders(work, speaker.unit, _alarm(speaker, names))
        return Settled((say("attendance.denied", children=names),), ids, hand_over=DENIED)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> AttendanceFacts | None:
        return None


def _still_known(look: Look, speaker: Speaker, told: AttendanceFacts) -> AttendanceFacts:
    """What was told, of those children alone of whom whoever answers may still know."""
    return _told_of(told, [child for child in told.children if has_right(look, speaker, Right.INFORM, [child.id])])


def _told_of(told: AttendanceFacts, children: Sequence[Named]) -> AttendanceFacts:
    """What was told, of these children alone."""
    kept = [pair for pair in zip(told.children, told.marks, strict=True) if pair[0] in children]
    return replace(told, children=tuple(child for child, _ in kept), marks=tuple(mark for _, mark in kept))


def _settle_agreed(told: AttendanceFacts, names: Sequence[str], ids: tuple[str, ...]) -> Settled:
    """A yes to that a child has not come may mean that it should have: nothing is noted of it, and a no still counts."""
    if (told.moved, told.told) == (Moved.CAME, Told.WITHDRAWN):
        said = say("attendance.not_come_agreed", children=names)
        return Settled((said,), ids, told=Further(told, ANSWERED_WITHIN))
    return Settled((say("attendance.agreed"),), ids)


def _alarm(speaker: Speaker, names: Sequence[str]) -> Say:
    """Of a family who has to do with a protected child by now nobody is named in a text. Source: security rule S4.4."""
    if speaker.is_guarded:
        return say("staff_alarm.attendance_denied_unnamed")
    by = " / ".join(guardian.name for guardian in speaker.guardians)
    number = shown_phone(speaker.addresses[0].value)
    return say("staff_alarm.attendance_denied", name=by, children=names, number=number)
