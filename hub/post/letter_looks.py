"""How an owner's letters look: who sends them, from which address, and the logo, which is a picture made anew."""

import asyncio

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Moment, Ref
from hub.desk import Look, Work
from hub.people.places import Owner
from hub.post.pictures import make_small
from hub.post.put_up import Upload, make_all
from hub.post.scanner import Scanner
from hub.safety.audit import note
from hub.safety.roles import get_administered

LONGEST_SENDER, LONGEST_ADDRESS, MOST_LINES = 100, 200, 4


class LetterLook(Base):
    """What an administrator has set for all letters of an owner. `address` has a line for each line; `logo` is a JPEG."""

    __tablename__ = "letter_looks"
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), primary_key=True)
    sender: Mapped[str] = mapped_column(sa.String(LONGEST_SENDER))
    address: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS))
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    logo: Mapped[bytes | None] = mapped_column(sa.LargeBinary, default=None)


def find_letter_look(look: Look, owner_id: str) -> LetterLook | None:
    return look.session.get(LetterLook, owner_id)


def list_sender(look: Look, owner: Owner) -> tuple[str, ...]:
    """The sender's lines on a letter, the name first: the owner's own name where nobody has set another."""
    found = find_letter_look(look, owner.id)
    return (owner.name,) if found is None else (found.sender or owner.name, *found.address.splitlines())


async def make_logo(upload: Upload, scanner: Scanner | None) -> bytes:
    """The logo as letters bear it, made outside any work. Raises: NotTakenError, also for what is no picture."""
    (made,) = await make_all([upload], scanner, takes_documents=False)
    return await asyncio.to_thread(make_small, made.body)


def set_letter_look(work: Work, sender: str, address: str, logo: bytes | None, *, keeps_logo: bool) -> None:
    """For the owner that the asker administers, from the next letter on; those that are made stay. Audited. Empty lines go.

    Raises: NotThereError.
    """
    owner = get_administered(work)
    work.take_turns([owner.id])
    lines = [line.strip() for line in address.splitlines() if line.strip()][:MOST_LINES]
    found = find_letter_look(work, owner.id)
    if found is None:
        found = LetterLook(owner_id=owner.id, sender="", address="", set_by=work.asker.id, set_at=work.now)
        work.session.add(found)
    found.sender, found.address = sender.strip(), "\n".join(lines)
    found.set_by, found.set_at = work.asker.id, work.now
    if logo is not None or not keeps_logo:
        found.logo = logo
    note(work, "letters.look", [owner.id])
