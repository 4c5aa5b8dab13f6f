"""Lets go of what is over: everything that hangs on it goes in the same work, and each thing leaves one row in the audit.

A text as it came leaves its key behind, so that a provider which tells it again years later still changes nothing.
Source: security rules S7.2, S10.2 and S10.3.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from hub.archive.records import ArchiveFile, ArchiveRecord
from hub.desk import Work
from hub.door.guided import Guidance
from hub.door.hand_outs import HandOutChild, Signature, TagHandOut
from hub.door.marks import DoorMark
from hub.door.tags import TagChild
from hub.door.taps import Tap
from hub.door.trips import Trip, TripChild, TripCount
from hub.mailroom.print_batches import let_go_sendings
from hub.people.guest_places import GuestPlace
from hub.post.alarm_calls import AlarmCall
from hub.post.alarms import Alarm
from hub.post.arrivals import Arrival, ArrivalOriginal, ArrivalState
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast
from hub.post.deliveries import Delivery
from hub.post.files import Attachment, AttachmentBody, PicturedChild
from hub.post.mailboxes import ReplyToken
from hub.post.messages import Message, MessageChild, ReadMark, Thread, ThreadGuardian
from hub.post.reports import DeliveryReport
from hub.post.unreached import Unreached
from hub.post.work_mail import WorkMail
from hub.privacy.holds import LegalHold
from hub.privacy.terms import ARRIVALS, MESSAGES, Kind
from hub.safety.address_changes import AddressChange
from hub.safety.audit import note
from hub.safety.exports import Export
from hub.school.absences import Absence
from hub.school.assessments import Assessment
from hub.school.attendance import Attendance
from hub.school.attendance_corrections import AttendanceCorrection
from hub.school.attendance_denials import AttendanceDenial
from hub.school.attendance_tellings import AttendanceTelling
from hub.school.campaigns import ConsentAsk
from hub.school.care_bookings import CareBooking
from hub.school.care_checks import CareCheck
from hub.school.care_holidays import HolidayAnswer
from hub.school.care_notes import CareNote
from hub.school.consents import Consent
from hub.school.early_pickups import EarlyPickup
from hub.school.family_talks import FamilyTalk
from hub.school.fetching import Fetching
from hub.school.handed_hours import HandedHours
from hub.school.late_arrivals import LateArrival
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper
from hub.school.leave_voices import LeaveVoice
from hub.school.lessons import LessonMark
from hub.school.meals import Meal
from hub.school.not_arrived import NotArrived, StepTaken
from hub.school.not_fetched import FetchStepTaken, NotFetched
from hub.school.trusted_people import TrustedPerson
from hub.talk.conversations import Conversation


def forget(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """Let go of these things of one kind. What is overwritten stays nowhere in SQLite's file."""
    if not ids:
        return
    with_sqlite = work.connection.dialect.name == "sqlite"
    if with_sqlite:
        work.connection.exec_driver_sql("PRAGMA secure_delete=ON").close()
    _FORGETTING[kind](work, kind, ids)
    work.session.flush()
    if with_sqlite:
        work.connection.exec_driver_sql("PRAGMA secure_delete=OFF").close()


_TOLD_BY_MESSAGE = (
    Absence,
    LateArrival,
    NotArrived,
    NotFetched,
    AttendanceDenial,
    EarlyPickup,
    Fetching,
    LeaveApplication,
    Consent,
    CareBooking,
    HolidayAnswer,
    CareNote,
    TrustedPerson,
)
"""Facts that outlive the message that told them."""


def _messages(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    do = work.session.execute
    threads = {row.id: row.thread_id for row in do(sa.select(Message.id, Message.thread_id).where(Message.id.in_(ids)))}
    _deliveries(work, ids)
    _attachments(work, Attachment.message_id.in_(ids))
    do(sa.delete(Unreached).where(Unreached.message_id.in_(ids)))
    do(sa.delete(MessageChild).where(MessageChild.message_id.in_(ids)))
    do(sa.delete(Conversation).where(Conversation.began_with.in_(ids)))
    for told in _TOLD_BY_MESSAGE:
        do(sa.update(told).where(told.message_id.in_(ids)).values(message_id=None))
    do(sa.delete(Message).where(Message.id.in_(ids)))
    for id_ in ids:
        note(work, "retention.forget", [id_, threads[id_]], kind)
    _empty_threads(work, kind, sorted(set(threads.values())))


def _deliveries(work: Work, message_ids: Sequence[str]) -> None:
    """With their reports, by either name."""
    do = work.session.execute
    found = do(sa.select(Delivery.id, Delivery.provider_id).where(Delivery.message_id.in_(message_ids))).all()
    theirs = [row.provider_id for row in found if row.provider_id is not None]
    own = [row.id for row in found]
    do(sa.delete(DeliveryReport).where(DeliveryReport.provider_id.in_(theirs)))
    do(sa.delete(Delivery).where(Delivery.id.in_(own)))
    mails = sa.select(WorkMail.id).where(sa.or_(WorkMail.id.in_(own), WorkMail.message_id.in_(message_ids)))
    do(sa.delete(ReplyToken).where(ReplyToken.work_mail_id.in_(mails)))
    do(sa.delete(WorkMail).where(sa.or_(WorkMail.id.in_(own), WorkMail.message_id.in_(message_ids))))


def _attachments(work: Work, which: sa.ColumnElement[bool]) -> None:
    of_these = sa.select(Attachment.id).where(which)
    for table in (AttachmentBody, PicturedChild):
        work.session.execute(sa.delete(table).where(table.attachment_id.in_(of_these)))
    work.session.execute(sa.delete(Attachment).where(which))


def _empty_threads(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """A thread in which nothing is left goes too, with the phone it was held with."""
    do = work.session.execute
    says_something = sa.exists().where(Message.thread_id == Thread.id)
    is_named = sa.exists().where(LegalHold.thread_id == Thread.id)
    empty = list(
        work.session.scalars(
            sa.select(Thread.id).where(Thread.id.in_(ids), ~says_something, ~is_named).with_for_update()
        )
    )
    if not empty:
        return
    for table in (ReadMark, ThreadGuardian):
        do(sa.delete(table).where(table.thread_id.in_(empty)))
    do(sa.delete(Thread).where(Thread.id.in_(empty)))
    for id_ in empty:
        note(work, "retention.forget", [id_], f"{kind}: empty thread")


def _files(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    belongs_to = sa.func.coalesce(Attachment.message_id, Attachment.broadcast_id)
    asked = sa.select(Attachment.id, belongs_to).where(Attachment.id.in_(ids))
    of = {row[0]: row[1] for row in work.session.execute(asked)}
    _attachments(work, Attachment.id.in_(ids))
    for id_ in ids:
        note(work, "retention.forget", [id_, of[id_]], kind)


def _arrivals(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    work.session.execute(sa.delete(ArrivalOriginal).where(ArrivalOriginal.arrival_id.in_(ids)))
    work.session.execute(
        sa.update(Arrival)
        .where(Arrival.id.in_(ids))
        .values(
            state=ArrivalState.FORGOTTEN,
            text="",
            sender="",
            recipient="",
            provider_id="",
            digest="",
            media=None,
            opt_out=None,
            message_id=None,
        )
    )
    for id_ in ids:
        note(work, "retention.forget", [id_], kind)


def _rows(table: Any) -> Callable[[Work, Kind, Sequence[str]], None]:
    def forget_rows(work: Work, kind: Kind, ids: Sequence[str]) -> None:
        work.session.execute(sa.delete(table).where(table.id.in_(ids)))
        for id_ in ids:
            note(work, "retention.forget", [id_], kind)

    return forget_rows


def _attendance(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With whom it was told, who denied it, and what was put right of it."""
    work.session.execute(sa.delete(AttendanceTelling).where(AttendanceTelling.attendance_id.in_(ids)))
    work.session.execute(sa.delete(AttendanceDenial).where(AttendanceDenial.attendance_id.in_(ids)))
    work.session.execute(sa.delete(AttendanceCorrection).where(AttendanceCorrection.attendance_id.in_(ids)))
    _rows(Attendance)(work, kind, ids)


def _not_arrived(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With the steps that were taken."""
    work.session.execute(sa.delete(StepTaken).where(StepTaken.case_id.in_(ids)))
    _rows(NotArrived)(work, kind, ids)


def _not_fetched(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With the steps that were taken."""
    work.session.execute(sa.delete(FetchStepTaken).where(FetchStepTaken.case_id.in_(ids)))
    _rows(NotFetched)(work, kind, ids)


def _trips(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With who was on it, and its counts."""
    for table in (TripCount, TripChild):
        work.session.execute(sa.delete(table).where(table.trip_id.in_(ids)))
    _rows(Trip)(work, kind, ids)


def _hand_outs(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With whom each was for, and the signature; a tag that was still out stands for nobody from then on."""
    do = work.session.execute
    out = sa.select(TagHandOut.tag_id).where(TagHandOut.id.in_(ids), TagHandOut.returned_at.is_(None))
    do(sa.delete(TagChild).where(TagChild.tag_id.in_(out)))
    for table in (Signature, HandOutChild):
        do(sa.delete(table).where(table.hand_out_id.in_(ids)))
    _rows(TagHandOut)(work, kind, ids)


def _leave(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With what others said of it, the decision, its letters, and how those were sent."""
    do = work.session.execute
    decisions = sa.select(LeaveDecision.id).where(LeaveDecision.application_id.in_(ids))
    letters = sa.select(LeaveLetter.id).where(LeaveLetter.decision_id.in_(decisions))
    let_go_sendings(work, letters)
    do(sa.delete(LeavePaper).where(LeavePaper.letter_id.in_(letters)))
    do(sa.delete(LeaveLetter).where(LeaveLetter.decision_id.in_(decisions)))
    do(sa.delete(LeaveDecision).where(LeaveDecision.application_id.in_(ids)))
    do(sa.delete(LeaveVoice).where(LeaveVoice.application_id.in_(ids)))
    _rows(LeaveApplication)(work, kind, ids)


def _broadcasts(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """With whom they went to and what was answered; a correction may outlive what it corrected."""
    do = work.session.execute
    do(sa.delete(AlarmCall).where(AlarmCall.broadcast_id.in_(ids)))
    do(sa.delete(Alarm).where(Alarm.broadcast_id.in_(ids)))
    do(sa.delete(BroadcastReceiver).where(BroadcastReceiver.broadcast_id.in_(ids)))
    _attachments(work, Attachment.broadcast_id.in_(ids))
    do(sa.update(Broadcast).where(Broadcast.corrects_id.in_(ids)).values(corrects_id=None))
    _rows(Broadcast)(work, kind, ids)


def _archived(work: Work, kind: Kind, ids: Sequence[str]) -> None:
    """What it holds goes; that it left stays, so that it never leaves as something new."""
    do = work.session.execute
    do(sa.delete(ArchiveFile).where(ArchiveFile.record_id.in_(ids)))
    do(sa.update(ArchiveRecord).where(ArchiveRecord.id.in_(ids)).values(content="", let_go_at=work.now))
    for id_ in ids:
        note(work, "retention.forget", [id_], kind)


_FORGETTING: dict[Kind, Callable[[Work, Kind, Sequence[str]], None]] = {
    **dict.fromkeys(MESSAGES, _messages),
    **dict.fromkeys(ARRIVALS, _arrivals),
    Kind.FILES: _files,
    Kind.REPORTS: _rows(DeliveryReport),
    Kind.ABSENCES: _rows(Absence),
    Kind.LATE_ARRIVALS: _rows(LateArrival),
    Kind.EARLY_PICKUPS: _rows(EarlyPickup),
    Kind.FETCHINGS: _rows(Fetching),
    Kind.FAMILY_TALKS: _rows(FamilyTalk),
    Kind.GUEST_PLACES: _rows(GuestPlace),
    Kind.ATTENDANCE: _attendance,
    Kind.LESSON_MARKS: _rows(LessonMark),
    Kind.ASSESSMENTS: _rows(Assessment),
    Kind.MEALS: _rows(Meal),
    Kind.TAPS: _rows(Tap),
    Kind.TAG_HAND_OUTS: _hand_outs,
    Kind.TAG_GUIDANCES: _rows(Guidance),
    Kind.DOOR_MARKS: _rows(DoorMark),
    Kind.TRIPS: _trips,
    Kind.NOT_ARRIVED: _not_arrived,
    Kind.NOT_FETCHED: _not_fetched,
    Kind.LEAVE: _leave,
    Kind.CONSENTS: _rows(Consent),
    Kind.CONSENT_ASKS: _rows(ConsentAsk),
    Kind.CARE_BOOKINGS: _rows(CareBooking),
    Kind.HANDED_HOURS: _rows(HandedHours),
    Kind.CARE_NOTES: _rows(CareNote),
    Kind.TRUSTED_PEOPLE: _rows(TrustedPerson),
    Kind.CARE_CHECKS: _rows(CareCheck),
    Kind.BROADCASTS: _broadcasts,
    Kind.ADDRESS_CHANGES: _rows(AddressChange),
    Kind.EXPORTS: _rows(Export),
    Kind.ARCHIVED: _archived,
}
