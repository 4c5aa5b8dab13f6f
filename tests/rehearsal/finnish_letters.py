"""Letters as the pretend Suomi.fi Messages holds them, what it finds wrong with one, and its log of what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

TITLE_LETTERS = 256
LOG_LASTS = timedelta(days=60)
CHOICES = {
    "bodyFormat": ("Text", "Markdown"),
    "messageServiceType": ("Normal", "Verifiable"),
    "replyAllowedBy": ("Anyone", "No one"),
    "visibility": ("Normal", "Recipient only"),
}
LANGUAGES = {"fi", "sv", "en"}


@dataclass
class Letter:
    """One that was taken; `told` is the whole of what came."""

    message_id: int
    recipient: str
    told: dict[str, Any]
    files: list[bytes]
    came: datetime
    opened_at: datetime | None = None

    @property
    def external_id(self) -> str:
        return str(self.told["externalId"])

    @property
    def electronic(self) -> dict[str, Any]:
        part: dict[str, Any] = self.told["electronic"]
        return part

    @property
    def is_verifiable(self) -> bool:
        return bool(self.electronic["messageServiceType"] == "Verifiable")

    def tell(self) -> dict[str, Any]:
        opened = self.opened_at.isoformat() if self.opened_at else None
        return {"messageId": self.message_id, "externalId": self.external_id, "opened": opened, **self.electronic}


@dataclass
class EventLog:
    """`page_size` events at a time; `tells_twice`: each stands twice in it; `lags`: nothing new is shown yet."""

    page_size: int = 1000
    tells_twice: bool = False
    lags: bool = False
    rows: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def tell(self, kind: str, letter: Letter, moment: datetime, **metadata: Any) -> None:
        names = {"messageId": letter.message_id, "serviceId": letter.told["sender"]["serviceId"]}
        named = {**names, "externalId": letter.external_id, **metadata}
        self.add({"eventTime": moment.isoformat().replace("+00:00", "Z"), "type": kind, "metadata": named}, moment)

    def add(self, event: dict[str, Any], moment: datetime) -> None:
        self.rows += [(moment, event)] * (2 if self.tells_twice else 1)

    def page(self, token: str | None, now: datetime) -> dict[str, Any] | None:
        """What follows a token; None for one that nobody was given, or that is older than the log."""
        gone = sum(now - moment > LOG_LASTS for moment, _ in self.rows)
        start = gone if token is None else _read_token(token)
        if start is None or not gone <= start <= len(self.rows):
            return None
        end = start if self.lags else min(len(self.rows), start + self.page_size)
        return {"continuationToken": f"at+{end}/=", "events": [event for _, event in self.rows[start:end]]}


def _read_token(token: str) -> int | None:
    at = token.removeprefix("at+").removesuffix("/=")
    return int(at) if at.isdigit() and token == f"at+{at}/=" else None


def find_faults(told: Any, service_id: str) -> list[str]:
    """The codes of all that is wrong with a message, before anybody looks at its receiver."""
    faults = []
    if set(told) != {"externalId", "recipient", "sender", "electronic"} or not str(told.get("externalId", "")).strip():
        return ["FIELDS"]
    if told["sender"] != {"serviceId": service_id}:
        faults.append("SERVICE_NOT_FOUND")
    part = told["electronic"]
    if set(part) != {*CHOICES, "title", "body", "attachments", "notifications"}:
        return [*faults, "ELECTRONIC_FIELDS"]
    faults += [f"{name.upper()}_UNKNOWN" for name, choices in CHOICES.items() if part[name] not in choices]
    if not 0 < len(part["title"].strip()) <= TITLE_LETTERS:
        faults.append("TITLE_LENGTH")
    if not part["body"].strip():
        faults.append("BODY_BLANK")
    return faults + _notification_faults(part["notifications"])


def _notification_faults(told: dict[str, Any]) -> list[str]:
    own = told.get("customisedNewMessageNotification")
    is_whole = own is None or all(
        set(own[part]) == LANGUAGES and all(own[part].values()) for part in ("title", "content")
    )
    shows_known = told.get("senderDetailsInNotifications") in ("Organisation and service name", "None")
    reminds = told.get("unreadMessageNotification") in ({"reminder": "Default reminder"}, {"reminder": "No reminders"})
    return [] if is_whole and shows_known and reminds else ["NOTIFICATIONS"]
