"""Broadcasts: one text to many. It is held for a while, leaves by itself, and may be recalled; whom it is for stands in rows of
their own (hub.post.broadcast_receivers).

Whom it reaches is asked when it is composed, anew when it begins to leave, and once more for each text that goes.
Source: security rules S3.4, S4.5, S5.1 and S5.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, Utc
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.post.broadcast_receivers import remove_receivers
from hub.post.narrowing import EVERYBODY, Narrowing, read_narrowing
from hub.post.placeholders import NOTHING_GIVEN, Given, check_given, check_placeholders, fill, read_given
from hub.post.prepared_texts import remove_prepared
from hub.safety.audit import note

HOLD = timedelta(minutes=2)
FURTHEST = timedelta(days=90)
MOST_CHOICES = 5
LONGEST_CHOICE = 30


class Scope(StrEnum):
    """To whom: everybody of an owner, of a unit, of some of its groups, or the families of single children."""

    OWNER = "owner"
    UNIT = "unit"
    GROUPS = "groups"
    CHILDREN = "children"


class Reply(StrEnum):
    """What may come back: nothing is waited for, words to whoever sent it, or one of its choices by number."""

    BULLETIN = "bulletin"
    WORDS = "words"
    CHOICES = "choices"


class BroadcastState(StrEnum):
    """`stopped`: when it was to leave, whoever wrote it had no right to send it any more, or a picture in it might not go."""

    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"
    STOPPED = "stopped"


class BadChoicesError(Refusal):
    """There are none or too many choices, or one is too long."""

    words = "refusals.bad_choices"


class LeavesTooLateError(Refusal):
    """It would leave in the past, or too far ahead."""

    words = "refusals.broadcast_leaves"


class Broadcast(Base):
    """`texts` are by language, as they were typed; `sender` is who it says it is from. `role_id` is the seat it is sent by,
    whose number writes and where words come back. `choices` are codes with words in "options", or the sender's own words.

    Where `corrects_id` is set, it goes to those whom that one has reached, and to nobody else. `filled_in` is what stands in
    its placeholders (hub.post.placeholders), `narrowed` to whom of its place it goes (hub.post.narrowing); `gathered_to` the
    guardian up to whom its receivers are written down. What each will read is prepared (prepared_texts) while it is
    held, up to the guardian `prepared_to`; `is_prepared` where that is done, or is not to be.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        sa.Index(None, "owner_id", "written_at"),
        sa.Index(
            "ix_broadcasts_open",
            "starts_at",
            sqlite_where=sa.text("state IN ('held', 'sending')"),
            postgresql_where=sa.text("state IN ('held', 'sending')"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("units.id"))
    scope: Mapped[str] = mapped_column(sa.String(10))
    group_ids: Mapped[Json]
    child_ids: Mapped[Json]
    sender: Mapped[str] = mapped_column(sa.String(300))
    role_id: Mapped[Ref] = mapped_column(sa.ForeignKey("roles.id"))
    written_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    written_at: Mapped[Moment]
    language: Mapped[str] = mapped_column(sa.String(8))
    texts: Mapped[Json]
    reply: Mapped[str] = mapped_column(sa.String(10))
    choices: Mapped[Json]
    starts_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(sa.String(10), default=BroadcastState.HELD)
    began_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    corrects_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    why_stopped: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    filled_in: Mapped[Json | None] = mapped_column(default=None)
    narrowed: Mapped[Json | None] = mapped_column(default=None)
    gathered_to: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default="")
    prepared_to: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default="")
    is_prepared: Mapped[bool] = mapped_column(default=False)

    @property
    def given(self) -> Given:
        return read_given(self.filled_in)

    @property
    def said(self) -> dict[str, str]:
        """The texts as they go, by language, but for what each family reads of its own."""
        return {language: fill(text, self.given.said_in(language)) for language, text in self.texts.items()}

    @property
    def narrowing(self) -> Narrowing:
        return read_narrowing(self.narrowed)

    @property
    def is_open(self) -> bool:
        return self.state in (BroadcastState.HELD, BroadcastState.SENDING)

    def text_in(self, language: str) -> tuple[str, str]:
        """The text for whoever reads a language, and the language it is in: the sender's own where there is no other."""
        return (
            (self.texts[language], language) if language in self.texts else (self.texts[self.language], self.language)
        )


@dataclass(frozen=True, slots=True)
class Place:
    """For whom it is, and by which seat and under which name it is sent; made by hub.post.broadcast_rights alone."""

    owner_id: str
    scope: Scope
    sender: str
    role_id: str
    unit_id: str | None = None
    group_ids: tuple[str, ...] = ()
    child_ids: tuple[str, ...] = ()
    corrects_id: str | None = None
    narrowing: Narrowing = EVERYBODY


@dataclass(frozen=True, slots=True)
class Written:
    """What is said: by language, each as it was typed; `language` is the sender's own."""

    texts: Mapping[str, str]
    language: str
    reply: Reply = Reply.BULLETIN
    choices: tuple[str, ...] = ()
    given: Given = NOTHING_GIVEN


def check_readable(written: Written) -> None:
    """Whether it can be shown as it will be read. Raises: UnknownPlaceholderError, BadChoicesError.

    Source: security rule S7.6.
    """
    check_placeholders(written.texts.values())
    if written.reply is Reply.CHOICES:
        is_short = all(0 < len(choice) <= LONGEST_CHOICE for choice in written.choices)
        if not is_short or not 1 < len(set(written.choices)) == len(written.choices) <= MOST_CHOICES:
            raise BadChoicesError


def check_written(written: Written) -> None:
    """Whether it can be sent. Raises: UnknownPlaceholderError, EmptyPlaceholderError, BadPlaceError, BadChoicesError."""
    check_readable(written)
    check_given(written.texts.values(), written.given)


def keep_broadcast(work: Work, place: Place, written: Written, starts_at: datetime) -> Broadcast:
    """Keep it, held until `starts_at`. It asks no rights: its callers do. Audited.

    Raises: LeavesTooLateError, and what `check_written` raises.
    """
    check_written(written)
    if not work.now <= starts_at <= work.now + FURTHEST:
        raise LeavesTooLateError
    broadcast = Broadcast(
        id=work.new_id(),
        owner_id=place.owner_id,
        unit_id=place.unit_id,
        scope=place.scope,
        group_ids=list(place.group_ids),
        child_ids=list(place.child_ids),
        sender=place.sender,
        role_id=place.role_id,
        written_by=work.asker.id,
        written_at=work.now,
        language=written.language,
        texts=dict(written.texts),
        filled_in=written.given.as_json(),
        reply=written.reply,
        choices=list(written.choices) if written.reply is Reply.CHOICES else [],
        starts_at=starts_at,
        corrects_id=place.corrects_id,
        narrowed=place.narrowing.as_json(),
    )
    work.session.add(broadcast)
    ids = [id_ for id_ in (broadcast.id, place.unit_id, place.corrects_id) if id_]
    note(work, "broadcast.write", ids, place.narrowing.told)
    work.ring(LIVE, broadcast.id)
    return broadcast


_LATELY_BY = sa.select(Broadcast).where(
    Broadcast.owner_id == sa.bindparam("owner"),
    Broadcast.written_at > sa.bindparam("since", type_=Utc),
    Broadcast.written_by == sa.bindparam("by"),
    Broadcast.state.in_((BroadcastState.HELD, BroadcastState.SENDING, BroadcastState.SENT)),
)


def find_repeated(look: Look, place: Place, written: Written) -> Broadcast | None:
    """The one that the asker sent to the same in the same words a moment ago: then a button was pressed twice."""
    asked = {"owner": place.owner_id, "since": look.now - HOLD, "by": look.asker.id}
    lately = look.session.scalars(_LATELY_BY.order_by(Broadcast.id.desc()), asked)
    return next((one for one in lately if _is_same(one, place, written)), None)


def _is_same(broadcast: Broadcast, place: Place, written: Written) -> bool:
    whom = (broadcast.scope, broadcast.unit_id, tuple(broadcast.group_ids), tuple(broadcast.child_ids))
    is_to_same = whom == (place.scope, place.unit_id, place.group_ids, place.child_ids)
    is_narrowed_alike = (broadcast.corrects_id, broadcast.narrowing) == (place.corrects_id, place.narrowing)
    choices = written.choices if written.reply is Reply.CHOICES else ()
    says = (broadcast.texts, broadcast.reply, tuple(broadcast.choices), broadcast.given)
    return is_to_same and is_narrowed_alike and says == (dict(written.texts), written.reply, choices, written.given)


def send_now(work: Work, broadcast: Broadcast) -> None:
    """End the hold; what was prepared for its end is of no use. Audited."""
    if broadcast.state == BroadcastState.HELD:
        remove_prepared(work, broadcast.id)
        broadcast.prepared_to, broadcast.is_prepared = "", True
        broadcast.starts_at = min(broadcast.starts_at, work.now)
        note(work, "broadcast.send_now", [broadcast.id])
        work.ring(LIVE, broadcast.id)


def begin(work: Work, broadcast: Broadcast) -> None:
    """Everybody whom it is for is written down, and may be told. Audited."""
    broadcast.state, broadcast.began_at = BroadcastState.SENDING, work.now
    note(work, "broadcast.begin", [broadcast.id])
    work.ring(LIVE, broadcast.id)


def finish(work: Work, broadcast: Broadcast) -> None:
    """Everybody has been told, or why not is known."""
    broadcast.state, broadcast.ended_at = BroadcastState.SENT, work.now
    work.ring(LIVE, broadcast.id)


RIGHT_ENDED, NO_CONSENT = "right ended", "no consent"


def stop(work: Work, broadcast: Broadcast, why: str) -> None:
    """It may not leave any more, for one of these reasons, before anybody was told. Audited."""
    remove_receivers(work, broadcast.id)
    remove_prepared(work, broadcast.id)
    broadcast.state, broadcast.ended_at, broadcast.why_stopped = BroadcastState.STOPPED, work.now, why
    note(work, "broadcast.stop", [broadcast.id], why)
    work.ring(LIVE, broadcast.id)
