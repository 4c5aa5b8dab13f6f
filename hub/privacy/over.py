"""Which things are over: for each kind of thing a question for those older than its term that no hold keeps. Source: security
rule S10.3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from hub.archive.leave_records import awaits_record
from hub.archive.letter_proofs import awaits_proof
from hub.archive.records import ArchiveRecord
from hub.clock import first_id
from hub.database import Utc
from hub.desk import Look
from hub.door.guided import Guidance
from hub.door.hand_outs import HandOutChild, TagHandOut
from hub.door.marks import DoorMark
from hub.door.tags import TagChild
from hub.door.taps import Tap
from hub.door.trips import Trip, TripChild
from hub.mailroom.open_letters import awaits_letter
from hub.people.families import Guardianship, Placement
from hub.people.guest_places import GuestPlace
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast
from hub.post.files import Attachment
from hub.post.messages import Message, Thread, ThreadKind
from hub.post.reports import DeliveryReport
from hub.privacy.holds import holds_arrival, holds_child, holds_message, holds_report
from hub.privacy.terms import Kind
from hub.safety.address_changes import AddressChange
from hub.safety.exports import Export
from hub.school.absences import Absence
from hub.school.assessments import Assessment
from hub.school.attendance import Attendance
from hub.school.campaigns import ConsentAsk
from hub.school.care_bookings import CareBooking
from hub.school.care_checks import CareCheck
from hub.school.care_notes import CareNote
from hub.school.consents import STANDS, Consent
from hub.school.early_pickups import EarlyPickup
from hub.school.family_talks import FamilyTalk
from hub.school.fetching import Fetching
from hub.school.handed_hours import HandedHours
from hub.school.late_arrivals import LateArrival
from hub.school.leave import LeaveApplication
from hub.school.lessons import LessonMark
from hub.school.meals import Meal
from hub.school.not_arrived import NotArrived
from hub.school.not_fetched import NotFetched
from hub.school.told import ToldOfDay
from hub.school.trusted_people import TrustedPerson


@dataclass(frozen=True, slots=True)
class Over:
    """One thing whose time is over. `at` is the moment it is as old as, UTC."""

    id: str
    at: datetime


def list_over(look: Look, kind: Kind, before: datetime, limit: int, among: Sequence[str] | None = None) -> list[Over]:
    """The oldest things of a kind from before a moment that no hold keeps; of all, or of those `among` these ids."""
    asked = _ASKING[kind](before)
    these = sa.true() if among is None else asked.id.in_(among)
    rows = look.session.execute(
        sa.select(asked.id.label("id"), asked.at.label("at"))
        .where(these, asked.of_kind, sa.not_(asked.held))
        .order_by(asked.at, asked.id)
        .limit(limit)
    )
    return [Over(row.id, _moment(row.at)) for row in rows]


def count_over(look: Look, kind: Kind, before: datetime) -> tuple[int, int]:
    """How many things of a kind from before a moment may go, and how many a hold keeps."""
    asked = _ASKING[kind](before)
    rows = look.session.execute(
        sa.select(asked.held.label("held"), sa.func.count().label("n")).where(asked.of_kind).group_by(sa.text("held"))
    )
    counts = {bool(row.held): row.n for row in rows}
    return counts.get(False, 0), counts.get(True, 0)


def _moment(at: datetime | date) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)


@dataclass(frozen=True, slots=True)
class _Asked:
    id: Any
    at: Any
    of_kind: sa.ColumnElement[bool]
    held: sa.ColumnElement[bool]


def _messages(*where: sa.ColumnElement[bool]) -> Callable[[datetime], _Asked]:
    """Ids sort by time, so that the oldest are found without an index of their own."""

    def ask(before: datetime) -> _Asked:
        in_threads = sa.exists().where(Thread.id == Message.thread_id, *where)
        return _Asked(
            Message.id,
            Message.at,
            sa.and_(Message.id < first_id(before), Message.at < before, in_threads),
            holds_message(),
        )

    return ask


def _arrivals(*states: ArrivalState) -> Callable[[datetime], _Asked]:
    def ask(before: datetime) -> _Asked:
        old = sa.and_(Arrival.id < first_id(before), Arrival.received_at < before)
        return _Asked(Arrival.id, Arrival.received_at, sa.and_(old, Arrival.state.in_(states)), holds_arrival())

    return ask


def _reports(before: datetime) -> _Asked:
    old = sa.and_(DeliveryReport.id < first_id(before), DeliveryReport.at < before)
    return _Asked(DeliveryReport.id, DeliveryReport.at, old, holds_report())


def _files(before: datetime) -> _Asked:
    """As old as the message they came with, or the broadcast they went with; a hold on that keeps them."""
    at = sa.func.coalesce(
        sa.select(Message.at).where(Message.id == Attachment.message_id).scalar_subquery(),
        sa.select(Broadcast.written_at).where(Broadcast.id == Attachment.broadcast_id).scalar_subquery(),
        type_=Utc,
    )
    kept = sa.or_(
        sa.exists().where(Message.id == Attachment.message_id, holds_message()),
        sa.exists().where(Broadcast.id == Attachment.broadcast_id, holds_broadcast()),
    )
    old = sa.and_(Attachment.id < first_id(before), at < sa.bindparam("before", before, type_=Utc, unique=True))
    return _Asked(Attachment.id, at, old, kept)


def _days(
    table: type[
        Absence
        | ToldOfDay
        | Assessment
        | Attendance
        | LessonMark
        | DoorMark
        | NotArrived
        | NotFetched
        | CareBooking
        | HandedHours
        | Meal
    ],
) -> Callable[[datetime], _Asked]:
    def ask(before: datetime) -> _Asked:
        return _Asked(table.id, table.day, table.day < before.date(), holds_child(table.child_id.expression))

    return ask


def _taps(before: datetime) -> _Asked:
    """A hold on a child whom the tag stands for, or once stood for, keeps them."""
    of_held = sa.or_(
        sa.exists().where(TagChild.tag_id == Tap.tag_id, holds_child(TagChild.child_id.expression)),
        sa.exists().where(
            TagHandOut.tag_id == Tap.tag_id,
            HandOutChild.hand_out_id == TagHandOut.id,
            holds_child(HandOutChild.child_id.expression),
        ),
    )
    old = sa.and_(Tap.id < first_id(before), Tap.kept_at < before)
    return _Asked(Tap.id, Tap.kept_at, old, of_held)


def _trips(before: datetime) -> _Asked:
    """A hold on a child who was on it keeps it."""
    of_held = sa.exists().where(TripChild.trip_id == Trip.id, holds_child(TripChild.child_id.expression))
    return _Asked(Trip.id, Trip.day, Trip.day < before.date(), of_held)


def _hand_outs(before: datetime) -> _Asked:
    """As old as the tag's return; what is out stays for as long as a child that it was given for is here."""
    moment = sa.bindparam("before", before, type_=Utc, unique=True)
    of_these = HandOutChild.hand_out_id == TagHandOut.id
    here = sa.exists().where(of_these, _is_here(HandOutChild.child_id.expression, before))
    over = sa.or_(
        TagHandOut.returned_at < moment, sa.and_(TagHandOut.returned_at.is_(None), TagHandOut.at < moment, ~here)
    )
    at = sa.func.coalesce(TagHandOut.returned_at, TagHandOut.at, type_=Utc)
    of_held = sa.exists().where(of_these, holds_child(HandOutChild.child_id.expression))
    return _Asked(TagHandOut.id, at, over, of_held)


def _guidances(before: datetime) -> _Asked:
    """What was ticked is kept for as long as its child is here; what was taken back is as old as that."""
    moment = sa.bindparam("before", before, type_=Utc, unique=True)
    here = _is_here(Guidance.child_id.expression, before)
    over = sa.or_(Guidance.taken_back_at < moment, sa.and_(Guidance.at < moment, ~here))
    at = sa.func.coalesce(Guidance.taken_back_at, Guidance.at, type_=Utc)
    return _Asked(Guidance.id, at, over, holds_child(Guidance.child_id.expression))


def _talks(before: datetime) -> _Asked:
    """As old as the last absence that they were about."""
    day = FamilyTalk.counted_to
    return _Asked(FamilyTalk.id, day, day < before.date(), holds_child(FamilyTalk.child_id.expression))


def _guest_places(before: datetime) -> _Asked:
    """As old as their last day: what was done in them, and whose hours it was, goes with them."""
    day = GuestPlace.to_day
    return _Asked(GuestPlace.id, day, day < before.date(), holds_child(GuestPlace.child_id.expression))


def _leave(before: datetime) -> _Asked:
    """As old as its last day; what must go to the archive and is not kept for it yet stays, and so does what a letter is of
    that has not come to its end."""
    return _Asked(
        LeaveApplication.id,
        LeaveApplication.last_day,
        LeaveApplication.last_day < before.date(),
        sa.or_(holds_child(LeaveApplication.child_id.expression), awaits_record(), awaits_proof(), awaits_letter()),
    )


def _archived(before: datetime) -> _Asked:
    """As old as its leaving; what has not left is not over."""
    left = ArchiveRecord.exported_at < sa.bindparam("before", before, type_=Utc, unique=True)
    return _Asked(
        ArchiveRecord.id,
        ArchiveRecord.exported_at,
        sa.and_(left, ArchiveRecord.let_go_at.is_(None)),
        holds_child(ArchiveRecord.child_id.expression),
    )


def _consents(before: datetime) -> _Asked:
    """A word that stands holds for as long as its child is here, however old it is."""
    here = _is_here(Consent.child_id.expression, before)
    old = sa.and_(Consent.id < first_id(before), Consent.at < before, sa.or_(~here, ~STANDS))
    return _Asked(Consent.id, Consent.at, old, holds_child(Consent.child_id.expression))


def _consent_asks(before: datetime) -> _Asked:
    old = sa.and_(ConsentAsk.id < first_id(before), ConsentAsk.at < before)
    return _Asked(ConsentAsk.id, ConsentAsk.at, old, holds_child(ConsentAsk.child_id.expression))


def _lasting(table: type[CareNote | TrustedPerson]) -> Callable[[datetime], _Asked]:
    """What holds is kept for as long as its child is here; what ended is as old as its end, the rest as its telling."""

    def ask(before: datetime) -> _Asked:
        moment = sa.bindparam("before", before, type_=Utc, unique=True)
        here = _is_here(table.child_id.expression, before)
        over = sa.or_(table.ended_at < moment, sa.and_(table.ended_at.is_(None), table.told_at < moment, ~here))
        at = sa.func.coalesce(table.ended_at, table.told_at, type_=Utc)
        return _Asked(table.id, at, over, holds_child(table.child_id.expression))

    return ask


def _care_checks(before: datetime) -> _Asked:
    old = sa.and_(CareCheck.id < first_id(before), CareCheck.at < before)
    return _Asked(CareCheck.id, CareCheck.at, old, holds_child(CareCheck.child_id.expression))


def _is_here(child_id: sa.ColumnElement[str], before: datetime) -> sa.ColumnElement[bool]:
    """Whether the child has a place, or had one lately."""
    return sa.exists().where(
        Placement.child_id == child_id, sa.or_(Placement.to_day.is_(None), Placement.to_day >= before.date())
    )


def _broadcasts(before: datetime) -> _Asked:
    """With whom they went to; a hold on one child keeps what its families were told."""
    old = sa.and_(Broadcast.id < first_id(before), Broadcast.written_at < before)
    return _Asked(Broadcast.id, Broadcast.written_at, old, holds_broadcast())


def holds_broadcast() -> sa.ColumnElement[bool]:
    """On a question about Broadcast."""
    return sa.exists().where(
        BroadcastReceiver.broadcast_id == Broadcast.id,
        Guardianship.guardian_id == BroadcastReceiver.guardian_id,
        holds_child(Guardianship.child_id.expression),
    )


def _address_changes(before: datetime) -> _Asked:
    """As old as their telling; none waits for so long."""
    of_held = sa.exists().where(
        Guardianship.guardian_id == AddressChange.guardian_id, holds_child(Guardianship.child_id.expression)
    )
    old = sa.and_(AddressChange.id < first_id(before), AddressChange.told_at < before)
    return _Asked(AddressChange.id, AddressChange.told_at, old, of_held)


def _exports(before: datetime) -> _Asked:
    """As old as the question. It tells of no child or guardian, so no hold is about it."""
    old = sa.and_(Export.id < first_id(before), Export.asked_at < before)
    return _Asked(Export.id, Export.asked_at, old, sa.false())


_ASKING: dict[Kind, Callable[[datetime], _Asked]] = {
    Kind.STRANGERS: _arrivals(ArrivalState.QUARANTINED),
    Kind.INBOX_TEXTS: _arrivals(ArrivalState.FILED, ArrivalState.PARKED),
    Kind.REPORTS: _reports,
    Kind.FILES: _files,
    Kind.NOTES: _messages(Message.note.is_(True)),
    Kind.PRIVATE_THREADS: _messages(
        ~Message.note,
        Thread.kind.in_((ThreadKind.PRIVATE, ThreadKind.SHARED_PHONE, ThreadKind.PUPIL, ThreadKind.STAFF)),
    ),
    Kind.JOINT_BOOK: _messages(~Message.note, Thread.kind == ThreadKind.JOINT),
    Kind.STRANGERS_ANSWERS: _messages(~Message.note, Thread.kind == ThreadKind.STRANGERS),
    Kind.ABSENCES: _days(Absence),
    Kind.LATE_ARRIVALS: _days(LateArrival),
    Kind.EARLY_PICKUPS: _days(EarlyPickup),
    Kind.FETCHINGS: _days(Fetching),
    Kind.FAMILY_TALKS: _talks,
    Kind.GUEST_PLACES: _guest_places,
    Kind.ATTENDANCE: _days(Attendance),
    Kind.LESSON_MARKS: _days(LessonMark),
    Kind.ASSESSMENTS: _days(Assessment),
    Kind.MEALS: _days(Meal),
    Kind.TAPS: _taps,
    Kind.TAG_HAND_OUTS: _hand_outs,
    Kind.TAG_GUIDANCES: _guidances,
    Kind.DOOR_MARKS: _days(DoorMark),
    Kind.TRIPS: _trips,
    Kind.NOT_ARRIVED: _days(NotArrived),
    Kind.NOT_FETCHED: _days(NotFetched),
    Kind.LEAVE: _leave,
    Kind.CONSENTS: _consents,
    Kind.CONSENT_ASKS: _consent_asks,
    Kind.CARE_BOOKINGS: _days(CareBooking),
    Kind.HANDED_HOURS: _days(HandedHours),
    Kind.CARE_NOTES: _lasting(CareNote),
    Kind.TRUSTED_PEOPLE: _lasting(TrustedPerson),
    Kind.CARE_CHECKS: _care_checks,
    Kind.BROADCASTS: _broadcasts,
    Kind.ADDRESS_CHANGES: _address_changes,
    Kind.EXPORTS: _exports,
    Kind.ARCHIVED: _archived,
}
