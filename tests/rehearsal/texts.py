"""A text in the provider's log, with its pictures, its states and the JSON the REST API shows of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from email.utils import format_datetime

import smsutil

API_VERSION = "2010-04-01"
VALIDITY_SECONDS = 36_000
FINAL_STATES = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})


def segments(body: str) -> int:
    """How many parts the network needs.

    GSM-7: 160 septets in one, 153 in each of several; anything else UCS-2: 70 and 67 UTF-16 units.
    Source: 3GPP TS 23.038 section 6.2.1; TS 23.040 section 9.2.3.24.
    """
    return len(smsutil.split(body).parts)


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment.astimezone(UTC))


@dataclass(frozen=True)
class Media:
    """A picture or file that came with a text."""

    sid: str
    content_type: str
    content: bytes = field(repr=False)
    created_at: datetime
    storage_key: str


@dataclass
class Text:
    """One SMS, either way. `states` is every state it has had, oldest first."""

    sid: str
    sender: str
    recipient: str
    body: str
    direction: str
    created_at: datetime
    status: str
    ordinal: int = 0
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    error_code: int | None = None
    service_sid: str | None = None
    status_callback: str | None = None
    validity_seconds: int = VALIDITY_SECONDS
    price: Decimal | None = None
    """What the provider takes for it, once it has left."""
    currency: str = "USD"
    media: list[Media] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states.append(self.status)

    def become(self, status: str, now: datetime, error_code: int | None = None) -> None:
        self.status = status
        self.states.append(status)
        self.error_code = error_code
        self.updated_at = now
        if status == "sent":
            self.sent_at = now

    def is_on(self, day: date) -> bool:
        return (self.sent_at or self.created_at).date() == day

    def as_json(self, account_sid: str) -> dict[str, object]:
        uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{self.sid}"
        parts = 0 if self.status == "accepted" else segments(self.body)
        return {
            "account_sid": account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": rfc2822(self.sent_at),
            "date_updated": rfc2822(self.updated_at or self.created_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender or None,
            "messaging_service_sid": self.service_sid,
            "num_media": str(len(self.media)),
            "num_segments": str(parts),
            "price": None if self.price is None else f"{-self.price:f}",
            "price_unit": self.currency,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.recipient,
            "uri": f"{uri}.json",
        }

    def media_json(self, account_sid: str, media: Media) -> dict[str, object]:
        return {
            "account_sid": account_sid,
            "content_type": media.content_type,
            "date_created": rfc2822(media.created_at),
            "date_updated": rfc2822(media.created_at),
            "parent_sid": self.sid,
            "sid": media.sid,
            "uri": f"/{API_VERSION}/Accounts/{account_sid}/Messages/{self.sid}/Media/{media.sid}.json",
        }


class TextLog:
    """Every text the provider has taken, found by sid or asked for newest first."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._texts: dict[str, Text] = {}
        self.count = 0

    def new_sid(self, prefix: str) -> str:
        """Two letters and 32 hexadecimal digits, as all of Twilio's sids."""
        return f"{prefix}{self._chance.getrandbits(128):032x}"

    def keep(self, text: Text) -> None:
        self.count += 1
        text.ordinal = self.count
        self._texts[text.sid] = text

    def find(self, sid: str) -> Text | None:
        return self._texts.get(sid)

    def find_media(self, storage_key: str) -> Media | None:
        everything = (media for text in self._texts.values() for media in text.media)
        return next((media for media in everything if media.storage_key == storage_key), None)

    def forget(self, sid: str) -> None:
        del self._texts[sid]

    def newest_first(self) -> Iterator[Text]:
        return reversed(self._texts.values())

    def all(self) -> list[Text]:
        """Oldest first."""
        return list(self._texts.values())


def parse_moment(written: str, *, end_of_day: bool = False) -> datetime:
    """A `DateSent` bound: a day (its start or its end, UTC) or a moment.

    Raises:
        ValueError: it is neither.
    """
    if len(written) == len("2026-11-22"):
        return datetime.combine(date.fromisoformat(written), time.max if end_of_day else time.min, UTC)
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
