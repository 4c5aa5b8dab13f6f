"""Asks a unit's families for the coming week: for each child somebody who has not told, all children of theirs in one text."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from bots.care_asking import Phones, ask_newly
from bots.care_copying import is_told, together
from bots.care_facts import CareFacts, Wish
from bots.care_weeks import ReadWeeks
from hub.calendars import list_open_days
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Guardianship, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_of
from hub.post.messages import Thread, ThreadGuardian
from hub.quick_select import QuickSelect
from hub.school.care_decisions import Shift, list_agreed
from hub.school.care_hours import pack
from hub.school.care_patterns import list_patterns_of
from hub.school.care_plans import list_placed
from hub.school.care_rounds import DueRound, RoundKind, finish_round
from hub.school.care_rules import WEEK
from hub.school.weekly import list_told_lately, mark
from hub.talk.answers import Named
from hub.talk.bot import Bot
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.prompting import Prompt

AFTERWARDS = timedelta(hours=12)
"""How long after the lock an answer is still taken for one, to be told kindly that it came too late."""

LOOK_BACK_WEEKS = 5
"""How far back a usual week is looked for."""

_CHILDREN: sa.BindParameter[Sequence[str]] = sa.bindparam("children", expanding=True)
_HOMES = QuickSelect(
    sa.select(Guardianship.child_id, Guardianship.guardian_id).where(
        Guardianship.child_id.in_(_CHILDREN), Guardianship.lives_with
    )
)
_CHILDREN_OF = QuickSelect(
    sa.select(Guardianship.child_id).where(Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)))
)
_BY_IDS = QuickSelect(sa.select(Child).where(Child.id.in_(_CHILDREN)))
_ASKED = QuickSelect(
    sa.select(Conversation)
    .join(Thread, Thread.id == Conversation.thread_id)
    .where(
        Conversation.bot == sa.bindparam("bot"),
        Conversation.prompted,
        Conversation.state.in_([ConversationState.OPEN, ConversationState.QUEUED]),
        Thread.unit_id == sa.bindparam("unit"),
        Conversation.thread_id.in_(
            sa.select(ThreadGuardian.thread_id)
            .join(Guardianship, Guardianship.guardian_id == ThreadGuardian.guardian_id)
            .where(Guardianship.child_id.in_(_CHILDREN))
        ),
    )
)


@dataclass(slots=True)
class Household:
    """One guardian, and their children of whom nothing was told."""

    guardian: Guardian
    children: list[Child] = field(default_factory=list)

    def marks(self, bot: str, monday: date) -> set[str]:
        """What the weekly text would have told of it."""
        return {mark(bot, monday.isoformat(), child.id) for child in self.children}


def prompt_round(work: Work, bot: Bot, due: DueRound) -> None:
    """Ask everyone whom the round is for, once."""
    days = [due.monday + timedelta(days=n) for n in range(7)]
    open_days = list_open_days(work, due.unit, days)
    if open_days:
        phones = Phones(work)
        told = list_told_lately(work, due.unit.owner_id) if due.kind is RoundKind.ASK else {}
        weeks = ReadWeeks(work, due.unit, open_days)
        households = [
            each
            for each in list_households(work, due, open_days, weeks)
            if not each.marks(bot.name, due.monday) <= told.get(each.guardian.id, set())
            and not phones.has_asked(each.guardian, (child.id for child in each.children))
        ]
        lasts = due.rules.lock.moment(due.unit, due.monday) - work.now + AFTERWARDS
        for household, facts in zip(households, make_facts(work, due, households, weeks), strict=True):
            what = Prompt(bot, facts, [child.id for child in household.children], lasts)
            ask_newly(work, due.unit, household.guardian, what, ("week", "children"))
            work.go_on()
    finish_round(work, due)


def end_answered(work: Work, unit: Unit, bot_name: str, told: Mapping[date, AbstractSet[str]]) -> None:
    """End the hub's own questions that need no answer any more: `told` holds by week the children whose times were told."""
    child_ids = sorted({child_id for children in told.values() for child_id in children})
    asked = {"bot": bot_name, "unit": unit.id, "children": child_ids}
    for (conversation,) in _ASKED.rows(work, **asked):
        week = date.fromisoformat(conversation.facts["week"])
        asked_of = {child["id"] for child in conversation.facts["children"]}
        if asked_of <= told.get(week, frozenset()):
            conversation.end(ConversationState.LEFT, work.now)


def list_households(
    look: Look,
    due: DueRound,
    open_days: Sequence[date],
    weeks: ReadWeeks,
    guardian_ids: Collection[str] | None = None,
) -> list[Household]:
    """Whom a round is for, and about which children; only of these guardians where some are named."""
    placed = list_placed(look, due.unit, open_days[0])
    if guardian_ids is not None:
        theirs = {child_id for (child_id,) in _CHILDREN_OF.rows(look, guardians=list(guardian_ids))}
        placed = [child_id for child_id in placed if child_id in theirs]
    untold = [id_ for id_, plans in weeks.ago(0, placed).items() if any(plan.is_open for plan in plans)]
    if not untold:
        return []
    children = {child.id: child for (child,) in _BY_IDS.rows(look, children=untold)}
    households: dict[str, Household] = {}
    for child_id, guardians in _whom_to_ask(look, due, untold, weeks).items():
        for guardian in guardians:
            if guardian_ids is None or guardian.id in guardian_ids:
                households.setdefault(guardian.id, Household(guardian)).children.append(children[child_id])
    return list(households.values())


def _whom_to_ask(look: Look, due: DueRound, untold: Sequence[str], weeks: ReadWeeks) -> dict[str, list[Guardian]]:
    """For each child whoever told last week's times, else those whom it lives with, else all who may tell; all for a
    reminder. Where two homes take turns, what neither has told is asked of both.
    """
    entitled = list_guardians_of(look, untold, Right.CARE_TIME, due.unit.today(look.now))
    before = [plan for plans in weeks.ago(1, untold).values() for plan in plans]
    last = {plan.child_id: plan.told_by for plan in before if plan.told_by is not None}
    homes: dict[str, set[str | None]] = {}
    for child_id, guardian_id in _HOMES.rows(look, children=untold):
        homes.setdefault(child_id, set()).add(guardian_id)
    turns: dict[str, set[str | None]] = {}
    for pattern in list_patterns_of(look, due.unit.id, untold):
        if pattern.alternates:
            turns.setdefault(pattern.child_id, set()).add(pattern.guardian_id)
    return {
        id_: _choose(due.kind, entitled.get(id_, []), last.get(id_), homes.get(id_, set()), turns.get(id_, set()))
        for id_ in untold
    }


def _choose(
    kind: RoundKind,
    entitled: list[Guardian],
    last: str | None,
    homes: AbstractSet[str | None],
    turns: AbstractSet[str | None],
) -> list[Guardian]:
    if turns:
        return [guardian for guardian in entitled if guardian.id in homes | turns]
    near = [guardian for guardian in entitled if guardian.id in homes] or entitled
    if kind is RoundKind.REMIND:
        return near
    return [guardian for guardian in entitled if guardian.id == last] or near


def make_facts(look: Look, due: DueRound, households: Sequence[Household], weeks: ReadWeeks) -> list[CareFacts]:
    """What the talk with each of them knows; what lies in the store is asked for once for all of them."""
    called = [[Named(child.id, child.called) for child in household.children] for household in households]
    everyone = list(dict.fromkeys(child for children in called for child in children))
    usual = _list_usual(weeks, everyone)
    free = set(gather_free(look, due.unit, everyone, due.monday))
    return [
        CareFacts(
            children=tuple(children),
            opens=due.unit.opens,
            closes=due.unit.closes,
            week=due.monday,
            usual=together({child: usual[child] for child in children}) if usual.keys() >= set(children) else (),
            free=tuple(child.id for child in children if child.id in free),
            reminds=due.kind is RoundKind.REMIND,
        )
        for children in called
    ]


def _list_usual(weeks: ReadWeeks, children: Sequence[Named]) -> dict[Named, dict[date, Wish]]:
    """What a yes books: days of which something was told already as they are, the others as in the last week that told of
    all of them, for a holiday or a week untold lies between now and then. A child without such a week is not among them."""
    now = weeks.ago(0, [child.id for child in children])
    told = {(id_, plan.day): plan for id_, plans in now.items() for plan in plans if is_told(plan)}
    usual: dict[Named, dict[date, Wish]] = {}
    for back in range(1, LOOK_BACK_WEEKS + 1):
        missing = {child.id: child for child in children if child not in usual}
        for id_, plans in weeks.ago(back, missing).items():
            days = [plan.day + back * WEEK for plan in plans]
            own = {day: told.get((id_, day), plan) for day, plan in zip(days, plans, strict=True)}
            if all(is_told(plan) for plan in own.values()):
                usual[missing[id_]] = {day: Wish(day, pack(plan.hours)) for day, plan in own.items()}
    return usual


def gather_free(look: Look, unit: Unit, children: Sequence[Named], day: date) -> tuple[str, ...]:
    """Those of the children who have care in shifts."""
    agreed = list_agreed(look, unit.id, [child.id for child in children], day)
    return tuple(child.id for child in children if child.id in agreed and agreed[child.id].shift != Shift.NONE)
