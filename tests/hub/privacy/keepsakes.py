"""One thing of every kind that has a term, as a school day leaves it in the village's store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.address import MAIL, SMS, Address
from hub.archive.leave_records import gather_leave
from hub.archive.letter_proofs import PROVEN_AFTER, gather_proofs
from hub.archive.message_records import put_in_file
from hub.archive.records import ArchiveFile, ArchiveRecord
from hub.asker import Trust, operator_asker
from hub.config import RetentionSettings
from hub.database import Base
from hub.desk import Look, Work
from hub.door.guided import Guidance
from hub.door.hand_outs import HandOutChild, Receipt, Signature, TagHandOut
from hub.door.marks import DoorMark, Way
from hub.door.readers import ReaderKind, TagReader
from hub.door.tags import Tag, TagKind
from hub.door.taps import Tap, Touch, keep_tap
from hub.door.trips import Trip, TripChild, TripCount
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.sendings import LetterSending, SendingState, begin_sendings
from hub.people.families import Child
from hub.people.guest_places import GuestPlace
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.broadcast_receivers import BroadcastReceiver, add_receivers
from hub.post.broadcasts import Place, Scope, Written, begin, keep_broadcast
from hub.post.channel import Inbound, Report
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.files import Attachment, AttachmentBody, FileState
from hub.post.messages import Author, Message, Thread, ThreadKind, get_or_open_thread, keep_message
from hub.post.reports import DeliveryReport, keep_reports
from hub.privacy.retention import Places
from hub.privacy.terms import Kind
from hub.safety.address_changes import AddressChange, begin_change
from hub.safety.audit import AuditRow
from hub.safety.export_wishes import ExportKind
from hub.safety.exports import Export
from hub.school import family_talks
from hub.school.absences import Absence, Reason, report
from hub.school.assessments import Assessment, AssessmentKind, Finding, give_assessment
from hub.school.attendance import Attendance
from hub.school.attendance_corrections import AttendanceCorrection, Times, correct
from hub.school.campaigns import ConsentAsk, Due, keep_ask, start
from hub.school.care_bookings import CareBooking
from hub.school.care_checks import CareCheck, say_it_holds
from hub.school.care_notes import CareNote, Matter, NoteKind, Teller, end_note, tell_note
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, Consent, How, Told, say_words, take_back
from hub.school.early_pickups import EarlyPickup
from hub.school.family_talks import FamilyTalk, settle_proposal
from hub.school.fetching import Fetching
from hub.school.handed_hours import HandedHours, keep_handed
from hub.school.ladders import Step
from hub.school.late_arrivals import LateArrival
from hub.school.leave import LeaveApplication, LeaveReason
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import Made, settle_papers
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_wishes import Wish, apply
from hub.school.lessons import InLesson, LessonMark, Seen, keep_lesson
from hub.school.meals import Meal, MealKind, MealTold, tell_meals
from hub.school.not_arrived import NotArrived, take
from hub.school.not_fetched import NotFetched, take_fetch_steps
from hub.school.trusted_people import TrustedPerson, Whom, end_person, trust_person
from hub.school.used_hours import sum_month
from hub.talk.conversations import Conversation
from tests.hub.post.outboxes import post_text
from tests.hub.post.spoken import as_staff
from tests.village import Village

TEST = operator_asker("test")
WHOLE_DAY = timedelta(days=1)
TERMS = {
    Kind.STRANGERS: "strangers_days",
    Kind.INBOX_TEXTS: "inbox_texts_days",
    Kind.REPORTS: "inbox_texts_days",
    Kind.FILES: "files_days",
    Kind.NOTES: "notes_days",
    Kind.PRIVATE_THREADS: "private_threads_days",
    Kind.JOINT_BOOK: "joint_book_days",
    Kind.STRANGERS_ANSWERS: "strangers_days",
    Kind.ABSENCES: "absences_days",
    Kind.LATE_ARRIVALS: "absences_days",
    Kind.EARLY_PICKUPS: "absences_days",
    Kind.FETCHINGS: "absences_days",
    Kind.FAMILY_TALKS: "absences_days",
    Kind.GUEST_PLACES: "absences_days",
    Kind.ATTENDANCE: "absences_days",
    Kind.LESSON_MARKS: "absences_days",
    Kind.ASSESSMENTS: "assessments_days",
    Kind.MEALS: "absences_days",
    Kind.TAPS: "absences_days",
    Kind.TAG_HAND_OUTS: "absences_days",
    Kind.TAG_GUIDANCES: "absences_days",
    Kind.DOOR_MARKS: "absences_days",
    Kind.TRIPS: "absences_days",
    Kind.NOT_ARRIVED: "absences_days",
    Kind.NOT_FETCHED: "absences_days",
    Kind.LEAVE: "leave_days",
    Kind.CONSENTS: "consents_days",
    Kind.CONSENT_ASKS: "consents_days",
    Kind.CARE_BOOKINGS: "absences_days",
    Kind.HANDED_HOURS: "absences_days",
    Kind.CARE_NOTES: "care_notes_days",
    Kind.TRUSTED_PEOPLE: "care_notes_days",
    Kind.CARE_CHECKS: "consents_days",
    Kind.BROADCASTS: "private_threads_days",
    Kind.ADDRESS_CHANGES: "inbox_texts_days",
    Kind.EXPORTS: "inbox_texts_days",
    Kind.ARCHIVED: "archived_days",
}
WORDS = {
    Kind.STRANGERS: "words of a stranger",
    Kind.INBOX_TEXTS: "words as they came",
    Kind.NOTES: "words of a note",
    Kind.PRIVATE_THREADS: "words between one and the school",
    Kind.JOINT_BOOK: "words shared",
    Kind.STRANGERS_ANSWERS: "words to a stranger",
}


def terms(most_per_run: int = 1000, **days: int) -> RetentionSettings:
    """Ten thousand days for everything, but for what is said."""
    long = dict.fromkeys([*set(TERMS.values()), "spool_days", "audit_days"], 10_000)
    return RetentionSettings.model_validate(long | {"most_per_run": most_per_run} | days)


def places(folder: Path) -> Places:
    (folder / "spool").mkdir(parents=True, exist_ok=True)
    return Places(folder / "spool", folder / "anchors.jsonl")


def thread_of(work: Work, village: Village, *guardians: str, kind: ThreadKind = ThreadKind.PRIVATE) -> Thread:
    unit = village.unit("school")
    ids = [village.guardian(name).id for name in guardians]
    return get_or_open_thread(work, unit.owner_id, unit.id, ids, kind)


def say(
    work: Work, thread: Thread, text: str, about: Sequence[Child] = (), *, note: bool = False, **more: Any
) -> Message:
    message = Message(
        id=work.new_id(),
        owner_id=thread.owner_id,
        thread_id=thread.id,
        at=work.now,
        author=Author.STAFF if note else Author.GUARDIAN,
        author_id=None,
        channel=SMS,
        text=text,
        language="nb",
        note=note,
        **more,
    )
    keep_message(work, thread, message, [child.id for child in about])
    work.session.flush()
    return message


def arrive(work: Work, key: str, text: str, sender: str, state: ArrivalState, message_id: str | None = None) -> None:
    keep_arrivals(work, [(arrival(key, text, sender), work.now)])
    kept = work.session.scalars(sa.select(Arrival).where(Arrival.key == key)).one()
    kept.state, kept.message_id = state, message_id


def arrival(key: str, text: str, sender: str) -> Inbound:
    return Inbound("twilio", key, Address(SMS, sender), Address(SMS, "+4759000017"), text, f"SM-{key}")


def leave_one_of_each(work: Work, village: Village) -> None:
    """A text of Anne's with a file, its absence, an answer that was delivered, and the rest of a day."""
    kari = village.child("Kari Nordmann")
    private = thread_of(work, village, "Anne Nordmann")
    told = say(work, private, WORDS[Kind.PRIVATE_THREADS], [kari])
    arrive(work, "known", WORDS[Kind.INBOX_TEXTS], village.phone("Anne Nordmann"), ArrivalState.FILED, told.id)
    arrive(work, "stranger", WORDS[Kind.STRANGERS], "+4740000999", ArrivalState.QUARANTINED)
    say(work, private, WORDS[Kind.NOTES], [kari], note=True)
    say(work, thread_of(work, village, kind=ThreadKind.STRANGERS), WORDS[Kind.STRANGERS_ANSWERS])
    shared = thread_of(work, village, "Marte Bakken", "Lars Bakken", kind=ThreadKind.JOINT)
    say(work, shared, WORDS[Kind.JOINT_BOOK])
    _bring_file(work, told)
    day = village.unit("school").today(work.now)
    report(work, kari, [day], Reason.SICK, told_by="x", told_kind="guardian", trust=Trust.CLAIMED, message_id=told.id)
    settle_proposal(work, kari, family_talks.Outcome.TALKED, "", day, "x")
    guest = GuestPlace(
        id=work.new_id(),
        owner_id=kari.owner_id,
        child_id=kari.id,
        home_unit_id=village.unit("school").id,
        unit_id=village.unit("club").id,
        from_day=day,
        to_day=day,
        seen_to=day,
        why="closed",
        asked_by="x",
        asked_at=work.now,
    )
    work.session.add(guest)
    child: dict[str, Any] = {"owner_id": kari.owner_id, "child_id": kari.id, "day": day}
    work.session.add(
        LateArrival(id=work.new_id(), comes_at=None, told_by="x", told_at=work.now, message_id=told.id, **child)
    )
    work.session.add(EarlyPickup(id=work.new_id(), told_by="x", told_at=work.now, message_id=told.id, **child))
    work.session.add(Fetching(id=work.new_id(), person="x", told_by="x", told_at=work.now, message_id=told.id, **child))
    unit_id = village.unit("school").id
    seen = Attendance(id=work.new_id(), unit_id=unit_id, came_at=work.now, marked_by="x", **child)
    work.session.add(seen)
    correct(work, village.unit("school"), seen, Times(work.now, work.now), "x", "x")
    seen_in_class = {kari.id: Seen(InLesson.AWAY, "words of a teacher")}
    keep_lesson(work, village.unit("school"), village.group("7A"), day, 1, "", seen_in_class, "x")
    found = Finding(AssessmentKind.WRITTEN, "", "", "", "words of a teacher")
    give_assessment(work, village.unit("school"), kari, found, "x")
    keep_handed(work, village.unit("school"), sum_month(work, village.unit("school"), [kari.id], day), day, "x")
    tell_meals(work, village.unit("school"), [kari.id], MealTold(day, MealKind.LUNCH, "x"))
    said: dict[str, Any] = {"way": Way.COMING, "at": work.now, "said_at": work.now, "said_by": "x"}
    work.session.add(DoorMark(id=work.new_id(), unit_id=unit_id, **said, **child))
    case = NotArrived(id=work.new_id(), unit_id=unit_id, began_at=work.now, message_id=told.id, **child)
    work.session.add(case)
    take(work, case, [Step.FIRST])
    still = NotFetched(id=work.new_id(), unit_id=unit_id, began_at=work.now, message_id=told.id, **child)
    work.session.add(still)
    take_fetch_steps(work, still, [Step.SHOWN])
    _leave_a_tag(work, village, kari)
    _decide_leave(work, village, told)
    _archive(work, village, told)
    _leave_a_consent(work, village, told)
    _tell_many(work, village)
    work.session.add(
        CareBooking(
            id=work.new_id(),
            unit_id=village.unit("school").id,
            hours="08:00-16:00",
            told_by="x",
            told_kind="guardian",
            trust=Trust.CONFIRMED,
            told_at=work.now,
            message_id=told.id,
            **child,
        )
    )
    anne = village.guardian("Anne Nordmann")
    _tell_of_care(work, anne.id, kari, told.id)
    begin_change(work, anne, village.addresses[anne.id][0], Address(MAIL, "anne@example.no"), None)
    work.session.add(
        Export(
            id=work.new_id(),
            owner_id=private.owner_id,
            kind=ExportKind.ON_PAPER_CODES,
            unit_id=unit_id,
            first=None,
            last=None,
            about=[],
            rows=60,
            asked_by=village.staff("Kari Lunde").id,
            asked_at=work.now,
        )
    )
    work.session.add(
        Conversation(
            id=work.new_id(),
            owner_id=private.owner_id,
            thread_id=private.id,
            bot="absence",
            facts={"children": ["Kari"]},
            began_with=told.id,
            opened_at=work.now,
            expires_at=work.now,
            asked_of=village.phone("Anne Nordmann"),
        )
    )
    work.session.flush()


def _leave_a_tag(work: Work, village: Village, kari: Child) -> None:
    """Handed out for Kari against a signature, touched, and given back; that her family was guided was a slip."""
    unit_id = village.unit("school").id
    own: dict[str, Any] = {"owner_id": kari.owner_id}
    serial = work.new_id()[-12:]
    tag = Tag(
        id=work.new_id(),
        unit_id=unit_id,
        serial=serial,
        label=serial,
        kind=TagKind.STATIC,
        made_at=work.now,
        made_by="x",
        **own,
    )
    phone = TagReader(
        id=work.new_id(),
        unit_id=unit_id,
        kind=ReaderKind.PHONE,
        name="x",
        key="x",
        paired_at=work.now,
        paired_by="x",
        **own,
    )
    given = TagHandOut(
        id=work.new_id(),
        unit_id=unit_id,
        tag_id=tag.id,
        guardian_id=village.guardian("Anne Nordmann").id,
        receiver="",
        at=work.now,
        by="x",
        receipt=Receipt.SIGNED,
        returned_at=work.now,
        **own,
    )
    for written in (tag, phone, given):
        work.session.add(written)
        work.session.flush()
    work.session.add(HandOutChild(hand_out_id=given.id, child_id=kari.id, **own))
    work.session.add(Signature(hand_out_id=given.id, picture=b"a picture"))
    work.session.add(Guidance(id=work.new_id(), child_id=kari.id, at=work.now, by="x", taken_back_at=work.now, **own))
    keep_tap(work, phone, Touch(1, tag.serial, work.now))
    told: dict[str, Any] = {"reader_id": phone.id, "number": 1, **own}
    day = village.unit("school").today(work.now)
    trip = Trip(id=work.new_id(), unit_id=unit_id, day=day, place="x", every=15, began_at=work.now, by="x", **told)
    work.session.add(trip)
    work.session.flush()
    work.session.add(TripChild(trip_id=trip.id, child_id=kari.id, **own))
    counted: dict[str, Any] = {"at": work.now, "said_at": work.now, "there": 1, "missing": 0}
    work.session.add(TripCount(id=work.new_id(), trip_id=trip.id, **counted, **told))


def _decide_leave(work: Work, village: Village, told: Message) -> None:
    """A leave of today that Anne applied for, Ola was asked about, and somebody refused, with its letters, which are posted."""
    school = village.unit("school")
    wish = Wish(
        [school.today(work.now)], LeaveReason.FAMILY, [village.guardian("Anne Nordmann").id], message_id=told.id
    )
    applied = apply(work, work.session.get_one(Child, village.child("Kari Nordmann").id), wish)
    work.session.flush()
    assert applied.application is not None
    decide(work, applied.application, school, Verdict(Outcome.REFUSED, "rehearsed"))
    work.session.flush()
    settle_papers(
        work, [Made(letter_id, b"a picture") for letter_id in work.session.scalars(sa.select(LeaveLetter.id))]
    )
    work.session.flush()
    begin_sendings(work)
    work.session.flush()
    number = count(work, PrintBatch) + 1
    batch = PrintBatch(
        id=work.new_id(), owner_id=school.owner_id, unit_id=school.id, number=number, letters=2, made_at=work.now
    )
    work.session.add(batch)
    work.session.flush()
    posted: dict[str, Any] = {"state": SendingState.POSTED, "due": None}
    work.session.execute(sa.update(LetterSending).values(batch_id=batch.id, batch_number=1, **posted))


def _archive(work: Work, village: Village, told: Message) -> None:
    """The leave is kept for the archive with how its letters arrived, and what Anne wrote is put in the child's file; all have
    left."""
    work.session.execute(sa.update(LeaveLetter).values(paper_due=None))
    work.session.execute(sa.update(LeaveDecision).values(decided_at=work.now - PROVEN_AFTER))
    gather_leave(work, 10)
    applications = work.session.scalars(sa.select(LeaveApplication)).all()
    for later in (timedelta(days=-7), timedelta(days=7)):
        for one in applications:
            one.last_day += later
        work.session.flush()
        gather_proofs(work, 10)
    asker, work.asker = work.asker, as_staff(village.staff("Ingrid Solberg"))
    put_in_file(work, village.child("Kari Nordmann").id, told.id, "a complaint")
    work.asker = asker
    work.session.execute(sa.update(ArchiveRecord).values(exported_at=work.now))


def _leave_a_consent(work: Work, village: Village, message: Message) -> None:
    """A word about Kari that was taken back, and that her mother was asked for it."""
    kari, guardian, unit = village.child("Kari Nordmann"), village.guardian("Anne Nordmann"), village.unit("school")
    general = list_kinds(work, guardian.owner_id)[0]
    told = Told(How.TEXT, guardian.id, Trust.CONFIRMED, message.id)
    take_back(work, say_words(work, kari, guardian.id, [Choice(general, granted=True)], told), told)
    campaign = start(work, unit, None, [general.id], unit.today(work.now) + timedelta(days=7), 4)
    work.session.flush()
    keep_ask(work, Due(campaign, guardian.id, ((kari, (general,)),), again=False), None)


def _tell_of_care(work: Work, anne_id: str, kari: Child, message_id: str) -> None:
    """An allergy and somebody who may fetch, both over by now, and that Anne said all of it was right."""
    teller = Teller(anne_id, Trust.CONFIRMED, message_id=message_id)
    end_note(work, tell_note(work, kari, Matter(NoteKind.ALLERGY, "nuts"), teller), anne_id)
    whom = Whom("Mormor Eva", "mormor")
    end_person(
        work, trust_person(work, kari, whom, told_by=anne_id, trust=Trust.CONFIRMED, message_id=message_id), anne_id
    )
    say_it_holds(work, kari, anne_id, Trust.CONFIRMED)


def _tell_many(work: Work, village: Village) -> None:
    """What the school told Kari's mother and others, and a correction of it."""
    unit, anne = village.unit("school"), village.guardian("Anne Nordmann")
    place = Place(unit.owner_id, Scope.UNIT, unit.name, village.role("principal").id, unit.id)
    told = keep_broadcast(work, place, Written({"nb": "x"}, "nb"), work.now)
    work.session.flush()
    keep_broadcast(work, replace(place, corrects_id=told.id), Written({"nb": "y"}, "nb"), work.now)
    kari = village.child("Kari Nordmann").id
    row = {"unit_id": unit.id, "guardian_id": anne.id, "child_ids": [kari], "guarded": False}
    add_receivers(work, told.owner_id, told.id, [row])
    begin(work, told)


def _bring_file(work: Work, message: Message) -> None:
    file = Attachment(
        id=work.new_id(),
        owner_id=message.owner_id,
        message_id=message.id,
        channel="twilio",
        link="https://files.example.org/1",
        claimed_type="image/jpeg",
        due=work.now,
        state=FileState.KEPT,
    )
    work.session.add(file)
    work.session.flush()
    work.session.add(AttachmentBody(attachment_id=file.id, body=b"a picture"))


def answer(work: Work, village: Village) -> str:
    """A text to Anne that was delivered and reported; the id of its delivery."""
    (id_,) = post_text(work, village, "words of an answer", about=["Kari Nordmann"])
    work.session.flush()
    claim(work, Room(10))
    keep_reports(work, [Report("twilio", "report", "SM-answer", "delivered", delivery_id=id_)])
    return id_


def count(look: Look, table: type[Base]) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def list_there(look: Look) -> set[Kind]:
    """The kinds of which something is there."""
    texts = set(look.session.scalars(sa.select(Message.text))) | set(look.session.scalars(sa.select(Arrival.text)))
    tables: dict[Kind, type[Base]] = {
        Kind.REPORTS: DeliveryReport,
        Kind.FILES: AttachmentBody,
        Kind.ABSENCES: Absence,
        Kind.LATE_ARRIVALS: LateArrival,
        Kind.EARLY_PICKUPS: EarlyPickup,
        Kind.FETCHINGS: Fetching,
        Kind.FAMILY_TALKS: FamilyTalk,
        Kind.GUEST_PLACES: GuestPlace,
        Kind.LESSON_MARKS: LessonMark,
        Kind.ASSESSMENTS: Assessment,
        Kind.MEALS: Meal,
        Kind.TAPS: Tap,
        Kind.TAG_HAND_OUTS: Signature,
        Kind.TAG_GUIDANCES: Guidance,
        Kind.ATTENDANCE: AttendanceCorrection,
        Kind.DOOR_MARKS: DoorMark,
        Kind.TRIPS: TripCount,
        Kind.NOT_ARRIVED: NotArrived,
        Kind.NOT_FETCHED: NotFetched,
        Kind.LEAVE: LeaveLetter,
        Kind.CONSENTS: Consent,
        Kind.CONSENT_ASKS: ConsentAsk,
        Kind.CARE_BOOKINGS: CareBooking,
        Kind.HANDED_HOURS: HandedHours,
        Kind.CARE_NOTES: CareNote,
        Kind.TRUSTED_PEOPLE: TrustedPerson,
        Kind.CARE_CHECKS: CareCheck,
        Kind.BROADCASTS: BroadcastReceiver,
        Kind.ADDRESS_CHANGES: AddressChange,
        Kind.EXPORTS: Export,
        Kind.ARCHIVED: ArchiveFile,
    }
    return {kind for kind, words in WORDS.items() if words in texts} | {
        kind for kind, table in tables.items() if count(look, table)
    }


def list_forgotten(look: Look) -> list[tuple[list[str], str]]:
    """What the audit says has been let go: ids and why."""
    rows = look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "retention.forget"))
    return [(row.ids, row.why) for row in rows]


def list_deliveries(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Delivery.id)))
