"""*You*: what we have of a guardian's phones and mail addresses, and where a new one is told.

It acts once staff have confirmed it, and the phone that is theirs is told at once. Whole they are shown after a strong
sign-in alone. Source: security rules S1.2, S1.5 and S4.4.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.address import SMS, mask, shown_phone
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.people.families import Guardian
from hub.post.own_addresses import OwnAddress, list_own_addresses
from hub.safety.access import NotThereError
from hub.safety.address_changes import AddressChange, list_open
from hub.sign_in.family_sessions import FoundFamily, get_acting_session, get_family_session, get_unshared_session
from hub.talk.own_contact import begin_own_change, end_own_change

pages = Pages()

CONTACT = f"{HOME}/you/contact"


class AddressAsked(Asked):
    address: Annotated[str, Field(min_length=1, max_length=254)]


class ChangeAsked(Asked):
    change_id: PublicId


@dataclass(frozen=True, slots=True)
class OwnContact:
    """What we have, and what waits to be confirmed."""

    found: FoundFamily
    addresses: list[OwnAddress]
    changes: list[AddressChange]


def gather_contact(look: Look, session_id: str) -> OwnContact:
    """Nothing behind a phone that several use. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    if found.is_shared:
        return OwnContact(found, [], [])
    own = [found.guardian_id]
    return OwnContact(found, list_own_addresses(look, found.guardian_id), list_open(look, own))


@pages.get(CONTACT)
async def show_contact(visit: FamilyVisit) -> web.StreamResponse:
    """As it is now."""
    return await _show(visit)


@pages.post(CONTACT)
async def write_address(visit: FamilyVisit, asked: AddressAsked) -> web.StreamResponse:
    """Tell of a new one."""
    done = await visit.try_work(begin_change_here, visit.signed_in.id, asked.address)
    return await _show(visit, done, asked.address) if isinstance(done, Refusal) else visit.go(CONTACT)


def begin_change_here(work: Work, session_id: str, typed: str) -> None:
    """Raises: NotThereError, SharedPhoneError, and what begin_own_change raises."""
    found = get_unshared_session(work, session_id)
    begin_own_change(work, found.family.first_unit, work.session.get_one(Guardian, found.guardian_id), typed)


@pages.post(f"{CONTACT}/{{change_id}}/end")
async def end_change(visit: FamilyVisit, asked: ChangeAsked) -> web.StreamResponse:
    """Take it back."""
    await visit.work(end_change_here, visit.signed_in.id, asked.change_id)
    return visit.go(CONTACT)


def end_change_here(work: Work, session_id: str, change_id: str) -> None:
    """Raises: NotThereError, NoLongerOpenError."""
    found = get_acting_session(work, session_id)
    if found.is_shared:
        raise NotThereError
    end_own_change(work, found.guardian_id, change_id)


async def _show(visit: FamilyVisit, refusal: Refusal | None = None, typed: str = "") -> web.Response:
    own = await visit.look(gather_contact, visit.signed_in.id)
    await visit.note_reading([own.found.guardian_id])
    return visit.show(
        "family/contact.j2",
        status=422 if refusal is not None else 200,
        here=CONTACT,
        path=CONTACT,
        name=own.found.name,
        is_shared=own.found.is_shared,
        addresses=[_row(visit, own, one) for one in own.addresses],
        changes=[_change(visit, one) for one in own.changes],
        typed=typed,
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


def _row(visit: FamilyVisit, own: OwnContact, one: OwnAddress) -> dict[str, Any]:
    unit = own.found.family.first_unit
    today = unit.today(visit.house.parts.clock.now())
    is_whole = own.found.trust >= Trust.STRONG
    return {
        "kind": visit.say(f"kinds.{one.address.kind}"),
        "value": _shown(one.address.kind, one.address.value) if is_whole else mask(one.address.value),
        "known": visit.say("own_reach.known_since", day=unit.local(one.address.confirmed_at).date(), today=today),
    }


def _change(visit: FamilyVisit, change: AddressChange) -> dict[str, Any]:
    return {"id": change.id, "kind": visit.say(f"kinds.{change.kind}"), "value": mask(change.value)}


def _shown(kind: str, value: str) -> str:
    return shown_phone(value) if kind == SMS else value
