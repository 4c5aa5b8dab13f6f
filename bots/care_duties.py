"""The weeks of care times that guardians still have to tell before they lock."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from bots.care_facts import WhichTimes
from bots.care_rounds import AFTERWARDS, list_households, make_facts
from bots.care_weeks import ReadWeeks
from hub.calendars import list_open_days
from hub.desk import Look
from hub.people.places import Unit
from hub.school.care_rounds import DueRound, RoundKind
from hub.school.care_rules import WEEK, Rules, first_open_week, get_rules, takes_bookings
from hub.talk.dialogue import say
from hub.talk.duties import Duty

UNTIL_THE_NEXT = timedelta(days=8)
"""A week that locks before the next weekly text, and a day's grace, is told of now."""


def list_weeks(look: Look, unit: Unit, guardian_ids: Collection[str], bot: str) -> list[Duty]:
    """The weeks for which somebody's children lack times, and that lock soon or have been asked about."""
    rules = get_rules(look, unit) if takes_bookings(unit) else None
    if rules is None or not rules.asks:
        return []
    return [
        duty for monday in _mondays(look, unit, rules) for duty in _week(look, unit, rules, monday, guardian_ids, bot)
    ]


def _mondays(look: Look, unit: Unit, rules: Rules) -> Iterable[date]:
    monday = first_open_week(rules, unit, look.now)
    while min(rules.asked_at(unit, monday), rules.lock.moment(unit, monday) - UNTIL_THE_NEXT) <= look.now:
        if rules.has_begun(monday):
            yield monday
        monday += WEEK


def _week(
    look: Look, unit: Unit, rules: Rules, monday: date, guardian_ids: Collection[str], bot: str
) -> Iterable[Duty]:
    open_days = list_open_days(look, unit, [monday + timedelta(days=n) for n in range(7)])
    reminds = rules.reminded_at(unit, monday) <= look.now
    due = DueRound(unit, rules, monday, RoundKind.REMIND if reminds else RoundKind.ASK)
    locks = rules.lock.moment(unit, monday)
    weeks = ReadWeeks(look, unit, open_days)
    households = list_households(look, due, open_days, weeks, guardian_ids) if open_days else []
    for household, facts in zip(households, make_facts(look, due, households, weeks), strict=True):
        names = [child.name for child in facts.children]
        at, today = unit.local(locks), unit.today(look.now)
        yield Duty(
            bot=bot,
            key=monday.isoformat(),
            unit=unit,
            guardian_id=household.guardian.id,
            children=facts.children,
            until=locks,
            line=say("weekly.care_time", children=names, week=monday, has_usual=bool(facts.usual), at=at, today=today),
            facts=facts,
            lasts=locks - look.now + AFTERWARDS,
            answered=WhichTimes(monday, facts.children, has_usual=bool(facts.usual)).about(),
            takes_yes=bool(facts.usual),
            same=("week", "children"),
        )
