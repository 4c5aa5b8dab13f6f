"""*Talks*: whose family a contact teacher might talk with after much absence, what came of it, and the leader's rule.

Nothing here writes to a family. The first step is a person's.
"""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_groups
from hub.school.family_talks import REASON_LENGTH, Outcome, settle_proposal
from hub.school.thresholds import (
    STEP_LENGTH,
    AbsenceRule,
    For,
    Proposal,
    Step,
    Wish,
    get_rule,
    list_proposals_for,
    make_rule,
    may_see,
    set_rule,
)

pages = Pages()

Days = Annotated[int, Field(ge=1, le=366)]
Hours = Annotated[int, Field(ge=1, le=2000)]
Title = Annotated[str, Field(max_length=STEP_LENGTH)]
YES = "yes"
MOST_STEPS = 3
USUAL = Wish(6, 40, 60)


class TalksAsked(Asked):
    unit_id: PublicId


class RuleAsked(TalksAsked):
    """Steps without a title are none. `sure` is set where it is to hold, and not only to be shown."""

    days: Days
    hours: Hours
    span_days: Days
    title_1: Title = ""
    title_2: Title = ""
    title_3: Title = ""
    for_1: For = For.LEADER
    for_2: For = For.LEADER
    for_3: For = For.LEADER
    sure: str = ""

    @property
    def wish(self) -> Wish:
        steps = ((self.title_1, self.for_1), (self.title_2, self.for_2), (self.title_3, self.for_3))
        wished = tuple(Step(title.strip(), for_) for title, for_ in steps if title.strip())
        return Wish(self.days, self.hours, self.span_days, wished)


class SettleAsked(TalksAsked):
    child_id: PublicId
    outcome: Outcome
    reason: Annotated[str, Field(max_length=REASON_LENGTH)] = ""


@dataclass(frozen=True, slots=True)
class Talks:
    """`may_set` the rule: whoever leads the unit."""

    unit: Unit
    proposals: tuple[tuple[Child, Proposal], ...]
    rule: AbsenceRule | None
    may_set: bool


def gather_talks(look: Look, unit_id: str) -> Talks:
    """Raises: NotThereError, too for staff whom proposals are not for."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if not concerns_reader(look, reach, unit):
        raise NotThereError
    proposals = list_proposals_for(look, reach, unit, unit.today(look.now))
    return Talks(unit, tuple(proposals), get_rule(look, unit), unit.id in reach.leads)


def concerns_reader(look: Look, reach: Reach, unit: Unit) -> bool:
    """Whether proposals at the unit would be for the reader."""
    return any(may_see(look, reach, unit.id, group.id) for group in list_groups(look, reach, unit.id))


@pages.get("/talks/{unit_id}")
async def show_talks(visit: Visit, asked: TalksAsked) -> web.StreamResponse:
    """The proposals of a unit that are mine to see, and its rule."""
    return await _show(visit, asked.unit_id)


async def _show(
    visit: Visit,
    unit_id: str,
    refusal: Refusal | None = None,
    about: str = "",
    wished: Wish | None = None,
    then: int = 0,
) -> web.Response:
    talks = await visit.look(gather_talks, unit_id)
    await visit.note_reading([unit_id, *(child.id for child, _ in talks.proposals)])
    return visit.show(
        "staff/talks.j2",
        status=200 if refusal is None else 422,
        talks=talks,
        today=talks.unit.today(visit.house.parts.desk.clock.now()),
        path=f"/talks/{unit_id}",
        here=f"/talks/{unit_id}",
        title=visit.say("talks.title", n=len(talks.proposals)) if talks.rule else visit.say("talks.title_no_rule"),
        wrong=visit.explain(refusal) if refusal is not None else "",
        about=about,
        typed=wished or _wish_of(talks.rule),
        then=None if wished is None else then,
        most_steps=MOST_STEPS,
        for_whom=[(each.value, visit.say(f"talks.for_{each}")) for each in For],
        yes=YES,
    )


def _wish_of(rule: AbsenceRule | None) -> Wish:
    if rule is None:
        return USUAL
    return Wish(rule.days, rule.hours, rule.span_days, tuple(Step(title, For(for_)) for title, for_ in rule.steps))


@pages.post("/talks/{unit_id}/rule")
async def save_rule(visit: Visit, asked: RuleAsked) -> web.StreamResponse:
    """Shows what the rule would propose; done a second time, it holds."""
    if asked.sure != YES:
        talks = await visit.look(gather_wished, asked.unit_id, asked.wish)
        return await _show(visit, asked.unit_id, wished=asked.wish, then=len(talks))
    await visit.work(set_one, asked.unit_id, asked.wish)
    return visit.go(f"/talks/{asked.unit_id}")


@pages.post("/talks/{unit_id}/children/{child_id}/settled")
async def settle(visit: Visit, asked: SettleAsked) -> web.StreamResponse:
    """Somebody has talked with the family, or sets the proposal aside with a reason."""
    done = await visit.try_work(settle_one, asked.unit_id, asked.child_id, asked.outcome, asked.reason)
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, done, asked.child_id)
    return visit.go(f"/talks/{asked.unit_id}")


def _get_led(look: Look, unit_id: str) -> tuple[Reach, Unit]:
    """Raises: NotThereError unless the asker leads the unit."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if unit.id not in reach.leads:
        raise NotThereError
    return reach, unit


def gather_wished(look: Look, unit_id: str, wish: Wish) -> list[tuple[Child, Proposal]]:
    """What another rule would propose; nothing is kept. Raises: NotThereError."""
    reach, unit = _get_led(look, unit_id)
    rule = make_rule(look, unit, wish, reach.staff_id)
    return list_proposals_for(look, reach, unit, unit.today(look.now), rule)


def set_one(work: Work, unit_id: str, wish: Wish) -> None:
    """Raises: NotThereError unless the asker leads the unit."""
    reach, unit = _get_led(work, unit_id)
    set_rule(work, unit, wish, reach.staff_id)


def settle_one(work: Work, unit_id: str, child_id: str, outcome: Outcome, reason: str) -> None:
    """Raises: NotThereError unless it is proposed to the asker; NoReasonError."""
    talks = gather_talks(work, unit_id)
    child = next((child for child, _ in talks.proposals if child.id == child_id), None)
    if child is None:
        raise NotThereError
    settle_proposal(work, child, outcome, reason, talks.unit.today(work.now), get_reach(work).staff_id)
