"""The rules of care times of all units, for administrators: they hold wherever a unit has set none of its own."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import NothingAsked
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
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner, Unit, list_units_of
from hub.safety.roles import get_administered
from hub.school.care_rules import (
    Rules,
    check_rules,
    get_rules_of_all,
    list_with_own_rules,
    set_rules_of_all,
    takes_bookings,
)

pages = Pages()

HERE = "/week/rules/all"


@dataclass(frozen=True, slots=True)
class RulesOfAll:
    """The owner's rules, the units that take bookings and follow them, and those with rules of their own."""

    owner: Owner
    rules: Rules
    following: list[Unit]
    apart: list[Unit]


def gather_rules_of_all(look: Look) -> RulesOfAll:
    """Raises: NotThereError unless the asker administers the owner."""
    owner = get_administered(look)
    own = list_with_own_rules(look, owner.id)
    units = [unit for unit in list_units_of(look, owner.id) if takes_bookings(unit)]
    return RulesOfAll(
        owner,
        get_rules_of_all(look, owner.id),
        [unit for unit in units if unit.id not in own],
        [unit for unit in units if unit.id in own],
    )


def foresee_first(look: Look, rules: Rules) -> Timing | None:
    """What they do to the first unit that follows them; None where none does. Raises: AskedTooLateError."""
    check_rules(rules)
    following = gather_rules_of_all(look).following
    return foresee_timing(following[0], rules, look.now) if following else None


def save_for_all(work: Work, rules: Rules) -> None:
    """Raises: NotThereError unless the asker administers the owner; AskedTooLateError."""
    set_rules_of_all(work, get_administered(work).id, rules, work.asker.id)


@pages.get(HERE)
async def show_all(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """The rules as they are."""
    held = await visit.look(gather_rules_of_all)
    return _show(visit, held, held.rules)


@pages.post(HERE, fresh=True)
async def set_all(visit: Visit, asked: RulesTyped) -> web.StreamResponse:
    """Show what they change; done a second time, they hold."""
    held = await visit.look(gather_rules_of_all)
    try:
        rules = read_rules(asked, held.rules)
        timing = await visit.look(foresee_first, rules)
        if asked.sure == YES:
            await visit.work(save_for_all, rules)
            return visit.go(HERE)
    except RatiosUnreadableError as wrong:
        return _show(visit, held, held.rules, asked, wrong=wrong)
    except Refusal as wrong:
        return _show(visit, held, rules, asked, wrong=wrong)
    return _show(visit, held, rules, asked, timing, is_preview=True)


def _show(
    visit: Visit,
    held: RulesOfAll,
    rules: Rules,
    typed: RulesTyped | None = None,
    timing: Timing | None = None,
    wrong: Refusal | None = None,
    *,
    is_preview: bool = False,
) -> web.Response:
    return visit.show(
        "staff/week_rules_all.j2",
        status=422 if wrong else 200,
        here=HERE,
        owner=held.owner.name,
        following=[unit.name for unit in held.following],
        apart=[unit.name for unit in held.apart],
        preview=is_preview,
        timing=timing,
        wrong="" if wrong is None else visit.explain(wrong),
        **show_form(visit, rules, typed),
    )
