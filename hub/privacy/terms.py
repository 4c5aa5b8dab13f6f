"""What has a term, and how long it is. Private threads, notes and the joint book each have one of their own. Source: security
rule S10.3."""

from datetime import datetime, timedelta
from enum import StrEnum

from hub.config import RetentionSettings


class Kind(StrEnum):
    """What has a term, in the order in which it goes: what came raw before what was made of it."""

    STRANGERS = "strangers"
    INBOX_TEXTS = "inbox_texts"
    REPORTS = "reports"
    FILES = "files"
    NOTES = "notes"
    PRIVATE_THREADS = "private_threads"
    JOINT_BOOK = "joint_book"
    STRANGERS_ANSWERS = "strangers_answers"
    ABSENCES = "absences"
    LATE_ARRIVALS = "late_arrivals"
    EARLY_PICKUPS = "early_pickups"
    FETCHINGS = "fetchings"
    FAMILY_TALKS = "family_talks"
    GUEST_PLACES = "guest_places"
    ATTENDANCE = "attendance"
    LESSON_MARKS = "lesson_marks"
    ASSESSMENTS = "assessments"
    MEALS = "meals"
    TAPS = "taps"
    TAG_HAND_OUTS = "tag_hand_outs"
    TAG_GUIDANCES = "tag_guidances"
    DOOR_MARKS = "door_marks"
    TRIPS = "trips"
    NOT_ARRIVED = "not_arrived"
    NOT_FETCHED = "not_fetched"
    LEAVE = "leave"
    CONSENTS = "consents"
    CONSENT_ASKS = "consent_asks"
    CARE_BOOKINGS = "care_bookings"
    HANDED_HOURS = "handed_hours"
    CARE_NOTES = "care_notes"
    TRUSTED_PEOPLE = "trusted_people"
    CARE_CHECKS = "care_checks"
    BROADCASTS = "broadcasts"
    ADDRESS_CHANGES = "address_changes"
    EXPORTS = "exports"
    ARCHIVED = "archived"


MESSAGES = frozenset({Kind.NOTES, Kind.PRIVATE_THREADS, Kind.JOINT_BOOK, Kind.STRANGERS_ANSWERS})
ARRIVALS = frozenset({Kind.STRANGERS, Kind.INBOX_TEXTS})


def days_of(kind: Kind, terms: RetentionSettings) -> int:
    """How many days things of a kind are kept."""
    return {
        Kind.STRANGERS: terms.strangers_days,
        Kind.STRANGERS_ANSWERS: terms.strangers_days,
        Kind.INBOX_TEXTS: terms.inbox_texts_days,
        Kind.REPORTS: terms.inbox_texts_days,
        Kind.FILES: terms.files_days,
        Kind.NOTES: terms.notes_days,
        Kind.PRIVATE_THREADS: terms.private_threads_days,
        Kind.JOINT_BOOK: terms.joint_book_days,
        Kind.ABSENCES: terms.absences_days,
        Kind.LATE_ARRIVALS: terms.absences_days,
        Kind.EARLY_PICKUPS: terms.absences_days,
        Kind.FETCHINGS: terms.absences_days,
        Kind.FAMILY_TALKS: terms.absences_days,
        Kind.GUEST_PLACES: terms.absences_days,
        Kind.ATTENDANCE: terms.absences_days,
        Kind.LESSON_MARKS: terms.absences_days,
        Kind.ASSESSMENTS: terms.assessments_days,
        Kind.MEALS: terms.absences_days,
        Kind.TAPS: terms.absences_days,
        Kind.TAG_HAND_OUTS: terms.absences_days,
        Kind.TAG_GUIDANCES: terms.absences_days,
        Kind.DOOR_MARKS: terms.absences_days,
        Kind.TRIPS: terms.absences_days,
        Kind.NOT_ARRIVED: terms.absences_days,
        Kind.NOT_FETCHED: terms.absences_days,
        Kind.LEAVE: terms.leave_days,
        Kind.CONSENTS: terms.consents_days,
        Kind.CONSENT_ASKS: terms.consents_days,
        Kind.CARE_BOOKINGS: terms.absences_days,
        Kind.HANDED_HOURS: terms.absences_days,
        Kind.CARE_NOTES: terms.care_notes_days,
        Kind.TRUSTED_PEOPLE: terms.care_notes_days,
        Kind.CARE_CHECKS: terms.consents_days,
        Kind.BROADCASTS: terms.private_threads_days,
        Kind.ADDRESS_CHANGES: terms.inbox_texts_days,
        Kind.EXPORTS: terms.inbox_texts_days,
        Kind.ARCHIVED: terms.archived_days,
    }[kind]


def cutoff(kind: Kind, terms: RetentionSettings, now: datetime) -> datetime:
    """What is older than this is over."""
    return now - timedelta(days=days_of(kind, terms))
