"""Asks a unit's families for the coming week: for each child somebody who has not told, all children of theirs in one text."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from bots.care_asking import Phones, ask_newly
from bots.care_copying import is_told, list_as_before, together
from bots.care_facts import CareFacts, Wish
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Guardianship, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.post.messages import Thread, ThreadGuardian
from hub.quick_select import QuickSelect
from hub.school.calendars import list_open_days
from hub.school.care_decisions import Shift, list_agreed
from hub.school.care_hours import pack
from hub.school.care_patterns import list_patterns_of_unit
from hub.school.care_plans import list_placed, list_plans
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

_HOMES = QuickSelect(
    sa.select(Guardianship.guardian_id).where(Guardianship.child_id == sa.bindparam("child"), Guardianship.lives_with)
)
_CHILDREN_OF = sa.select(Guardianship.child_id).where(
    Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True))
)


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
            .where(Guardianship.child_id.in_(sa.bindparam("children", expanding=True)))
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
        households = [
            each
            for each in list_households(work, due, open_days)
            if not each.marks(bot.name, due.monday) <= told.get(each.guardian.id, set())
            and not phones.has_asked(each.guardian, (child.id for child in each.children))
        ]
        lasts = due.rules.lock.moment(due.unit, due.monday) - work.now + AFTERWARDS
        for household, facts in zip(households, make_facts(work, due, households, open_days), strict=True):
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
    look: Look, due: DueRound, open_days: Sequence[date], guardian_ids: Collection[str] | None = None
) -> list[Household]:
    """Whom a round is for, and about which children; only of these guardians where some are named."""
    placed = list_placed(look, due.unit, open_days[0])
    if guardian_ids is not None:
        theirs = set(look.session.scalars(_CHILDREN_OF, {"guardians": list(guardian_ids)}))
        placed = [child_id for child_id in placed if child_id in theirs]
    plans = list_plans(look, due.unit, placed, open_days)
    untold = list(dict.fromkeys(plan.child_id for plan in plans if plan.is_open))
    before = list_plans(look, due.unit, untold, [day - WEEK for day in open_days])
    last = {plan.child_id: plan.told_by for plan in before if plan.told_by is not None}
    turns: dict[str, set[str | None]] = {}
    for pattern in list_patterns_of_unit(look, due.unit.id) if untold else ():
        if pattern.alternates:
            turns.setdefault(pattern.child_id, set()).add(pattern.guardian_id)
    households: dict[str, Household] = {}
    for child_id in untold:
        child = look.session.get_one(Child, child_id)
        for guardian in _whom_to_ask(look, due, child, last.get(child_id), turns.get(child_id, set())):
            if guardian_ids is None or guardian.id in guardian_ids:
                households.setdefault(guardian.id, Household(guardian)).children.append(child)
    return list(households.values())


def _whom_to_ask(
    look: Look, due: DueRound, child: Child, last: str | None, turns: AbstractSet[str | None]
) -> list[Guardian]:
    """Whoever told last week's times, else those whom the child lives with, else all who may tell; all for a reminder.

    Where two homes take `turns`, what neither has told is asked of both.
    """
    entitled = list_guardians_for(look, child.id, Right.CARE_TIME, due.unit.today(look.now))
    homes = {guardian_id for (guardian_id,) in _HOMES.rows(look, child=child.id)}
    if turns:
        return [guardian for guardian in entitled if guardian.id in homes | turns]
    near = [guardian for guardian in entitled if guardian.id in homes] or entitled
    if due.kind is RoundKind.REMIND:
        return near
    return [guardian for guardian in entitled if guardian.id == last] or near


def make_facts(
    look: Look, due: DueRound, households: Sequence[Household], open_days: Sequence[date]
) -> list[CareFacts]:
    """What the talk with each of them knows; what lies in the store is asked for once for all of them."""
    called = [[Named(child.id, child.called) for child in household.children] for household in households]
    everyone = list(dict.fromkeys(child for children in called for child in children))
    usual = _list_usual(look, due.unit, everyone, open_days)
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


def _list_usual(
    look: Look, unit: Unit, children: Sequence[Named], open_days: Sequence[date]
) -> dict[Named, dict[date, Wish]]:
    """What a yes books: days of which something was told already as they are, the others as in the last week that told of
    all of them, for a holiday or a week untold lies between now and then. A child without such a week is not among them."""
    now = list_as_before(look, unit, children, open_days, timedelta())
    told = {(child, day): plan for child, plans in now.items() for day, plan in plans if is_told(plan)}
    usual: dict[Named, dict[date, Wish]] = {}
    for weeks in range(1, LOOK_BACK_WEEKS + 1):
        missing = [child for child in children if child not in usual]
        for child, plans in list_as_before(look, unit, missing, open_days, weeks * WEEK).items():
            own = {day: told.get((child, day), plan) for day, plan in plans}
            if all(is_told(plan) for plan in own.values()):
                usual[child] = {day: Wish(day, pack(plan.hours)) for day, plan in own.items()}
    return usual


def gather_free(look: Look, unit: Unit, children: Sequence[Named], day: date) -> tuple[str, ...]:
    """Those of the children who have care in shifts."""
    agreed = list_agreed(look, unit.id, day)
    return tuple(child.id for child in children if child.id in agreed and agreed[child.id].shift != Shift.NONE)
