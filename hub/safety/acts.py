"""How sure we must be of whoever acts, for each kind of act, by the name of its intent. Source: security rule S1.2."""

from hub.asker import Trust
from hub.people.families import Right

NEEDS = {
    "absence": Trust.CLAIMED,
    "absence_cancel": Trust.CLAIMED,
    "late": Trust.CLAIMED,
    "early_pickup": Trust.CLAIMED,
    "leave_application": Trust.CONFIRMED,
    "care_time": Trust.CONFIRMED,
    "place": Trust.CONFIRMED,
    "pickup_person": Trust.CONFIRMED,
    "consent": Trust.CONFIRMED,
    "contact_change": Trust.STRONG,
    "noted": Trust.CLAIMED,
    "documents": Trust.CLAIMED,
}

RIGHT = {
    "absence": Right.ABSENCE,
    "absence_cancel": Right.ABSENCE,
    "late": Right.ABSENCE,
}
