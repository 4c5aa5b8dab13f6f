"""Chats: accounts at a chat service, each linked by way of a phone, whose life it shares.

A chat is an address of everybody who had the phone when it was linked. Whether they have it still is asked whenever the chat
is used, so that it ends with the phone or its guardian. How much may be said there is each owner's to decide.
Source: security rules S1.4, S1.5, S3.4 and S4.4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import CHAT, SMS
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress
from hub.people.places import Owner
from hub.post.audience import Freshness, freshness
from hub.post.deliveries import Delivery
from hub.quick_select import QuickSelect
from hub.safety.audit import note

BEHIND_NUMBER = "/"
"""Between the number that a pressed button came to and the delivery that showed it."""


class Says(StrEnum):
    """What may be said in a chat: that there is an answer, which the phone gets, or the answer itself."""

    NOTICES = "notices"
    ALL = "all"


@runtime_checkable
class Road(Protocol):
    """A channel to a chat service. `handle` is what our account there is called, `number` ours that speaks for it to
    whoever is not linked; `says_of` names owners, by source id, with
    another rule than `says`. Addresses begin with its name and a colon."""

    name: str
    handle: str
    number: str
    says: Says
    says_of: Mapping[str, Says]


class ChatRoad(Base):
    """A road that is in use, as the settings had it at the last start."""

    __tablename__ = "chat_roads"
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    handle: Mapped[str] = mapped_column(sa.String(64))
    says: Mapped[str] = mapped_column(sa.String(10))
    says_of: Mapped[Json]


class ChatLink(Base):
    """A chat that is linked now. `value` is the chat's address, `phone` the one it was linked by, E.164, and `number` ours that
    the phone had written to. A phone has one chat at a time, and a chat one phone."""

    __tablename__ = "chat_links"
    __table_args__ = (sa.UniqueConstraint("value"), sa.UniqueConstraint("owner_id", "phone"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    value: Mapped[str] = mapped_column(sa.String(254))
    phone: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str] = mapped_column(sa.String(20))
    linked_at: Mapped[Moment]


@dataclass(frozen=True, slots=True)
class ChatWay:
    """Where words from a chat belong: the number that they are for, and who speaks. `people` is empty when nobody is linked;
    they are known by their phone where the chat may only tell that there is an answer."""

    number: str
    people: Sequence[tuple[GuardianAddress, Guardian]]


def keep_roads(work: Work, roads: Iterable[Road]) -> None:
    """Write down which roads are in use from now on, one hub after the other where several start."""
    work.take_turns(["the roads of chats"])
    work.session.execute(sa.delete(ChatRoad))
    for road in roads:
        work.session.add(ChatRoad(name=road.name, handle=road.handle, says=road.says, says_of=dict(road.says_of)))


_ROAD = QuickSelect(sa.select(ChatRoad).where(ChatRoad.name == sa.bindparam("name")))


def find_road(look: Look, name: str) -> ChatRoad | None:
    found = _ROAD.rows(look, name=name)
    return found[0][0] if found else None


def road_of(value: str) -> str:
    """The name of the road that a chat's address is on."""
    return value.partition(":")[0]


_ROAD_OF = QuickSelect(
    sa.select(ChatRoad, Owner.source_id)
    .join(Owner, Owner.id == sa.bindparam("owner"))
    .where(ChatRoad.name == sa.bindparam("name"))
)


def what_may_be_said(look: Look, road_name: str, owner_id: str) -> Says:
    """Nothing but notices, unless the owner has decided otherwise and the road is in use."""
    found = _ROAD_OF.rows(look, name=road_name, owner=owner_id)
    if not found:
        return Says.NOTICES
    road, source_id = found[0]
    return Says(road.says_of.get(source_id, road.says))


@dataclass(slots=True)
class Linked:
    """A link with whom it is about: `people` had the phone when it was linked and have it still, each with their chat's
    address; `behind` is everybody who has the phone now, each with the phone's."""

    link: ChatLink
    people: list[tuple[GuardianAddress, Guardian]] = field(default_factory=list)
    behind: list[tuple[GuardianAddress, Guardian]] = field(default_factory=list)


_IS_CHAT = sa.and_(GuardianAddress.kind == CHAT, GuardianAddress.value == ChatLink.value)
_IS_PHONE = sa.and_(GuardianAddress.kind == SMS, GuardianAddress.value == ChatLink.phone)
_LINKED = QuickSelect(
    sa.select(ChatLink, GuardianAddress, Guardian)
    .join(
        GuardianAddress,
        sa.and_(GuardianAddress.owner_id == ChatLink.owner_id, sa.or_(_IS_CHAT, _IS_PHONE)),
    )
    .join(Guardian, Guardian.id == GuardianAddress.guardian_id)
    .where(ChatLink.value.in_(sa.bindparam("values", expanding=True)))
    .order_by(Guardian.id)
)


def find_linked(look: Look, values: Iterable[str]) -> dict[str, Linked]:
    """Of these chats those that are linked, whether or not anybody still has the phone."""
    out: dict[str, Linked] = {}
    for link, address, guardian in _LINKED.rows(look, values=list(values)):
        linked = out.setdefault(link.value, Linked(link))
        if address.kind == CHAT and address.is_live(look.now):
            linked.people.append((address, guardian))
        elif address.kind == SMS and freshness(address, look.now) is not Freshness.OVER:
            linked.behind.append((address, guardian))
    for linked in out.values():
        having = {guardian.id for _, guardian in linked.behind}
        linked.people = [(address, guardian) for address, guardian in linked.people if guardian.id in having]
    return out


def find_link_of(look: Look, owner_id: str, phone: str) -> ChatLink | None:
    return look.session.scalar(sa.select(ChatLink).where(ChatLink.owner_id == owner_id, ChatLink.phone == phone))


def find_way(look: Look, sender: str, recipient: str) -> ChatWay:
    """A pressed button belongs to the number that showed it, other words to the one that wrote there last; where a chat may
    only tell that there is an answer, the talk is the phone's, and it is the one that wrote to either last."""
    front, _, delivery_id = recipient.partition(BEHIND_NUMBER)
    linked = find_linked(look, [sender]).get(sender)
    if linked is None or not linked.people:
        return ChatWay(front, ())
    link = linked.link
    is_open = what_may_be_said(look, road_of(sender), link.owner_id) is Says.ALL
    talked_at = [link.value] if is_open else [link.value, link.phone]
    number = _find_shown_by(look, link, delivery_id) or _find_last_writer(look, link, talked_at) or link.number
    return ChatWay(number, linked.people if is_open else linked.behind)


_WROTE = (
    sa.select(Delivery.sender)
    .where(
        Delivery.recipient.in_(sa.bindparam("values", expanding=True)),
        Delivery.owner_id == sa.bindparam("owner"),
        Delivery.guardian_id.is_not(None),
    )
    .order_by(Delivery.due.desc(), Delivery.id.desc())
    .limit(1)
)
_LAST_WROTE = QuickSelect(_WROTE)
_SHOWED = QuickSelect(_WROTE.where(Delivery.id == sa.bindparam("delivery")))


def _find_shown_by(look: Look, link: ChatLink, delivery_id: str) -> str | None:
    """Only what went to this very chat: what a button brings back may be made up."""
    if len(delivery_id) != ID_LENGTH:
        return None
    found = _SHOWED.rows(look, values=[link.value], owner=link.owner_id, delivery=delivery_id)
    return found[0][0] if found else None


def _find_last_writer(look: Look, link: ChatLink, talked_at: Sequence[str]) -> str | None:
    found = _LAST_WROTE.rows(look, values=list(talked_at), owner=link.owner_id)
    return found[0][0] if found else None


def link_chat(
    work: Work, value: str, people: Sequence[tuple[GuardianAddress, Guardian]], number: str
) -> list[GuardianAddress]:
    """The chat is theirs from now on, who are all behind one phone; the addresses, one for each. Audited.

    What the phone or the chat was linked with before ends.
    """
    phone, first = people[0]
    own = sa.or_(ChatLink.value == value, sa.and_(ChatLink.owner_id == first.owner_id, ChatLink.phone == phone.value))
    for before in work.session.scalars(sa.select(ChatLink).where(own)).all():
        end_link(work, before, "replaced")
    link = ChatLink(
        id=work.new_id(),
        owner_id=first.owner_id,
        value=value,
        phone=phone.value,
        number=number,
        linked_at=work.now,
    )
    work.session.add(link)
    addresses = [_give_address(work, guardian, value) for _, guardian in people]
    work.session.flush()
    note(work, "chat.link", [link.id, *(guardian.id for _, guardian in people)])
    return addresses


def _give_address(work: Work, guardian: Guardian, value: str) -> GuardianAddress:
    address = work.session.scalar(
        sa.select(GuardianAddress).where(
            GuardianAddress.guardian_id == guardian.id, GuardianAddress.kind == CHAT, GuardianAddress.value == value
        )
    )
    if address is None:
        address = GuardianAddress(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            kind=CHAT,
            value=value,
            confirmed_at=work.now,
        )
        work.session.add(address)
    address.confirmed_at, address.confirmed_by = work.now, "code"
    address.gone_at = address.gone_reason = address.stopped_at = address.stopped_by = None
    return address


def end_link(work: Work, link: ChatLink, why: str) -> None:
    """Nothing goes to the chat any more, and nothing from it counts. Audited."""
    owned = (GuardianAddress.owner_id == link.owner_id, GuardianAddress.kind == CHAT)
    for address in work.session.scalars(sa.select(GuardianAddress).where(*owned, GuardianAddress.value == link.value)):
        if address.is_live(work.now):
            address.gone_at, address.gone_reason = work.now, why
    note(work, "chat.unlink", [link.id], why)
    work.session.delete(link)
    work.session.flush()
