"""What staff see of new addresses that families told of, and their word on each. Source: security rules S1.2, S3.1 and S4.1."""

import re
from collections.abc import Sequence

from hub.address import MAIL, SMS, Address, parse_phone
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.places import Owner, Unit
from hub.post.audience import Freshness, freshness, list_addresses, list_live
from hub.post.families import Known, list_known
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_child
from hub.safety.address_changes import (
    AddressChange,
    begin_change,
    confirm_change,
    find_change,
    list_open,
    may_change,
    refuse_change,
)

BLOCKED = "blocked"
MAIL_ADDRESS = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,180}\.[^@\s,;<>.]{2,}")


class NotAnAddressError(Refusal):
    """It is neither a phone number nor a mail address."""

    words = "refusals.not_an_address"


class AddressTakenError(Refusal):
    """The guardian has it already, or it is one of the hub's own."""

    words = "refusals.address_taken"


def list_pending(look: Look, known: Sequence[Known]) -> list[tuple[Known, AddressChange]]:
    """What is open for these guardians of a child, but for who must not learn of it. Its callers have asked the rights."""
    by_id = {each.id: each for each in known if each.warning != BLOCKED}
    return [(by_id[change.guardian_id], change) for change in list_open(look, by_id)]


def decide(work: Work, child_id: str, change_id: str, *, agreed: bool) -> None:
    """Staff who serve the child confirm a new address of a guardian, or refuse it. Audited.

    Raises: NotThereError; NoLongerOpenError.
    """
    reader = get_reader(work)
    child, places = get_child(work, reader.reach, child_id)
    change = find_change(work, change_id)
    if change is None or change.guardian_id not in _guardians(work, child, places[0][0]):
        raise NotThereError
    if agreed:
        confirm_change(work, change, reader.reach.staff_id, may_be_denied=bool(list_deniers(work, change)))
    else:
        refuse_change(work, change, reader.reach.staff_id)


def list_deniers(look: Look, change: AddressChange) -> list[GuardianAddress]:
    """The phones that may say no to a change: those that are surely the person's, and nobody else's. Source: S1.2 and S1.5."""
    phones = [each for each in list_live(look, change.guardian_id, SMS) if each.value != change.value]
    return [
        each
        for each in phones
        if freshness(each, look.now) is Freshness.FRESH
        and len(list_addresses(look, SMS, each.value, each.owner_id)) == 1
    ]


def write_down(work: Work, child_id: str, guardian_id: str, typed: str) -> AddressChange:
    """Staff write down a guardian's new phone or mail address; it acts when it is confirmed. Audited.

    Raises: NotThereError; NotAnAddressError; AddressTakenError.
    """
    reader = get_reader(work)
    child, places = get_child(work, reader.reach, child_id)
    if guardian_id not in _guardians(work, child, places[0][0]):
        raise NotThereError
    guardian = work.session.get_one(Guardian, guardian_id)
    new = read_address(typed, work.session.get_one(Owner, guardian.owner_id).country)
    if may_change(work, guardian_id, new) in ("same", "ours"):
        raise AddressTakenError
    old = next(iter(list_live(work, guardian_id, new.kind)), None)
    return begin_change(work, guardian, old, new, None)


def read_address(typed: str, country: str) -> Address:
    """As people write them. Raises: NotAnAddressError."""
    plain = typed.strip()
    if MAIL_ADDRESS.fullmatch(plain):
        return Address(MAIL, plain.lower())
    phone = parse_phone(plain, country)
    if phone is None or not phone.value.startswith("+"):
        raise NotAnAddressError
    return phone


def _guardians(look: Look, child: Child, unit: Unit) -> set[str]:
    return {each.id for each in list_known(look, child, unit.today(look.now)) if each.warning != BLOCKED}
