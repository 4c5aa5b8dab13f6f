"""*How is this guardian reached?* What they chose, what they said no to, when they are left in peace; and setting it when they
ask staff to. That no SMS means none in an emergency either is shown before it is saved."""

from collections.abc import Collection, Sequence

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.reach_form import YES, WishedForm, as_it_is, lay_out_wishes
from admin_web.staff.visiting import Visit
from hub.address import mask
from hub.desk import Look, Work
from hub.post.post_of_family import may_see_post
from hub.post.reach_of_family import ReachedAsStaffSee, Wished, get_reached, list_stopping, set_on_behalf
from hub.school.attendance_wishes import Moved, list_wished, wish_to_hear

pages = Pages()


class ReachAsked(Asked):
    child_id: PublicId
    guardian_id: PublicId


class ReachWished(ReachAsked, WishedForm):
    """As it is saved."""


@pages.get("/children/{child_id}/reach/{guardian_id}")
async def show_reach(visit: Visit, asked: ReachAsked) -> web.StreamResponse:
    """As it is now."""
    found, told = await visit.look(gather_reach, asked.child_id, asked.guardian_id)
    return await _show(visit, found, as_it_is(found.own), told)


@pages.post("/children/{child_id}/reach/{guardian_id}", fresh=True)
async def set_reach(visit: Visit, asked: ReachWished) -> web.StreamResponse:
    """Save it; what would stop everything is shown first, and saved the second time."""
    found, told = await visit.look(gather_reach, asked.child_id, asked.guardian_id)
    stopping = list_stopping(found.own, asked.wished)
    if stopping and asked.sure != YES:
        return await _show(visit, found, asked.wished, asked.told_of(told), stopping)
    await visit.work(set_by_page, asked)
    return visit.go(f"/children/{asked.child_id}/reach/{asked.guardian_id}")


def gather_reach(look: Look, child_id: str, guardian_id: str) -> tuple[ReachedAsStaffSee, frozenset[Moved]]:
    """Raises: NotThereError."""
    return get_reached(look, child_id, guardian_id), list_wished(look, guardian_id)


def set_by_page(work: Work, asked: ReachWished) -> None:
    """Raises: NotThereError, NoSuchKindError."""
    found, told = gather_reach(work, asked.child_id, asked.guardian_id)
    set_on_behalf(work, asked.child_id, asked.guardian_id, asked.wished)
    wish_to_hear(work, found.own.guardian, asked.told_of(told), work.asker.id)


async def _show(
    visit: Visit,
    found: ReachedAsStaffSee,
    shown: Wished,
    told: Collection[Moved],
    stopping: Sequence[str] = (),
) -> web.Response:
    guardian, wish = found.own.guardian, found.own.wish
    await visit.note_reading([found.child.id, guardian.id])
    path = f"/children/{found.child.id}/reach/{guardian.id}"
    sees_post = await visit.look(may_see_post, found.child.id)
    return visit.show(
        "staff/reach.j2",
        here=path,
        path=path,
        post_path=f"/children/{found.child.id}/post/{guardian.id}" if sees_post else "",
        child=found.child,
        guardian=guardian,
        addresses=[(visit.say(f"kinds.{address.kind}"), mask(address.value)) for address in found.own.addresses],
        changed=None if wish is None else found.unit.local(wish.changed_at).date(),
        today=found.unit.today(visit.house.parts.clock.now()),
        **lay_out_wishes(visit, found.own, shown, told, stopping),
    )
