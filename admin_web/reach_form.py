"""The form in which it is said how a guardian is reached: what it brings, and how it is laid out; for staff and themselves."""

from collections.abc import Collection, Sequence
from datetime import time
from typing import Annotated, Any

from pydantic import Field

from admin_web.page import AnyVisit
from admin_web.parameters import Asked
from hub.address import APP
from hub.post.reach_of_family import CHOSEN, Reached, Wished
from hub.post.reach_wishes import Reserved
from hub.school.attendance_wishes import Moved

YES = "yes"
Pair = Annotated[str, Field(max_length=30, pattern=r"^[a-z_]+:[a-z_]*$")]


class WishedForm(Asked):
    """`way` holds "topic:kind" pairs, `reserved` "kind:how" pairs and `told` "came:yes", with nothing behind the colon where
    none is wished. `sure` is YES once it was shown what a reservation stops."""

    way: tuple[Pair, ...] = ()
    reserved: tuple[Pair, ...] = ()
    told: tuple[Pair, ...] = ()
    quiet_from: time | None = None
    quiet_to: time | None = None
    sure: str = ""

    @property
    def wished(self) -> Wished:
        quiet = None if self.quiet_from is None or self.quiet_to is None else (self.quiet_from, self.quiet_to)
        held = {kind: how for kind, how in _pairs(self.reserved).items() if how in ("", *Reserved)}
        return Wished(_pairs(self.way), held, quiet)

    def told_of(self, before: Collection[Moved]) -> frozenset[Moved]:
        """What they want to hear of at the door; as it was `before` where the form says nothing of it."""
        said = _pairs(self.told)
        return frozenset(moved for moved in Moved if said.get(moved, YES if moved in before else "") == YES)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key, _, value in (pair.partition(":") for pair in given)}


def as_it_is(found: Reached) -> Wished:
    """What holds now, as the form would say it."""
    return Wished(found.chosen, found.reserved, found.quiet)


def lay_out_wishes(
    visit: AnyVisit, found: Reached, shown: Wished, told: Collection[Moved], stopping: Sequence[str]
) -> dict[str, Any]:
    """What pages/reach_form.j2 is given; `told` is what they hear of at the door, `stopping` the kinds of address that would be
    closed to everything."""
    kinds = [(kind, visit.say("kinds.app_wished" if kind == APP else f"kinds.{kind}")) for kind in found.ways]
    return {
        "topics": [(topic.value, found.plans[topic].kinds[0], shown.ways.get(topic, "")) for topic in CHOSEN],
        "kinds": kinds,
        "kind_words": {kind: visit.say(f"kinds.{kind}") for topic in CHOSEN for kind in found.plans[topic].kinds},
        "reserved": [(kind, visit.say(f"kinds.{kind}"), shown.reserved.get(kind, "")) for kind in found.reserved],
        "stopping": [visit.say(f"kinds.{kind}") for kind in stopping],
        "told": [(moved.value, moved in told) for moved in Moved],
        "quiet": [f"{at:%H:%M}" for at in shown.quiet or found.quiet],
        "yes": YES,
    }
