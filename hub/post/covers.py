"""What a mail has around its text: made when it is claimed, in its reader's language, and telling no more than the text may.

Source: security rules S1.8, S4.4 and S6.1.
"""

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.arrivals import BY_MAIL, Arrival
from hub.post.audience import has_protected_child
from hub.post.channel import Cover
from hub.post.deliveries import Delivery
from hub.post.mailboxes import make_token
from hub.post.messages import Message, Thread


def make_cover(work: Work, delivery: Delivery) -> Cover:
    """With a reply token of its own. Nothing names the unit where a protected child may be there."""
    language, thread_id, unit = work.session.execute(
        sa.select(Message.language, Message.thread_id, Unit)
        .join(Thread, Thread.id == Message.thread_id)
        .join(Unit, Unit.id == Thread.unit_id)
        .where(Message.id == delivery.message_id)
    ).one()
    words = work.words.in_language(language)
    is_guarded = delivery.guardian_id is None or has_protected_child(work, delivery.guardian_id)
    name = "" if is_guarded else unit.name
    token = make_token(work, delivery.owner_id, delivery.sender, thread_id, delivery.address_id or "")
    return Cover(
        subject=words.say("mail.subject", unit=name),
        sender_name=name,
        footer=words.say("mail.footer"),
        language=language,
        thread_id=thread_id,
        reply_token=token,
        automatic=delivery.automatic,
        answers=_find_answered(work, delivery),
    )


def _find_answered(look: Look, delivery: Delivery) -> str | None:
    """The Message-ID of the latest mail from there."""
    return look.session.scalar(
        sa.select(Arrival.provider_id)
        .where(
            Arrival.sender == delivery.recipient,
            Arrival.recipient == delivery.sender,
            BY_MAIL,
            Arrival.doubt.is_(None),
        )
        .order_by(Arrival.id.desc())
        .limit(1)
    )
