"""A store in which every text that people write is markup, and a reader of pages that finds what such a text has made.

A new table with words in it belongs into FREE. Codes, ids and whatever else the hub writes by itself stay as they are.
"""

import re
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa

from hub.desk import Work
from hub.post.messages import Author, Message
from hub.tables import METADATA
from hub.talk.conversations import pack_heard
from hub.talk.heard import Act, Heard, Intent, Reason

FREE = (
    "owners.name",
    "units.name",
    "groups.name",
    "closed_days.name",
    "children.first_name",
    "children.last_name",
    "children.nickname",
    "guardians.first_name",
    "guardians.last_name",
    "guardianships.relation",
    "staff.first_name",
    "staff.last_name",
    "staff.login",
    "roles.title",
    "threads.address",
    "messages.text",
    "deliveries.text",
    "deliveries.reason",
    "arrivals.text",
    "arrivals.sender",
    "attachments.name",
    "attachments.put_up_by",
    "attachments.claimed_type",
    "broadcasts.sender",
    "broadcasts.texts",
    "kept_texts.name",
    "kept_texts.texts",
    "blocks.reason",
    "leave_applications.words",
    "leave_decisions.reason",
    "leave_letters.text",
    "leave_letters.open_text",
    "letter_looks.sender",
    "letter_looks.address",
    "tag_hand_outs.receiver",
    "tag_readers.name",
    "gate_pairings.name",
    "attendance.fetched_name",
    "attendance_denials.person",
    "attendance_denials.word",
    "attendance_tellings.person",
    "attendance_corrections.reason",
    "trips.place",
    "care_notes.words",
    "trusted_people.person",
    "trusted_people.relation",
    "fetchings.person",
    "assessments.subject",
    "assessments.period",
    "assessments.words",
    "lesson_marks.subject",
    "lesson_marks.remark",
    "consent_texts.names",
    "consent_texts.texts",
    "holiday_questions.name",
    "family_talks.reason",
    "happenings.name",
    "happenings.place",
    "happenings.more",
    "enrolments.name",
    "legal_holds.reason",
)
EMPTY_TOO = {
    "attachments.name",
    "attachments.put_up_by",
    "leave_applications.words",
    "leave_decisions.reason",
    "tag_hand_outs.receiver",
    "attendance.fetched_name",
    "attendance_denials.person",
    "attendance_denials.word",
}
"""Written where nobody has written anything yet."""
MADE = "u-x"
"""The element that each of them would make, with an attribute that tells which of them it was."""

_WRITTEN = re.compile(rf"<{MADE} n(\d+)>")


def hostile(number: int) -> str:
    """It would end an attribute and a tag, and begin an element; short enough for each column."""
    return f"'\"><{MADE} n{number}>"


def make_hostile(work: Work) -> None:
    """Whatever is written in the store, in each of these; no two alike in a column."""
    _explain_all(work)
    work.session.flush()
    for number, name in enumerate(FREE):
        table_name, column_name = name.split(".")
        table = METADATA.tables[table_name]
        column = table.c[column_name]
        asked = sa.select(*table.primary_key.columns, column)
        rows = work.session.execute(asked if name in EMPTY_TOO else asked.where(column.is_not(None))).all()
        for row, (*key, kept) in enumerate(rows):
            same = [a == b for a, b in zip(table.primary_key.columns, key, strict=True)]
            told = _poison(kept, f"{hostile(number)}{row}")
            work.session.execute(sa.update(table).where(*same).values({column_name: told}))


def _explain_all(work: Work) -> None:
    """Every family's message has a story that names who wrote it, with words of it among the reasons."""
    words = hostile(FREE.index("messages.text"))
    act = Act(Intent.PICKUP_PERSON, person=words, unknown_name=words)
    heard = pack_heard(Heard("nb", False, (act,), (Reason(words, "intent: message"),), listener=words))
    for message in work.session.scalars(sa.select(Message).where(Message.author == Author.GUARDIAN)):
        message.heard = heard
        message.story = [{"code": "matched", "guardians": [message.author_id]}]


def _poison(kept: Any, words: str) -> Any:
    """The same shape, each text in it these words."""
    if isinstance(kept, dict):
        return {key: _poison(value, words) for key, value in kept.items()}
    return words


class PageReader(HTMLParser):
    """`made` is what a hostile text has become; `shown` are the numbers of those that stand on the page as words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.made: list[str] = []
        self.shown: set[int] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == MADE or any(set(name) & set("<>'\"") for name, _ in attrs):
            self.made.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            self._find(value or "")
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.made.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        self._find(data)

    def handle_comment(self, data: str) -> None:
        if MADE in data:
            self.made.append(data)

    def _find(self, text: str) -> None:
        self.shown |= {int(number) for number in _WRITTEN.findall(text)}
