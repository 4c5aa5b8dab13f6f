"""Every table of the store, gathered so that migrations and tests see them all. Importing it registers them."""

from hub.database import Base
from hub.people import families, numbers, places, staff
from hub.post import deliveries, files, inbox, messages, pauses, reports, text_counts
from hub.privacy import holds, retention
from hub.safety import access, address_changes, audit
from hub.school import (
    absences,
    attendance,
    calendars,
    campaigns,
    care_bookings,
    care_decisions,
    care_holidays,
    care_patterns,
    care_rounds,
    care_rules,
    consent_kinds,
    consents,
    early_pickups,
    fetching,
    ladders,
    leave,
    leave_decisions,
    leave_rules,
    not_arrived,
    services,
    thresholds,
)
from hub.sign_in import entering, invitations, pace, sessions
from hub.talk import conversations, corrections

METADATA = Base.metadata
MODULES = (
    places,
    families,
    staff,
    numbers,
    access,
    audit,
    address_changes,
    messages,
    deliveries,
    reports,
    pauses,
    text_counts,
    inbox,
    files,
    conversations,
    corrections,
    absences,
    attendance,
    calendars,
    ladders,
    not_arrived,
    early_pickups,
    fetching,
    services,
    thresholds,
    leave_rules,
    leave,
    leave_decisions,
    consent_kinds,
    consents,
    campaigns,
    care_bookings,
    care_decisions,
    care_holidays,
    care_patterns,
    care_rounds,
    care_rules,
    holds,
    retention,
    sessions,
    invitations,
    entering,
    pace,
)
