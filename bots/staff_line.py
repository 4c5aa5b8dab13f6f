"""The staff line: whoever is on an outing, or at the door, texts who is here, who came, who left and who is missing; a leader
asks for the emergency list. A family day carer texts meals too.

What a text marks stands at once, as told by text, because its receipt goes to the registered phone: a forger sees no answer,
and its owner sees what was written in their name and takes it back. To be here is no child's safe side, though: a child who is
looked for is marked by a yes to the hub's own question only, and so is a whole group while somebody in it is looked for, told
of, or written about by a family and not read. Source: security rules S1.2, S1.3 and S1.6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bots.contact_facts import TheCode
from bots.staff_alarm import (
    AlarmAsked,
    AlarmWanted,
    NotALeader,
    carry_out,
    is_right_code,
    pass_on,
    talk_of_alarm,
    warn_of_stranger,
)
from bots.staff_emergency import TRIES, EmergencyWanted, send_list
from bots.staff_facts import Kid, Matter, StaffFacts, Tell, Undoes, gather_facts, see, tells_meals
from bots.staff_grammar import What, read_answer
from bots.staff_marking import Mark, mark_all, name_marked, take_back
from hub.desk import Look, Work
from hub.post.arrivals import Arrival
from hub.school.meals import MealKind
from hub.seal import BrokenSealError, Seal
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood, YesNo
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.conversations import Conversation
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import About, Heard, Intent
from hub.talk.routing import Route
from hub.talk.staff_member import Member
from hub.talk.staff_script import AsGuardian, UndoOlder

OWN_CHILD = "own_child"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these, by its number."""

    names: tuple[str, ...]

    def about(self) -> About:
        return About("which_child", options=self.names)

    def options(self) -> Sequence[str]:
        return self.names

    def read(self, heard: Heard) -> int | NotUnderstood:
        chosen = set(heard.options)
        if len(chosen) != 1 or not 1 <= min(chosen) <= len(self.names):
            return NOT_UNDERSTOOD
        return min(chosen) - 1


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing can be done; `why` says so."""

    why: Say


@dataclass(frozen=True, slots=True)
class AlarmAgreed:
    """An alarm with the code that was given, or the wish of somebody who leads nothing here."""

    facts: StaffFacts
    outcome: AlarmWanted | NotALeader


@dataclass(frozen=True, slots=True)
class MarksAgreed:
    """What is to be marked, in the order it was told."""

    marks: tuple[Mark, ...]


class StaffLine:
    """Answers staff. `seal` opens the secret that a leader's code is proven by."""

    name = "staff_line"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = StaffFacts

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def read(self, text: str) -> Heard | None:
        return read_answer(text, self.name)

    def gather(self, look: Look, member: Member, text: str) -> StaffFacts | None:
        return gather_facts(look, member, text)

    def hear_stranger(self, work: Work, arrival: Arrival, route: Route) -> None:
        warn_of_stranger(work, arrival, route)

    def is_own_matter(self, facts: StaffFacts) -> bool:
        names = [kids for tell in facts.tells for kids in tell.whom]
        is_of_group = any(not tell.whom for tell in facts.tells)
        return bool(names) and not is_of_group and all(kid.is_own for kids in names for kid in kids)

    def say_help(self, look: Look, member: Member, *, wanted: bool = False) -> Say:
        """With a group and a child of their own to write about, where there are any."""
        seen = see(look, member)
        on = next(iter(seen.board.values()), None)
        group = seen.name_group(on.group_id) if on is not None else ""
        name = on.child.called if on is not None else ""
        if on is not None and tells_meals(look, member):
            return say("staff_line.help_home", name=name, wanted=wanted)
        return say("staff_line.help", group=group, name=name, wanted=wanted)

    def dialogue(self, facts: StaffFacts) -> Dialogue[Any]:
        if facts.matter is Matter.EMERGENCY:
            return (yield from self._talk_of_emergency(facts))
        if facts.alarm is not None:
            return (yield from self._talk_of_alarm(facts, facts.alarm))
        if facts.undoes is not None:
            undoes = facts.undoes
            is_meant = yield from ask("staff_line.undo_this", YesNo(), children=undoes.children, at=undoes.at)
            return UndoOlder(undoes.conversation_id, is_meant)
        marks = []
        for tell in facts.tells:
            group = yield from self._choose_group(tell)
            besides = yield from self._choose_children(tell.besides)
            children = yield from self._choose_children(tell.whom)
            if besides is None or children is None:
                return AsGuardian()
            unseen = yield from self._ask_for_missing(tell, children)
            seen = [kid for kid in children if kid.is_looked_for and kid not in unseen]
            meals = yield from self._choose_meals(tell)
            mark = Mark(
                tell.what,
                tell.at,
                group,
                _ids(children),
                _ids(besides),
                _ids(unseen),
                _ids(seen),
                meals=meals,
                is_diet=tell.is_diet,
            )
            marks.append((yield from self._ask_for_the_rest(tell, mark, facts, [kid.label for kid in besides])))
        return MarksAgreed(tuple(marks))

    def _talk_of_emergency(self, facts: StaffFacts) -> Dialogue[Any]:
        if not facts.leads:
            return Refused(say("staff_line.not_leader"))
        if not facts.has_factor:
            return Refused(say("staff_line.no_factor"))
        code = yield from ask("staff_line.code_again" if facts.tries else "staff_line.which_code", TheCode())
        return EmergencyWanted(facts, code)

    def _talk_of_alarm(self, facts: StaffFacts, alarm: AlarmAsked) -> Dialogue[Any]:
        outcome = yield from talk_of_alarm(
            alarm, unit=facts.unit, leads=facts.leads, has_factor=facts.has_factor, tries=facts.tries
        )
        return Refused(outcome) if isinstance(outcome, Say) else AlarmAgreed(facts, outcome)

    def _choose_group(self, tell: Tell) -> Dialogue[Named | None]:
        if len(tell.groups) < 2:
            return tell.groups[0] if tell.groups else None
        chosen = yield from ask("staff_line.which_group", OneOf(tuple(group.name for group in tell.groups)))
        return tell.groups[chosen]

    def _choose_meals(self, tell: Tell) -> Dialogue[tuple[MealKind, ...]]:
        chosen = []
        for kinds in tell.meals:
            at = 0 if len(kinds) == 1 else (yield from ask("staff_line.which_meal", OneOf(kinds)))
            chosen.append(kinds[at])
        return tuple(chosen)

    def _choose_children(self, names: Sequence[tuple[Kid, ...]]) -> Dialogue[list[Kid] | None]:
        """None when it is about a child of their own."""
        chosen = []
        for kids in names:
            pupils = [kid for kid in kids if not kid.is_own]
            if len(kids) == 1 or not pupils:
                chosen.append(kids[0])
                continue
            labels = [kid.label for kid in pupils] + ([OWN_CHILD] if len(pupils) < len(kids) else [])
            at = yield from ask("staff_line.which_child", OneOf(tuple(labels)))
            if at == len(pupils):
                return None
            chosen.append(pupils[at])
        return chosen

    def _ask_for_missing(self, tell: Tell, children: Sequence[Kid]) -> Dialogue[list[Kid]]:
        """A child who is looked for is not marked by words that came unasked: those of whom they say no."""
        unseen = []
        for kid in children:
            if tell.what is What.HERE and kid.is_looked_for:
                is_seen = yield from ask("staff_line.seen", YesNo(), child=kid.label)
                unseen += [] if is_seen else [kid]
        return unseen

    def _ask_for_the_rest(self, tell: Tell, mark: Mark, facts: StaffFacts, besides: Sequence[str]) -> Dialogue[Mark]:
        """Of a whole group of whom somebody is told of, or looked for, words that came unasked mark nobody. `besides` are
        those whom they left out themselves, by their labels."""
        if mark.group is None or tell.what is not What.HERE:
            return mark
        told = {*mark.besides, *facts.told_missing()}
        doubted = [child for child in tell.doubted_in(mark.group.id) if child.id not in told]
        if not doubted:
            return mark
        names = [child.name for child in doubted]
        about = {"group": mark.group.name, "children": names, "besides": besides}
        is_sure = yield from ask("staff_line.group_sure", YesNo(), **about)
        return replace(mark, is_sure=is_sure, doubted=tuple(child.id for child in doubted))

    def settle(self, work: Work, member: Member, outcome: Any, occasion: Occasion) -> Settled:
        match outcome:
            case EmergencyWanted():
                return send_list(work, self._seal, member, outcome, occasion)
            case AlarmAgreed(_, NotALeader() as told):
                return pass_on(work, member, told)
            case AlarmAgreed(facts, AlarmWanted() as wanted):
                return self._raise(work, member, facts, wanted)
            case MarksAgreed(marks):
                return mark_all(work, member, marks)
            case _:
                return Settled((outcome.why,))

    def _raise(self, work: Work, member: Member, facts: StaffFacts, wanted: AlarmWanted) -> Settled:
        """With the right code, by somebody who leads the unit still; a wrong one is asked for again, a few times."""
        try:
            is_right = is_right_code(work, self._seal, member, wanted.code)
        except BrokenSealError:
            return Settled((say("staff_alarm.no_factor"),))
        if not is_right:
            again = replace(facts, tries=facts.tries + 1)
            over = Settled((say("staff_alarm.code_over"),))
            return over if again.tries >= TRIES else Settled((), further=Further(again))
        return carry_out(work, member, wanted.alarm)

    def undo(self, work: Work, member: Member, memory: Mapping[str, Any], at: datetime) -> Settled | None:
        return take_back(work, member, memory, at)

    def doubt_undo(self, look: Look, member: Member, settled: Conversation) -> StaffFacts | None:
        children = name_marked(look, member, settled.undo or {})
        at = member.unit.local(settled.ended_at or look.now).time()
        return StaffFacts(Matter.UNDO, undoes=Undoes(settled.id, at, children)) if children else None


def _ids(kids: Sequence[Kid]) -> tuple[str, ...]:
    return tuple(kid.id for kid in kids)
