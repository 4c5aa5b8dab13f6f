"""Numbers whose time runs out: a month before, each is asked about once; past it, told once how to come back.

The question holds nothing about anybody. Source: security rule S1.4.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.address import SMS
from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.post.audience import MAY_ACT, MAY_BE_NOTICED, list_addresses, list_children_for
from hub.safety.audit import note

ASK_BEFORE = timedelta(days=30)
LASTS = timedelta(days=7)
AT_ONCE = 100
SPOKEN_OF = (9, 19)
"""The hours of the day, at the unit, in which somebody is asked."""


def renew(work: Work, addresses: Sequence[GuardianAddress]) -> None:
    """They said that it is still theirs. Audited."""
    for address in addresses:
        address.confirmed_at, address.confirmed_by = work.now, "question"
    note(work, "address.renew", [address.id for address in addresses])


def end_for_everyone(work: Work, addresses: Sequence[GuardianAddress]) -> None:
    """Whoever has the phone says that it is not theirs: it ends at once for all who had it there. Audited."""
    for address in addresses:
        address.gone_at, address.gone_reason = work.now, "not_theirs"
    note(work, "address.not_theirs", [address.id for address in addresses])
