"""The rules of care times on the page *Week*: when a week locks, whom the hub asks and when, how many adults are needed.

What is typed is shown with what it changes before it holds.
"""

from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.care_rules_form import (
    YES,
    RatiosUnreadableError,
    RulesTyped,
    Timing,
    foresee_timing,
    read_rules,
    show_form,
)
from admin_web.staff.visiting import Visit
from admin_web.staff.week_acts import gather_rules
from admin_web.staff.week_board import gather_board
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.care_rules import WEEK, Rules, drop_own_rules, get_rules_of_all, list_with_own_rules, set_rules

pages = Pages()

WEEKS_SHOWN = 4


class RulesAsked(Asked):
    unit_id: PublicId


class RulesDropped(RulesAsked):
    """`sure` is set where it is to be done, and not only to be shown."""

    sure: str = ""


class SetAsked(RulesTyped):
    unit_id: PublicId


@dataclass(frozen=True, slots=True)
class Preview:
    """What the typed rules would do: when, and to the adults of the next weeks."""

    timing: Timing
    adults_now: int
    adults_then: int


@dataclass(frozen=True, slots=True)
class UnitRules:
    """The rules that hold at a unit. `is_own` unless it follows its owner; `sets_all`: the asker sets what those follow."""

    unit: Unit
    rules: Rules
    is_own: bool
    sets_all: bool


def gather_unit_rules(look: Look, unit_id: str) -> UnitRules:
    """Raises: NotThereError unless the asker leads the unit."""
    unit, rules = gather_rules(look, unit_id)
    return UnitRules(unit, rules, unit.id in list_with_own_rules(look, unit.owner_id), get_reach(look).administers)


@pages.get("/week/{unit_id}/rules")
async def show_rules(visit: Visit, asked: RulesAsked) -> web.StreamResponse:
    """The rules as they are, to be changed by whoever leads the unit."""
    held = await visit.look(gather_unit_rules, asked.unit_id)
    return _show(visit, held, held.rules)


@pages.post("/week/{unit_id}/rules", fresh=True)
async def set_them(visit: Visit, asked: SetAsked) -> web.StreamResponse:
    """Show what they change; done a second time, they hold."""
    held = await visit.look(gather_unit_rules, asked.unit_id)
    try:
        rules = read_rules(asked, held.rules)
        preview = await visit.look(gather_preview, asked.unit_id, rules)
        if asked.sure == YES:
            await visit.work(change_rules, asked.unit_id, rules)
            return visit.go(f"/week/{asked.unit_id}")
    except RatiosUnreadableError as wrong:
        return _show(visit, held, held.rules, asked, wrong=wrong)
    except Refusal as wrong:
        return _show(visit, held, rules, asked, wrong=wrong)
    return _show(visit, held, rules, asked, preview)


def gather_preview(look: Look, unit_id: str, rules: Rules) -> Preview:
    """Raises: NotThereError."""
    unit, _ = gather_rules(look, unit_id)
    return Preview(
        foresee_timing(unit, rules, look.now), _most_adults(look, unit_id, None), _most_adults(look, unit_id, rules)
    )


def _most_adults(look: Look, unit_id: str, rules: Rules | None) -> int:
    unit, _ = gather_rules(look, unit_id)
    weeks = [unit.today(look.now) + WEEK * n for n in range(WEEKS_SHOWN)]
    boards = [gather_board(look, unit_id, day, rules) for day in weeks]
    return max((quarter.adults for board in boards for need in board.needs for quarter in need.quarters), default=0)


def change_rules(work: Work, unit_id: str, rules: Rules) -> None:
    """Raises: NotThereError, AskedTooLateError."""
    unit, _ = gather_rules(work, unit_id)
    set_rules(work, unit, rules, get_reach(work).staff_id)


@pages.post("/week/{unit_id}/rules/own/drop", fresh=True)
async def follow_owner(visit: Visit, asked: RulesDropped) -> web.StreamResponse:
    """Show what it changes that the unit follows its owner; done a second time, it does."""
    if asked.sure == YES:
        await visit.work(drop_own, asked.unit_id)
        return visit.go(f"/week/{asked.unit_id}/rules")
    held = await visit.look(gather_unit_rules, asked.unit_id)
    rules = await visit.look(get_rules_of_all, held.unit.owner_id)
    preview = await visit.look(gather_preview, asked.unit_id, rules)
    return _show(visit, held, rules, preview=preview, is_dropping=True)


def drop_own(work: Work, unit_id: str) -> None:
    """Raises: NotThereError."""
    unit, _ = gather_rules(work, unit_id)
    drop_own_rules(work, unit)


def _show(
    visit: Visit,
    held: UnitRules,
    rules: Rules,
    typed: SetAsked | None = None,
    preview: Preview | None = None,
    wrong: Refusal | None = None,
    *,
    is_dropping: bool = False,
) -> web.Response:
    return visit.show(
        "staff/week_rules.j2",
        status=422 if wrong else 200,
        unit=held.unit,
        path=f"/week/{held.unit.id}/rules",
        here=f"/week/{held.unit.id}/rules",
        preview=preview,
        wrong="" if wrong is None else visit.explain(wrong),
        is_own=held.is_own,
        sets_all=held.sets_all,
        dropping=is_dropping,
        **show_form(visit, rules, typed),
    )
