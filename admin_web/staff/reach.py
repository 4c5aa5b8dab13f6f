"""*How is this guardian reached?* What they chose, what they said no to, when they are left in peace; and setting it when they
ask staff to. That no SMS means none in an emergency either is shown before it is saved."""

from datetime import time
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages, Visit
from admin_web.parameters import Asked, PublicId
from hub.address import mask
from hub.post.reach_of_family import CHOSEN, Reached, Wished, get_reached, list_stopping, set_on_behalf
from hub.post.reach_wishes import Reserved

pages = Pages()

YES = "yes"
Pair = Annotated[str, Field(max_length=30, pattern=r"^[a-z_]+:[a-z_]*$")]


class ReachAsked(Asked):
    child_id: PublicId
    guardian_id: PublicId


class ReachWished(ReachAsked):
    """`way` holds "topic:kind" pairs and `reserved` "kind:how" pairs, with nothing behind the colon where none is wished."""

    way: tuple[Pair, ...] = ()
    reserved: tuple[Pair, ...] = ()
    quiet_from: time | None = None
    quiet_to: time | None = None
    sure: str = ""

    @property
    def wished(self) -> Wished:
        quiet = None if self.quiet_from is None or self.quiet_to is None else (self.quiet_from, self.quiet_to)
        held = {kind: how for kind, how in _pairs(self.reserved).items() if how in ("", *Reserved)}
        return Wished(_pairs(self.way), held, quiet)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key, _, value in (pair.partition(":") for pair in given)}


@pages.get("/children/{child_id}/reach/{guardian_id}")
async def show_reach(visit: Visit, asked: ReachAsked) -> web.StreamResponse:
    """As it is now."""
    found = await visit.look(get_reached, asked.child_id, asked.guardian_id)
    return await _show(visit, found, Wished(found.chosen, found.reserved, found.quiet))


@pages.post("/children/{child_id}/reach/{guardian_id}", fresh=True)
async def set_reach(visit: Visit, asked: ReachWished) -> web.StreamResponse:
    """Save it; what would stop everything is shown first, and saved the second time."""
    found = await visit.look(get_reached, asked.child_id, asked.guardian_id)
    stopping = list_stopping(found, asked.wished)
    if stopping and asked.sure != YES:
        return await _show(visit, found, asked.wished, stopping)
    await visit.work(set_on_behalf, asked.child_id, asked.guardian_id, asked.wished)
    return visit.go(f"/children/{asked.child_id}/reach/{asked.guardian_id}")


async def _show(visit: Visit, found: Reached, shown: Wished, stopping: list[str] | None = None) -> web.Response:
    await visit.note_reading([found.child.id, found.guardian.id])
    path = f"/children/{found.child.id}/reach/{found.guardian.id}"
    kinds = [(kind, visit.say(f"kinds.{kind}")) for kind in found.kinds]
    quiet = shown.quiet or found.quiet
    return visit.show(
        "staff/reach.j2",
        here=path,
        path=path,
        child=found.child,
        guardian=found.guardian,
        addresses=[(visit.say(f"kinds.{address.kind}"), mask(address.value)) for address in found.addresses],
        topics=[(topic.value, found.plans[topic].kinds[0], shown.ways.get(topic, "")) for topic in CHOSEN],
        kinds=kinds,
        kind_words={kind: visit.say(f"kinds.{kind}") for kind in found.plans[CHOSEN[0]].kinds} | dict(kinds),
        reserved=[(kind, visit.say(f"kinds.{kind}"), shown.reserved.get(kind, "")) for kind in found.reserved],
        stopping=[visit.say(f"kinds.{kind}") for kind in stopping or ()],
        quiet=[f"{at:%H:%M}" for at in quiet],
        changed=None if found.wish is None else found.unit.local(found.wish.changed_at).date(),
        today=found.unit.today(visit.house.parts.clock.now()),
        yes=YES,
    )
