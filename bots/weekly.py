"""One text a week with all that waits for a family, for all its children, and short codes to do each on the spot.

It comes from the unit whose matter ends first. What concerns other units of the owner stands behind it on the family's
phone, not in that unit's book, and is asked by its own unit. Source: security rules S1.5, S4.1 and S4.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bots.broadcast import BroadcastBot
from bots.care_asking import ask_newly
from bots.care_clash import CareClashBot
from bots.care_holiday import CareHolidayBot
from bots.care_time import CareTimeBot
from bots.consent_campaign import ConsentCampaigns
from bots.contact import ContactBot
from bots.leave_consent import LeaveConsentBot
from bots.weekly_facts import Chosen, Item, WeeklyFacts, WhichDuty
from bots.weekly_gathering import Family, gather_families, with_phone_mates
from hub.desk import Look, Work
from hub.people.families import Right
from hub.people.places import Unit
from hub.school.weekly import (
    Turn,
    get_texts,
    is_planned,
    keep_told,
    list_open_turns,
    list_waiting,
    mark,
    plan,
)
from hub.talk.bot import Bot, Further, Occasion, Settled
from hub.talk.conversations import ConversationState, pack_facts
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.duties import Duty, DutyKeeper
from hub.talk.heard import Act, Heard, Intent
from hub.talk.prompting import Prompt
from hub.talk.saying import render
from hub.talk.speaker import Speaker, has_right
from hub.talk.standing import get_standing

LASTS = timedelta(days=7)
AT_ONCE = 50
MARK = "/"


class WeeklyBot:
    """Takes no intents of its own: it tells, and hands each matter to the bot that takes care of it."""

    name = "weekly"
    prompts_in_round = True
    due_at_once = AT_ONCE
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = WeeklyFacts

    def __init__(self, keepers: Sequence[Bot] | None = None) -> None:
        known = keepers if keepers is not None else _make_keepers()
        self._bots = {bot.name: bot for bot in known}
        self._keepers = [bot for bot in known if isinstance(bot, DutyKeeper)]

    def gather(self, look: Look, speaker: Speaker, act: Act) -> WeeklyFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: WeeklyFacts) -> bool:
        """Whether each of them may still know of every child it names; what they may do of it is asked when it is picked."""
        named = {child_id for item in facts.items for child_id in item.children}
        return speaker.is_fresh and has_right(look, speaker, Right.INFORM, named)

    def dialogue(self, facts: WeeklyFacts) -> Dialogue[Chosen]:
        question = "weekly.left" if facts.left else "weekly.duties"
        own = [item.line for item in facts.items if not item.elsewhere]
        example = next((item for item in facts.items if item.takes_yes), None)
        return (
            yield from ask(
                question,
                WhichDuty(facts.items),
                lines=own,
                number=facts.items[0].number,
                direct=None if example is None else example.number,
            )
        )

    def settle(self, work: Work, speaker: Speaker, outcome: Chosen, occasion: Occasion) -> Settled:
        """Each by rights as they are now; what is done already is said to be, and what comes too late goes to staff."""
        says: list[Say] = []
        asked: list[Further] = []
        is_late = False
        for item in outcome.items:
            duty = self._find(work, speaker, item)
            told = self._begin_anew(work, speaker, item, outcome.answer) if duty is None else []
            if told:
                asked += told
            elif duty is None and item.until is not None and item.until <= work.now:
                says.append(say("weekly.too_late", number=item.number))
                is_late = True
            elif duty is None:
                says.append(say("weekly.done", number=item.number))
            elif duty.facts is None:
                says.append(say("weekly.not_by_text", number=item.number))
            elif item.elsewhere:
                says.append(self._ask_there(work, speaker, duty))
            else:
                _end_earlier(work, occasion, speaker, self._bots[duty.bot], duty)
                asked.append(Further(duty.facts, duty.lasts, duty.bot, outcome.answer))
        left = self.refresh(work, speaker, WeeklyFacts(outcome.others))
        if left is not None:
            asked.append(Further(left, LASTS))
        why = "expired" if is_late else None
        return Settled(tuple(says), hand_over=why, further=asked[0] if asked else None, then=tuple(asked[1:]))

    def _begin_anew(self, look: Look, speaker: Speaker, item: Item, answer: Heard | None) -> list[Further]:
        """What was told behind the number of a matter that waits no more is taken up like words that nobody asked for."""
        bot = self._bots.get(item.bot)
        if bot is None or answer is None:
            return []
        acts = [_about(item, act) for act in answer.acts if act.intent in bot.intents]
        begun = [bot.gather(look, speaker, act) for act in acts]
        return [Further(facts, bot=item.bot) for facts in begun if facts is not None]

    def refresh(self, look: Look, speaker: Speaker, facts: WeeklyFacts) -> WeeklyFacts | None:
        """What still waits of it."""
        items = tuple(item for item in facts.items if self._find(look, speaker, item) is not None)
        return WeeklyFacts(items, left=True) if items else None

    def _find(self, look: Look, speaker: Speaker, item: Item) -> Duty | None:
        """The matter as it is now, where whoever speaks may still do it."""
        unit, bot = look.session.get(Unit, item.unit), self._bots.get(item.bot)
        if unit is None or bot is None or not isinstance(bot, DutyKeeper):
            return None
        duties = bot.list_duties(look, unit, speaker.guardian_ids)
        duty = next((duty for duty in duties if duty.key == item.key), None)
        if duty is None or duty.facts is None:
            return duty
        return duty if bot.may_go_on(look, replace(speaker, unit=unit), duty.facts) else None

    def _ask_there(self, work: Work, speaker: Speaker, duty: Duty) -> Say:
        what = Prompt(self._bots[duty.bot], duty.facts, duty.child_ids, duty.lasts)
        asked = ask_newly(work, duty.unit, speaker.guardians[0], what, duty.same)
        return say("weekly.asked_there") if asked.conversation is not None else say("weekly.not_asked_there")

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> WeeklyFacts | None:
        return None

    def list_due(self, look: Look) -> Sequence[str]:
        """ "owner/guardian"; without a guardian, that the owner's day begins, or is over."""
        due: list[str] = []
        for turn in list_open_turns(look):
            owner_id = turn.rule.owner_id
            waiting = [f"{owner_id}{MARK}{guardian_id}" for guardian_id in list_waiting(look, turn)]
            due += waiting or [f"{owner_id}{MARK}"]
        return due

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        work.take_turns({each.partition(MARK)[0] for each in due})
        for turn in list_open_turns(work):
            owner_id = turn.rule.owner_id
            meant = [id_ for owner, _, id_ in (each.partition(MARK) for each in due) if owner == owner_id]
            if meant:
                self._take(work, turn, [id_ for id_ in meant if id_])

    def _take(self, work: Work, turn: Turn, guardian_ids: Sequence[str]) -> None:
        if not guardian_ids and is_planned(work, turn):
            turn.rule.done_for = turn.day
            return
        if not guardian_ids:
            plan(work, turn)
            guardian_ids = list_waiting(work, turn)[:AT_ONCE]
        texts = {text.guardian_id: text for text in get_texts(work, turn, with_phone_mates(work, guardian_ids))}
        for family in gather_families(work, turn.rule.owner_id, list(texts), self._keepers, turn.day):
            told = self._tell(work, family)
            marks = [mark(duty.bot, duty.key, id_) for duty in told for id_ in duty.child_ids]
            keep_told(work, [texts[id_] for id_ in family.guardian_ids if id_ in texts], marks)
            for duty in told:
                if duty.told is not None:
                    work.session.flush()
                    duty.told(work)
            work.go_on()
        keep_told(work, [text for text in texts.values() if text.told_at is None], ())

    def _tell(self, work: Work, family: Family) -> Sequence[Duty]:
        """What was told; nothing where they cannot be written to: then each is asked by itself, as ever."""
        guardian = family.guardians[0]
        items = tuple(
            Item(
                number,
                duty.bot,
                duty.key,
                duty.unit.id,
                tuple(duty.child_ids),
                render(work, guardian.language, [duty.line]),
                duty.answered if duty.unit.id == family.unit.id else None,
                takes_yes=duty.takes_yes and duty.unit.id == family.unit.id,
                elsewhere=duty.unit.id != family.unit.id,
                until=duty.until,
            )
            for number, duty in enumerate(family.duties, 1)
        )
        own = [id_ for duty in family.duties if duty.unit.id == family.unit.id for id_ in duty.child_ids]
        others = [item.line for item in items if item.elsewhere]
        beside = [say("weekly.beside", lines=others)] if others else []
        named = list(dict.fromkeys(id_ for item in items if item.elsewhere for id_ in item.children))
        facts = WeeklyFacts(items)
        what = Prompt(self, facts, list(dict.fromkeys(own)), LASTS, beside=beside, beside_ids=named)
        asked = ask_newly(work, family.unit, guardian, what, ())
        return family.duties if asked.conversation is not None else ()


def _make_keepers() -> list[Bot]:
    return [
        CareTimeBot(),
        CareClashBot(),
        CareHolidayBot(),
        ConsentCampaigns(),
        LeaveConsentBot(),
        ContactBot(),
        BroadcastBot(),
    ]


def _about(item: Item, act: Act) -> Act:
    """The only child of a matter is meant where the words name none."""
    return replace(act, children=item.children) if not act.children and len(item.children) == 1 else act


def _end_earlier(work: Work, occasion: Occasion, speaker: Speaker, bot: Bot, duty: Duty) -> None:
    """What was asked about the same before is asked again now."""
    facts = pack_facts(bot, duty.facts)
    for each in get_standing(work, occasion.thread.id, speaker.addresses[0].value).conversations:
        if each.bot == duty.bot and all(each.facts.get(key) == facts.get(key) for key in duty.same):
            each.end(ConversationState.LEFT, work.now)
