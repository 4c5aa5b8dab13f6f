"""What staff do in a family's year, as one line of a script each: "* leave granted Otso". The same lines stand in the year by
SMS and in the year on pages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Protocol

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.calendars import close
from hub.desk import Work
from hub.people.families import Child
from hub.people.places import Group
from hub.post.messages import Thread, ThreadGuardian, settle_waiting
from hub.post.reading import get_reader
from hub.school.attendance import mark_here
from hub.school.campaigns import start
from hub.school.care_decisions import Per, decide_hours
from hub.school.care_holidays import Unanswered, ask_about
from hub.school.care_hours import read_hours
from hub.school.care_patterns import set_week
from hub.school.care_rules import Lock, Rules, get_rules, set_rules
from hub.school.consent_catalogue import write_text
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words
from hub.school.ladders import LadderTimes, set_times
from hub.school.leave import LeaveState, list_of_child
from hub.school.leave_decisions import Outcome
from hub.school.leave_rules import Both, set_terms, terms_of
from hub.school.leave_verdicts import Verdict, decide
from hub.talk.planning import plan_answer
from hub.talk.writing import Draft, answer
from tests.year.home import Home


class Direction(Protocol):
    """`how` are the words after the direction's name."""

    def __call__(self, work: Work, *, home: Home, how: str) -> object: ...


REASON = "Fravær over to dager gis ikke nå."


def head_asker(home: Home) -> Asker:
    assert home.head is not None
    return Asker("staff", home.head.id, Trust.STRONG, "year", home.head.owner_id)


def _by(home: Home) -> str:
    return head_asker(home).id


def _child(work: Work, home: Home, name: str) -> Child:
    return work.session.get_one(Child, home.children[name].id)


def _kinds(work: Work, home: Home) -> dict[str, str]:
    return {kind.code: kind.id for kind in list_kinds(work, home.units["school"].owner_id)}


def asks_weekly(work: Work, home: Home, how: str) -> None:
    """ "club 2": the families of a unit are asked before each week, which locks on the Monday so many weeks before it."""
    kind, weeks = how.split()
    unit = home.units[kind]
    set_rules(work, unit, Rules(lock=Lock(int(weeks)), asks=True, ratios=get_rules(work, unit).ratios), _by(home))


def asks_no_more(work: Work, home: Home, how: str) -> None:
    """ "club": nobody is asked by itself there."""
    unit = home.units[how]
    set_rules(work, unit, Rules(lock=get_rules(work, unit).lock, ratios=get_rules(work, unit).ratios), _by(home))


def base_week(work: Work, home: Home, how: str) -> None:
    """ "preschool Saga Hanna 2025-08-18 2 8-16": every second week from that Monday on is hers, Monday to Friday."""
    kind, name, whose, first, every, hours = how.split()
    set_week(
        work,
        home.units[kind],
        _child(work, home, name),
        [read_hours(hours)] * 5,
        from_day=date.fromisoformat(first),
        by=_by(home),
        guardian_id=None if whose == "all" else home.guardians[whose].id,
        every_weeks=int(every),
    )


def agreed_hours(work: Work, home: Home, how: str) -> None:
    """ "preschool Saga 45 week"."""
    kind, name, hours, per = how.split()
    unit = home.units[kind]
    decide_hours(
        work, unit, _child(work, home, name), int(hours), Per(per), from_day=unit.today(work.now), by=_by(home)
    )


def agreed(work: Work, home: Home, how: str) -> None:
    """ "Hanna electronic": they said yes to it on paper, for all three."""
    whose, *codes = how.split()
    known = {kind.code: kind for kind in list_kinds(work, home.units["school"].owner_id)}
    for name in home.children:
        choices = [Choice(known[code], granted=True) for code in codes]
        told = Told(How.PAPER, _by(home), Trust.STRONG)
        say_words(work, _child(work, home, name), home.guardians[whose].id, choices, told)


def campaign(work: Work, home: Home, how: str) -> None:
    """ "school 6A 14 photo_internal video": a group is asked, for so many days."""
    kind, group, days, *codes = how.split()
    unit, known = home.units[kind], _kinds(work, home)
    where: Group = home.groups[group]
    start(work, unit, where.id, [known[code] for code in codes], unit.today(work.now) + timedelta(days=int(days)), 4)


def reword(work: Work, home: Home, how: str) -> None:
    """ "trip": its text is written anew in every language, which asks everybody again."""
    kind = next(kind for kind in list_kinds(work, home.units["school"].owner_id) if kind.code == how)
    texts = {language: f"{text} (2026)" for language, text in kind.text.texts.items()}
    write_text(work, kind, kind.text.names, texts, home.language, asks_again=True)


def ladder(work: Work, home: Home, how: str) -> None:
    """ "school 09:00" asks from then on about who has not arrived; "school off" does not."""
    kind, at = how.split()
    times = LadderTimes(is_on=False, asks_at=time(9)) if at == "off" else LadderTimes(True, time.fromisoformat(at))
    set_times(work, home.units[kind], times, _by(home))


def here(work: Work, home: Home, how: str) -> None:
    """ "school Ella Otso": they are seen there."""
    kind, *names = how.split()
    mark_here(work, home.units[kind], [_child(work, home, name) for name in names], _by(home))


def holiday(work: Work, home: Home, how: str) -> None:
    """ "club off 2025-10-06 2025-10-10 by 2025-09-15 høstferien": a question that leaves at once."""
    kind, unanswered, first, last, _, closes, name = how.split(maxsplit=6)
    unit = home.units[kind]
    ask_about(
        work,
        unit,
        name,
        date.fromisoformat(first),
        date.fromisoformat(last),
        asks_at=work.now,
        closes_at=unit.moment(date.fromisoformat(closes), time(18, 0)),
        unanswered=Unanswered(unanswered),
        by=_by(home),
    )


def closed(work: Work, home: Home, how: str) -> None:
    """ "school 2025-10-06 2025-10-10 Høstferie": the unit is closed then."""
    kind, first, last, name = how.split(maxsplit=3)
    close(work, home.units[kind], date.fromisoformat(first), date.fromisoformat(last), name, _by(home))


def leave(work: Work, home: Home, how: str) -> None:
    """ "granted Otso", "refused Ella", "partly Ella" (the first day): what waits for a child is decided."""
    outcome, name = how.split()
    for application in list_of_child(work, home.children[name].id):
        if application.state == LeaveState.WAITS:
            unit = next(unit for unit in home.units.values() if unit.id == application.unit_id)
            decide(work, application, unit, Verdict(Outcome(outcome), REASON, application.days_off[:1]))


def leave_rule(work: Work, home: Home, how: str) -> None:
    """ "living_with": whose word leave takes at every unit from now on; the rest is as it comes."""
    for unit in {unit.id: unit for unit in home.units.values()}.values():
        set_terms(work, unit, replace(terms_of(work, unit), both=Both(how), deadline_days=14))


def reads(work: Work, home: Home, how: str) -> None:
    """Staff have read all that waits, and have called whom they had to."""
    for thread in work.session.scalars(sa.select(Thread).where(Thread.waits_since.is_not(None))):
        settle_waiting(work, thread)


def writes(work: Work, home: Home, how: str) -> None:
    """ "Hanna school Har Ella med matpakke i dag?": somebody writes to a guardian."""
    whose, kind, text = how.split(maxsplit=2)
    thread = work.session.scalars(
        sa.select(Thread)
        .join(ThreadGuardian, ThreadGuardian.thread_id == Thread.id)
        .where(ThreadGuardian.guardian_id == home.guardians[whose].id, Thread.unit_id == home.units[kind].id)
    ).one()
    work.asker = head_asker(home)
    plan = plan_answer(work, get_reader(work), thread.id)
    answer(work, thread.id, [], Draft(text, plan.key, as_words=True, names_meant=True))


def who(work: Work, home: Home, how: str) -> None:
    """From now on the facts say who told them: the last line of a script."""
    home.shows_who = True


DIRECTIONS: Mapping[str, Direction] = {
    "agreed": agreed,
    "agreed_hours": agreed_hours,
    "asks_no_more": asks_no_more,
    "asks_weekly": asks_weekly,
    "base_week": base_week,
    "campaign": campaign,
    "closed": closed,
    "here": here,
    "holiday": holiday,
    "ladder": ladder,
    "leave": leave,
    "leave_rule": leave_rule,
    "reads": reads,
    "reword": reword,
    "who": who,
    "writes": writes,
}
