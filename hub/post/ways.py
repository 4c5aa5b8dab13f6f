"""By which of their addresses a guardian is reached: as they wish, else as the owner plans, and never in silence for a wish
that leads nowhere. What they reserved against comes last, so that a person sees why it did not go."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.address import APP, CHAT
from hub.ahead_select import AheadSelect
from hub.desk import Look
from hub.people.families import GuardianAddress
from hub.post.audience import Freshness, freshness
from hub.post.chats import Says, road_of, what_may_be_said
from hub.post.push_devices import is_noticed
from hub.post.reach_plans import Plan, get_plans
from hub.post.reach_wishes import ReachWish, find_wish
from hub.post.running_kinds import running_kinds
from hub.post.topics import PASSING, Topic

OWN = AheadSelect(
    sa.select(GuardianAddress).order_by(GuardianAddress.rank, GuardianAddress.id), GuardianAddress.guardian_id
)
"""The addresses of a guardian."""


def find_way(look: Look, guardian_id: str, topic: Topic) -> GuardianAddress | None:
    """Where the guardian is reached first about a topic."""
    return next(iter(list_ways(look, guardian_id, topic)), None)


def find_address(look: Look, guardian_id: str, kind: str) -> GuardianAddress | None:
    """The guardian's first address of a kind that may still be noticed, whatever they wish."""
    return next((way for way in list_own(look, guardian_id) if way.kind == kind), None)


def list_ways(look: Look, guardian_id: str, topic: Topic) -> list[GuardianAddress]:
    """The addresses by which the guardian may be reached about a topic, the first to try first: all that may be noticed and
    that a channel carries. The app is one where they wish it and a browser of theirs tells them of what comes there."""
    own = list_own(look, guardian_id)
    if len(own) < 2:
        return own
    plan = get_plans(look, own[0].owner_id)[topic]
    wish = find_wish(look, guardian_id)
    return in_order(those_noticed(look, own, wish, topic), plan, wish)


def those_noticed(
    look: Look, own: list[GuardianAddress], wish: ReachWish | None, topic: Topic
) -> list[GuardianAddress]:
    """Without the app of whoever wishes it and has no browser that tells of it, unless they have nothing else."""
    if wish is None or APP not in wish.choices.get(topic, ()):
        return own
    return [address for address in own if address.kind != APP or is_noticed(look, address)] or own


def list_own(look: Look, guardian_id: str) -> list[GuardianAddress]:
    """The guardian's addresses that a channel carries and that may be noticed, by rank."""
    running = running_kinds(look)
    return [
        address
        for (address,) in OWN.rows(look, guardian_id)
        if address.kind in running and freshness(address, look.now) > Freshness.OVER and takes_words(look, address)
    ]


def takes_words(look: Look, address: GuardianAddress) -> bool:
    """A chat where only notices may be said is no way for anything that is to be read."""
    if address.kind != CHAT:
        return True
    return what_may_be_said(look, road_of(address.value), address.owner_id) is Says.ALL


def in_order(own: Sequence[GuardianAddress], plan: Plan, wish: ReachWish | None) -> list[GuardianAddress]:
    """Those of one guardian's addresses that count, the first to try first. What only lies in the app is followed by the others
    while it is not read there."""
    wished = [] if wish is None else wish.choices.get(plan.topic, [])
    others = [kind for kind in plan.kinds if kind not in wished]
    goes_on = plan.topic in PASSING or APP in wished
    kinds = [*wished, *others] if goes_on else wished or others
    found = [address for kind in kinds for address in own if _is_rung(address, kind)]
    found = found or [address for kind in others for address in own if _is_rung(address, kind)] or list(own)
    return found if wish is None else sorted(found, key=lambda address: wish.stops(address.kind, plan.topic))


def _is_rung(address: GuardianAddress, kind: str) -> bool:
    """In the app only what is theirs alone: what lies there for several nobody of them may have seen."""
    return address.kind == kind and (kind != APP or address.value == f"{APP}:{address.guardian_id}")
