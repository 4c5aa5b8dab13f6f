"""*Rules of leave* of all units, for administrators: they hold wherever a unit has set none of its own."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import NothingAsked
from admin_web.staff.leave_terms import TermsWished, show_terms
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner, Unit, list_units_of
from hub.safety.access import NotThereError
from hub.safety.roles import get_administered
from hub.school.leave_queue import count_changes
from hub.school.leave_rules import Terms, check, default_appeal, list_with_own, set_terms_of_all, terms_of_all

pages = Pages()

HERE = "/leave/rules/all"


@dataclass(frozen=True, slots=True)
class RulesOfAll:
    """The owner's terms, the units that follow them, and those with rules of their own. `changed` is how many of the
    applications that wait the wished terms would have judged otherwise."""

    owner: Owner
    terms: Terms
    defaults: dict[str, str]
    following: list[Unit]
    apart: list[Unit]
    changed: int | None


def gather_rules_of_all(look: Look, wished: Terms | None = None) -> RulesOfAll:
    """Raises: NotThereError unless the asker administers the owner, and what `check` raises."""
    owner = get_administered(look)
    terms, own, units = terms_of_all(look, owner.id), list_with_own(look, owner.id), list_units_of(look, owner.id)
    if wished is not None:
        check(wished)
    following = [unit for unit in units if unit.id not in own]
    languages = dict.fromkeys([*(language for unit in units for language in unit.languages), *terms.appeal])
    return RulesOfAll(
        owner,
        terms,
        {language: default_appeal(look, owner.id, language) for language in languages},
        following,
        [unit for unit in units if unit.id in own],
        sum(count_changes(look, unit, wished) for unit in following) if wished is not None else None,
    )


def save_for_all(work: Work, asked: TermsWished) -> None:
    """Raises: NotThereError unless the asker administers the owner, BlockedUnreadableError, and what `check` raises."""
    set_terms_of_all(work, get_administered(work).id, asked.terms())


@pages.get(HERE)
async def show_all(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """The rules as they are."""
    rules = await visit.look(gather_rules_of_all)
    return _show(visit, rules, rules.terms)


@pages.post(f"{HERE}/preview")
async def preview_all(visit: Visit, asked: TermsWished) -> web.StreamResponse:
    """What other rules would do to the applications that wait; nothing is changed."""
    try:
        terms = asked.terms()
        rules = await visit.look(gather_rules_of_all, terms)
    except NotThereError:
        raise
    except Refusal as refusal:
        return await _explain(visit, asked, refusal)
    return _show(visit, rules, terms)


@pages.post(HERE, fresh=True)
async def save_all(visit: Visit, asked: TermsWished) -> web.StreamResponse:
    """From now on they hold."""
    saved = await visit.try_work(save_for_all, asked)
    if isinstance(saved, Refusal):
        return await _explain(visit, asked, saved)
    return visit.go(HERE)


async def _explain(visit: Visit, asked: TermsWished, refusal: Refusal) -> web.Response:
    rules = await visit.look(gather_rules_of_all)
    return _show(visit, rules, asked.without_blocked(), visit.explain(refusal), asked.blocked)


def _show(visit: Visit, rules: RulesOfAll, shown: Terms, wrong: str = "", blocked: str | None = None) -> web.Response:
    return visit.show(
        "staff/leave_rules_all.j2",
        status=422 if wrong else 200,
        here=HERE,
        owner=rules.owner.name,
        following=[unit.name for unit in rules.following],
        apart=[unit.name for unit in rules.apart],
        changed=rules.changed,
        defaults=rules.defaults,
        wrong=wrong,
        **show_terms(visit, shown, blocked),
    )
