"""Whom a message from staff reaches, by name, before it is sent: exactly these, and never one more.

A phone that several use stands for all of them: it may be told only what each of them may be told. Who said STOP, whose
address is gone or who has no right gets nothing, and whoever writes is told so beforehand.
Source: security rules S1.4, S1.5, S4.4, S5.1, S5.4 and S6.1.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.address import APP, mask
from hub.desk import Look
from hub.people.families import Child, Guardian, GuardianAddress, Guardianship, Right
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.post.audience import Freshness, freshness, list_entitled
from hub.post.discretion import Discretion, how_much
from hub.post.messages import Thread
from hub.post.own_questions import kinds_asked_by
from hub.post.reach_plans import get_plans
from hub.post.reach_wishes import find_wish
from hub.post.running_kinds import running_kinds
from hub.post.topics import Topic
from hub.post.ways import in_order, takes_words, those_noticed

POSTCARD = 0


class Way(StrEnum):
    """How a guardian is reached: with the words, with a notice, or not at all, and why."""

    WORDS = "words"
    NOTICE = "notice"
    STOPPED = "stopped"
    RESERVED = "reserved"
    NO_ADDRESS = "no_address"
    SHARED_PHONE = "shared_phone"
    NO_RIGHT = "no_right"


REACHED = frozenset({Way.WORDS, Way.NOTICE})


@dataclass(frozen=True, slots=True)
class Recipient:
    """One guardian of the party. `beside` are others who read at the same address; `discretion` what may be said there."""

    guardian_id: str
    name: str
    language: str
    way: Way
    address: GuardianAddress | None
    beside: tuple[tuple[str, str], ...]
    discretion: Discretion
    lives_elsewhere: bool = False
    """None of the children it is about lives with them."""

    @property
    def is_reached(self) -> bool:
        return self.way in REACHED

    @property
    def hides_words(self) -> bool:
        """The words may not go there: they, or the child, need more discretion than a postcard has."""
        return self.discretion is not Discretion.FULL

    @property
    def is_silent(self) -> bool:
        """Not even from where it comes."""
        return self.discretion is Discretion.SILENT

    @property
    def shown_address(self) -> str:
        return mask(self.address.value) if self.address is not None else ""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Everyone a message is meant for. `sender` is the number it goes from, None when the unit has none."""

    people: tuple[Recipient, ...]
    sender: VirtualNumber | None
    unit: Unit

    @property
    def reached(self) -> list[Recipient]:
        return [person for person in self.people if person.is_reached]

    @property
    def readers(self) -> list[tuple[str, str]]:
        """Id and name of everybody who will read it: those it goes to, and those who use the same phones."""
        found = {}
        for person in self.reached:
            found[person.guardian_id] = person.name
            found.update(person.beside)
        return sorted(found.items(), key=lambda pair: pair[1])

    @property
    def key(self) -> str:
        """Names exactly these readers, for a form to bring back."""
        return ",".join(sorted(id_ for id_, _ in self.readers))


_OWN = aliased(GuardianAddress)
_GUARDIANS: sa.BindParameter[Sequence[str]] = sa.bindparam("guardians", expanding=True)
_PEOPLE = sa.select(Guardian).where(Guardian.id.in_(_GUARDIANS))
_ADDRESSES = (
    sa.select(GuardianAddress)
    .where(
        GuardianAddress.owner_id == sa.bindparam("owner"),
        GuardianAddress.kind.in_(sa.bindparam("kinds", expanding=True)),
        GuardianAddress.value.in_(sa.select(_OWN.value).where(_OWN.guardian_id.in_(_GUARDIANS))),
    )
    .order_by(GuardianAddress.rank, GuardianAddress.id)
)
_HOMES = sa.select(Guardianship.guardian_id, Guardianship.lives_with).where(
    Guardianship.guardian_id.in_(_GUARDIANS),
    Guardianship.child_id.in_(sa.bindparam("children", expanding=True)),
)
_PROTECTED = sa.select(Child.id).where(Child.id.in_(sa.bindparam("children", expanding=True)), Child.protected)


def find_recipients(
    look: Look,
    unit: Unit,
    guardian_ids: Sequence[str],
    child_ids: Sequence[str],
    sender: VirtualNumber | None,
    thread: Thread | None = None,
    topic: Topic = Topic.DAILY,
) -> Recipients:
    """By rights at this moment, for words that are not sensitive. `child_ids` are those the message is about; what is written
    in a `thread` may answer what was asked there."""
    addresses = _list_addresses(look, unit.owner_id, guardian_ids)
    everyone = {address.guardian_id for found in addresses.values() for address in found} | set(guardian_ids)
    entitled = list_entitled(look, everyone, Right.INFORM, unit.today(look.now))
    people = {g.id: g for g in look.session.scalars(_PEOPLE, {"guardians": list(everyone)})}
    protected = _protected(look, {child_id for found in entitled.values() for child_id in found})

    homes = _list_homes(look, guardian_ids, child_ids)

    def may_be_told(guardian_id: str) -> bool:
        return bool(entitled.get(guardian_id)) and set(child_ids) <= entitled[guardian_id]

    out = []
    for guardian_id in sorted(guardian_ids, key=lambda id_: (people[id_].first_name, id_)):
        way, address = Way.NO_RIGHT, None
        if may_be_told(guardian_id):
            way, address = _choose(look, guardian_id, addresses, may_be_told, thread, topic)
        others = addresses.get(address.value, []) if address is not None else []
        told = {guardian_id, *(other.guardian_id for other in others)}
        guarded = any(child_id in protected for id_ in told for child_id in entitled.get(id_, ()))
        stale = address is not None and freshness(address, look.now) is Freshness.STALE
        discretion = how_much(POSTCARD, sensitive=False, protected=guarded, stale=stale)
        if way is Way.WORDS and discretion is not Discretion.FULL:
            way = Way.NOTICE
        beside = tuple((id_, people[id_].name) for id_ in sorted(told - {guardian_id})) if way in REACHED else ()
        person = people[guardian_id]
        away = homes.get(guardian_id, True) is False
        out.append(Recipient(guardian_id, person.name, person.language, way, address, beside, discretion, away))
    return Recipients(tuple(out), sender, unit)


def _list_homes(look: Look, guardian_ids: Sequence[str], child_ids: Sequence[str]) -> dict[str, bool]:
    """By guardian, whether any of these children lives with them."""
    rows = look.session.execute(_HOMES, {"guardians": list(guardian_ids), "children": list(child_ids)})
    out: dict[str, bool] = {}
    for guardian_id, lives_with in rows:
        out[guardian_id] = out.get(guardian_id, False) or lives_with
    return out


def _list_addresses(look: Look, owner_id: str, guardian_ids: Sequence[str]) -> dict[str, list[GuardianAddress]]:
    """By value, everybody's who has one of these guardians' addresses that a channel carries, while they may be noticed."""
    asked = {"owner": owner_id, "guardians": guardian_ids, "kinds": sorted(running_kinds(look))}
    found = look.session.scalars(_ADDRESSES, asked)
    out: dict[str, list[GuardianAddress]] = defaultdict(list)
    for address in found:
        if freshness(address, look.now) is not Freshness.OVER:
            out[address.value].append(address)
    return out


def _choose(
    look: Look,
    guardian_id: str,
    addresses: dict[str, list[GuardianAddress]],
    may_be_told: Callable[[str], bool],
    thread: Thread | None,
    topic: Topic,
) -> tuple[Way, GuardianAddress | None]:
    """The first way, as the guardian wishes, that may be taken; or, with none, what stands in the way of the first."""
    own = sorted(
        (
            address
            for found in addresses.values()
            for address in found
            if address.guardian_id == guardian_id and takes_words(look, address)
        ),
        key=lambda address: (address.rank, address.id),
    )
    wish = find_wish(look, guardian_id)
    plan = get_plans(look, own[0].owner_id)[topic] if own else None
    hindrance = Way.NO_ADDRESS
    reserved = set() if wish is None else wish.reserved.keys()
    asked = kinds_asked_by(look, thread.id, guardian_id) if thread is not None and reserved else set()
    ways = in_order(those_noticed(look, own, wish, topic), plan, wish) if plan is not None else []
    asked_by = [address for address in own if address.kind in asked & {*reserved, APP}]
    for address in [*asked_by, *(way for way in ways if way not in asked_by)]:
        if not all(may_be_told(other.guardian_id) for other in addresses[address.value]):
            found = Way.SHARED_PHONE
        elif any(other.is_closed for other in addresses[address.value]):
            found = Way.STOPPED
        elif wish is not None and wish.stops(address.kind, topic, answers=address.kind in asked):
            found = Way.RESERVED
        else:
            return Way.WORDS, address
        hindrance = found if hindrance is Way.NO_ADDRESS else hindrance
    return hindrance, None


def _protected(look: Look, child_ids: set[str]) -> set[str]:
    return set(look.session.scalars(_PROTECTED, {"children": list(child_ids)})) if child_ids else set()
