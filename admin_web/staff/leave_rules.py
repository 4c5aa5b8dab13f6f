"""*Rules of leave*, for leaders: who must agree, who decides, by when and how much; a change shows what it would do."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.leave_terms import TermsWished, show_terms
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_reach, list_units
from hub.school.leave_queue import Change, get_led_unit, leads, preview
from hub.school.leave_rules import (
    Terms,
    check,
    default_appeal,
    drop_own_terms,
    list_with_own,
    set_terms,
    terms_of,
    terms_of_all,
)

pages = Pages()

YES = "yes"


class RulesAsked(Asked):
    unit: PublicId | None = None


class RulesDropped(Asked):
    """`sure` is set where it is to be done, and not only to be shown."""

    unit: PublicId
    sure: str = ""


class RulesWished(TermsWished):
    unit: PublicId


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms of one unit, and the units whose rules the asker may set. `defaults` are the texts where none is written.

    `is_own` unless it follows its owner; `sets_all`: the asker sets what the owner's units follow.
    """

    unit: Unit
    units: list[Unit]
    terms: Terms
    defaults: dict[str, str]
    changes: list[Change] | None
    is_own: bool
    sets_all: bool


def gather_rules(look: Look, unit_id: str | None, wished: Terms | None = None) -> Rules:
    """`changes` is what the wished terms would do. Raises: NotThereError, and what `check` raises."""
    reach = get_reach(look)
    units = [unit for unit in list_units(look, reach) if leads(look, reach, unit)]
    if not units:
        raise NotThereError
    unit = get_led_unit(look, reach, unit_id) if unit_id is not None else units[0]
    terms = terms_of(look, unit)
    if wished is not None:
        check(wished)
    languages = dict.fromkeys([*unit.languages, *terms.appeal])
    return Rules(
        unit,
        units,
        terms,
        {language: default_appeal(look, unit.owner_id, language) for language in languages},
        preview(look, reach, unit, wished) if wished is not None else None,
        unit.id in list_with_own(look, unit.owner_id),
        reach.administers,
    )


def gather_followed(look: Look, unit_id: str) -> tuple[Rules, Terms]:
    """What the owner's terms would do at a unit that has its own. Raises: NotThereError."""
    terms = terms_of_all(look, get_led_unit(look, get_reach(look), unit_id).owner_id)
    return gather_rules(look, unit_id, terms), terms


def save_wished(work: Work, asked: RulesWished) -> None:
    """Raises: NotThereError, BlockedUnreadableError, and what `check` raises."""
    set_terms(work, get_led_unit(work, get_reach(work), asked.unit), asked.terms())


def drop_own(work: Work, unit_id: str) -> None:
    """Raises: NotThereError."""
    drop_own_terms(work, get_led_unit(work, get_reach(work), unit_id))


@pages.get("/leave/rules")
async def show_rules(visit: Visit, asked: RulesAsked) -> web.StreamResponse:
    """The rules as they are."""
    rules = await visit.look(gather_rules, asked.unit)
    return _show(visit, rules, rules.terms)


@pages.post("/leave/rules/preview")
async def preview_rules(visit: Visit, asked: RulesWished) -> web.StreamResponse:
    """What other rules would do to the applications that wait; nothing is changed."""
    try:
        terms = asked.terms()
        rules = await visit.look(gather_rules, asked.unit, terms)
    except NotThereError:
        raise
    except Refusal as refusal:
        return await _explain(visit, asked, refusal)
    await _note_changes(visit, rules)
    return _show(visit, rules, terms)


@pages.post("/leave/rules", fresh=True)
async def save(visit: Visit, asked: RulesWished) -> web.StreamResponse:
    """From now on they hold."""
    saved = await visit.try_work(save_wished, asked)
    if isinstance(saved, Refusal):
        return await _explain(visit, asked, saved)
    return visit.go(f"/leave/rules?unit={asked.unit}")


@pages.post("/leave/rules/own/drop", fresh=True)
async def follow_owner(visit: Visit, asked: RulesDropped) -> web.StreamResponse:
    """Show what it changes that the unit follows its owner; done a second time, it does."""
    if asked.sure == YES:
        await visit.work(drop_own, asked.unit)
        return visit.go(f"/leave/rules?unit={asked.unit}")
    rules, terms = await visit.look(gather_followed, asked.unit)
    await _note_changes(visit, rules)
    return _show(visit, rules, terms, is_dropping=True)


async def _note_changes(visit: Visit, rules: Rules) -> None:
    if rules.changes:
        await visit.note_reading([change.before.application.id for change in rules.changes])


async def _explain(visit: Visit, asked: RulesWished, refusal: Refusal) -> web.Response:
    rules = await visit.look(gather_rules, asked.unit)
    return _show(visit, rules, asked.without_blocked(), visit.explain(refusal), asked.blocked)


def _show(
    visit: Visit, rules: Rules, shown: Terms, wrong: str = "", blocked: str | None = None, *, is_dropping: bool = False
) -> web.Response:
    return visit.show(
        "staff/leave_rules.j2",
        status=422 if wrong else 200,
        here=f"/leave/rules?unit={rules.unit.id}",
        unit=rules.unit,
        units=_unit_ways(rules),
        defaults=rules.defaults,
        changes=rules.changes,
        is_own=rules.is_own,
        sets_all=rules.sets_all,
        dropping=is_dropping,
        **show_terms(visit, shown, blocked),
        wrong=wrong,
    )


def _unit_ways(rules: Rules) -> list[dict[str, Any]]:
    if len(rules.units) < 2:
        return []
    return [
        {"href": f"/leave/rules?unit={unit.id}", "word": unit.name}
        | ({"current": True} if unit.id == rules.unit.id else {})
        for unit in rules.units
    ]
