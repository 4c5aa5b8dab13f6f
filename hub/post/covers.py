"""What a mail has around its text: made when it is claimed, in its reader's language, and telling no more than the text may.

Source: security rules S1.8, S4.4 and S6.1.
"""

import sqlalchemy as sa

from hub.address import MAIL
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.arrivals import BESIDES_TEXTS, Arrival
from hub.post.audience import has_protected_child, list_addresses
from hub.post.channel import Cover
from hub.post.deliveries import Delivery
from hub.post.mailboxes import make_token
from hub.post.messages import Lane, Message, Thread
from hub.post.work_mail import WorkMail

MARK_LETTERS = 4


def make_cover(work: Work, delivery: Delivery) -> Cover:
    """With a reply token of its own. Nothing names the unit where a protected child may be there."""
    mail = work.session.get(WorkMail, delivery.id) if delivery.guardian_id is None else None
    return _cover_for_guardian(work, delivery) if mail is None else _cover_for_staff(work, delivery, mail)


def _cover_for_staff(work: Work, delivery: Delivery, mail: WorkMail) -> Cover:
    """One conversation for each thread, told apart by letters that say nothing. What a mail may not be answered by mail has no
    token, and names no unit."""
    staff = work.session.get_one(Staff, mail.staff_id)
    unit = work.session.scalars(
        sa.select(Unit).join(Thread, Thread.unit_id == Unit.id).where(Thread.id == mail.thread_id)
    ).one()
    words = work.words.in_language(staff.language)
    name = unit.name if mail.may_answer else ""
    token = (
        make_token(work, mail.owner_id, delivery.sender, mail.thread_id, staff.id, mail.id) if mail.may_answer else ""
    )
    is_answer = delivery.message_id != mail.message_id
    return Cover(
        subject=words.say("work_mail.subject", unit=name, mark=mail.thread_id[-MARK_LETTERS:]),
        sender_name=name,
        footer=words.say("work_mail.footer" if mail.may_answer else "work_mail.footer_page"),
        language=staff.language,
        thread_id=f"{mail.thread_id}.{staff.id}",
        reply_token=token,
        automatic=True,
        answers=_find_answered(work, delivery) if is_answer else None,
        answer_above=words.say("work_mail.answer_above") if mail.may_answer else None,
    )


def _cover_for_guardian(work: Work, delivery: Delivery) -> Cover:
    language, thread_id, unit = work.session.execute(
        sa.select(Message.language, Message.thread_id, Unit)
        .join(Thread, Thread.id == Message.thread_id)
        .join(Unit, Unit.id == Thread.unit_id)
        .where(Message.id == delivery.message_id)
    ).one()
    words = work.words.in_language(language)
    is_guarded = delivery.guardian_id is None or any(
        has_protected_child(work, id_) for id_ in _list_readers(work, delivery)
    )
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
        may_stop=delivery.lane == Lane.BULK,
    )


def _list_readers(look: Look, delivery: Delivery) -> set[str]:
    """Whoever it is for, and all who read at the same address. Source: security rule S1.5."""
    there = list_addresses(look, delivery.kind, delivery.recipient, delivery.owner_id)
    return {guardian.id for _, guardian in there} | {delivery.guardian_id or ""}


def _find_answered(look: Look, delivery: Delivery) -> str | None:
    """The Message-ID of the latest mail from there."""
    return look.session.scalar(
        sa.select(Arrival.provider_id)
        .where(
            Arrival.sender == delivery.recipient,
            Arrival.recipient == delivery.sender,
            BESIDES_TEXTS,
            Arrival.kind == MAIL,
            Arrival.doubt.is_(None),
        )
        .order_by(Arrival.id.desc())
        .limit(1)
    )
