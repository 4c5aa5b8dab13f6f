"""The phones on the page: whose each is, whom it has among its contacts, and the conversations it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NotRequired, TypedDict

import phonenumbers

from .handsets import Handset, ReceivedText, SaidText
from .numbers import bare


class ContactRow(TypedDict):
    name: str
    number: str


class PhoneRow(TypedDict):
    """One phone as the village's file describes it; `language` is a BCP 47 tag."""

    name: str
    number: str
    language: NotRequired[str]
    note: NotRequired[str]
    contacts: NotRequired[list[ContactRow]]


@dataclass(frozen=True)
class Link:
    words: str
    url: str


@dataclass(frozen=True)
class Contact:
    name: str
    number: str

    @property
    def shown(self) -> str:
        return shown_number(self.number)


@dataclass
class DemoPhone:
    name: str
    number: str
    language: str
    note: str
    contacts: list[Contact]

    @classmethod
    def of(cls, row: PhoneRow) -> DemoPhone:
        contacts = [Contact(contact["name"], bare(contact["number"])) for contact in row.get("contacts", [])]
        return cls(row["name"], bare(row["number"]), row.get("language", ""), row.get("note", ""), contacts)

    @property
    def key(self) -> str:
        """For element ids and links within the page."""
        return f"phone-{self.number.removeprefix('+')}"

    @property
    def shown(self) -> str:
        return shown_number(self.number)

    def conversations(self, handset: Handset, zone: tzinfo) -> list[Conversation]:
        """One for each contact, and for each other number the phone has texted with."""
        contacts = {contact.number: contact for contact in self.contacts}
        for text in handset.history:
            other = _other(text)
            contacts.setdefault(other, Contact(shown_number(other), other))
        return [
            Conversation(
                contact, [bubble(text, zone) for text in handset.history if _other(text) == contact.number]
            )
            for contact in contacts.values()
        ]  # fmt: skip

    def latest(self, handset: Handset) -> str:
        """The number of the contact whose conversation lies on top."""
        if handset.history:
            return _other(handset.history[-1])
        return self.contacts[0].number if self.contacts else ""


@dataclass(frozen=True)
class Conversation:
    contact: Contact
    bubbles: Sequence[Mapping[str, str]]


def bubble(text: ReceivedText | SaidText, zone: tzinfo) -> dict[str, str]:
    """What the page needs to draw one text."""
    shown = {
        "sid": text.sid,
        "body": text.body,
        "contact": _other(text),
        "contact_name": shown_number(_other(text)),
        "time": _clock_time(text.at, zone),
        "moment": text.at.isoformat(),
        "side": "in" if isinstance(text, ReceivedText) else "out",
    }
    return shown | (ticks(text.hub_status) if isinstance(text, SaidText) else {"fate": "", "tick": "", "words": ""})


def ticks(hub_status: int | None) -> dict[str, str]:
    """How far a text from a phone has come: a word for its colour, a shape, and a sentence."""
    if hub_status is None:
        return {"fate": "sent", "tick": "✓", "words": "Sent"}
    if 200 <= hub_status < 300:
        return {"fate": "taken", "tick": "✓✓", "words": "Kept by the hub"}
    if hub_status == 0:
        return {"fate": "lost", "tick": "✕", "words": "The hub didn’t answer"}
    return {"fate": "lost", "tick": "✕", "words": f"The hub said no ({hub_status})"}


def shown_number(number: str) -> str:
    """As people write it, or as it is when it is no E.164 number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _other(text: ReceivedText | SaidText) -> str:
    return text.sender if isinstance(text, ReceivedText) else text.recipient


def _clock_time(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
