"""How each guardian of a child gets to the family pages: each with a way of their own, and never by a shared password.

Source: security rules S1.5, S4.1 and S4.3.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from hub.address import SMS
from hub.desk import Look, Refusal
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.places import Unit
from hub.post.address_decisions import BLOCKED
from hub.post.audience import has_protected_child, list_live
from hub.post.families import Known, list_known
from hub.post.messages import Message, ThreadGuardian
from hub.safety.access import NotThereError, get_child, get_reach
from hub.sign_in.family_sessions import FamilySession, list_behind

INVITING = "page_invite"
"""Who says so in the book when somebody is invited."""


class Hindrance(StrEnum):
    """Why no code lets a guardian in. An eID may, but for the first two."""

    BLOCKED = "blocked"
    NO_RIGHT = "no_right"
    PROTECTED = "protected"
    NO_PHONE = "no_phone"
    OLD_PHONE = "old_phone"


class CannotBeInvitedError(Refusal):
    """There is no phone of theirs that such a text may go to."""

    words = "refusals.cannot_be_invited"


@dataclass(frozen=True, slots=True)
class PageAccess:
    """One guardian's own way in. `phone` is where a code goes, and `beside` who else uses it. `signed_in_at` is when they last
    came in, by whichever way; `invited_at` when they were last texted."""

    known: Known
    hindrance: Hindrance | None
    phone: GuardianAddress | None
    beside: int
    signed_in_at: datetime | None
    invited_at: datetime | None

    @property
    def may_be_invited(self) -> bool:
        return self.hindrance is None


@dataclass(frozen=True, slots=True)
class AccessOfChild:
    """All guardians of a child, seen from its first unit."""

    child: Child
    unit: Unit
    guardians: tuple[PageAccess, ...]

    def find(self, guardian_id: str) -> PageAccess:
        """Raises: NotThereError, also for whoever must not know of the child."""
        found = next((each for each in self.guardians if each.known.id == guardian_id), None)
        if found is None or found.hindrance is Hindrance.BLOCKED:
            raise NotThereError
        return found


def get_access(look: Look, child_id: str) -> AccessOfChild:
    """For staff who serve the child. Raises: NotThereError."""
    child, places = get_child(look, get_reach(look), child_id)
    unit = places[0][0]
    known = list_known(look, child, unit.today(look.now))
    pupils = set(look.session.scalars(sa.select(Guardian.id).where(Guardian.pupil_id == child.id)))
    return AccessOfChild(child, unit, tuple(_read(look, each) for each in known if each.id not in pupils))


_SIGNED_IN = sa.select(sa.func.max(FamilySession.made_at)).where(FamilySession.guardian_id == sa.bindparam("guardian"))
_INVITED = (
    sa.select(sa.func.max(Message.at))
    .join(ThreadGuardian, ThreadGuardian.thread_id == Message.thread_id)
    .where(ThreadGuardian.guardian_id == sa.bindparam("guardian"), Message.author_id == INVITING)
)


def _read(look: Look, known: Known) -> PageAccess:
    if known.warning == BLOCKED:
        return PageAccess(known, Hindrance.BLOCKED, None, 0, None, None)
    phone = next(iter(list_live(look, known.id, SMS)), None)
    behind = list_behind(look, SMS, phone.value, phone.owner_id) if phone is not None else []
    asked = {"guardian": known.id}
    return PageAccess(
        known,
        _find_hindrance(look, known, phone, is_open=bool(behind)),
        phone,
        max(0, len(behind) - 1),
        look.session.scalar(_SIGNED_IN, asked),
        look.session.scalar(_INVITED, asked),
    )


def _find_hindrance(look: Look, known: Known, phone: GuardianAddress | None, *, is_open: bool) -> Hindrance | None:
    if known.warning in ("no_right", "of_age"):
        return Hindrance.NO_RIGHT
    if has_protected_child(look, known.id):
        return Hindrance.PROTECTED
    if phone is None:
        return Hindrance.NO_PHONE
    return None if is_open else Hindrance.OLD_PHONE
