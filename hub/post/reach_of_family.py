"""How one guardian is reached, as they see and set it themselves, or staff who serve their child on their behalf.

Source: security rules S3.3, S3.9 and S4.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time

from hub.address import APP, KINDS
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.places import Unit
from hub.post.address_decisions import BLOCKED
from hub.post.families import list_known
from hub.post.push_devices import has_notices
from hub.post.reach_plans import Plan, get_plans
from hub.post.reach_wishes import QUIET, ReachWish, Reserved, choose, end_reservation, find_wish, reserve, set_quiet
from hub.post.topics import PASSING, Topic
from hub.post.ways import list_own
from hub.safety.access import NotThereError, get_child, get_reach

CHOSEN = tuple(topic for topic in Topic if topic not in PASSING)
"""What a family chooses a way for; what is urgent takes every way."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A guardian with their addresses that may be written to, what they wish, and what holds where they wish nothing. The app
    is none of those, but may be chosen where `has_notices`: a browser of theirs tells of what comes there."""

    guardian: Guardian
    addresses: tuple[GuardianAddress, ...]
    wish: ReachWish | None
    plans: Mapping[Topic, Plan]
    has_notices: bool = False

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(address.kind for address in self.addresses))

    @property
    def ways(self) -> list[str]:
        """The kinds that may be chosen for a topic; one that was chosen stays to be seen when it has gone."""
        is_chosen = APP in self.chosen.values()
        return [*self.kinds, *([APP] if self.kinds and (self.has_notices or is_chosen) else [])]

    @property
    def chosen(self) -> dict[str, str]:
        """By topic, the kind wished for first; "" where the plan decides."""
        wished = {} if self.wish is None else self.wish.choices
        return {topic.value: next(iter(wished.get(topic, ())), "") for topic in CHOSEN}

    @property
    def reserved(self) -> dict[str, str]:
        """By kind; one that was reserved stays to be seen when its address has gone."""
        held = {} if self.wish is None else self.wish.reserved
        return {kind: held.get(kind, "") for kind in dict.fromkeys([*self.kinds, *held])}

    @property
    def quiet(self) -> tuple[time, time]:
        return QUIET if self.wish is None else self.wish.quiet


@dataclass(frozen=True, slots=True)
class ReachedAsStaffSee:
    """A guardian of a child at a unit, whom staff know of."""

    child: Child
    unit: Unit
    own: Reached


@dataclass(frozen=True, slots=True)
class Wished:
    """What is to hold: by topic a kind or "", by kind a reservation or ""; quiet hours, None for the usual ones."""

    ways: Mapping[str, str] = field(default_factory=dict)
    reserved: Mapping[str, str] = field(default_factory=dict)
    quiet: tuple[time, time] | None = None


def get_reached(look: Look, child_id: str, guardian_id: str) -> ReachedAsStaffSee:
    """Raises: NotThereError, also for whoever must not know of the child."""
    child, places = get_child(look, get_reach(look), child_id)
    unit = places[0][0]
    known = list_known(look, child, unit.today(look.now))
    if not any(one.id == guardian_id and one.warning != BLOCKED for one in known):
        raise NotThereError
    return ReachedAsStaffSee(child, unit, read_reached(look, guardian_id))


def read_reached(look: Look, guardian_id: str) -> Reached:
    """It asks no rights: its callers do."""
    guardian = look.session.get_one(Guardian, guardian_id)
    return Reached(
        guardian=guardian,
        addresses=tuple(address for address in list_own(look, guardian_id) if address.kind in KINDS),
        wish=find_wish(look, guardian_id),
        plans=get_plans(look, guardian.owner_id),
        has_notices=has_notices(look, guardian_id),
    )


def list_stopping(found: Reached, wished: Wished) -> list[str]:
    """The kinds of address that would newly be closed to everything, an emergency too."""
    held = found.reserved
    return [kind for kind, how in wished.reserved.items() if how == Reserved.ALL and held.get(kind) != Reserved.ALL]


def set_on_behalf(work: Work, child_id: str, guardian_id: str, wished: Wished) -> None:
    """Write down what the guardian told staff. Raises: NotThereError, NoSuchKindError."""
    set_wished(work, get_reached(work, child_id, guardian_id).own, wished)


def set_wished(work: Work, found: Reached, wished: Wished) -> None:
    """From now on it holds, by whoever asks; only what differs is written. Raises: NoSuchKindError."""
    guardian, by = found.guardian, work.asker.id
    for kind, topics in _by_kind(found, wished).items():
        choose(work, guardian, topics, [kind] if kind else [], by)
    for kind, how in wished.reserved.items():
        if how and how != found.reserved.get(kind, ""):
            reserve(work, guardian, kind, Reserved(how), by)
        elif not how and found.reserved.get(kind):
            end_reservation(work, guardian, kind, by)
    if (wished.quiet or QUIET) != found.quiet:
        set_quiet(work, guardian, wished.quiet, by)


def _by_kind(found: Reached, wished: Wished) -> dict[str, Sequence[Topic]]:
    changed: dict[str, list[Topic]] = {}
    for topic, kind in wished.ways.items():
        if topic in found.chosen and kind != found.chosen[topic]:
            changed.setdefault(kind, []).append(Topic(topic))
    return dict(changed)
