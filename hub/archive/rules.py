"""What goes to the archive: for each owner and kind of thing always, where staff say so, or never.

Sources: the Norwegian archive act of 2025, section 8 (what confirms how a case was handled is kept; small talk is not).
"""

from collections.abc import Mapping
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.safety.audit import note
from hub.safety.roles import get_administered


class Matter(StrEnum):
    """What a rule is about. What bots say is small talk unless the owner says otherwise."""

    LEAVE = "leave"
    CONSENTS = "consents"
    GUARDIAN_WORDS = "guardian_words"
    STAFF_WORDS = "staff_words"
    NOTES = "notes"
    BOT_WORDS = "bot_words"


class Keep(StrEnum):
    """Whether it goes to the archive: always, in a case (where staff put it in a child's file), or not at all."""

    ALWAYS = "always"
    CASE = "case"
    NO = "no"


DEFAULTS: Mapping[Matter, Keep] = {
    Matter.LEAVE: Keep.ALWAYS,
    Matter.CONSENTS: Keep.NO,
    Matter.GUARDIAN_WORDS: Keep.CASE,
    Matter.STAFF_WORDS: Keep.CASE,
    Matter.NOTES: Keep.CASE,
    Matter.BOT_WORDS: Keep.NO,
}
MAY_BE: Mapping[Matter, tuple[Keep, ...]] = {
    Matter.LEAVE: (Keep.ALWAYS, Keep.NO),
    Matter.CONSENTS: (Keep.ALWAYS, Keep.NO),
    Matter.GUARDIAN_WORDS: tuple(Keep),
    Matter.STAFF_WORDS: tuple(Keep),
    Matter.NOTES: tuple(Keep),
    Matter.BOT_WORDS: tuple(Keep),
}
"""A decision is a case already, and a word of consent needs none, so there is nothing for staff to put into one."""


class ArchiveRule(Base):
    """What an owner's administrator has set. `gathered_to` is the id of the last message, or word of consent, that was looked
    at, where they are always kept."""

    __tablename__ = "archive_rules"
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), primary_key=True)
    matter: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    keep: Mapped[str] = mapped_column(sa.String(10))
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    gathered_to: Mapped[Ref | None] = mapped_column(default=None)


class NoSuchRuleError(Refusal):
    """This matter cannot be kept so."""

    words = "refusals.archive_rule_unknown"


def rules_of(look: Look, owner_id: str) -> dict[Matter, Keep]:
    """Every matter with its rule: the owner's own, else the default."""
    found = look.session.scalars(sa.select(ArchiveRule).where(ArchiveRule.owner_id == owner_id))
    return dict(DEFAULTS) | {Matter(rule.matter): Keep(rule.keep) for rule in found}


def set_rules(work: Work, wished: Mapping[Matter, Keep]) -> None:
    """For the owner that the asker administers, from now on; what is kept already stays kept. Audited, each change by itself.

    Raises: NotThereError, NoSuchRuleError.
    """
    owner = get_administered(work)
    work.take_turns([owner.id])
    stand = rules_of(work, owner.id)
    for matter, keep in wished.items():
        if keep not in MAY_BE[matter]:
            raise NoSuchRuleError
        if keep is stand[matter]:
            continue
        rule = work.session.get(ArchiveRule, (owner.id, matter))
        if rule is None:
            rule = ArchiveRule(owner_id=owner.id, matter=matter, keep=keep, set_by=work.asker.id, set_at=work.now)
            work.session.add(rule)
        rule.keep, rule.set_by, rule.set_at, rule.gathered_to = keep, work.asker.id, work.now, None
        note(work, "archive.rule", [owner.id], f"{matter}: {stand[matter]} to {keep}")
