"""Letters as the pretend Suomi.fi Messages holds them, what it finds wrong with one, and its log of what became of them."""

from __future__ import annotations

from collections.abc import Mapping
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
    if not _has(told, {"externalId": str, "recipient": dict, "sender": dict, "electronic": dict}):
        return ["FIELDS"]
    faults = [] if told["externalId"].strip() else ["FIELDS"]
    if not _has(told["recipient"], {"id": str}):
        faults.append("RECIPIENT_FIELDS")
    if told["sender"] != {"serviceId": service_id}:
        faults.append("SERVICE_NOT_FOUND")
    return faults + _electronic_faults(told["electronic"])


def _electronic_faults(part: dict[str, Any]) -> list[str]:
    texts = dict.fromkeys([*CHOICES, "title", "body"], str)
    if not _has(part, {**texts, "attachments": list, "notifications": dict}):
        return ["ELECTRONIC_FIELDS"]
    faults = [f"{name.upper()}_UNKNOWN" for name, choices in CHOICES.items() if part[name] not in choices]
    if not 0 < len(part["title"].strip()) <= TITLE_LETTERS:
        faults.append("TITLE_LENGTH")
    if not part["body"].strip():
        faults.append("BODY_BLANK")
    ids = [one["attachmentId"] for one in part["attachments"] if _has(one, {"attachmentId": str})]
    if len(set(ids)) < len(part["attachments"]):
        faults.append("ATTACHMENTS")
    return faults + _notification_faults(part["notifications"])


def _notification_faults(told: dict[str, Any]) -> list[str]:
    own = {"customisedNewMessageNotification": dict} if "customisedNewMessageNotification" in told else {}
    if not _has(told, {"senderDetailsInNotifications": str, "unreadMessageNotification": dict, **own}):
        return ["NOTIFICATIONS"]
    is_whole = not own or _is_whole(told["customisedNewMessageNotification"])
    shows_known = told["senderDetailsInNotifications"] in ("Organisation and service name", "None")
    reminds = told["unreadMessageNotification"] in ({"reminder": "Default reminder"}, {"reminder": "No reminders"})
    return [] if is_whole and shows_known and reminds else ["NOTIFICATIONS"]


def _is_whole(own: dict[str, Any]) -> bool:
    """A title and a content, each in each language."""
    languages = dict.fromkeys(LANGUAGES, str)
    return _has(own, {"title": dict, "content": dict}) and all(
        _has(part, languages) and all(part.values()) for part in own.values()
    )


def _has(told: Any, kinds: Mapping[str, type]) -> bool:
    """Whether these fields are there, of these types, and no others."""
    return (
        isinstance(told, dict) and told.keys() == kinds.keys() and all(type(told[name]) is kinds[name] for name in told)
    )
