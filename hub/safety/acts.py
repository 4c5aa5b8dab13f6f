"""How sure we must be of whoever acts, for each kind of act, and its safe side. Source: security rule S1.2."""

from hub.asker import Trust
from hub.people.families import Right
from hub.talk.heard import Intent

NEEDS = {
    Intent.ABSENCE: Trust.CLAIMED,
    Intent.ABSENCE_CANCEL: Trust.CLAIMED,
    Intent.LATE: Trust.CLAIMED,
    Intent.EARLY_PICKUP: Trust.CLAIMED,
    Intent.LEAVE_APPLICATION: Trust.CONFIRMED,
    Intent.CARE_TIME: Trust.CONFIRMED,
    Intent.PLACE: Trust.CONFIRMED,
    Intent.PICKUP_PERSON: Trust.CONFIRMED,
    Intent.CONSENT: Trust.CONFIRMED,
    Intent.CONTACT_CHANGE: Trust.STRONG,
}

RIGHT = {
    Intent.ABSENCE: Right.ABSENCE,
    Intent.ABSENCE_CANCEL: Right.ABSENCE,
    Intent.LATE: Right.ABSENCE,
}
