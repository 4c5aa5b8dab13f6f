"""A pupil who does not want to use it: their addresses end, nobody asks why, and no later load brings them back by itself."""

import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.sign_in.family_sessions import end_all_family_sessions, get_family_session

DECLINED = "declined"


def decline(work: Work, session_id: str) -> None:
    """From now on the hub writes to this pupil nowhere, and they are signed out. Audited. Raises: NotThereError for others."""
    found = get_family_session(work, session_id)
    if not found.is_pupil or found.is_shared:
        raise NotThereError
    live = sa.select(GuardianAddress).where(
        GuardianAddress.guardian_id == found.guardian_id, GuardianAddress.gone_at.is_(None)
    )
    end_all_family_sessions(work, found)
    addresses = list(work.session.scalars(live))
    for address in addresses:
        address.gone_at, address.gone_reason = work.now, DECLINED
    note(work, "pupil.decline", [found.guardian_id, *(address.id for address in addresses)])
