"""The words that work everywhere: STOP, START, HELP, STATUS, and asking for another language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.language import WRITTEN
from hub.people.numbers import VirtualNumber, find_number_of_role
from hub.post.deliveries import ON_ITS_WAY, Delivery, Status
from hub.post.messages import Message, Thread
from hub.safety.audit import note
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class KeywordFacts:
    """Which word it was, and the language wished for."""

    intent: Intent
    language: str | None


class KeywordsBot:
    """Does what the word says, at once and without a question."""

    name = "keywords"
    intents = frozenset({Intent.STOP, Intent.START, Intent.HELP, Intent.STATUS, Intent.LANGUAGE})
    facts = KeywordFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> KeywordFacts | None:
        if act.intent is Intent.LANGUAGE and act.language not in WRITTEN:
            return None
        return KeywordFacts(act.intent, act.language)

    def may_go_on(self, look: Look, speaker: Speaker, facts: KeywordFacts) -> bool:
        return True

    def dialogue(self, facts: KeywordFacts) -> Dialogue[KeywordFacts]:
        yield from ()
        return facts

    def settle(self, work: Work, speaker: Speaker, outcome: KeywordFacts, occasion: Occasion) -> Settled:
        match outcome.intent:
            case Intent.STOP:
                return self._stop(work, speaker)
            case Intent.START:
                return self._start(work, speaker)
            case Intent.LANGUAGE:
                return self._set_language(work, speaker, outcome.language or speaker.language)
            case Intent.STATUS:
                return self._status(work, speaker, occasion)
            case _:
                return Settled((say("keywords.help", unit=speaker.unit.name),))

    def _stop(self, work: Work, speaker: Speaker) -> Settled:
        for address in speaker.addresses:
            if address.stopped_at is None:
                address.stopped_at, address.stopped_by = work.now, "guardian"
        note(work, "address.stop", [address.id for address in speaker.addresses])
        return Settled((say("keywords.stopped"),))

    def _start(self, work: Work, speaker: Speaker) -> Settled:
        for address in speaker.addresses:
            address.stopped_at = address.stopped_by = None
        note(work, "address.start", [address.id for address in speaker.addresses])
        return Settled((say("keywords.started"),))

    def _set_language(self, work: Work, speaker: Speaker, language: str) -> Settled:
        for guardian in speaker.guardians:
            guardian.language = language
        note(work, "guardian.language", speaker.guardian_ids)
        return Settled((say("keywords.language_set", language=language),))

    def _status(self, work: Work, speaker: Speaker, occasion: Occasion) -> Settled:
        thread = work.session.get_one(Thread, occasion.thread_id)
        number = find_number_of_role(work, thread.role_id) if thread.role_id is not None else None
        last = find_last_delivery(work, speaker.addresses[0].value, occasion.message_id)
        return Settled(
            (
                say(
                    "keywords.status",
                    unit=speaker.unit.name,
                    number=_shown(number),
                    stopped=any(address.stopped_at is not None for address in speaker.addresses),
                    last=None if last is None else speaker.unit.local(last[0]),
                    arrived=None if last is None else last[1],
                    today=speaker.today,
                ),
            )
        )

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> KeywordFacts | None:
        return None


def _shown(number: VirtualNumber | None) -> str:
    return "-" if number is None else number.shown


def find_last_delivery(look: Look, value: str, before_message: str) -> tuple[datetime, bool] | None:
    """When something was last sent to an address before a message, and whether it is not known to have failed."""
    row = look.session.execute(
        sa.select(Delivery.handed_at, Delivery.status)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.recipient == value, Delivery.message_id < before_message, Delivery.handed_at.is_not(None))
        .order_by(Delivery.due.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    good = {Status.DELIVERED, Status.READ, *ON_ITS_WAY}
    return row.handed_at, row.status in good
