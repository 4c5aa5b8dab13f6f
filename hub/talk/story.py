"""The story of one message, as staff read it: how it came, what it was taken to mean and by which words, who answered or
why a person has to, and what became of each delivery."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.address import PUSH, mask
from hub.clock import moment_of
from hub.desk import Look
from hub.people.naming import names_of
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Role, Staff
from hub.post.arrivals import Arrival
from hub.post.deliveries import ARRIVED, ON_ITS_WAY, Delivery, Status
from hub.post.messages import Author, Message, Thread
from hub.post.pauses import find_pause
from hub.post.reading import READ_ON
from hub.post.reports import DeliveryReport
from hub.post.shown_deliveries import list_deliveries
from hub.post.shown_readers import READERS_GREW
from hub.post.signs import told_by
from hub.post.text_counts import CAP_REASONS
from hub.post.work_mail import list_mails
from hub.safety.access import Reach
from hub.safety.guests import visible_at_unit, visible_guests
from hub.spoken import listing
from hub.talk.conversations import Conversation, unpack_heard
from hub.talk.heard import Intent
from hub.talk.meaning import Meaning
from hub.words import Words

LATE = timedelta(seconds=10)
"""From a text's coming to its place in the store: more than that, and it lay in the spool meanwhile."""
OWN_REASONS = CAP_REASONS | {
    "address_over",
    "stopped",
    "no_right",
    READERS_GREW,
    "no_consent",
    "reserved",
    "quiet_hours",
    "over_budget",
    "other_way",
    "sign_given",
    "country",
    "deadline",
    "faults",
    "fault",
    "undone",
    "no_channel",
    "unknown_fate",
}
WENT_WELL = ON_ITS_WAY | ARRIVED
_INTENTS = frozenset(intent.value for intent in Intent) - {Intent.MESSAGE.value}


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of the story, and when it happened: aware, in the unit's own zone."""

    at: datetime
    text: str


def tell(look: Look, reach: Reach, message: Message, words: Words) -> list[Told]:
    """The story of a message in the reader's language, for somebody who may read it: that is not asked again.

    It names no child whom their reach does not cover, not even where the message was taken to be about it.
    """
    return list(_Story(look, reach, message, words).sentences())


class _Story:
    def __init__(self, look: Look, reach: Reach, message: Message, words: Words) -> None:
        self._look = look
        self._reach = reach
        self._message = message
        self._words = words
        self._thread = look.session.get_one(Thread, message.thread_id)
        self._unit = look.session.get_one(Unit, self._thread.unit_id)

    def sentences(self) -> Iterator[Told]:
        yield from (self._at(self._message.at, text) for text in self._beginning())
        deliveries = list_deliveries(self._look, [self._message.id])[self._message.id]
        for delivery in deliveries:
            yield from self._delivery(delivery)

    def _at(self, moment: datetime, text: str) -> Told:
        return Told(self._unit.local(moment), text)

    def _say(self, macro: str, **parameters: Any) -> str:
        return self._words.say(f"story.{macro}", **parameters)

    def _beginning(self) -> Iterator[str]:
        match Author(self._message.author):
            case Author.STAFF:
                writer = self._look.session.get(Staff, self._message.author_id)
                yield self._say("written_by_staff", name="-" if writer is None else writer.name)
            case Author.BOT:
                yield self._say("written_by_bot", bot=self._message.author_id)
            case Author.SYSTEM:
                yield self._say("written_by_system")
            case _:
                pass
        for step in self._message.story or ():
            yield from self._step(step)

    def _step(self, step: dict[str, Any]) -> Iterator[str]:
        match step["code"]:
            case "arrived":
                yield self._arrived(step)
                kept = moment_of(step["arrival"])
                found = self._look.session.scalar(sa.select(Arrival.found_at).where(Arrival.id == step["arrival"]))
                if found is not None:
                    yield self._words.say("sending.found", at=self._unit.local(found))
                if kept - self._message.at > LATE:
                    yield self._words.say("sending.spooled", at=self._unit.local(kept))
            case "matched":
                yield self._say("matched", guardians=self._guardians(step["guardians"]))
                yield from self._heard()
            case "filled_in":
                yield self._say("filled_in", guardians=self._guardians(step["guardians"]))
                yield from self._heard()
            case "echo":
                children = self._children(step["children"])
                if children:
                    yield self._say("echo", children=children)
            case "answered":
                yield self._say("answered", bots=self._bots())
            case "to_staff":
                yield self._to_staff(step["why"])
            case "to_check":
                yield self._say("to_check", why=step["why"])
            case "not_answered" | "provider_answered" | "by_mail" as code:
                yield self._say(code)
            case "mail_held":
                yield self._say("mail_held", why=step["why"])
            case _:
                pass

    def _arrived(self, step: dict[str, Any]) -> str:
        number = self._look.session.get_one(VirtualNumber, step["number"])
        role = self._look.session.get(Role, self._thread.role_id) if self._thread.role_id else None
        return self._say("arrived", number=number.shown, seat=self._unit.name if role is None else role.title)

    def _guardians(self, ids: Sequence[str]) -> list[str]:
        names = names_of(self._look, guardians=ids)
        return [names[id_] for id_ in ids if id_ in names]

    def _children(self, ids: Sequence[str]) -> list[str]:
        """Those of them whom the reader may read about in this unit; of guests of the day it came, as long as it is read."""
        today, then = self._unit.today(self._look.now), self._unit.today(self._message.at)
        seen = visible_at_unit(self._look, self._reach, ids, self._unit.id, today)
        if seen != set(ids) and then >= today - READ_ON:
            seen |= visible_guests(self._look, self._reach, ids, self._unit.id, then)
        names = names_of(self._look, children=seen)
        return [names[id_] for id_ in ids if id_ in names]

    def _heard(self) -> Iterator[str]:
        if self._message.heard is None:
            return
        meaning = Meaning(self._words, self._children, self._unit.today(self._message.at))
        yield from meaning.sentences(unpack_heard(self._message.heard))

    def _bots(self) -> list[str]:
        """The bots that this message began or went on talking with."""
        begun = sa.or_(
            Conversation.began_with == self._message.id, Conversation.id == (self._message.conversation_id or "")
        )
        named = self._look.session.scalars(sa.select(Conversation.bot).where(begun).order_by(Conversation.id))
        return list(dict.fromkeys(named))

    def _to_staff(self, why: str) -> str:
        if why in _INTENTS:
            return self._say("to_staff_intent", intent=why)
        return self._say("to_staff", why=why)

    def _delivery(self, delivery: Delivery) -> Iterator[Told]:
        reports = self._look.session.scalars(
            sa.select(DeliveryReport)
            .where(
                DeliveryReport.channel == delivery.channel,
                sa.or_(
                    DeliveryReport.delivery_id == delivery.id,
                    DeliveryReport.provider_id == (delivery.provider_id or ""),
                ),
            )
            .order_by(DeliveryReport.at, DeliveryReport.id)
        )
        for code, at in delivery.troubles or ():
            yield self._at(datetime.fromisoformat(at), self._words.say("sending.trouble", why=self._cause(code)))
        yield from (self._at(report.at, self._say("report", status=report.status)) for report in reports)
        last = delivery.ended_at or delivery.handed_at or delivery.due
        for mark in dict.fromkeys(mark.partition(":")[0] for mark in delivery.marks or ()):
            yield self._at(last, self._say("mark", code=mark))
        to, is_mailed = self._addressee(delivery)
        yield self._at(
            last,
            self._say(
                "delivery",
                to=to or self._words.say("sending.stranger"),
                address=self._words.say("kinds.push") if delivery.kind == PUSH else mask(delivery.recipient),
                status=delivery.status,
                reason=self._cause(delivery.reason) if delivery.reason and delivery.status not in WENT_WELL else "",
            ),
        )
        held = self._held(delivery)
        if held:
            yield self._at(last, held)
        if delivery.status in ON_ITS_WAY:
            yield self._at(last, self._words.say("sending.unconfirmed"))
        if not delivery.text.startswith(self._message.text) and not is_mailed:
            yield self._at(last, self._words.say("sending.notice"))

    def _addressee(self, delivery: Delivery) -> tuple[str, bool]:
        """The names of those it was for, empty for a stranger; or of one of the staff, and that they were told by mail."""
        if delivery.guardian_id is not None:
            return listing(self._guardians(told_by(self._thread, delivery)), self._words.language), False
        mailed = list_mails(self._look, [delivery.id]).get(delivery.id)
        return ("", False) if mailed is None else (mailed[1].name, True)

    def _held(self, delivery: Delivery) -> str:
        """That nothing goes by its channel now, where it waits for nothing else; else no words."""
        waits = delivery.status == Status.WAITING or (delivery.status == Status.CLAIMED and delivery.reason is not None)
        pause = find_pause(self._look, delivery.channel) if waits else None
        if pause is None:
            return ""
        due = delivery.lease_until or delivery.due
        if due > self._look.now and not delivery.troubles:
            return ""
        again = self._unit.local(max(due, pause.until))
        return self._words.say("sending.held", why=self._cause(pause.reason), at=again)

    def _cause(self, code: str) -> str:
        """Why it did not go, in plain words; a code of the provider that has none is told as it is."""
        if code in OWN_REASONS:
            return self._say("reason", code=code)
        return self._words.say("sending.cause", code=code) or self._say("reason_of_provider", code=code)
