"""*Which way first?*, for leaders to see and administrators to set: by which way families are reached about what, how long a
sign is waited for, whom a person rings at the end, and what it may cost. What a change does is shown before it holds."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.visiting import Visit
from hub.address import LETTER, PLANNED
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner
from hub.post.reach_counts import Counts, count_reached
from hub.post.reach_plans import Plan, Rung, Sign, find_budgets, get_plans, set_budget, set_plan
from hub.post.topics import Topic
from hub.safety.access import NotThereError, get_reach
from hub.safety.roles import get_administered

pages = Pages()

YES = "yes"
MOST_MONEY = 100_000_000


class WaysAsked(Asked):
    topic: Topic | None = None


class PlanWished(Asked):
    """`kind` holds the ways in their order, "" where there is none; `wait` how many minutes to wait after each."""

    topic: Topic
    kind: tuple[Annotated[str, Field(max_length=10)], ...] = ()
    wait: tuple[Annotated[int, Field(ge=0, le=100_000)], ...] = ()
    until: Sign
    calls: str = ""
    sure: str = ""

    @property
    def plan(self) -> Plan:
        named = zip(self.kind, self.wait, strict=False)
        rungs = tuple(Rung(kind, minutes) for kind, minutes in named if kind)
        return Plan(self.topic, rungs, self.until, self.calls == YES)


class BudgetWished(Asked):
    """No figure: no ceiling of the owner's own."""

    money: Annotated[int, Field(ge=0, le=MOST_MONEY)] | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """What an owner has decided. `may_change`: the reader administers the owner."""

    owner: Owner
    plans: dict[Topic, Plan]
    budget: int | None
    may_change: bool


def gather_ways(look: Look) -> Ways:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    if not reach.leads and not reach.administers:
        raise NotThereError
    owner = look.session.get_one(Owner, reach.owner_id)
    budget = find_budgets(look, [owner.id]).get(owner.id)
    return Ways(owner, get_plans(look, owner.id), budget, reach.administers)


def count_plan(look: Look, plan: Plan) -> Counts:
    """Whom the plan would reach first by which way. Raises: NotThereError unless they administer the owner."""
    return count_reached(look, get_administered(look).id, plan)


def change_plan(work: Work, plan: Plan) -> None:
    """Raises: NotThereError unless the asker administers the owner; PlanMakesNoSenseError."""
    set_plan(work, get_administered(work).id, plan, work.asker.id)


def change_budget(work: Work, money: int | None) -> None:
    """Raises: NotThereError unless the asker administers the owner."""
    set_budget(work, get_administered(work).id, money, work.asker.id)


@pages.get("/ways")
async def show_ways(visit: Visit, asked: WaysAsked) -> web.StreamResponse:
    """As it is now; with the form of one topic where one is named."""
    ways = await visit.look(gather_ways)
    return _show(visit, ways, ways.plans[asked.topic] if asked.topic is not None else None)


@pages.post("/ways", fresh=True)
async def post_plan(visit: Visit, asked: PlanWished) -> web.StreamResponse:
    """Show what it does; done a second time, it holds."""
    ways = await visit.look(gather_ways)
    counts = await visit.look(count_plan, asked.plan)
    if asked.sure != YES:
        return _show(visit, ways, asked.plan, counts)
    done = await visit.try_work(change_plan, asked.plan)
    if isinstance(done, Refusal):
        return _show(visit, ways, asked.plan, refusal=done)
    return visit.go("/ways")


@pages.post("/ways/budget", fresh=True)
async def post_budget(visit: Visit, asked: BudgetWished) -> web.StreamResponse:
    """From now on no more is spent in a month on what is not urgent."""
    await visit.work(change_budget, asked.money)
    return visit.go("/ways")


def _show(
    visit: Visit, ways: Ways, plan: Plan | None, counts: Counts | None = None, refusal: Refusal | None = None
) -> web.Response:
    words = {kind: visit.say(f"kinds.{kind}") for kind in PLANNED}
    return visit.show(
        "staff/ways.j2",
        status=200 if refusal is None else 422,
        here="/ways",
        owner=ways.owner.name,
        may_change=ways.may_change,
        plans=[(topic.value, _say_plan(visit, each)) for topic, each in ways.plans.items()],
        plan=plan if ways.may_change else None,
        rows=_rows(plan),
        kinds=list(words.items()),
        signs=[sign.value for sign in Sign],
        preview="" if plan is None or counts is None else _say_plan(visit, plan),
        counts=None if counts is None else [(words[kind], n) for kind, n in counts.first.items()],
        rest=0 if counts is None else counts.none,
        wrong="" if refusal is None else visit.explain(refusal),
        budget="" if ways.budget is None else ways.budget,
        yes=YES,
    )


def _rows(plan: Plan | None) -> list[tuple[str, int]]:
    """A line for each way there could be, those of the plan first."""
    used = [] if plan is None else [(rung.kind, rung.wait_minutes) for rung in plan.rungs][: len(PLANNED)]
    return used + [("", used[-1][1] if used else 60)] * (len(PLANNED) - len(used))


def _say_plan(visit: Visit, plan: Plan) -> str:
    sent = [rung for rung in plan.rungs if rung.kind in PLANNED and rung.kind != LETTER]
    rungs = [(visit.say(f"kinds.{rung.kind}"), rung.wait_minutes) for rung in sent]
    return visit.say("ways_page.plan", rungs=rungs, until=plan.until.value, calls=plan.calls, posts=plan.posts)
