"""Two guardians told different times for the same day: the one who was first is asked, and nothing is overwritten.

A yes lets the other's times hold. A no, or no answer before the week locks, leaves it to staff.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bots.care_clash_facts import ClashFacts, list_clashes
from bots.care_facts import Wish, shown
from hub.desk import Look, Work
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.school.care_bookings import CareBooking, get_bookings, give_way
from hub.school.care_hours import pack
from hub.school.care_plans import list_placed, list_plans_of
from hub.school.care_rules import Rules, get_rules, is_locked, monday_of
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Notice, Prompt, prompt, tell
from hub.talk.speaker import Speaker, has_right


@dataclass(frozen=True, slots=True)
class ClashAnswered:
    """`agreed`: the other's times are to hold."""

    facts: ClashFacts
    agreed: bool


@dataclass(frozen=True, slots=True)
class Clash:
    """What the one who wrote is told, and whether staff must talk with the other."""

    says: Sequence[Say]
    is_for_staff: bool


class CareClashBot:
    """Takes no intents of its own: it only asks."""

    name = "care_clash"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = ClashFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> ClashFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: ClashFacts) -> bool:
        """While the child has its place here on the first of the days."""
        may_tell = has_right(look, speaker, Right.CARE_TIME, [facts.child.id])
        return speaker.is_fresh and may_tell and facts.child.id in list_placed(look, speaker.unit, _first(facts.theirs))

    def dialogue(self, facts: ClashFacts) -> Dialogue[ClashAnswered]:
        agreed = yield from ask(
            "care_clash.whose",
            YesNo(),
            child=facts.child.name,
            other=facts.other,
            theirs=shown(facts.theirs),
            ours=shown(facts.ours),
        )
        return ClashAnswered(facts, agreed)

    def settle(self, work: Work, speaker: Speaker, outcome: ClashAnswered, occasion: Occasion) -> Settled:
        facts = outcome.facts
        rivals = [row for row in get_bookings(work, facts.rivals) if row.ceased_at is None and row.is_rival]
        if not rivals:
            return Settled((say("care_clash.settled_already", child=facts.child.name),), (facts.child.id,))
        rules = get_rules(work, speaker.unit)
        if any(is_locked(rules, speaker.unit, row.day, work.now) for row in rivals):
            said = say("care_clash.locked", child=facts.child.name)
            return Settled((said,), (facts.child.id,), hand_over="care_time_clash")
        if not outcome.agreed:
            said = say("care_clash.to_staff", child=facts.child.name)
            return Settled((said,), (facts.child.id,), hand_over="care_time_clash")
        give_way(work, rivals, speaker.guardians[0].id)
        self._tell_other(work, speaker, facts)
        said = say("care_clash.agreed", child=facts.child.name, days=shown(facts.theirs))
        return Settled((said,), (facts.child.id,))

    def _tell_other(self, work: Work, speaker: Speaker, facts: ClashFacts) -> None:
        other = work.session.get(Guardian, facts.other_id)
        entitled = list_entitled(work, [facts.other_id], Right.INFORM, speaker.today)
        if other is None or facts.child.id not in entitled.get(facts.other_id, set()):
            return
        parameters = {"child": facts.child.name, "days": shown(facts.theirs)}
        tell(work, speaker.unit, other, Notice("care_clash.agreed", parameters, [facts.child.id], author=self.name))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        return list_clashes(look, unit, guardian_ids, self.name)

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> ClashFacts | None:
        return None


def ask_the_other(work: Work, speaker: Speaker, child: Named, rivals: Sequence[CareBooking], rules: Rules) -> Clash:
    """Ask whoever told the days first. Whom the hub cannot ask, staff do."""
    is_for_staff = False
    days = [row.day for row in rivals]
    held = {plan.day: plan for plan in list_plans_of(work, speaker.unit, child.id, days)}
    says: list[Say] = []
    for guardian_id in dict.fromkeys(held[day].told_by for day in days):
        mine = [row for row in rivals if held[row.day].told_by == guardian_id]
        other = None if guardian_id is None else work.session.get(Guardian, guardian_id)
        entitled = {} if other is None else list_entitled(work, [other.id], Right.CARE_TIME, speaker.today)
        theirs = tuple(Wish(row.day, row.hours) for row in mine)
        if other is None or child.id not in entitled.get(other.id, set()):
            is_for_staff = True
            continue
        ours = tuple(Wish(row.day, pack(held[row.day].hours)) for row in mine)
        me = speaker.guardians[0]
        facts = ClashFacts(child, me.first_name, me.id, theirs, ours, tuple(row.id for row in mine))
        lasts = rules.lock.moment(speaker.unit, monday_of(_first(theirs))) - work.now
        asked = prompt(work, speaker.unit, other, Prompt(CareClashBot(), facts, [child.id], lasts))
        is_for_staff = is_for_staff or asked.conversation is None
        if asked.conversation is not None:
            says.append(say("care_clash.asked", child=child.name, other=other.first_name, days=shown(ours)))
    return Clash([*says, say("care_clash.for_staff", child=child.name)] if is_for_staff else says, is_for_staff)


def _first(wishes: Sequence[Wish]) -> date:
    return min(wish.day for wish in wishes)
