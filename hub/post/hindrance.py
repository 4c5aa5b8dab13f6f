"""What stands in the way of a delivery that is due: asked at that moment, whatever was true when it was posted.

A block or a right that ended, an address whose life is over or whose owner said STOP, words that its channel may no longer
carry: those of staff go in full to nobody who has to do with a protected child, whomever they are about. A phone that several
use may be told only what each of them may be told, and nothing that staff wrote goes where somebody reads who was not shown.
Source: security rules S1.4, S1.5, S3.4, S4.1, S4.4 and S5.4.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from hub.address import MAIL
from hub.desk import Look
from hub.people.families import Child, GuardianAddress, Right
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.audience import Freshness, entitled_pairs, freshness, list_guarded
from hub.post.deliveries import RESERVED, Delivery
from hub.post.messages import Lane, Message, MessageChild, Thread, ThreadKind
from hub.post.own_questions import find_answers
from hub.post.push_hindrance import find_push_hindrances
from hub.post.reach_wishes import ReachWish, find_wishes
from hub.post.shown_readers import READERS_GREW, find_shown
from hub.post.to_chats import find_chat_hindrances
from hub.post.work_mail_hindrance import find_hindrances_of_work_mail
from hub.quick_select import QuickSelect
from hub.safety.staff_phones import list_phones


@dataclass(slots=True)
class _About:
    """What a message says, and the children it is about."""

    text: str
    children: list[str] = field(default_factory=list)
    guarded: bool = False


_MESSAGES: sa.BindParameter[Sequence[str]] = sa.bindparam("messages", expanding=True)
_ADDRESSES = QuickSelect(
    sa.select(GuardianAddress).where(
        GuardianAddress.kind.in_(sa.bindparam("kinds", expanding=True)),
        GuardianAddress.value.in_(sa.bindparam("values", expanding=True)),
        GuardianAddress.owner_id.in_(sa.bindparam("owners", expanding=True)),
    )
)
_TEXTS = QuickSelect(sa.select(Message.id, Message.text).where(Message.id.in_(_MESSAGES)))
_CHILDREN = QuickSelect(
    sa.select(MessageChild.message_id, MessageChild.child_id, Child.protected)
    .join(Child, Child.id == MessageChild.child_id)
    .where(MessageChild.message_id.in_(_MESSAGES))
)
_UNITS = QuickSelect(
    sa.select(Unit).where(
        Unit.id.in_(
            sa.select(Thread.unit_id).join(Message, Message.thread_id == Thread.id).where(Message.id.in_(_MESSAGES))
        )
    )
)


_STAFF = QuickSelect(
    sa.select(Message.id, Thread.party)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Message.id.in_(_MESSAGES), Thread.kind == ThreadKind.STAFF)
)


def find_hindrances(look: Look, due: Sequence[Delivery]) -> dict[str, str]:
    """Those of the deliveries that may not go, each with a code. Answers to strangers are not asked about."""
    others = [delivery for delivery in due if not delivery.guardian_id]
    return (
        find_chat_hindrances(look, due)
        | find_push_hindrances(look, due)
        | _find_hindrances_of_staff(look, others)
        | find_hindrances_of_work_mail(look, others)
        | _find_hindrances_of_guardians(look, due)
    )


def _find_hindrances_of_staff(look: Look, others: Sequence[Delivery]) -> dict[str, str]:
    """A phone that was taken from whoever it was written for, or whose person has left, is told nothing more."""
    others = [delivery for delivery in others if delivery.kind != MAIL]
    if not others:
        return {}
    found = _STAFF.rows(look, messages=[delivery.message_id for delivery in others])
    whose = dict(found)
    if not whose:
        return {}
    left = set(look.session.scalars(sa.select(Staff.id).where(Staff.id.in_(whose.values()), Staff.left_at <= look.now)))
    phones = {(phone.staff_id, phone.value) for phone in list_phones(look, whose.values())}
    return {
        delivery.id: "address_over"
        for delivery in others
        if (staff_id := whose.get(delivery.message_id)) is not None
        and (staff_id in left or (staff_id, delivery.recipient) not in phones)
    }


def _find_hindrances_of_guardians(look: Look, due: Sequence[Delivery]) -> dict[str, str]:
    known = [delivery for delivery in due if delivery.guardian_id]
    if not known:
        return {}
    addresses = _list_addresses(look, known)
    about = _read_messages(look, {delivery.message_id for delivery in known})
    _add_beside(look, known, about)
    readers = {
        delivery.id: {address.guardian_id for address in addresses[delivery.owner_id, delivery.recipient]}
        | {delivery.guardian_id or ""}
        for delivery in known
    }
    pairs = {(g, c) for delivery in known for g in readers[delivery.id] for c in about[delivery.message_id].children}
    entitled = _find_entitled(look, known, pairs)
    shown = find_shown(look, known)
    guarded = list_guarded(look, {g for delivery in known if not delivery.automatic for g in readers[delivery.id]})
    wishes = find_wishes(look, {guardian_id for ids in readers.values() for guardian_id in ids})
    has_reserved = any(wish.reserved for wish in wishes.values())
    shared = _find_parties(look, known) if has_reserved else {}
    answers = find_answers(look, known) if has_reserved else set()
    out: dict[str, str] = {}
    for delivery in known:
        message = about[delivery.message_id]
        users = addresses[delivery.owner_id, delivery.recipient]
        own = next((address for address in users if address.id == delivery.address_id), None)
        if delivery.address_id and own is None:
            out[delivery.id] = "address_over"
        elif delivery.lane >= Lane.ORDINARY and any(user.stopped_at is not None for user in users):
            out[delivery.id] = "stopped"
        elif any((g, c) not in entitled for g in readers[delivery.id] for c in message.children):
            out[delivery.id] = "no_right"
        elif not readers[delivery.id] <= shown.get(delivery.message_id, readers[delivery.id]):
            out[delivery.id] = READERS_GREW
        elif _is_reserved(delivery, wishes, readers[delivery.id] & shared.get(delivery.message_id, set()), answers):
            out[delivery.id] = RESERVED
        elif delivery.text.startswith(message.text) and (
            message.guarded or not guarded.isdisjoint(readers[delivery.id]) or _is_stale(look, own)
        ):
            out[delivery.id] = "discretion"
    return out


_PARTIES = QuickSelect(
    sa.select(Message.id, Thread.party)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Message.id.in_(_MESSAGES), Thread.kind == ThreadKind.SHARED_PHONE)
)


def _find_parties(look: Look, due: Sequence[Delivery]) -> dict[str, set[str]]:
    """By message, the guardians whom it was written to together on a phone that they share."""
    rows = _PARTIES.rows(look, messages=list({delivery.message_id for delivery in due}))
    return {message_id: set(party.split(",")) for message_id, party in rows}


def _is_reserved(
    delivery: Delivery, wishes: Mapping[str, ReachWish], together: Collection[str], answers: Collection[str]
) -> bool:
    """Of several who are written to together each must have reserved. Answers to their own texts go all the same."""
    if delivery.lane == Lane.REPLY and delivery.automatic:
        return False
    readers = {delivery.guardian_id or "", *together}
    is_answer = delivery.id in answers
    return all(id_ in wishes and wishes[id_].stops(delivery.kind, delivery.topic, answers=is_answer) for id_ in readers)


def _is_stale(look: Look, address: GuardianAddress | None) -> bool:
    return address is not None and freshness(address, look.now) is Freshness.STALE


def _list_addresses(look: Look, due: Sequence[Delivery]) -> dict[tuple[str, str], list[GuardianAddress]]:
    """By owner and value, everybody's who reads there; not those whose life is over."""
    found = _ADDRESSES.rows(
        look,
        kinds=list({delivery.kind for delivery in due}),
        values=list({delivery.recipient for delivery in due}),
        owners=list({delivery.owner_id for delivery in due}),
    )
    out: dict[tuple[str, str], list[GuardianAddress]] = defaultdict(list)
    for (address,) in found:
        if freshness(address, look.now) is not Freshness.OVER:
            out[address.owner_id, address.value].append(address)
    return out


def _read_messages(look: Look, message_ids: Collection[str]) -> dict[str, _About]:
    out = {id_: _About(text) for id_, text in _TEXTS.rows(look, messages=list(message_ids))}
    for message_id, child_id, protected in _CHILDREN.rows(look, messages=list(message_ids)):
        out[message_id].children.append(child_id)
        out[message_id].guarded |= protected
    return out


_PROTECTED = QuickSelect(
    sa.select(Child.id, Child.protected).where(Child.id.in_(sa.bindparam("children", expanding=True)))
)


def _add_beside(look: Look, due: Sequence[Delivery], about: Mapping[str, _About]) -> None:
    """Whom a text names behind its message counts like whom the message is about."""
    ids = {id_ for delivery in due for id_ in delivery.beside or ()}
    found = _PROTECTED.rows(look, children=list(ids)) if ids else ()
    protected = dict(found)
    for delivery in due:
        for child_id in delivery.beside or ():
            about[delivery.message_id].children.append(child_id)
            about[delivery.message_id].guarded |= protected.get(child_id, True)


def _find_entitled(
    look: Look, due: Sequence[Delivery], pairs: Collection[tuple[str, str]]
) -> Collection[tuple[str, str]]:
    """Those pairs of guardian and child that have the right today, by the day of every unit that writes."""
    if not pairs:
        return ()
    guardians, children = {g for g, _ in pairs}, {c for _, c in pairs}
    units = _UNITS.rows(look, messages=list({delivery.message_id for delivery in due}))
    days = {unit.today(look.now) for (unit,) in units}
    return set.intersection(*(entitled_pairs(look, guardians, children, Right.INFORM, day) for day in days))
