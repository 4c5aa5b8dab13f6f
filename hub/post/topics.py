"""What a message to a family is about, as far as it matters for how, when and how hard the family is reached."""

from enum import StrEnum

from hub.post.messages import Author, Lane


class Topic(StrEnum):
    """Emergency and urgent pass by what was wished of the rest. Daily is the child's day and what staff write; a question
    wants an answer; a letter is a decision or another document."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    DAILY = "daily"
    QUESTION = "question"
    NOTICE = "notice"
    LETTER = "letter"


PASSING = frozenset({Topic.EMERGENCY, Topic.URGENT})
_USUAL = {
    Lane.EMERGENCY: Topic.EMERGENCY,
    Lane.SAFETY: Topic.URGENT,
    Lane.ORDINARY: Topic.DAILY,
    Lane.BULK: Topic.NOTICE,
}


def usual_topic(lane: int, author: str) -> Topic | None:
    """Of a message that nobody gave one; None for what answers a text at once, which goes back to where it came from."""
    if lane == Lane.REPLY:
        return Topic.DAILY if author == Author.STAFF else None
    return _USUAL[Lane(lane)]
