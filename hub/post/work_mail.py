"""Work mail: what families write goes on to those of the staff who wish it, at the address that the register holds of them.

Each chooses for themselves what they get, and the owner how much such a mail says. Without a choice nothing is sent, and
without a rule a mail says only that there is something to read. Source: security rules S1.8, S4.4 and S6.1.
"""

from collections.abc import Collection
from enum import IntEnum, StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.staff import Role, RoleHolding, Staff
from hub.post.messages import Message
from hub.safety.audit import note


class Wish(StrEnum):
    """What somebody wants as mail: what waits for a person, or all that families write."""

    WAITING = "waiting"
    ALL = "all"


class Says(IntEnum):
    """How much a mail to staff says: that there is something; of which child, by first name; the family's own words."""

    NOTHING = 0
    NAME = 1
    WORDS = 2


class WorkMailbox(Base):
    """Somebody of the staff wants mail. `gone_at` is when a mail came back because nobody is at their address."""

    __tablename__ = "work_mailboxes"
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), index=True)
    wish: Mapped[str] = mapped_column(sa.String(10))
    since: Mapped[Moment]
    gone_at: Mapped[Moment | None] = mapped_column(default=None)


class WorkMailRule(Base):
    """How much an owner lets a mail to staff say."""

    __tablename__ = "work_mail_rules"
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), primary_key=True)
    says: Mapped[int] = mapped_column(sa.SmallInteger)
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]


class WorkMailRound(Base):
    """How far the messages of an owner's families have been looked through for mails to staff."""

    __tablename__ = "work_mail_rounds"
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), primary_key=True)
    up_to: Mapped[str] = mapped_column(sa.String(ID_LENGTH))


class WorkMail(Base):
    """One mail to one of the staff about one message of a family. Its id is its delivery's.

    `readers` is the key of those whom an answer would have reached when it was written: it reaches nobody else.
    """

    __tablename__ = "work_mails"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    message_id: Mapped[Ref] = mapped_column(sa.ForeignKey("messages.id"), index=True)
    thread_id: Mapped[Ref] = mapped_column(sa.ForeignKey("threads.id"), index=True)
    readers: Mapped[str] = mapped_column(sa.Text)
    says: Mapped[int] = mapped_column(sa.SmallInteger)
    may_answer: Mapped[bool]
    message: Mapped[Message] = after(Message)


def find_wish(look: Look, staff_id: str) -> WorkMailbox | None:
    return look.session.get(WorkMailbox, staff_id)


def choose_wish(work: Work, staff: Staff, wish: Wish | None) -> None:
    """From now on they get this, or nothing. It begins with what is written from now on. Audited."""
    mailbox = work.session.get(WorkMailbox, staff.id)
    if wish is None:
        if mailbox is not None:
            work.session.delete(mailbox)
    elif mailbox is None:
        _begin_round(work, staff.owner_id)
        work.session.add(WorkMailbox(staff_id=staff.id, owner_id=staff.owner_id, wish=wish, since=work.now))
    else:
        if mailbox.gone_at is not None:
            mailbox.since, mailbox.gone_at = work.now, None
        mailbox.wish = wish
    note(work, "work_mail.choose", [staff.id], wish or "nothing")


def _begin_round(work: Work, owner_id: str) -> None:
    if work.session.get(WorkMailRound, owner_id) is None:
        work.session.add(WorkMailRound(owner_id=owner_id, up_to=work.new_id()))


def find_rule(look: Look, owner_id: str) -> Says:
    """How much a mail to the owner's staff may say at most."""
    rule = look.session.get(WorkMailRule, owner_id)
    return Says.NOTHING if rule is None else Says(rule.says)


def set_rule(work: Work, owner_id: str, says: Says, by: str) -> None:
    """Audited."""
    rule = work.session.get(WorkMailRule, owner_id)
    if rule is None:
        work.session.add(WorkMailRule(owner_id=owner_id, says=says, set_by=by, set_at=work.now))
    else:
        rule.says, rule.set_by, rule.set_at = says, by, work.now
    note(work, "work_mail_rule.set", [owner_id], says.name.lower())


def list_mailboxes(look: Look, owner_id: str) -> list[tuple[WorkMailbox, Staff]]:
    """Those of an owner's staff who want mail, work there still, and can be reached."""
    rows = look.session.execute(
        sa.select(WorkMailbox, Staff)
        .join(Staff, Staff.id == WorkMailbox.staff_id)
        .where(WorkMailbox.owner_id == owner_id, WorkMailbox.gone_at.is_(None))
        .order_by(WorkMailbox.staff_id)
    )
    return [(mailbox, staff) for mailbox, staff in rows if not staff.has_left(look.now)]


def list_mailboxes_at(look: Look, owner_id: str, unit_ids: Collection[str]) -> list[tuple[WorkMailbox, Staff]]:
    """Those of them who have, or had, a role at one of the units; what they serve today is asked of each."""
    at = sa.select(RoleHolding.staff_id).join(Role, Role.id == RoleHolding.role_id)
    there = set(look.session.scalars(at.where(Role.unit_id.in_(list(unit_ids)), RoleHolding.ended_at.is_(None))))
    return [(mailbox, staff) for mailbox, staff in list_mailboxes(look, owner_id) if staff.id in there]


def list_mails(look: Look, delivery_ids: Collection[str]) -> dict[str, tuple[WorkMail, Staff]]:
    """By the ids of their deliveries, those that are mails to staff, and to whom."""
    if not delivery_ids:
        return {}
    rows = look.session.execute(
        sa.select(WorkMail, Staff).join(Staff, Staff.id == WorkMail.staff_id).where(WorkMail.id.in_(list(delivery_ids)))
    )
    return {mail.id: (mail, staff) for mail, staff in rows}


def find_addressee(look: Look, mail: WorkMail) -> Staff | None:
    """To whom a mail went, while they work here. What they wish by now, and their address, may have changed meanwhile."""
    staff = look.session.get_one(Staff, mail.staff_id)
    return None if staff.has_left(look.now) else staff


def end_mailboxes(work: Work, owner_id: str, address: str) -> None:
    """Nobody is at this address: whoever had it gets no mail until they choose anew. Audited."""
    for mailbox, staff in list_mailboxes(work, owner_id):
        if staff.login.lower() == address:
            mailbox.gone_at = work.now
            note(work, "work_mail.gone", [staff.id])
