"""Each letter on its way to one person: kept before anything leaves, and told here how far it has come.

Who may know is asked again, and the national register anew, when it is handed over; nothing of that is kept but a code.
"""

import uuid
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.national_ids import list_own_numbers
from hub.school.leave_letters import LeaveLetter
from hub.seal import Seal

_PURPOSE = "parcel"
_PARCELS = uuid.UUID("6f0d3a52-6f5c-4c0e-9a2b-52c9d1a0f4e7")
AT_ONCE = 200
LONGEST_NAME = 200
"""What a service calls a letter is cut to so many letters."""


class SendingState(StrEnum):
    """How far a letter has come. A service's word moves it on from HANDED_OVER, never back."""

    WAITING = "waiting"
    """To be handed over; nothing has left."""
    TRIED = "tried"
    """An attempt was begun, and nobody knows yet whether it got through."""
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    OPENED = "opened"
    PAGES = "pages"
    """Read where its guardian signs in, of which they were told."""
    PAPER = "paper"
    """For the next batch of paper."""
    PRINTED = "printed"
    POSTED = "posted"
    NOBODY = "nobody"
    """Nobody could receive it: a person gives it."""
    GIVEN = "given"
    OVER = "over"
    """It goes to nobody any more: a right or the decision has ended."""


class SendingWay(StrEnum):
    """By which way a letter goes."""

    MAILBOX = "mailbox"
    INBOX = "inbox"
    PAGES = "pages"
    PAPER = "paper"
    HAND = "hand"


class WhySending(StrEnum):
    """Why a letter goes the way it goes. The first six are what a register says (hub.mailroom.service.Reach)."""

    MAILBOX = "mailbox"
    INBOX = "inbox"
    RESERVED = "reserved"
    NOT_NOTIFIABLE = "not_notifiable"
    NO_MAILBOX = "no_mailbox"
    UNKNOWN = "unknown"
    NO_NATIONAL_ID = "no_national_id"
    NOT_BEGUN = "not_begun"
    """Decisions are not told electronically yet."""
    TOLD = "told"
    """No service is used, and the guardian was told by their own channel."""
    NOT_TOLD = "not_told"
    GONE = "gone"
    REJECTED = "rejected"
    FAILED = "failed"
    TOO_LATE = "too_late"
    """It could not be handed over in its time."""
    NO_WORD = "no_word"
    """It was handed over, or may have been, and nothing was ever told of it."""
    UNOPENED = "unopened"
    """It lies unopened, and its guardian cannot be told of it by any other way."""
    BROKEN = "broken"
    """Its PDF is not as it was made."""
    PROTECTED = "protected"
    NO_ADDRESS = "no_address"
    NO_RIGHT = "no_right"
    ENDED = "ended"


class LetterSending(Base):
    """One letter on its way. `parcel_id` is a UUID, ours, and the same for a letter to one number for ever (see `parcel_of`),
    and `number_id` the name of the number that it was tried by (hub.people.national_ids); None until it is first tried.

    `service` is the entry point's name, `tried_way` how it was handed to it, `provider_id` the service's own name of it,
    `error` its code where it failed. `due` is when the hub does the next thing about it, None while there is nothing to do;
    `tries` are the attempts that began, `attempted_at` the first of them. `batch_id` is the batch of paper that it is in,
    `batch_number` its number there, `posted_at` when that was posted, `given_at` when it was given by hand, `handed_by` the
    member of staff who did. `astray_at` is when it was last learnt that it went, or may have gone, by a number that its
    guardian has no more, `astray_state` how far it had come there, and `astray_noted_by` who of the staff took note of it.
    `end_untold_at` is when no channel could tell its guardian that the leave had ended, and `end_told_by` who of the staff did.
    """

    __tablename__ = "letter_sendings"
    __table_args__ = (
        sa.Index(
            "ix_letter_sendings_due",
            "due",
            sqlite_where=sa.text("due IS NOT NULL"),
            postgresql_where=sa.text("due IS NOT NULL"),
        ),
        sa.Index(None, "state", "made_at"),
        sa.Index(None, "provider_id"),
        sa.Index(
            "ix_letter_sendings_astray",
            "owner_id",
            "astray_at",
            sqlite_where=sa.text("astray_at IS NOT NULL AND astray_noted_by IS NULL"),
            postgresql_where=sa.text("astray_at IS NOT NULL AND astray_noted_by IS NULL"),
        ),
        sa.Index(
            "ix_letter_sendings_end_untold",
            "owner_id",
            "end_untold_at",
            sqlite_where=sa.text("end_untold_at IS NOT NULL AND end_told_by IS NULL"),
            postgresql_where=sa.text("end_untold_at IS NOT NULL AND end_told_by IS NULL"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    letter_id: Mapped[Ref] = mapped_column(sa.ForeignKey("leave_letters.id"), unique=True)
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(12))
    made_at: Mapped[Moment]
    parcel_id: Mapped[str | None] = mapped_column(sa.String(36), unique=True, default=None)
    number_id: Mapped[Ref | None] = mapped_column(default=None)
    way: Mapped[str | None] = mapped_column(sa.String(8), default=None)
    why: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    service: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    tried_way: Mapped[str | None] = mapped_column(sa.String(8), default=None)
    provider_id: Mapped[str | None] = mapped_column(sa.String(LONGEST_NAME), default=None)
    error: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    due: Mapped[Moment | None] = mapped_column(default=None)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    asked_at: Mapped[Moment | None] = mapped_column(default=None)
    attempted_at: Mapped[Moment | None] = mapped_column(default=None)
    handed_over_at: Mapped[Moment | None] = mapped_column(default=None)
    delivered_at: Mapped[Moment | None] = mapped_column(default=None)
    opened_at: Mapped[Moment | None] = mapped_column(default=None)
    failed_at: Mapped[Moment | None] = mapped_column(default=None)
    batch_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("print_batches.id"), default=None, index=True)
    batch_number: Mapped[int | None] = mapped_column(sa.SmallInteger, default=None)
    posted_at: Mapped[Moment | None] = mapped_column(default=None)
    given_at: Mapped[Moment | None] = mapped_column(default=None)
    handed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    astray_at: Mapped[Moment | None] = mapped_column(default=None)
    astray_state: Mapped[str | None] = mapped_column(sa.String(12), default=None)
    astray_noted_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    end_untold_at: Mapped[Moment | None] = mapped_column(default=None)
    end_told_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    letter: Mapped[LeaveLetter] = after(LeaveLetter)

    @property
    def is_astray(self) -> bool:
        """It went astray, and nobody has taken note of it."""
        return self.astray_at is not None and self.astray_noted_by is None

    @property
    def is_end_untold(self) -> bool:
        """Its guardian is to hear from a person that the leave has ended."""
        return self.end_untold_at is not None and self.end_told_by is None


def parcel_of(seal: Seal, letter_id: str, national_id: str) -> str:
    """The same for a letter to one number for ever, so that a store which was put back hands none in under another name. What
    was handed in for another number has another, so that nothing goes on with that, and nothing told of it is taken for this.

    It is the oldest live key's, so that a new key changes no name while the old one is listed.
    """
    return _name(letter_id, seal.derive_all(_PURPOSE, national_id)[-1])


def find_tried_number(look: Look, seal: Seal, sending: "LetterSending") -> str | None:
    """The number, of its guardian's own, that a letter was tried by; None where it was tried by none of them.

    That it is one of theirs is known by the letter's name, and where the key is gone that the name was made with, by the
    number's own.
    """
    for number, number_id in list_own_numbers(look, seal, sending.guardian_id):
        names = (_name(sending.letter_id, each) for each in seal.derive_all(_PURPOSE, number))
        if sending.parcel_id is not None and (number_id == sending.number_id or sending.parcel_id in names):
            return number
    return None


def _name(letter_id: str, derived: bytes) -> str:
    return str(uuid.uuid5(_PARCELS, f"{letter_id} {derived.hex()}"))


_READY = (
    sa.select(LeaveLetter)
    .where(LeaveLetter.sending_due.is_not(None))
    .order_by(LeaveLetter.sending_due, LeaveLetter.id)
    .limit(AT_ONCE)
    .with_for_update()
)


_KNOWN = sa.select(LetterSending.letter_id).where(LetterSending.letter_id.in_(sa.bindparam("letters", expanding=True)))


def is_any_ready(look: Look) -> bool:
    """Whether a PDF is kept whose letter waits to be sent."""
    return (
        look.session.scalar(sa.select(LeaveLetter.id).where(LeaveLetter.sending_due.is_not(None)).limit(1)) is not None
    )


def begin_sendings(work: Work) -> int:
    """Keep that each letter whose PDF is kept is to be sent, once, AT_ONCE at most; how many were new."""
    letters = list(work.session.scalars(_READY))
    known = set(work.session.scalars(_KNOWN, {"letters": [letter.id for letter in letters]}))
    for letter in letters:
        letter.sending_due = None
        if letter.id not in known:
            keep_sending(work, letter)
    return len(letters) - len(known)


def keep_sending(work: Work, letter: LeaveLetter) -> LetterSending:
    """A letter's, of which there is none yet: it waits."""
    sending = LetterSending(
        id=work.new_id(),
        owner_id=letter.owner_id,
        letter_id=letter.id,
        guardian_id=letter.guardian_id,
        state=SendingState.WAITING,
        made_at=work.now,
        due=work.now,
    )
    work.session.add(sending)
    return sending


def find_sending(look: Look, letter_id: str) -> LetterSending | None:
    """How far a letter has come; None before it is made. It asks no rights: its callers have."""
    return look.session.scalars(sa.select(LetterSending).where(LetterSending.letter_id == letter_id)).one_or_none()
