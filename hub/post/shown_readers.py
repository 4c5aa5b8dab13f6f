"""Who was shown to whoever of the staff wrote something: kept with its first step, and held against who reads at an address
when it leaves. So nobody whom a register names there meanwhile gets what was not meant for them.

Source: security rules S3.4 and S5.1.
"""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from hub.desk import Look
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message, Step
from hub.quick_select import QuickSelect

WRITTEN = "written"
READERS_GREW = "readers_grew"
"""Why it is not sent: others read there than those who were shown."""


def say_written(readers: Iterable[str], **more: Any) -> Step:
    """The first step of what staff write to these guardians."""
    return Step(WRITTEN, {"readers": sorted(readers), **more})


_STORIES = QuickSelect(
    sa.select(Message.id, Message.story).where(
        Message.id.in_(sa.bindparam("messages", expanding=True)), Message.author == Author.STAFF
    )
)


def find_shown(look: Look, due: Collection[Delivery]) -> dict[str, frozenset[str]]:
    """By message of the staff's, the ids of the guardians who were shown; those for whom nothing was kept are left out."""
    asked = {delivery.message_id for delivery in due if not delivery.automatic}
    rows = _STORIES.rows(look, messages=list(asked)) if asked else ()
    return {
        id_: frozenset(step["readers"])
        for id_, story in rows
        for step in story or ()
        if step["code"] == WRITTEN and "readers" in step
    }
