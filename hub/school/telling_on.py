"""Whether an absence that a guardian told of has been told on: to the others, or by the receipt where there is nobody else.

A text with a forged sender explains nothing before a phone that is the family's knows of it. Source: security rule S1.3.
"""

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.desk import Look
from hub.post.deliveries import ON_ITS_WAY, Delivery, Status
from hub.post.messages import Author, Message, MessageChild
from hub.school.absences import Absence

LEAVES_WITHIN = timedelta(minutes=5)
"""How long the word may take before somebody looks."""
_GONE = ON_ITS_WAY | {Status.DELIVERED, Status.READ}
_SAID = aliased(Message)
_TOLD_ON = (
    sa.select(Absence.id, Message.thread_id == _SAID.thread_id, Message.author_id, Delivery.status)
    .join(_SAID, _SAID.id == Absence.message_id)
    .join(
        MessageChild,
        sa.and_(MessageChild.child_id == Absence.child_id, MessageChild.message_id > Absence.message_id),
    )
    .join(
        Message,
        sa.and_(Message.id == MessageChild.message_id, Message.at == Absence.told_at, Message.author == Author.BOT),
    )
    .join(Delivery, Delivery.message_id == Message.id)
    .where(Absence.id.in_(sa.bindparam("ids", expanding=True)))
)
RECEPTION = "reception"


def list_untold(look: Look, absences: Iterable[Absence | None]) -> set[str]:
    """The children of these absences, told by guardians, of whom no other phone has been told yet."""
    told = {each.id: each.child_id for each in absences if each is not None and _needs_telling(each)}
    if not told:
        return set()
    echoes: dict[str, list[bool]] = {}
    receipts: dict[str, list[bool]] = {}
    for id_, in_own_thread, author_id, status in look.session.execute(_TOLD_ON, {"ids": list(told)}):
        kind = receipts if in_own_thread and author_id == RECEPTION else echoes
        kind.setdefault(id_, []).append(status in _GONE)
    return {child_id for id_, child_id in told.items() if not any(echoes.get(id_) or receipts.get(id_) or ())}


def _needs_telling(absence: Absence) -> bool:
    return absence.told_kind == "guardian" and absence.message_id is not None
