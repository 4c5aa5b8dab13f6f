"""Records of leave: the decision with its letters as PDFs and the application, one record a case; and how granted leave ended.

They are kept once the letters are made, or after a while without: what cannot be made keeps nothing from the archive.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from hub.archive.records import (
    PDF,
    ArchiveRecord,
    Direction,
    Enclosed,
    Kept,
    Person,
    RecordKind,
    Written,
    find_record,
    keep_record,
)
from hub.archive.rules import ArchiveRule, Keep, Matter
from hub.desk import Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_decisions import TAKEN_UP_WITHIN, LeaveDecision, find_decision
from hub.school.leave_letters import LeaveLetter, list_letters
from hub.school.leave_papers import get_paper
from hub.school.leave_voices import LeaveVoice, list_voices

PAPERS_WITHIN = timedelta(days=2)
HIDDEN = "*****"
"""In place of a name where anybody may read it. Source: the Noark 5 catalogue of metadata, M025."""
BUDBOK = "Budbok"

_ENDED = LeaveApplication.state.in_([LeaveState.WITHDRAWN, LeaveState.REPLACED])
_DECIDED = sa.exists().where(LeaveDecision.application_id == LeaveApplication.id)
IS_NOT_FOR_IT = sa.exists().where(
    ArchiveRule.owner_id == LeaveApplication.owner_id,
    ArchiveRule.matter == Matter.LEAVE,
    ArchiveRule.keep == Keep.NO,
)
"""On a question about LeaveApplication: its owner keeps no leave for the archive."""


def has_record(kind: RecordKind) -> sa.ColumnElement[bool]:
    """On a question about LeaveApplication."""
    return sa.exists().where(ArchiveRecord.subject_id == LeaveApplication.id, ArchiveRecord.kind == kind)


def awaits_record() -> sa.ColumnElement[bool]:
    """On a question about LeaveApplication: it must go to the archive as it is now, and no record of that is kept yet."""
    owed = sa.or_(
        sa.and_(sa.or_(_DECIDED, _ENDED), ~has_record(RecordKind.LEAVE)),
        sa.and_(_DECIDED, _ENDED, ~has_record(RecordKind.LEAVE_END)),
    )
    return sa.and_(owed, ~IS_NOT_FOR_IT)


def gather_leave(work: Work, most: int) -> int:
    """Keep what awaits it, at most so many; how many records that made. What may still be taken up again is not over yet."""
    made_late = sa.exists().where(
        LeaveDecision.application_id == LeaveApplication.id,
        LeaveLetter.decision_id == LeaveDecision.id,
        LeaveLetter.paper_due.is_not(None),
        LeaveDecision.decided_at > work.now - PAPERS_WITHIN,
    )
    may_wait_again = sa.and_(
        LeaveApplication.state == LeaveState.REPLACED, ~_DECIDED, LeaveApplication.ended_at > work.now - TAKEN_UP_WITHIN
    )
    due = sa.select(LeaveApplication).where(awaits_record(), ~made_late, ~may_wait_again)
    due = due.order_by(LeaveApplication.id).limit(most)
    return sum(_keep(work, application) for application in work.session.scalars(due).all())


def _keep(work: Work, application: LeaveApplication) -> int:
    work.take_turns([application.id])
    child = work.session.get_one(Child, application.child_id)
    decision = find_decision(work, application.id)
    unit = work.session.get_one(Unit, decision.unit_id if decision is not None else application.unit_id)
    case = WordedCase(work, application, decision, child, unit)
    made = 0
    for kept in case.list_kept():
        if find_record(work, kept.kind, application.id, child.id) is None:
            keep_record(work, child, unit, kept, BUDBOK)
            made += 1
    work.session.flush()
    return made


class WordedCase:
    """One application, as its unit's language says it. Each record of it belongs to the same case."""

    def __init__(
        self, work: Work, application: LeaveApplication, decision: LeaveDecision | None, child: Child, unit: Unit
    ) -> None:
        self.work, self.application, self.decision, self.child, self.unit = work, application, decision, child, unit
        self.words = work.words.in_language(unit.languages[0])
        self.letters = list_letters(work, decision.id) if decision is not None else []
        self.voices = list_voices(work, [application.id])
        guardians = {application.applied_by, *(one.guardian_id for one in self.letters)}
        guardians |= {voice.guardian_id for voice in self.voices}
        by = {decision.decided_by} if decision is not None else set()
        ended = {application.ended_by} if application.ended_by else set()
        self.names = names_of(work, guardians=guardians | ended, staff=by | ended)

    def list_kept(self) -> Iterator[Kept]:
        is_ended = self.application.state in (LeaveState.WITHDRAWN, LeaveState.REPLACED)
        if self.decision is not None:
            yield self._decided(self.decision)
        elif is_ended:
            yield self._given_up()
        if self.decision is not None and is_ended:
            yield self._ended()

    def _decided(self, decision: LeaveDecision) -> Kept:
        letters = [self._letter(letter, number) for number, letter in enumerate(self.letters, start=1)]
        return self.keep(
            RecordKind.LEAVE,
            "leave_decided",
            decision.decided_at,
            (*(letters or [self._decision(decision)]), self._applied()),
            receivers=[letter.guardian_id for letter in self.letters],
            responsible=self.name(decision.decided_by),
        )

    def _given_up(self) -> Kept:
        documents = (self._applied(), self._end())
        return self.keep(
            RecordKind.LEAVE, "leave_given_up", self._ended_at, documents, senders=[self.application.applied_by]
        )

    def _ended(self) -> Kept:
        senders = [self.application.ended_by] if self.application.ended_by else []
        return self.keep(RecordKind.LEAVE_END, "leave_ended", self._ended_at, (self._end(),), senders=senders)

    @property
    def _ended_at(self) -> datetime:
        return self.application.ended_at or self.application.applied_at

    def keep(
        self,
        kind: RecordKind,
        title: str,
        at: datetime,
        documents: tuple[Written | Enclosed, ...],
        *,
        senders: Sequence[str] = (),
        receivers: Sequence[str] = (),
        responsible: str = "",
    ) -> Kept:
        """It came in where it has senders, went out where it has receivers, and never left where it has neither."""
        say, name = self.words.say, self.child.name
        direction = Direction.IN if senders else Direction.OUT if receivers else Direction.INTERNAL
        return Kept(
            kind=kind,
            subject_id=self.application.id,
            case=f"leave {self.application.id}",
            at=at,
            direction=direction,
            case_title=say("records.case_leave", child=name),
            case_title_public=say("records.case_leave", child=HIDDEN),
            title=say(f"records.{title}", child=name),
            title_public=say(f"records.{title}", child=HIDDEN),
            responsible=responsible or self.unit.name,
            senders=tuple(Person(id_, self.name(id_)) for id_ in senders),
            receivers=tuple(Person(id_, self.name(id_)) for id_ in receivers),
            documents=documents,
            is_over=True,
        )

    def _letter(self, letter: LeaveLetter, number: int) -> Written | Enclosed:
        """As its guardian has it: the PDF, or the words alone where that was not made."""
        title = self.words.say("records.letter", n=number, of=len(self.letters))
        try:
            return Enclosed(title, PDF, get_paper(self.work, letter.id), lasts=True)
        except NotThereError:
            return Written(title, (), letter.text)

    def _decision(self, decision: LeaveDecision) -> Written:
        """Where nobody has had a letter."""
        say = self.words.say
        at = self.unit.local(decision.decided_at)
        facts = [say("records.decided", outcome=decision.outcome, who=self.name(decision.decided_by), at=at)]
        if decision.days:
            facts.append(self._days("records.granted_days", decision.days_granted))
        return Written(say("records.leave_decided", child=self.child.name), tuple(facts), decision.reason)

    def _applied(self) -> Written:
        application, say = self.application, self.words.say
        applied = say(
            "records.applied", who=self.name(application.applied_by), at=self.unit.local(application.applied_at)
        )
        facts = [
            applied,
            self._days("records.asked_days", application.days_off),
            say("records.leave_reason", reason=application.reason),
            *(self._voice(voice) for voice in self.voices),
        ]
        return Written(say("records.application"), tuple(facts), application.words or "")

    def _voice(self, voice: LeaveVoice) -> str:
        code = {True: "agrees", False: "disagrees", None: "silent" if voice.asked_at else "not_asked"}[voice.agrees]
        return self.words.say("records.voice", name=self.name(voice.guardian_id), answer=code)

    def _end(self) -> Written:
        application, say = self.application, self.words.say
        at = self.unit.local(self._ended_at)
        state = "replaced" if application.state == LeaveState.REPLACED else "withdrawn"
        fact = say("records.ended", state=state, who=self.name(application.ended_by or ""), at=at)
        return Written(say("records.leave_ended", child=self.child.name), (fact,), "")

    def _days(self, utterance: str, days: tuple[date, ...]) -> str:
        return self.words.say(utterance, days=days)

    def name(self, id_: str) -> str:
        return self.names.get(id_) or self.unit.name
