"""*Rules of leave*, for leaders: who must agree, who decides, by when and how much; a change shows what it would do."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_reach, list_units
from hub.school.leave_queue import Change, get_led_unit, leads, preview
from hub.school.leave_rules import (
    LONGEST_APPEAL,
    PLACEHOLDERS,
    Both,
    Terms,
    check,
    default_appeal,
    read_blocked,
    set_terms,
    terms_of,
)

pages = Pages()

Days = Annotated[int, Field(ge=0, le=999)]
Appeal = Annotated[str, Field(max_length=LONGEST_APPEAL)]


class RulesAsked(Asked):
    unit: PublicId | None = None


class RulesWished(Asked):
    """An empty limit is none; an empty text is the one that comes with Budbok."""

    unit: PublicId
    both: Both
    teacher_days: Days
    deadline_days: Days
    answer_days: Days
    most_at_once: Days | None = None
    most_a_year: Days | None = None
    religious_is_free: bool = False
    practice: Annotated[str, Field(max_length=120)] = ""
    blocked: Annotated[str, Field(max_length=1000)] = ""
    appeal_nb: Appeal = ""
    appeal_nn: Appeal = ""
    appeal_sv: Appeal = ""
    appeal_fi: Appeal = ""
    appeal_en: Appeal = ""
    appeal_da: Appeal = ""

    def terms(self) -> Terms:
        """Raises: BlockedUnreadableError."""
        return replace(self.without_blocked(), blocked=read_blocked(self.blocked))

    def without_blocked(self) -> Terms:
        texts = {name.removeprefix("appeal_"): value.strip() for name, value in self if name.startswith("appeal_")}
        return Terms(
            self.both,
            self.teacher_days,
            self.deadline_days,
            self.most_at_once,
            self.most_a_year,
            self.religious_is_free,
            self.answer_days,
            self.practice.strip(),
            {language: text for language, text in texts.items() if text},
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms of one unit, and the units whose rules the asker may set. `defaults` are the texts where none is written."""

    unit: Unit
    units: list[Unit]
    terms: Terms
    defaults: dict[str, str]
    changes: list[Change] | None


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
        {language: default_appeal(look, unit, language) for language in languages},
        preview(look, reach, unit, wished) if wished is not None else None,
    )


def save_wished(work: Work, asked: RulesWished) -> None:
    """Raises: NotThereError, BlockedUnreadableError, and what `check` raises."""
    set_terms(work, get_led_unit(work, get_reach(work), asked.unit), asked.terms())


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
    if rules.changes:
        await visit.note_reading([change.before.application.id for change in rules.changes])
    return _show(visit, rules, terms)


@pages.post("/leave/rules", fresh=True)
async def save(visit: Visit, asked: RulesWished) -> web.StreamResponse:
    """From now on they hold."""
    saved = await visit.try_work(save_wished, asked)
    if isinstance(saved, Refusal):
        return await _explain(visit, asked, saved)
    return visit.go(f"/leave/rules?unit={asked.unit}")


async def _explain(visit: Visit, asked: RulesWished, refusal: Refusal) -> web.Response:
    rules = await visit.look(gather_rules, asked.unit)
    return _show(visit, rules, asked.without_blocked(), visit.explain(refusal), asked.blocked)


def _show(visit: Visit, rules: Rules, shown: Terms, wrong: str = "", blocked: str | None = None) -> web.Response:
    return visit.show(
        "staff/leave_rules.j2",
        status=422 if wrong else 200,
        here=f"/leave/rules?unit={rules.unit.id}",
        unit=rules.unit,
        units=_unit_ways(rules),
        shown=shown,
        blocked="\n".join(f"{b.name}: {b.first} {b.last}" for b in shown.blocked) if blocked is None else blocked,
        defaults=rules.defaults,
        changes=rules.changes,
        placeholders=[f"{{{name}}}" for name in PLACEHOLDERS],
        both=[(way.value, visit.say(f"leave_page.both_{way}")) for way in Both],
        is_fresh=visit.signed_in.is_fresh,
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
