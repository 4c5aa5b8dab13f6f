"""The words that work everywhere: STOP, START, HELP, STATUS, and asking for another language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.address import APP, MAIL, SMS
from hub.desk import Look, Work
from hub.language import FIXED, WRITTEN
from hub.people.numbers import VirtualNumber, find_number_of_role
from hub.post.last_delivery import find_last_delivery
from hub.post.reach_wishes import end_reservation, find_wish
from hub.post.topics import Topic
from hub.post.ways import find_way
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
    answered_by: frozenset[Intent] = frozenset()
    facts = KeywordFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> KeywordFacts | None:
        if act.intent is Intent.LANGUAGE and act.language not in (*WRITTEN, *FIXED):
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
                return self._help(speaker)

    def _stop(self, work: Work, speaker: Speaker) -> Settled:
        """What goes to the address that the word came from; the app sends nothing that could be stopped."""
        kind = speaker.addresses[0].kind
        if kind == APP:
            return Settled((say("keywords.not_in_app"),))
        for address in speaker.addresses:
            if address.stopped_at is None:
                address.stopped_at, address.stopped_by = work.now, "guardian"
        note(work, "address.stop", [address.id for address in speaker.addresses])
        return Settled((say("keywords.stopped", kind=kind),))

    def _start(self, work: Work, speaker: Speaker) -> Settled:
        """The same; what was reserved against on a phone comes back by the word of that phone alone."""
        kind = speaker.addresses[0].kind
        if kind == APP:
            return Settled((say("keywords.not_in_app"),))
        for address in speaker.addresses:
            address.stopped_at = address.stopped_by = None
        if len(speaker.guardians) == 1:
            end_reservation(work, speaker.guardians[0], kind, speaker.guardians[0].id)
        note(work, "address.start", [address.id for address in speaker.addresses])
        return Settled((say("keywords.started", kind=kind),))

    def _set_language(self, work: Work, speaker: Speaker, language: str) -> Settled:
        for guardian in speaker.guardians:
            guardian.language = language
        note(work, "guardian.language", speaker.guardian_ids)
        return Settled((say("keywords.language_set", language=language),))

    @staticmethod
    def _help(speaker: Speaker) -> Settled:
        """With a child of their own in the examples, where they have one here."""
        child = next((child.name for child in speaker.named_children()), "")
        return Settled((say("keywords.help", unit=speaker.unit.name, child=child),))

    def _status(self, work: Work, speaker: Speaker, occasion: Occasion) -> Settled:
        thread = occasion.thread
        number = find_number_of_role(work, thread.role_id) if thread.role_id is not None else None
        last = find_last_delivery(work, speaker.unit.owner_id, speaker.addresses[0].value, occasion.message_id)
        return Settled(
            (
                say(
                    "keywords.status",
                    unit=speaker.unit.name,
                    number=_shown(number),
                    stopped=any(address.stopped_at is not None for address in speaker.addresses),
                    reserved=all(guardian.reserved for guardian in speaker.guardians),
                    no_sms=_no_sms(work, speaker),
                    by_mail=_by_mail(work, speaker),
                    last=None if last is None else speaker.unit.local(last[0]),
                    became=None if last is None else last[1],
                    today=speaker.today,
                ),
            )
        )

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> KeywordFacts | None:
        return None


def _no_sms(look: Look, speaker: Speaker) -> str:
    """What the guardian reserved against, if they alone have the phone; "" where nothing."""
    wish = find_wish(look, speaker.guardians[0].id) if len(speaker.guardians) == 1 else None
    return "" if wish is None else wish.reserved.get(SMS, "")


def _by_mail(look: Look, speaker: Speaker) -> bool:
    """Whether the guardian is written to by mail about the child's day."""
    way = find_way(look, speaker.guardians[0].id, Topic.DAILY) if len(speaker.guardians) == 1 else None
    return way is not None and way.kind == MAIL


def _shown(number: VirtualNumber | None) -> str:
    return "-" if number is None else number.shown
