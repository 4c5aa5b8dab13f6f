"""Texts that staff keep to send again: those of a unit, for whoever may send to many there. They are text with placeholders,
are about no child, and nothing is sent by keeping one.

Source: security rules S2.5, S3.3 and S7.6.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.post.broadcast_rights import Sending, get_sending
from hub.post.broadcasts import Reply, Written, check_readable
from hub.post.drafts import find_other_names
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.words import is_one_line

LONGEST_NAME = 60
MOST = 100


class BadNameError(Refusal):
    """It has no name, or one too long, or one of several lines."""

    words = "kept_texts.bad_name"


class TooManyKeptError(Refusal):
    """The unit keeps as many as it may."""

    words = "kept_texts.too_many"


class NamesChildError(Refusal):
    """It names a child, and others than those who serve it would read the name; `names` are theirs."""

    words = "kept_texts.names_child"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names=list(names))


class NothingToKeepError(Refusal):
    """There is no text."""

    words = "kept_texts.nothing"


class KeptText(Base):
    """A text by language, as it was typed, and what may come back to it; `language` is the one it was first written in."""

    __tablename__ = "kept_texts"
    __table_args__ = (sa.Index(None, "unit_id", "name"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    language: Mapped[str] = mapped_column(sa.String(8))
    texts: Mapped[Json]
    reply: Mapped[str] = mapped_column(sa.String(10))
    choices: Mapped[Json]
    kept_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    kept_at: Mapped[Moment]

    @property
    def written(self) -> Written:
        return Written(self.texts, self.language, Reply(self.reply), tuple(self.choices))


def keep_text(work: Work, unit_id: str, name: str, written: Written) -> KeptText:
    """Keep it for those who may send to many at a unit. Audited.

    Raises: NotThereError, BadNameError, NothingToKeepError, NamesChildError, TooManyKeptError; and what `check_readable`
    raises.
    """
    sending = get_sending(work)
    unit = _get_unit(work, sending, unit_id)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not is_one_line(name):
        raise BadNameError
    if not any(text.strip() for text in written.texts.values()):
        raise NothingToKeepError
    check_readable(written)
    words = " ".join([name, *written.texts.values(), *written.choices])
    named = find_other_names(work, sending.reach, unit, words, ())
    if named:
        raise NamesChildError(named)
    work.take_turns([unit.id])
    if len(_list_of(work, [unit.id])) >= MOST:
        raise TooManyKeptError
    kept = KeptText(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        name=name,
        language=written.language,
        texts=dict(written.texts),
        reply=written.reply,
        choices=list(written.choices) if written.reply is Reply.CHOICES else [],
        kept_by=work.asker.id,
        kept_at=work.now,
    )
    work.session.add(kept)
    note(work, "text.keep", [kept.id, unit.id])
    return kept


def list_texts(look: Look) -> list[KeptText]:
    """All that are kept where the asker may send to many, by name. Raises: NotThereError."""
    return _list_of(look, [unit.id for unit, _ in get_sending(look).list_units(look)])


def get_text(look: Look, text_id: str) -> KeptText:
    """Raises: NotThereError."""
    kept = look.session.get(KeptText, text_id)
    if kept is None:
        raise NotThereError
    _get_unit(look, get_sending(look), kept.unit_id)
    return kept


def may_remove(look: Look, kept: KeptText) -> bool:
    """Whoever kept it, and who leads the unit."""
    return kept.kept_by == look.asker.id or kept.unit_id in get_sending(look).reach.leads


def remove_text(work: Work, text_id: str) -> None:
    """Audited. Raises: NotThereError."""
    kept = get_text(work, text_id)
    if not may_remove(work, kept):
        raise NotThereError
    work.session.delete(kept)
    note(work, "text.remove", [kept.id, kept.unit_id])


def _get_unit(look: Look, sending: Sending, unit_id: str) -> Unit:
    found = next((unit for unit, _ in sending.list_units(look) if unit.id == unit_id), None)
    if found is None:
        raise NotThereError
    return found


def _list_of(look: Look, unit_ids: Sequence[str]) -> list[KeptText]:
    asked = sa.select(KeptText).where(KeptText.unit_id.in_(list(unit_ids))).order_by(KeptText.name, KeptText.id)
    return list(look.session.scalars(asked))
