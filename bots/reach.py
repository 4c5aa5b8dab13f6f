"""How a guardian wishes to be reached, said by text: no SMS at all, only what is urgent, only mail, or as usual again.

That no SMS at all means none in an emergency either is said before it holds, and only a yes makes it hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.address import MAIL, SMS
from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.post.reach_wishes import Reserved, choose, end_reservation, find_wish, put_back, reserve
from hub.post.topics import PASSING, Topic
from hub.post.ways import find_address
from hub.talk.answers import YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker

RESERVE, ONLY_URGENT, ONLY_MAIL, AS_USUAL = "reserve", "only_urgent", "only_mail", "as_usual"
WISHES = frozenset({RESERVE, ONLY_URGENT, ONLY_MAIL, AS_USUAL})


@dataclass(frozen=True, slots=True)
class ReachFacts:
    """`wish` is one of WISHES; `has_mail`: there is a mail address that we can write to."""

    wish: str
    has_mail: bool = False


@dataclass(frozen=True, slots=True)
class ReachAgreed:
    """What is to hold from now on; not `agreed` where all stays as it was."""

    facts: ReachFacts
    agreed: bool = True


class ReachBot:
    """Takes the word of one guardian on their own phone; behind a phone that several use a person asks whose wish it is."""

    name = "reach"
    intents = frozenset({Intent.REACH})
    answered_by: frozenset[Intent] = frozenset()
    facts = ReachFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> ReachFacts | None:
        if act.change not in WISHES or not _is_own_word(speaker):
            return None
        has_mail = find_address(look, speaker.guardians[0].id, MAIL) is not None
        return ReachFacts(act.change, has_mail)

    def may_go_on(self, look: Look, speaker: Speaker, facts: ReachFacts) -> bool:
        return _is_own_word(speaker)

    def dialogue(self, facts: ReachFacts) -> Dialogue[ReachAgreed]:
        if facts.wish != RESERVE:
            return ReachAgreed(facts)
        return ReachAgreed(facts, (yield from ask("reach.no_sms_at_all", YesNo())))

    def settle(self, work: Work, speaker: Speaker, outcome: ReachAgreed, occasion: Occasion) -> Settled:
        guardian, wish = speaker.guardians[0], outcome.facts.wish
        if not outcome.agreed:
            return Settled((say("reach.as_before"),))
        if wish == ONLY_MAIL and not outcome.facts.has_mail:
            return Settled((say("reach.no_mail"),))
        before = _remember(work, guardian)
        match wish:
            case "reserve":
                reserve(work, guardian, SMS, Reserved.ALL, guardian.id)
                said = say("reach.reserved")
            case "only_urgent":
                reserve(work, guardian, SMS, Reserved.NOT_URGENT, guardian.id)
                said = say("reach.only_urgent")
            case "only_mail":
                choose(work, guardian, [topic for topic in Topic if topic not in PASSING], [MAIL], guardian.id)
                said = say("reach.only_mail")
            case _:
                end_reservation(work, guardian, SMS, guardian.id)
                choose(work, guardian, list(Topic), [], guardian.id)
                said = say("reach.as_usual")
        return Settled((said,), undo=before)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        if len(speaker.guardians) > 1:
            return None
        guardian = speaker.guardians[0]
        put_back(work, guardian, memory["choices"], memory["reserved"], guardian.id)
        return Settled((say("reach.as_before"),))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> ReachFacts | None:
        return None


def _is_own_word(speaker: Speaker) -> bool:
    """One guardian's, on a phone known to be theirs; by mail anybody may pretend to be them. Source: security rule S1.2."""
    return len(speaker.guardians) == 1 and speaker.is_fresh and not speaker.writes_by_mail


def _remember(work: Work, guardian: Guardian) -> dict[str, Any]:
    wish = find_wish(work, guardian.id)
    return {"choices": {}, "reserved": {}} if wish is None else {"choices": wish.choices, "reserved": wish.reserved}
