"""What became of letters after a service took them, as it tells: kept together with how far its telling was read.

A letter only climbs: what is told twice, late or in another order changes nothing. One that failed goes on paper. One that was
opened is opened here, too, so that nobody is reminded of it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment
from hub.desk import Desk, Look, Work
from hub.mailroom.answering import answer_of
from hub.mailroom.outcomes import LONGEST_ERROR, NEWS_WITHIN
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.sending import MAILROOM
from hub.mailroom.sendings import LONGEST_NAME, LetterSending, SendingState, WhySending
from hub.mailroom.service import Fate, LetterService, News, Told
from hub.mailroom.ways import put_on_paper
from hub.post.channel import SendError, TryLaterError
from hub.safety.audit import note
from hub.school.leave_letters import OPENED_WITHIN, LeaveLetter, open_letter

log = logging.getLogger(__name__)
ROUNDS = 100
OPEN_AT_ONCE = 500
TRACED_FOR = timedelta(days=60)
"""From when it was first handed over; after that nobody asks any more."""
_CLIMB = (SendingState.HANDED_OVER, SendingState.DELIVERED, SendingState.OPENED)
_FATES = dict(zip((Fate.HANDED_OVER, Fate.DELIVERED, Fate.OPENED), _CLIMB, strict=True))
_NOT_SURE = frozenset({SendingState.WAITING, SendingState.TRIED})


class LetterNewsMark(Base):
    """How far the telling of one service was read: `cursor` is its own."""

    __tablename__ = "letter_news_marks"
    service: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    cursor: Mapped[str] = mapped_column(sa.Text)
    read_at: Mapped[Moment]


@dataclass(frozen=True, slots=True)
class Open:
    """What a service is asked with: the cursor, and the parcels whose fate is open; `last_id` is where the next go on."""

    cursor: str
    parcel_ids: Sequence[str]
    last_id: str


class Tracer:
    """Asks each service what became of its letters. Of very many that are open each is asked for at one of several wakings."""

    def __init__(self, desk: Desk, services: Sequence[LetterService]) -> None:
        self._desk = desk
        self._services = [service for service in services if service.tells]
        self._last: dict[str, str] = {}

    async def trace(self) -> None:
        """Keep what is new."""
        for service in self._services:
            await self._trace(service)

    async def _trace(self, service: LetterService) -> None:
        for _ in range(ROUNDS):
            asked = await self._desk.look(MAILROOM, find_open, service.name, self._last.get(service.name, ""))
            self._last[service.name] = asked.last_id
            try:
                news = await answer_of(service, service.news(asked.cursor, asked.parcel_ids), TryLaterError)
            except SendError as error:
                log.warning("no news of letters", extra={"service": service.name, "reason": error.reason})
                return
            if news.told or news.cursor != asked.cursor:
                await self._desk.work(MAILROOM, keep_news, service.name, news)
            if not news.more:
                return


def find_open(look: Look, service: str, after: str = "") -> Open:
    """OPEN_AT_ONCE at most, those behind `after`; from the first on again where those were the last."""
    mark = look.session.get(LetterNewsMark, service)
    rows = look.session.execute(
        sa.select(LetterSending.id, LetterSending.parcel_id)
        .where(
            LetterSending.parcel_id.is_not(None),
            LetterSending.state.in_([SendingState.TRIED, SendingState.HANDED_OVER, SendingState.DELIVERED]),
            LetterSending.service == service,
            LetterSending.attempted_at > look.now - TRACED_FOR,
            LetterSending.id > after,
        )
        .order_by(LetterSending.id)
        .limit(OPEN_AT_ONCE)
    ).all()
    last_id = rows[-1].id if len(rows) == OPEN_AT_ONCE else ""
    return Open(mark.cursor if mark is not None else "", [row.parcel_id for row in rows], last_id)


def keep_news(work: Work, service: str, news: News) -> None:
    """What was told, and how far that was: both or neither."""
    mark = work.session.get(LetterNewsMark, service)
    if mark is None:
        work.session.add(LetterNewsMark(service=service, cursor=news.cursor, read_at=work.now))
    else:
        mark.cursor, mark.read_at = news.cursor, work.now
    by_id = _find_all(work, service, news.told)
    for told in news.told:
        sending = by_id.get(told.parcel_id) or by_id.get(told.provider_id)
        if sending is not None:
            _apply(work, sending, told)


def _find_all(work: Work, service: str, told: Sequence[Told]) -> dict[str, LetterSending]:
    """By each of their ids."""
    own = {one.parcel_id for one in told if one.parcel_id}
    theirs = {one.provider_id for one in told if one.provider_id}
    asked = sa.select(LetterSending).where(
        LetterSending.service == service,
        sa.or_(LetterSending.parcel_id.in_(own), LetterSending.provider_id.in_(theirs)),
    )
    found: dict[str, LetterSending] = {}
    for sending in work.session.scalars(asked.order_by(LetterSending.id).with_for_update()):
        found |= dict.fromkeys((name for name in (sending.parcel_id, sending.provider_id) if name is not None), sending)
    return found


def _apply(work: Work, sending: LetterSending, told: Told) -> None:
    at = min(told.at, work.now) if told.at.tzinfo is not None else work.now
    sending.provider_id = sending.provider_id or told.provider_id[:LONGEST_NAME] or None
    if told.fate is Fate.FAILED:
        _fail(work, sending, told.error, at)
        return
    state = _FATES[told.fate]
    sending.handed_over_at = sending.handed_over_at or at
    if state is not SendingState.HANDED_OVER:
        sending.delivered_at = sending.delivered_at or at
    if state is SendingState.OPENED and sending.opened_at is None:
        sending.opened_at = at
        open_letter(work, work.session.get_one(LeaveLetter, sending.letter_id), at)
    if _is_behind(work, sending, state):
        note(work, f"letters.{state}", [sending.id, sending.letter_id])
        sending.batch_id = sending.batch_number = None
        sending.state, sending.way = state, sending.tried_way
        sending.due = _next_look(state, at)


def _is_behind(look: Look, sending: LetterSending, state: SendingState) -> bool:
    """Whether this is news of it. One that was opened needs nobody to give it, and no paper as long as none is fetched for a
    printer."""
    if sending.state in _NOT_SURE:
        return True
    if sending.state in (SendingState.PAPER, SendingState.NOBODY):
        return state is SendingState.OPENED
    if sending.state == SendingState.PRINTED and sending.batch_id is not None:
        return state is SendingState.OPENED and not look.session.get_one(PrintBatch, sending.batch_id).was_printed
    return sending.state in _CLIMB and _CLIMB.index(SendingState(sending.state)) < _CLIMB.index(state)


def _next_look(state: SendingState, at: datetime) -> datetime | None:
    if state is SendingState.OPENED:
        return None
    return at + (OPENED_WITHIN if state is SendingState.DELIVERED else NEWS_WITHIN)


def _fail(work: Work, sending: LetterSending, error: str | None, at: datetime) -> None:
    """What was delivered before stays so, and the contradiction stands beside it."""
    sending.failed_at, sending.error = at, (error or "failed")[:LONGEST_ERROR]
    if sending.state in _NOT_SURE or sending.state == SendingState.HANDED_OVER:
        put_on_paper(work, sending, WhySending.FAILED)
