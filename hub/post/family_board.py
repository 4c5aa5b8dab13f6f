"""The notice board of a family: what was sent to many and has reached them, as they may read it now. A question, not a table.

An alarm is no notice. Source: security rules S4.3 and S5.2.
"""

from datetime import timedelta

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.post.alarms import Alarm
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.family import Family
from hub.post.family_book import list_in_books
from hub.post.family_entry import FamilyEntry

KEPT_UP = timedelta(days=180)
MOST = 30
_NEWEST = (
    sa.select(BroadcastReceiver.message_id)
    .where(
        BroadcastReceiver.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        BroadcastReceiver.message_id.is_not(None),
        BroadcastReceiver.told_at >= sa.bindparam("since", type_=Utc),
        ~sa.exists().where(Alarm.broadcast_id == BroadcastReceiver.broadcast_id),
    )
    .group_by(BroadcastReceiver.message_id)
    .order_by(BroadcastReceiver.message_id.desc())
    .limit(MOST)
)


def list_notices(look: Look, family: Family) -> list[tuple[FamilyEntry, str]]:
    """The newest, newest first, each with the id of a child in whose book it stands."""
    asked = {"guardians": list(family.guardian_ids), "since": look.now - KEPT_UP}
    return list_in_books(look, family, [id_ for id_ in look.session.scalars(_NEWEST, asked) if id_ is not None])
