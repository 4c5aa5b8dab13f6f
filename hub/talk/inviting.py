"""The text that opens the family pages for one guardian: to their own registered phone, and it names no child.

Whoever gets it signs in with a code to the same phone; nobody is given a password. The other guardian is told nothing.
"""

from datetime import datetime, timedelta

from hub.desk import Refusal, Work
from hub.people.families import Guardian, GuardianAddress
from hub.people.places import Unit
from hub.safety.audit import note
from hub.talk.prompting import Notice, tell

AGAIN_AFTER = timedelta(days=1)


class InvitedLatelyError(Refusal):
    """They were texted within a day."""

    words = "refusals.invited_lately"


def invite(
    work: Work,
    unit: Unit,
    guardian: Guardian,
    phone: GuardianAddress,
    url: str,
    author: str,
    invited_at: datetime | None,
) -> bool:
    """Whether it is on its way; not where no number of the unit may write it. Audited. Raises: InvitedLatelyError."""
    work.touch([guardian.id])
    if invited_at is not None and invited_at > work.now - AGAIN_AFTER:
        raise InvitedLatelyError
    notice = Notice("family_code.invite", {"unit": unit.name, "url": url}, (), author=author)
    told = tell(work, unit, guardian, notice, address=phone)
    if told.message is None:
        return False
    note(work, "family.invite", [guardian.id, told.message.id])
    return True
