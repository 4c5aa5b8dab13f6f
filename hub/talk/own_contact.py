"""A guardian writes a new phone or mail address on the family pages: staff confirm it, and the phones are told at once.

A browser is not the phone that is to be replaced, so nothing is proven by a code from here.
Source: security rules S1.2 and S1.5.
"""

from hub.address import SMS, mask
from hub.desk import Refusal, Work
from hub.people.families import Guardian
from hub.people.places import Owner, Unit
from hub.post.address_decisions import AddressTakenError, list_deniers, read_address
from hub.post.audience import list_live
from hub.post.messages import Lane, Thread, wait_for_person
from hub.safety.access import NotThereError
from hub.safety.address_changes import AddressChange, begin_change, find_change, may_change, refuse_change
from hub.talk.prompting import Notice, tell

WHY = "new_address"
"""Why a thread waits for staff."""


class AddressOftenError(Refusal):
    """More new addresses were told in a day than a person has."""

    words = "refusals.address_often"


def begin_own_change(work: Work, unit: Unit, guardian: Guardian, typed: str) -> AddressChange:
    """It acts once staff have confirmed it. Audited. Raises: NotAnAddressError, AddressTakenError, AddressOftenError."""
    work.touch([guardian.id])
    new = read_address(typed, work.session.get_one(Owner, guardian.owner_id).country)
    why_not = may_change(work, guardian.id, new)
    if why_not == "often":
        raise AddressOftenError
    if why_not is not None:
        raise AddressTakenError
    old = next(iter(list_live(work, guardian.id, new.kind)), None)
    change = begin_change(work, guardian, old, new, None)
    work.session.flush()
    _tell_phones(work, unit, guardian, change)
    return change


def _tell_phones(work: Work, unit: Unit, guardian: Guardian, change: AddressChange) -> None:
    """To those that are surely theirs: whoever borrowed the browser is found out. The talk waits for a person."""
    ending = mask(change.value)[-2:] if change.kind == SMS else ""
    notice = Notice("contact.page_changing", {"unit": unit.name, "ending": ending}, (), Lane.SAFETY, author="contact")
    for address in list_deniers(work, change):
        said = tell(work, unit, guardian, notice, address=address)
        if said.message is not None:
            wait_for_person(work, work.session.get_one(Thread, said.message.thread_id), WHY)


def end_own_change(work: Work, guardian_id: str, change_id: str) -> None:
    """They take back what they wrote. Audited. Raises: NotThereError, NoLongerOpenError."""
    change = find_change(work, change_id)
    if change is None or change.guardian_id != guardian_id:
        raise NotThereError
    refuse_change(work, change, guardian_id)
