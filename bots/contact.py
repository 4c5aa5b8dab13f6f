"""The contact bot: a guardian has a new phone number, mail address or home, or is asked whether a number is still theirs.

A new number is proven by a code sent to it, told to the old one, and acts after a day without a no. Mail cannot be sent yet,
so staff confirm an address; where people live the population register says. Source: security rules S1.2, S1.4 and S1.5.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bots.contact_duties import RENEWAL_LASTS, list_numbers
from bots.contact_facts import Answered, ContactFacts, Matter, TheCode
from bots.contact_telling import say_goodbye, send_code, tell_others, tell_to_come_back, warn, welcome
from hub.address import APP, CHAT, MAIL, SMS, Address, parse_phone, shown_phone
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.people.places import Owner, Unit
from hub.post.audience import Freshness, freshness
from hub.safety.address_changes import (
    DAY_OF_THE_OLD,
    Code,
    NoLongerOpenError,
    begin_change,
    find_change,
    may_change,
    new_code,
    refuse_change,
    try_code,
)
from hub.safety.due_changes import list_due_changes, put_due_in_force, take_unwarned, take_unwelcomed
from hub.school.weekly import list_held
from hub.talk.answers import YesNo
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Prompt, prompt
from hub.talk.renewals import end_for_everyone, find_home, get_due_renewals, list_due_renewals, renew
from hub.talk.speaker import Speaker

BETWEEN_LOOKS = timedelta(minutes=5)
WHY_NOT = {
    "same": "contact.same",
    "ours": "contact.ours",
    "often": "contact.often",
    "not_a_number": "contact.not_a_number",
}


class ContactBot:
    """Takes a family's new addresses. `codes` makes one-time codes."""

    name = "contact"
    intents = frozenset({Intent.CONTACT_CHANGE})
    answered_by: frozenset[Intent] = frozenset()
    facts = ContactFacts

    def __init__(self, codes: Callable[[], Code] = new_code) -> None:
        self._codes = codes
        self._next_look: datetime | None = None

    def gather(self, look: Look, speaker: Speaker, act: Act) -> ContactFacts | None:
        """None behind a phone that several use: whose number it is, a person must ask. None in the app or a chat: what is to be
        replaced is a phone, and it was not the phone that told."""
        if len(speaker.guardians) > 1 or speaker.addresses[0].kind in (APP, CHAT):
            return None
        if act.phone:
            country = look.session.get_one(Owner, speaker.unit.owner_id).country
            new = parse_phone(act.phone, country)
            if new is None or not new.value.startswith("+"):
                return ContactFacts(Matter.PHONE, act.phone, act.email or "", "not_a_number")
            why_not = may_change(look, speaker.guardians[0].id, new)
            return ContactFacts(Matter.PHONE, new.value, act.email or "", why_not)
        if act.email:
            return ContactFacts(Matter.MAIL, mail=act.email)
        return ContactFacts(Matter.HOME if act.change == "home" else Matter.NO_NUMBER)

    def may_go_on(self, look: Look, speaker: Speaker, facts: ContactFacts) -> bool:
        """A no counts from whoever has the old phone; all else from the one whose number it is, while it may act; whether a
        phone is still theirs they say on that phone, wherever the question went on to."""
        if facts.matter is Matter.TOLD:
            change = find_change(look, facts.change)
            return change is not None and change.guardian_id in speaker.guardian_ids
        if facts.matter is Matter.RENEWAL:
            return len(speaker.guardians) == 1 and speaker.addresses[0].kind == SMS
        return len(speaker.guardians) == 1 and speaker.is_fresh

    def dialogue(self, facts: ContactFacts) -> Dialogue[Answered]:
        match facts.matter:
            case Matter.PHONE if facts.why_not is None:
                agreed = yield from ask("contact.is_it_yours", YesNo(), number=shown_phone(facts.value))
                return Answered(facts, agreed)
            case Matter.CODE:
                question = "contact.code_again" if facts.is_again else "contact.code"
                figures = yield from ask(question, TheCode(), number=shown_phone(facts.value))
                return Answered(facts, figures=figures)
            case Matter.TOLD:
                agreed = yield from ask("contact.changing", YesNo(), number=shown_phone(facts.value))
                return Answered(facts, agreed)
            case Matter.RENEWAL:
                return Answered(facts, (yield from ask("contact.still_yours", YesNo())))
            case _:
                return Answered(facts)

    def settle(self, work: Work, speaker: Speaker, outcome: Answered, occasion: Occasion) -> Settled:
        facts = outcome.facts
        match facts.matter:
            case Matter.PHONE:
                return self._settle_phone(work, speaker, outcome, occasion)
            case Matter.CODE:
                return self._settle_code(work, speaker, outcome, occasion)
            case Matter.TOLD:
                return self._settle_told(work, speaker, outcome)
            case Matter.RENEWAL:
                return self._settle_renewal(work, speaker, outcome.agreed, occasion)
            case Matter.MAIL:
                return self._hand_mail_over(work, speaker, facts.mail)
            case Matter.HOME:
                owner = work.session.get_one(Owner, speaker.unit.owner_id)
                return Settled((say("contact.home", country=owner.country),), hand_over="wrong_home")
            case _:
                return Settled((say("contact.write_number"),))

    def _settle_phone(self, work: Work, speaker: Speaker, outcome: Answered, occasion: Occasion) -> Settled:
        facts = outcome.facts
        beside = self._hand_mail_over(work, speaker, facts.mail) if facts.mail else Settled(())
        if facts.why_not is not None:
            why = "number_often" if facts.why_not == "often" else beside.hand_over
            return replace(beside, says=(say(WHY_NOT[facts.why_not]), *beside.says), hand_over=why)
        if not outcome.agreed:
            return replace(beside, says=(say("contact.nothing_changed"), *beside.says))
        code = self._codes()
        guardian, old = speaker.guardians[0], speaker.addresses[0]
        change = begin_change(work, guardian, old, Address(SMS, facts.value), code)
        send_code(work, speaker, occasion.thread, change, code)
        return replace(beside, further=Further(ContactFacts(Matter.CODE, facts.value, change=change.id)))

    def _settle_code(self, work: Work, speaker: Speaker, outcome: Answered, occasion: Occasion) -> Settled:
        facts = outcome.facts
        change = find_change(work, facts.change)
        right = None if change is None else try_code(work, change, outcome.figures)
        if change is None or right is None:
            return Settled((say("contact.code_over"),))
        if not right:
            return Settled((), further=Further(replace(facts, is_again=True)))
        told = ContactFacts(Matter.TOLD, facts.value, change=change.id)
        tell_others(work, self, speaker, occasion.thread, change, told)
        at = speaker.unit.local(work.now + DAY_OF_THE_OLD)
        said = say("contact.proven", number=shown_phone(change.value), at=at, today=speaker.today)
        return Settled((said,), undo={"change": change.id}, told=Further(told, DAY_OF_THE_OLD))

    def _settle_told(self, work: Work, speaker: Speaker, outcome: Answered) -> Settled:
        change = find_change(work, outcome.facts.change)
        if outcome.agreed or change is None:
            return Settled((say("contact.agreed"),))
        try:
            refuse_change(work, change, speaker.guardians[0].id)
        except NoLongerOpenError:
            return Settled((say("contact.staff_look"),), hand_over="number_refused")
        return Settled((say("contact.refused"),), hand_over="number_refused")

    @staticmethod
    def _settle_renewal(work: Work, speaker: Speaker, agreed: bool, occasion: Occasion) -> Settled:
        if agreed:
            renew(work, speaker.addresses)
            return Settled((say("contact.renewed"),))
        end_for_everyone(work, speaker.addresses)
        say_goodbye(work, speaker, occasion.thread)
        return Settled((), hand_over="number_not_theirs")

    @staticmethod
    def _hand_mail_over(work: Work, speaker: Speaker, mail: str) -> Settled:
        guardian, old = speaker.guardians[0], speaker.addresses[0]
        new = Address(MAIL, mail.lower())
        why_not = may_change(work, guardian.id, new)
        if why_not == "same":
            return Settled((say("contact.same"),))
        if why_not is not None:
            return Settled((say("contact.often"),), hand_over="number_often")
        change = begin_change(work, guardian, old, new, None)
        return Settled((say("contact.mail_to_staff"),), undo={"change": change.id}, hand_over="new_mail")

    def list_due(self, look: Look) -> list[str]:
        """Changes whose day is over or has begun, and now and then the numbers whose time runs out."""
        due = list_due_changes(look)
        if self._next_look is None or look.now >= self._next_look:
            due += list_due_renewals(look, list_held(look))
            self._next_look = None if due else look.now + BETWEEN_LOOKS
        return due

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        put_due_in_force(work, due)
        for change in take_unwarned(work, due):
            warn(work, self, change, ContactFacts(Matter.TOLD, change.value, change=change.id))
        for fresh in take_unwelcomed(work, due):
            welcome(work, fresh)
        for address in get_due_renewals(work, due):
            self._ask_again(work, address)

    def _ask_again(self, work: Work, address: GuardianAddress) -> None:
        """Once: whether the number is still theirs; past its time, how to come back."""
        is_fresh = freshness(address, work.now) is Freshness.FRESH
        if is_fresh:
            address.asked_at = work.now
        else:
            address.told_at = work.now
        home = find_home(work, address)
        if home is None:
            return
        unit, guardian = home
        if is_fresh:
            asked = Prompt(self, ContactFacts(Matter.RENEWAL), (), RENEWAL_LASTS)
            prompt(work, unit, guardian, asked, address=address)
        else:
            tell_to_come_back(work, unit, guardian, address)

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        return list_numbers(look, unit, guardian_ids, self.name)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        change = find_change(work, memory["change"])
        if change is None or not change.is_open or change.guardian_id not in speaker.guardian_ids:
            return None
        refuse_change(work, change, speaker.guardians[0].id)
        return Settled((say("contact.nothing_changed"),))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> ContactFacts | None:
        return None
