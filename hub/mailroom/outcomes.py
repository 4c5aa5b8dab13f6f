"""What came of handing letters over: what was taken, what is tried again, and what goes on paper instead.

How long the next try waits grows with the letter's age; what could not be handed over in its time goes on paper.
"""

from collections.abc import Sequence
from datetime import timedelta

from hub.desk import Work
from hub.mailroom.astray import mark_astray
from hub.mailroom.sendings import LONGEST_NAME, LetterSending, SendingState, WhySending
from hub.mailroom.service import OtherReceiverError, Reach, Way
from hub.mailroom.ways import ToAsk, is_late, put_on_paper
from hub.post.channel import AddressGoneError, Receipt, RejectedError, SendError, TryLaterError
from hub.post.deliveries import Status
from hub.safety.audit import note
from hub.school.leave_letters import OPENED_WITHIN

NEWS_WITHIN = timedelta(days=3)
"""A letter of which nothing was told for so long after it was taken goes on paper, too."""
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
PART_OF_AGE = 4
MOST_LOST = 20
"""So often a letter is handed in of which the service then knows nothing."""
LONGEST_ERROR = 80


def settle_reaches(work: Work, answered: Sequence[tuple[ToAsk, Reach]]) -> list[tuple[ToAsk, Reach]]:
    """Put on paper whom the register has no digital way to; the others, who are to be handed over."""
    digital = []
    for asked, reach in answered:
        if reach.way is not Way.PAPER:
            digital.append((asked, reach))
        elif (sending := _lock(work, asked.sending_id, SendingState.WAITING)) is not None:
            sending.asked_at = work.now
            put_on_paper(work, sending, reach.why)
    return digital


def postpone(work: Work, sending_ids: Sequence[str], error: SendError, chance: float) -> None:
    """Nothing has left of these, and they are tried again; on paper, where their time is over."""
    for sending_id in sending_ids:
        if (sending := _lock(work, sending_id, SendingState.WAITING)) is not None:
            _try_later(work, sending, error, chance)


def settle_receipt(work: Work, sending_id: str, parcel_id: str, receipt: Receipt) -> None:
    """The service has this parcel of it, as it answered at once or as was found later. Audited.

    A receipt that comes late keeps it from being handed in again; one for another number tells that it went astray.
    """
    sending = work.session.get(LetterSending, sending_id, with_for_update=True)
    if sending is None:
        return
    if sending.parcel_id != parcel_id:
        mark_astray(work, sending, SendingState.HANDED_OVER)
        return
    if sending.handed_over_at is None:
        sending.handed_over_at, sending.provider_id, sending.error = work.now, receipt.provider_id[:LONGEST_NAME], None
        note(work, "letters.hand_over", [sending.id, sending.letter_id])
    is_there = receipt.status == Status.DELIVERED
    if is_there and sending.delivered_at is None:
        sending.delivered_at = work.now
        note(work, "letters.delivered", [sending.id, sending.letter_id])
    if sending.state in (SendingState.WAITING, SendingState.TRIED):
        sending.way = sending.tried_way
        sending.state = SendingState.DELIVERED if is_there else SendingState.HANDED_OVER
        sending.due = work.now + (OPENED_WITHIN if is_there else NEWS_WITHIN)


def settle_error(work: Work, sending_id: str, error: SendError, chance: float) -> None:
    """An attempt that brought no receipt: tried again, looked up first where it may have gone, or put on paper."""
    sending = _lock(work, sending_id, SendingState.TRIED)
    if sending is None:
        return
    if isinstance(error, AddressGoneError | RejectedError):
        sending.error, sending.failed_at = error.reason[:LONGEST_ERROR], work.now
        if isinstance(error, OtherReceiverError) and error.may_have_gone:
            mark_astray(work, sending, SendingState.TRIED)
        is_gone = isinstance(error, AddressGoneError)
        put_on_paper(work, sending, WhySending.GONE if is_gone else WhySending.REJECTED)
    elif isinstance(error, TryLaterError):
        sending.state = SendingState.WAITING
        _try_later(work, sending, error, chance)
    else:
        settle_doubt(work, sending_id, error, chance)


def settle_doubt(work: Work, sending_id: str, error: SendError, chance: float) -> None:
    """Whether it was handed over cannot be told now: it is asked again, and goes on paper once its time is over. It does so
    at once where nobody can ever tell: twice is better than never."""
    sending = _lock(work, sending_id, SendingState.TRIED)
    if sending is None:
        return
    sending.error = error.reason[:LONGEST_ERROR]
    if is_late(work, sending) or isinstance(error, RejectedError):
        put_on_paper(work, sending, WhySending.NO_WORD)
    else:
        sending.due = work.now + _wait(work, sending, error, chance)


def settle_not_found(work: Work, sending_id: str) -> None:
    """The service has never had it: the register is asked anew, and it is handed in again under the same name."""
    sending = _lock(work, sending_id, SendingState.TRIED)
    if sending is None:
        return
    if is_late(work, sending) or sending.tries >= MOST_LOST:
        put_on_paper(work, sending, WhySending.TOO_LATE)
    else:
        sending.state, sending.due = SendingState.WAITING, work.now


def _try_later(work: Work, sending: LetterSending, error: SendError, chance: float) -> None:
    sending.error = error.reason[:LONGEST_ERROR]
    if is_late(work, sending):
        put_on_paper(work, sending, WhySending.TOO_LATE)
    else:
        sending.due = work.now + _wait(work, sending, error, chance)


def _wait(work: Work, sending: LetterSending, error: SendError, chance: float) -> timedelta:
    """`chance` is 0 to 1, so that what failed together does not come back together."""
    own = min(max((work.now - sending.made_at) / PART_OF_AGE, SHORTEST_WAIT), LONGEST_WAIT) * (1 + chance)
    asked_for = error.after if isinstance(error, TryLaterError) else None
    return max(own, timedelta(seconds=asked_for or 0))


def _lock(work: Work, sending_id: str, state: SendingState) -> LetterSending | None:
    """It, where it is in that state still."""
    sending = work.session.get(LetterSending, sending_id, with_for_update=True)
    return sending if sending is not None and sending.state == state else None
