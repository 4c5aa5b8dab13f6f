"""How far a letter has come, step by step, for the page that shows it: what has happened, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.mailroom.sendings import LetterSending, SendingState


@dataclass(frozen=True, slots=True)
class Step:
    """`code` is "made", "astray", "asked", "failed", "held" where it waits and was not taken yet, or a state's. `at` is when it
    happened, None for what is so now. `detail` is the way, or why it goes as it goes, by its code."""

    code: str
    at: datetime | None = None
    detail: str = ""


def list_steps(sending: LetterSending) -> list[Step]:
    """In the order in which they come."""
    return [*_happened(sending), *_stands(sending)]


def _happened(sending: LetterSending) -> Iterator[Step]:
    way = sending.tried_way or ""
    yield Step("made", sending.made_at)
    if sending.astray_at is not None:
        yield Step("astray", sending.astray_at)
    if sending.asked_at is not None:
        yield Step("asked", sending.asked_at)
    if sending.handed_over_at is not None:
        yield Step(SendingState.HANDED_OVER, sending.handed_over_at, way)
    if sending.delivered_at is not None:
        yield Step(SendingState.DELIVERED, sending.delivered_at)
    if sending.opened_at is not None:
        yield Step(SendingState.OPENED, sending.opened_at)
    if sending.failed_at is not None:
        yield Step("failed", sending.failed_at)


_DATED = frozenset({SendingState.HANDED_OVER, SendingState.DELIVERED, SendingState.OPENED})
_ON_PAPER = (SendingState.PAPER, SendingState.PRINTED, SendingState.POSTED)


def _stands(sending: LetterSending) -> Iterator[Step]:
    why = sending.why or ""
    if sending.state in _ON_PAPER:
        yield Step(SendingState.PAPER, None, why)
    if sending.state == SendingState.GIVEN:
        yield Step(SendingState.NOBODY, None, why)
        yield Step(SendingState.GIVEN, sending.given_at)
    elif sending.state == SendingState.POSTED:
        yield Step(SendingState.POSTED, sending.posted_at)
    elif sending.state == SendingState.WAITING and sending.error is not None:
        yield Step("held")
    elif sending.state not in _DATED and sending.state != SendingState.PAPER:
        yield Step(sending.state, None, why)
