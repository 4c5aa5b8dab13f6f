"""Asks a national register about many people at once, so that one whom it refuses keeps no other from their letter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub.mailroom.answering import answer_of
from hub.mailroom.service import LetterService, Reach, Way
from hub.post.channel import RejectedError, SendError, TryLaterError

QUESTIONS_AT_MOST = 60
UNKNOWN, REFUSED = Reach(Way.PAPER, "unknown"), Reach(Way.PAPER, "rejected")


@dataclass(frozen=True, slots=True)
class Answered:
    """What the register said of whom, by national id, and why the others were not answered."""

    reaches: Mapping[str, Reach] = field(repr=False)
    error: SendError


async def ask_register(service: LetterService, national_ids: Iterable[str]) -> Answered:
    """A question that is refused is asked again in halves. Whoever is refused alone goes to paper, where others were answered;
    where nobody was, it is the service's fault and not theirs."""
    ids = list(dict.fromkeys(national_ids))
    size = max(1, service.asked_at_once)
    waiting = [ids[start : start + size] for start in range(0, len(ids), size)]
    reaches: dict[str, Reach] = {}
    refused: list[str] = []
    error: SendError = TryLaterError("too_many_questions")
    for _ in range(QUESTIONS_AT_MOST):
        if not waiting:
            break
        these = waiting.pop()
        try:
            told = await answer_of(service, service.look_up(these), TryLaterError)
        except RejectedError as no:
            error, half = no, len(these) // 2
            refused += these if not half else []
            waiting += [these[:half], these[half:]] if half else []
        except SendError as no:
            return Answered(reaches, no)
        else:
            reaches |= {id_: told.get(id_, UNKNOWN) for id_ in these}
    if reaches:
        reaches |= dict.fromkeys(refused, REFUSED)
    return Answered(reaches, error)
