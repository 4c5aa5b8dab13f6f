"""*Rates of family day care*: what is paid for meals and other costs, from which day; administrators set it, leaders and carers
see it, with all that ever held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, NothingAsked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.door.tag_terms import currency_of
from hub.people.naming import names_of
from hub.people.places import Owner
from hub.safety.access import NotThereError, get_reach, list_units
from hub.school.day_care_homes import list_homes
from hub.school.meals import MealKind
from hub.school.reimbursement_rates import (
    MOST_PERCENT,
    AmountUnreadableError,
    Part,
    Rates,
    ReimbursementRates,
    drop_rates,
    list_all_rates,
    read_ages,
    read_amount,
    read_meals,
    read_schedule,
    set_rates,
)

pages = Pages()

PATH = "/home-rates"
MOST_MINUTES = 24 * 60
Typed = Annotated[str, Field(max_length=80)]
Percent = Annotated[int, Field(ge=0, le=MOST_PERCENT)]


class RatesAsked(Asked):
    """Amounts as people type them."""

    from_day: Day
    ages: Typed = ""
    breakfast: Typed = ""
    lunch: Typed = ""
    snack: Typed = ""
    dinner: Typed = ""
    supper: Typed = ""
    other: Typed
    whole_hours: Typed
    part: Part
    part_percent: Percent = 0
    diet_percent: Percent = 0

    def typed(self, kind: MealKind) -> str:
        return str(getattr(self, kind.value))

    def rates(self) -> Rates:
        """Raises: AgesUnreadableError, AmountUnreadableError, NothingPaidError."""
        ages = read_ages(self.ages)
        minutes = read_amount(self.whole_hours) * 60
        if not 0 < minutes <= MOST_MINUTES or minutes != int(minutes):
            raise AmountUnreadableError
        return Rates(
            ages=ages,
            meals=read_meals({kind: self.typed(kind) for kind in MealKind}, len(ages) + 1),
            other_per_day=read_amount(self.other),
            whole_minutes=int(minutes),
            part=self.part,
            part_percent=self.part_percent,
            diet_percent=self.diet_percent,
        )


class DropAsked(Asked):
    rates_id: PublicId


@dataclass(frozen=True, slots=True)
class Found:
    """All that ever held, the newest first. `may_change`: the reader administers the owner."""

    owner: Owner
    today: date
    holds: date | None
    rows: Sequence[ReimbursementRates]
    names: Mapping[str, str]
    may_change: bool


def gather_rates(look: Look) -> Found:
    """Raises: NotThereError for whoever neither administers the owner nor works in a home or leads one."""
    reach = get_reach(look)
    if not reach.administers and not list_homes(look, reach):
        raise NotThereError
    owner = look.session.get_one(Owner, reach.owner_id)
    today = list_units(look, reach)[0].today(look.now)
    rows = list_all_rates(look, owner.id)
    dated = read_schedule(look, owner.id).on(today)
    names = names_of(look, staff={id_ for row in rows for id_ in (row.set_by, row.ceased_by or "")})
    return Found(owner, today, None if dated is None else dated.from_day, rows, names, reach.administers)


def keep_rates(work: Work, asked: RatesAsked) -> None:
    """Raises: NotThereError, and what is wrong with what was typed."""
    if not get_reach(work).administers:
        raise NotThereError
    set_rates(work, asked.from_day, asked.rates())


@pages.get(PATH)
async def show_rates(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As they are, and were."""
    return _show(visit, await visit.look(gather_rates))


@pages.post(PATH, fresh=True)
async def save_rates(visit: Visit, asked: RatesAsked) -> web.StreamResponse:
    """From that day on they hold."""
    done = await visit.try_work(keep_rates, asked)
    if isinstance(done, Refusal):
        return _show(visit, await visit.look(gather_rates), asked, visit.explain(done))
    return visit.go(PATH)


@pages.post(f"{PATH}/drop", fresh=True)
async def remove_rates(visit: Visit, asked: DropAsked) -> web.StreamResponse:
    """They were wrong."""
    await visit.work(drop_rates, asked.rates_id)
    return visit.go(PATH)


def _show(visit: Visit, found: Found, typed: RatesAsked | None = None, wrong: str = "") -> web.Response:
    currency = currency_of(found.owner)
    return visit.show(
        "staff/home_rates.j2",
        status=422 if wrong else 200,
        here=PATH,
        found=found,
        currency=currency,
        kinds=[(kind, "" if typed is None else typed.typed(kind)) for kind in MealKind],
        typed=typed,
        wrong=wrong,
        money=lambda amount: visit.say("home.amount", amount=amount, currency=currency),
        is_by_time=lambda rates: rates.part is Part.BY_TIME,
    )
