"""Letters as the pretend integration point for eFormidling holds them, what it finds wrong with one, and its list of statuses.

Source: docs.digdir.no, eFormidling; felleslosninger/efm-integrasjonspunkt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

DIGITAL, DPV = "digital", "digital_dpv"
STANDARDS = {
    DIGITAL: "urn:no:difi:digitalpost:xsd:digital::digital",
    DPV: "urn:no:difi:digitalpost:xsd:digital::digital_dpv",
}
PROCESSES = {f"urn:no:difi:profile:digitalpost:{kind}:ver1.0" for kind in ("vedtak", "info")}
AUTHORITY = "iso6523-actorid-upis"
BY_WHICH = {"EpostOgSMS", "Epost", "SMS"}


@dataclass
class File:
    name: str
    title: str
    content_type: str
    content: bytes


@dataclass
class Letter:
    """One that was created; `told` is the whole document."""

    told: dict[str, Any]
    files: list[File] = field(default_factory=list)
    is_started: bool = False
    is_deleted: bool = False
    arrived_at: datetime | None = None
    opened_at: datetime | None = None

    @property
    def header(self) -> dict[str, Any]:
        part: dict[str, Any] = self.told["standardBusinessDocumentHeader"]
        return part

    @property
    def message_id(self) -> str:
        return str(self.header["documentIdentification"]["instanceIdentifier"])

    @property
    def kind(self) -> str:
        return str(self.header["documentIdentification"]["type"])

    @property
    def recipient(self) -> str:
        return str(self.header["receiver"][0]["identifier"]["value"])

    @property
    def content(self) -> dict[str, Any]:
        part: dict[str, Any] = self.told[self.kind]
        return part

    @property
    def conversation(self) -> dict[str, Any]:
        scope: dict[str, Any] = self.header["businessScope"]["scope"][0]
        return scope

    @property
    def gives_up_at(self) -> datetime:
        return datetime.fromisoformat(self.conversation["scopeInformation"][0]["expectedResponseDateTime"])

    def has_main_file(self) -> bool:
        return self.kind == DPV or any(file.name == self.content["hoveddokument"] for file in self.files)

    def tell(self) -> dict[str, Any]:
        arrived, opened = (at.isoformat() if at else None for at in (self.arrived_at, self.opened_at))
        return {
            "messageId": self.message_id,
            "type": self.kind,
            "recipient": self.recipient,
            "title": self.content["tittel"],
            "files": [file.name for file in self.files],
            "arrived": arrived,
            "opened": opened,
        }


@dataclass
class StatusList:
    """`loses`: statuses of these names never stand in the list of all, only in that of their letter; `tells_twice`: each stands
    twice; `page_at_most`: the list gives fewer at a time than it is asked for."""

    loses: set[str] = field(default_factory=set)
    tells_twice: bool = False
    page_at_most: int = 2000
    rows: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, name: str, letter: Letter, moment: datetime) -> None:
        for _ in range(2 if self.tells_twice else 1):
            self.rows.append(
                {
                    "id": len(self.rows) + 1,
                    "lastUpdate": moment.isoformat(),
                    "status": name,
                    "description": f"{name} for {letter.recipient}",
                    "convId": len(self.rows) + 1000,
                    "conversationId": letter.conversation["instanceIdentifier"],
                    "messageId": letter.message_id,
                }
            )

    def names_of(self, message_id: str) -> list[str]:
        return [row["status"] for row in self.rows if row["messageId"] == message_id]

    def page(self, message_id: str, since: datetime | None, number: int, size: int) -> dict[str, Any]:
        """Of one letter, or of all of them since a moment."""
        size = min(size, self.page_at_most)
        rows = [row for row in self.rows if message_id in ("", row["messageId"])]
        if since is not None:
            rows = [row for row in rows if datetime.fromisoformat(row["lastUpdate"]) >= since]
        if not message_id:
            rows = [row for row in rows if row["status"] not in self.loses]
        content = rows[number * size : (number + 1) * size]
        return {
            "content": content,
            "last": (number + 1) * size >= len(rows),
            "totalElements": len(rows),
            "totalPages": -(-len(rows) // size),
            "size": size,
            "number": number,
        }


def find_fault(told: Any) -> str | None:
    """The exception for a document that is none, before anybody looks at its receiver."""
    try:
        letter = Letter(told)
        identification, process = letter.header["documentIdentification"], letter.conversation["identifier"]
        receiver = letter.header["receiver"][0]["identifier"]
        if set(told) != {"standardBusinessDocumentHeader", letter.kind} or letter.kind not in STANDARDS:
            return "UnknownMessageTypeException"
        if identification["standard"] != STANDARDS[letter.kind]:
            return "MessageTypeDoesNotFitDocumentStandardException"
        if (
            process not in PROCESSES
            or letter.conversation["type"] != "ConversationId"
            or letter.gives_up_at.tzinfo is None
        ):
            return "ReceiverDoesNotAcceptProcessException"
        is_person = receiver["authority"] == AUTHORITY and receiver["value"].isdigit() and len(receiver["value"]) == 11
        is_right = _is_digital(letter.content) if letter.kind == DIGITAL else _is_dpv(letter.content)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return "HttpMessageNotReadableException"
    return None if is_person and is_right else "ConstraintViolationException"


def _is_digital(told: dict[str, Any]) -> bool:
    info, notices = told["digitalPostInfo"], told["varsler"]
    date.fromisoformat(info["virkningsdato"])
    return (
        told["sikkerhetsnivaa"] in (3, 4)
        and bool(told["hoveddokument"].strip())
        and bool(told["tittel"].strip())
        and len(told["spraak"]) == 2
        and isinstance(info["aapningskvittering"], bool)
        and all(notices[name].strip() for name in ("epostTekst", "smsTekst"))
    )


def _is_dpv(told: dict[str, Any]) -> bool:
    is_told = all(told[name].strip() for name in ("tittel", "sammendrag", "innhold"))
    return is_told and told["dpv"]["varselTransportType"] in BY_WHICH and bool(told["dpv"]["varselTekst"].strip())
