"""Asks a guardian who was handed a tag whether they have it: a yes is the receipt, a no blocks the tag and tells staff.

Who may not be asked on an open channel is not: staff see that, and take a signature. Source: security rules S1.2 and S4.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.door.hand_outs import Receipt, TagHandOut, list_given_for
from hub.door.lost_tags import answer_receipt
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.post.messages import Lane
from hub.talk.answers import YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Prompt, prompt
from hub.talk.speaker import Speaker, has_right

LASTS = timedelta(days=3)
DENIED = "tag_denied"
"""Why a thread waits for a person."""

_DUE = (
    sa.select(TagHandOut.id)
    .where(TagHandOut.receipt == Receipt.ASKED, TagHandOut.asked_at.is_(None))
    .order_by(TagHandOut.id)
)


@dataclass(frozen=True, slots=True)
class TagReceiptFacts:
    """One tag that was handed out, for whom and where."""

    hand_out_id: str
    child_ids: tuple[str, ...]
    children: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class SaidOfTag:
    facts: TagReceiptFacts
    has_it: bool


class TagReceiptBot:
    """Takes no intents of its own: it only hears what it asked."""

    name = "tag_receipt"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = TagReceiptFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> TagReceiptFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: TagReceiptFacts) -> bool:
        """Whether each behind the phone still may know of the children."""
        return speaker.is_fresh and has_right(look, speaker, Right.INFORM, set(facts.child_ids))

    def dialogue(self, facts: TagReceiptFacts) -> Dialogue[SaidOfTag]:
        has_it = yield from ask("tag_receipt.asks", YesNo(), children=list(facts.children), unit=facts.unit)
        return SaidOfTag(facts, has_it)

    def settle(self, work: Work, speaker: Speaker, outcome: SaidOfTag, occasion: Occasion) -> Settled:
        child_ids = outcome.facts.child_ids
        given = work.session.get(TagHandOut, outcome.facts.hand_out_id)
        if given is None or given.returned_at is not None:
            return Settled((say("tag_receipt.no_longer"),), child_ids)
        answer_receipt(work, given, has_it=outcome.has_it)
        if outcome.has_it:
            return Settled((say("tag_receipt.confirmed"),), child_ids)
        return Settled((say("tag_receipt.denied"),), child_ids, hand_over=DENIED)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> TagReceiptFacts | None:
        return None

    def list_due(self, look: Look) -> Sequence[str]:
        return list(look.session.scalars(_DUE))

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        work.take_turns(due)
        for given in work.session.scalars(sa.select(TagHandOut).where(TagHandOut.id.in_(due)).order_by(TagHandOut.id)):
            if given.receipt == Receipt.ASKED and given.asked_at is None and given.guardian_id is not None:
                _ask(work, self, given, given.guardian_id)


def _ask(work: Work, bot: TagReceiptBot, given: TagHandOut, guardian_id: str) -> None:
    given.asked_at = work.now
    unit = work.session.get_one(Unit, given.unit_id)
    guardian = work.session.get_one(Guardian, guardian_id)
    child_ids = tuple(list_given_for(work, [given.id]).get(given.id, ()))
    children = tuple(work.session.get_one(Child, child_id).called for child_id in child_ids)
    facts = TagReceiptFacts(given.id, child_ids, children, unit.name)
    known = list_entitled(work, [guardian_id], Right.INFORM, unit.today(work.now))
    asked = None
    if given.returned_at is None and set(child_ids) <= known.get(guardian_id, set()):
        asked = prompt(work, unit, guardian, Prompt(bot, facts, child_ids, LASTS, Lane.REPLY))
    if asked is None or asked.conversation is None:
        given.receipt = Receipt.UNASKED
