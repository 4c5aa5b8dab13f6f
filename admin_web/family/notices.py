"""Notices in this browser: turning them on and off, and where a touch on one leads.

They are offered once, quietly, to whoever has written; who says no is not asked again. What a browser tells us of its push
service is believed only as far as its host is one that we may speak to. Source: security rules S2.7, S3.4 and S7.8.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web import cookies
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, BackPath, PublicId
from hub.address import PUSH
from hub.desk import Look, Work
from hub.post.channel import Device
from hub.post.deliveries import Delivery
from hub.post.family_book import find_child_of
from hub.post.push_devices import (
    NoPushServiceError,
    PushDevice,
    PushRoad,
    end_own_device,
    keep_device,
    list_devices,
    renew_device,
)
from hub.post.push_notices import begin_round
from hub.safety.access import NotThereError
from hub.sign_in.family_sessions import FoundFamily, get_acting_session, get_family_session, who_signed_in

pages = Pages()

NOTICES = f"{HOME}/notices"
Endpoint = Annotated[str, Field(min_length=1, max_length=1000)]


class EndpointAsked(Asked):
    endpoint: Endpoint


class DeviceAsked(EndpointAsked):
    """As the browser tells it: `p256dh` and `auth` are its keys."""

    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=40)]


class OneAsked(Asked):
    device_id: PublicId


class NoticeAsked(Asked):
    notice_id: PublicId


class NotNowAsked(Asked):
    back: BackPath = HOME


def find_key(visit: FamilyVisit) -> str:
    """What a browser subscribes with; "" where there are no notices."""
    road = visit.house.parts.push
    return road.public_key if road is not None else ""


def may_offer(visit: FamilyVisit) -> bool:
    """Not to whoever has said no in this browser."""
    return visit.house.cookies.read(visit.request, cookies.NO_NOTICES) is None


def tells_here(look: Look, found: FoundFamily) -> bool:
    """Whether the browser of this session tells of what comes."""
    return any(one.session_id == found.id for one in list_devices(look, found.guardian_id))


def lay_out_devices(visit: FamilyVisit, found: FoundFamily, devices: Sequence[PushDevice]) -> list[dict[str, Any]]:
    """What pages/family/notices.j2 shows of each."""
    unit = found.family.first_unit
    today = unit.today(visit.house.parts.clock.now())
    return [
        {
            "id": one.id,
            "where": visit.say("own_push.here" if one.session_id == found.id else "own_push.elsewhere"),
            "since": visit.say("own_push.since", day=unit.local(one.made_at).date(), today=today),
        }
        for one in devices
    ]


@pages.post(f"{NOTICES}/on")
async def turn_on(visit: FamilyVisit, asked: DeviceAsked) -> web.StreamResponse:
    """This browser is told of what comes from now on."""
    told = Device(asked.endpoint, asked.p256dh, asked.auth)
    await visit.work(keep_told, visit.signed_in.id, visit.house.parts.push, told)
    return web.Response(status=204)


def keep_told(work: Work, session_id: str, road: PushRoad | None, told: Device) -> None:
    """Raises: NotThereError, NotByMailError, NoPushServiceError."""
    get_acting_session(work, session_id)
    who = who_signed_in(work, session_id)
    if road is None or not road.takes(told):
        raise NoPushServiceError
    begin_round(work, who.family.owner_id)
    keep_device(work, who, told)


@pages.post(f"{NOTICES}/renew")
async def renew(visit: FamilyVisit, asked: EndpointAsked) -> web.StreamResponse:
    """Somebody signed in where notices were on: 204 where they go on, 205 where the browser is to forget them."""
    goes_on = await visit.work(renew_told, visit.signed_in.id, asked.endpoint)
    return web.Response(status=204 if goes_on else 205)


def renew_told(work: Work, session_id: str, endpoint: str) -> bool:
    """Raises: NotThereError."""
    return renew_device(work, who_signed_in(work, session_id), endpoint)


@pages.post(f"{NOTICES}/not-now")
async def decline(visit: FamilyVisit, asked: NotNowAsked) -> web.StreamResponse:
    """It is not offered here again; the settings have it."""
    answer = visit.go(asked.back)
    visit.house.cookies.set(answer, cookies.NO_NOTICES, "1", cookies.LONG)
    return answer


@pages.post(f"{NOTICES}/{{device_id}}/end")
async def turn_off(visit: FamilyVisit, asked: OneAsked) -> web.StreamResponse:
    """One of their browsers is told of nothing any more."""
    await visit.work(end_one, visit.signed_in.id, asked.device_id)
    return visit.go(f"{HOME}/reach#notices")


def end_one(work: Work, session_id: str, device_id: str) -> None:
    """Raises: NotThereError, NotByMailError."""
    end_own_device(work, get_acting_session(work, session_id).guardian_id, device_id)


@pages.get(f"{NOTICES}/{{notice_id}}")
async def follow_notice(visit: FamilyVisit, asked: NoticeAsked) -> web.StreamResponse:
    """To the book in which that which came stands."""
    child_id = await visit.look(find_told_of, visit.signed_in.id, asked.notice_id)
    return visit.go(f"{HOME}/children/{child_id}#newest")


def find_told_of(look: Look, session_id: str, notice_id: str) -> str:
    """The child in whose book it stands. Raises: NotThereError."""
    family = get_family_session(look, session_id).family
    notice = look.session.get(Delivery, notice_id)
    if notice is None or notice.kind != PUSH or notice.guardian_id not in family.guardian_ids:
        raise NotThereError
    child_id = find_child_of(look, family, notice.message_id)
    if child_id is None:
        raise NotThereError
    return child_id
