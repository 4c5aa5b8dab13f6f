"""The bot of who fetches: a guardian tells that somebody fetches a child; staff check it, and it is asked back once.

It is noted at once as unconfirmed, and a yes to the question in the receipt confirms it. What is said back is the same
whoever is named, so that it tells nobody who may fetch. Source: security rules S1.2, S3.7 and S4.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bots.care_list import CARE, CareFacts, Matter, may_trust
from bots.day_echo import echo_day
from bots.fetching_question import WhoFetches
from bots.meant import read_meant
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.post.audience import list_entitled
from hub.school.fetchers import Standing
from hub.school.fetching import Fetching, confirm_fetching, list_same, report_fetching, take_back_fetching
from hub.school.going_home import judge_all
from hub.school.told import get_told, list_standing, tell_again
from hub.talk.answers import Named, WhichChild, YesNo
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import LASTING, Act, Intent
from hub.talk.speaker import Speaker

ASKED_BACK_LASTS = timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class FetchingFacts:
    """`meant` is empty where the words left it open, `person` where they told only that somebody fetches. `same` are the
    children for whom this person is noted already.

    `noted` are what this asks back about; empty while nothing is noted. `lasts`: they may fetch from now on. `own` is the
    name of the one who writes; empty where several do.
    """

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    today: date
    person: str
    phone: str | None = None
    same: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    lasts: bool = False
    own: str = ""


@dataclass(frozen=True, slots=True)
class ForGood:
    """Not on a day alone: another talk asks for that."""

    facts: CareFacts


@dataclass(frozen=True, slots=True)
class FetchingAgreed:
    """This person fetches these children on these days."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    person: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class AskedBack:
    """Whether what is noted is right. `noted` is empty where it was asked before anything was noted anew."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    person: str
    is_right: bool
    noted: tuple[str, ...] = ()


class FetchingBot:
    """Notes who fetches, for staff to check; the other entitled guardians are told each time."""

    name = "fetching"
    intents = frozenset({Intent.PICKUP_PERSON})
    answered_by: frozenset[Intent] = frozenset()
    facts = FetchingFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> FetchingFacts | None:
        """Only for children whom they may fetch themselves, and for whom they decide where it is for good."""
        lasts = act.change == LASTING
        meant = read_meant(speaker, act, may_trust(look, speaker) if lasts else _may_fetch(look, speaker))
        if meant is None:
            return None
        if not act.person:
            own = speaker.guardians[0].first_name if len(speaker.guardians) == 1 else ""
            return FetchingFacts(meant.children, meant.meant, meant.days, speaker.today, "", own=own)
        if lasts:
            about = (meant.children, meant.meant, meant.days, speaker.today, act.person, act.phone)
            return FetchingFacts(*about, lasts=True)
        ids = [child.id for child in meant.meant or meant.children]
        same = tuple(dict.fromkeys(row.child_id for row in list_same(look, ids, meant.days, act.person)))
        return FetchingFacts(meant.children, meant.meant, meant.days, speaker.today, act.person, act.phone, same)

    def may_go_on(self, look: Look, speaker: Speaker, facts: FetchingFacts) -> bool:
        ids = {child.id for child in facts.meant or facts.children}
        return speaker.may_report_for(ids) and ids <= _may_fetch(look, speaker)

    def dialogue(self, facts: FetchingFacts) -> Dialogue[FetchingAgreed | AskedBack | ForGood]:
        if facts.lasts:
            return ForGood(CareFacts(Matter.LIST, facts.children, facts.meant, facts.person, facts.phone))
        if not facts.person:
            facts = yield from self._who(facts)
        about: dict[str, Any] = {"person": facts.person, "days": facts.days, "today": facts.today}
        if facts.noted:
            names = [child.name for child in facts.meant]
            is_right = yield from ask("fetching.still", YesNo(), children=names, **about)
            return AskedBack(facts.meant, facts.days, facts.person, is_right, facts.noted)
        children = facts.meant or (yield from ask("fetching.which_child", WhichChild(facts.children), **about))
        again = tuple(child for child in children if child.id in facts.same)
        if again:
            names = [child.name for child in again]
            is_right = yield from ask("fetching.still", YesNo(), children=names, **about)
            if not is_right or len(again) == len(children):
                return AskedBack(again, facts.days, facts.person, is_right)
        return FetchingAgreed(children, facts.days, facts.person, facts.phone)

    def _who(self, facts: FetchingFacts) -> Dialogue[FetchingFacts]:
        """The same with whoever they name."""
        names = [child.name for child in facts.meant]
        question = WhoFetches(facts.children, facts.meant, facts.days, facts.own)
        said = yield from ask("fetching.who", question, children=names, days=facts.days, today=facts.today)
        return replace(facts, person=said.person, phone=said.phone, meant=said.children or facts.meant)

    def settle(
        self, work: Work, speaker: Speaker, outcome: FetchingAgreed | AskedBack | ForGood, occasion: Occasion
    ) -> Settled:
        match outcome:
            case ForGood(facts):
                return Settled((), further=Further(facts, bot=CARE))
            case FetchingAgreed():
                return self._settle_noted(work, speaker, outcome, occasion)
            case AskedBack(is_right=True):
                return self._settle_right(work, outcome)
            case _:
                return self._settle_wrong(work, speaker, outcome, occasion)

    def _settle_noted(self, work: Work, speaker: Speaker, agreed: FetchingAgreed, occasion: Occasion) -> Settled:
        fresh, replaced = report_fetching(
            work,
            [work.session.get_one(Child, named.id) for named in agreed.children],
            agreed.days,
            agreed.person,
            agreed.phone,
            told_by=speaker.guardians[0].id,
            trust=Trust(speaker.trust),
            message_id=occasion.message_id,
        )
        echo_day(work, speaker, occasion, "day_echo.fetching_told", fresh)
        rings = Standing.FORBIDDEN in judge_all(work, fresh).values()
        ids = tuple(row.id for row in fresh)
        return Settled(
            (_say("fetching.noted", agreed.children, agreed.days, agreed.person, speaker.today),),
            tuple(child.id for child in agreed.children),
            {"told": list(ids), "replaced": [row.id for row in replaced]},
            hand_over="fetching_forbidden" if rings else None,
            to_check="fetching_today" if speaker.today in agreed.days else "fetching_later",
            told=Further(
                FetchingFacts(agreed.children, agreed.children, agreed.days, speaker.today, agreed.person, noted=ids),
                ASKED_BACK_LASTS,
            ),
            asks_back=say("fetching.is_it_right"),
        )

    def _settle_right(self, work: Work, asked: AskedBack) -> Settled:
        """The answer to our own question confirms it, if it holds still."""
        held = [row for row in _rows(work, asked) if row.taken_back_at is None]
        if held:
            confirm_fetching(work, held, Trust.CONFIRMED)
        word = "fetching.confirmed" if held else "fetching.no_longer"
        said = say(word, children=[child.name for child in asked.children], person=asked.person)
        return Settled((said,), tuple(child.id for child in asked.children))

    def _settle_wrong(self, work: Work, speaker: Speaker, asked: AskedBack, occasion: Occasion) -> Settled:
        ended = take_back_fetching(work, _rows(work, asked), speaker.guardians[0].id)
        echo_day(work, speaker, occasion, "day_echo.fetching_undone", ended)
        said = _say("fetching.not_fetched", asked.children, asked.days, asked.person, speaker.today)
        return Settled(
            (said,),
            tuple(child.id for child in asked.children),
            {"told": [], "replaced": [row.id for row in ended]} if ended and not asked.noted else None,
        )

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Takes back what was told, and what it had taken the place of holds again."""
        told, before = get_told(work, Fetching, memory["told"]), get_told(work, Fetching, memory["replaced"])
        concerned = {row.child_id for row in [*told, *before]}
        if not concerned <= _may_fetch(work, speaker) or not speaker.may_report_for(concerned):
            return None
        ended = take_back_fetching(work, list_standing(work, told), speaker.guardians[0].id)
        again = tell_again(work, before, ended if told else before, speaker.today, "fetch.report")
        nobody = [row for row in ended if (row.child_id, row.day) not in {(new.child_id, new.day) for new in again}]
        echo_day(work, speaker, occasion, "day_echo.fetching_undone", nobody)
        echo_day(work, speaker, occasion, "day_echo.fetching_told", again)
        names = {child.id: child for child in speaker.named_children()}
        said = [
            _say(word, [names[row.child_id]], [row.day], row.person, speaker.today)
            for word, rows in (("fetching.undone", nobody), ("fetching.again", again))
            for row in rows
        ]
        return Settled(tuple(said), tuple(dict.fromkeys(row.child_id for row in [*ended, *again]))) if said else None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> FetchingFacts | None:
        return None


def _may_fetch(look: Look, speaker: Speaker) -> set[str]:
    """The children whom each of those who speak may fetch: nobody hands on what they may not do."""
    entitled = list_entitled(look, speaker.guardian_ids, Right.FETCH, speaker.today)
    return set.intersection(*(entitled.get(guardian_id, set()) for guardian_id in speaker.guardian_ids))


def _rows(look: Look, asked: AskedBack) -> list[Fetching]:
    if asked.noted:
        return get_told(look, Fetching, asked.noted)
    return list_same(look, [child.id for child in asked.children], asked.days, asked.person)


def _say(utterance: str, children: Sequence[Named], days: Sequence[date], person: str, today: date) -> Say:
    return say(utterance, children=[child.name for child in children], days=tuple(days), person=person, today=today)
