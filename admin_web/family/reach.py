"""*How we reach you*: what a guardian wishes for each kind of matter, when they are left in peace, and why nothing came.

That no SMS means none in an emergency either is shown before it is saved. Whose wish it is where several use a phone, nobody
can tell: there nothing is set. Source: security rules S1.5 and S5.4.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from admin_web.family.notices import find_key, lay_out_devices
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.reach_form import YES, WishedForm, as_it_is, lay_out_wishes
from hub.address import mask
from hub.desk import Look, Work
from hub.post.own_addresses import OwnAddress, list_own_addresses
from hub.post.push_devices import PushDevice, list_devices
from hub.post.quiet_hours import wakes_at
from hub.post.reach_of_family import Reached, Wished, list_stopping, read_reached, set_wished
from hub.school.attendance_wishes import Moved, list_wished, wish_to_hear
from hub.sign_in.family_sessions import FoundFamily, get_family_session, get_unshared_session

pages = Pages()

REACH = f"{HOME}/reach"


@dataclass(frozen=True, slots=True)
class OwnReach:
    """How this guardian is reached, and what is known of each of their addresses. `is_quiet`: they are left in peace now."""

    found: FoundFamily
    reached: Reached
    addresses: list[OwnAddress]
    is_quiet: bool
    devices: list[PushDevice]
    told: frozenset[Moved]


def gather_reach(look: Look, session_id: str) -> OwnReach:
    """Raises: NotThereError."""
    found = get_family_session(look, session_id)
    reached = read_reached(look, found.guardian_id)
    zone = found.family.first_unit.zone
    is_quiet = wakes_at(look.now, zone, reached.quiet) is not None
    return OwnReach(
        found,
        reached,
        list_own_addresses(look, found.guardian_id),
        is_quiet,
        list_devices(look, found.guardian_id),
        list_wished(look, found.guardian_id),
    )


@pages.get(REACH)
async def show_reach(visit: FamilyVisit) -> web.StreamResponse:
    """As it is now."""
    own = await visit.look(gather_reach, visit.signed_in.id)
    return await _show(visit, own, as_it_is(own.reached), own.told)


@pages.post(REACH)
async def set_reach(visit: FamilyVisit, asked: WishedForm) -> web.StreamResponse:
    """Save it; what would stop everything is shown first, and saved the second time."""
    own = await visit.look(gather_reach, visit.signed_in.id)
    stopping = list_stopping(own.reached, asked.wished)
    if stopping and asked.sure != YES and not own.found.is_shared:
        return await _show(visit, own, asked.wished, asked.told_of(own.told), stopping)
    await visit.work(set_own, visit.signed_in.id, asked)
    return visit.go(REACH)


def set_own(work: Work, session_id: str, asked: WishedForm) -> None:
    """Raises: NotThereError, SharedPhoneError, NoSuchKindError."""
    found = get_unshared_session(work, session_id)
    reached = read_reached(work, found.guardian_id)
    set_wished(work, reached, asked.wished)
    told = asked.told_of(list_wished(work, found.guardian_id))
    wish_to_hear(work, reached.guardian, told, work.asker.id)


async def _show(
    visit: FamilyVisit, own: OwnReach, shown: Wished, told: Collection[Moved], stopping: Sequence[str] = ()
) -> web.Response:
    await visit.note_reading([own.found.guardian_id])
    notices: dict[str, Any] = {
        "notices_key": find_key(visit),
        "devices": lay_out_devices(visit, own.found, own.devices),
    }
    if own.found.is_shared:
        return visit.show("family/reach.j2", here=REACH, is_shared=True, first="", **notices)
    usable = [one for one in own.addresses if one.hindered is None]
    return visit.show(
        "family/reach.j2",
        here=REACH,
        path=REACH,
        is_shared=False,
        first=visit.say(f"kinds.{usable[0].address.kind}") if usable else "",
        is_quiet=own.is_quiet,
        until=f"{own.reached.quiet[1]:%H:%M}",
        is_reserved=own.reached.guardian.reserved,
        addresses=[_row(visit, own, one) for one in own.addresses],
        **notices,
        **lay_out_wishes(visit, own.reached, shown, told, stopping),
    )


def _row(visit: FamilyVisit, own: OwnReach, one: OwnAddress) -> dict[str, Any]:
    unit = own.found.family.first_unit
    today = unit.today(visit.house.parts.clock.now())
    last = ""
    if one.last is not None:
        at = unit.local(one.last[0])
        last = visit.say("own_reach.last", at=at, became=one.last[1], today=today)
    confirmed = unit.local(one.address.confirmed_at).date()
    return {
        "kind": visit.say(f"kinds.{one.address.kind}"),
        "value": mask(one.address.value),
        "hindered": one.hindered.value if one.hindered is not None else "",
        "known": visit.say("own_reach.known_since", day=confirmed, today=today),
        "last": last,
    }
