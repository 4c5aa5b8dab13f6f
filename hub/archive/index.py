"""The first page of an export: what is in it, child by child, for any browser without a network or a script."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2

from hub.archive.papers import RECORD, local_moment
from hub.language import sort_key
from hub.words import Words

TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "records"


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `papers` are pairs of a file's address and what it is called."""

    id: str
    title: str
    day: date
    unit: str
    people: tuple[str, ...]
    reason: str
    kept_by: str
    is_protected: bool
    papers: tuple[tuple[str, str], ...]
    package: str


def make_index(
    folder: Path, lines: Sequence[Mapping[str, Any]], owner: str, language: str, exported_at: datetime
) -> str:
    """The page, of the records that the lines tell of and that lie in the folder."""
    words = Words(language)
    children: dict[tuple[str, str], list[Row]] = {}
    for line in lines:
        if line["what"] == "record":
            content = json.loads((folder / "records" / line["record"] / RECORD).read_text("utf-8"))
            child = content["child"]
            children.setdefault((child["name"], child["id"]), []).append(_row(content, line))
    ordered = sorted(children.items(), key=lambda each: (sort_key(each[0][0], language), each[0][1]))
    days = [row.day for rows in children.values() for row in rows]
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            t=words.say,
            language=language,
            owner=owner,
            exported_on=exported_at.date(),
            first=min(days, default=None),
            last=max(days, default=None),
            n=len(days),
            children=[(name, sorted(rows, key=lambda row: (row.day, row.id))) for (name, _), rows in ordered],
        )
    )


def _row(content: Mapping[str, Any], line: Mapping[str, Any]) -> Row:
    titles = {document["number"]: document["title"] for document in content["documents"]}
    paths = [file["path"] for file in line["files"]]
    papers = [path for path in paths if path.startswith("records/") and not path.endswith(RECORD)]
    return Row(
        id=content["id"],
        title=content["title"],
        day=local_moment(content, "at").date(),
        unit=content["unit"],
        people=tuple(person["name"] for person in (*content["senders"], *content["receivers"])),
        reason=content["reason"],
        kept_by=content["kept_by"],
        is_protected=line["protected"],
        papers=tuple((path, _call(titles, path)) for path in papers),
        package=next((path for path in paths if path.startswith("noark5/")), ""),
    )


def _call(titles: Mapping[int, str], path: str) -> str:
    """A document's number and title, and in which format this is."""
    name = path.rpartition("/")[2]
    number, _, ending = name.partition(".")
    return f"{number}. {titles[int(number)]} ({ending.upper()})"


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
