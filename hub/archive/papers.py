"""A record's files as they leave: its words as PDF/A and as plain text, its own files as they are, and what it is as JSON."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.archive.records import PDF, TEXT
from hub.language import written_in
from hub.letters.letter import Letter
from hub.letters.rendering import NotMadeError, render
from hub.words import Words

log = logging.getLogger(__name__)
JSON = "application/json"
RECORD = "record.json"
_ENDINGS = {PDF: "pdf", TEXT: "txt", JSON: "json", "image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of a document. `lasts`: it is in a format made to be kept."""

    name: str
    media_type: str
    body: bytes
    lasts: bool


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a record: the same words may be there in two formats."""

    number: int
    title: str
    papers: tuple[Paper, ...]


def read_moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def local_moment(content: Mapping[str, Any], name: str) -> datetime:
    """By the clock of the record's unit."""
    return read_moment(content[name]).astimezone(ZoneInfo(content["zone"]))


def make_documents(content: Mapping[str, Any], files: Mapping[int, bytes], country: str) -> list[Document]:
    """What a record's content says, with the bytes of its files by number. A document of words takes some 20 ms: in a thread.

    Words that cannot be set as a PDF leave as text alone.
    """
    return [_make(content, said, files, country) for said in content["documents"]]


def _make(content: Mapping[str, Any], said: Mapping[str, Any], files: Mapping[int, bytes], country: str) -> Document:
    number = said["number"]
    if "media_type" in said:
        name = f"{number}.{_ENDINGS.get(said['media_type'], 'bin')}"
        return Document(number, said["title"], (Paper(name, said["media_type"], files[number], lasts=said["lasts"]),))
    written = "\n\n".join(part for part in (said["title"], "\n".join(said["facts"]), said["text"]) if part)
    papers = [Paper(f"{number}.txt", TEXT, f"{written}\n".encode(), lasts=False)]
    try:
        papers.insert(0, Paper(f"{number}.pdf", PDF, render(_letter(content, said, country)), lasts=True))
    except NotMadeError:
        log.warning("a record leaves as text alone", extra={"record": content["id"]})
    return Document(number, said["title"], tuple(papers))


def _letter(content: Mapping[str, Any], said: Mapping[str, Any], country: str) -> Letter:
    words = Words(content["language"])
    day = local_moment(content, "at").date()
    return Letter(
        title=said["title"],
        paragraphs=("\n".join(said["facts"]), *said["text"].split("\n\n")),
        language=written_in(content["language"]),
        country=country,
        day=day,
        dated=words.say("paper.dated", day=day),
        sender=(content["owner"], content["unit"]),
        receiver=(),
        page_words=words.say("paper.page", page="{page}", pages="{pages}"),
    )


def as_json(content: Mapping[str, Any]) -> bytes:
    """The content as it is kept: its SHA-256 is the record's."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()
