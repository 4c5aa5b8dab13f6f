"""Where a guardian's letters on paper go: lines that lie sealed in the store, and open for their own guardian alone.

Nothing is kept of whoever answers for a protected child, and nothing that was kept is used: it may be the secret address.
Source: security rules S4.4 and S10.6.
"""

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from babel import Locale
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardian, Guardianship
from hub.seal import BrokenSealError, Seal

log = logging.getLogger(__name__)
LONGEST_LINE, MOST_LINES, LONGEST_CODE = 100, 3, 12
BY_REGISTER = "register"
_PURPOSE = "postal address"
_DIGITS = {"NO": 4, "SJ": 4, "DK": 4, "SE": 5, "FI": 5, "AX": 5}
_AT_HOME = ({"FI", "AX"}, {"NO", "SJ"})
"""Countries whose letters to each other bear no country."""


class NotWholeError(Refusal):
    """A line is missing or too long, or the postal code is none of the country."""

    words = "refusals.post_not_whole"


class OnlyByHandError(Refusal):
    """No postal address is kept of this guardian."""

    words = "refusals.post_by_hand"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """As it stands on an envelope below the name. `country` is ISO 3166 alpha-2. Raises: NotWholeError."""

    street: tuple[str, ...] = field(repr=False)
    postal_code: str = field(repr=False)
    town: str = field(repr=False)
    country: str = field(repr=False)

    def __post_init__(self) -> None:
        lines = (*self.street, self.town)
        are_whole = all(line.strip() and len(line) <= LONGEST_LINE and line.isprintable() for line in lines)
        if not are_whole or not 1 <= len(self.street) <= MOST_LINES or not self._has_code():
            raise NotWholeError

    def _has_code(self) -> bool:
        digits = _DIGITS.get(self.country)
        plain = re.sub(rf"^{self.country}-|\s", "", self.postal_code.upper())
        is_short = len(self.postal_code) <= LONGEST_CODE and self.postal_code.isprintable()
        return is_short and (digits is None or re.fullmatch(rf"[0-9]{{{digits}}}", plain) is not None)

    def lines(self, name: str, home: str, language: str) -> tuple[str, ...]:
        """The receiver of a letter that is posted in the country `home`; another country stands in its own line, in capital
        letters, in the language of who sends it. Source: UPU, S42, on the last line."""
        at_home = self.country == home or any({self.country, home} <= one for one in _AT_HOME)
        abroad = () if at_home else (name_country(self.country, language).upper(),)
        return (name, *self.street, f"{self.postal_code} {self.town}".strip(), *abroad)


class KeptPost(Base):
    """The postal address of a guardian, sealed; None where it is known to be wrong, until another is told.

    `told` tells whether the register says what it said last; only with the hub's key can it be worked out. `by` is "register",
    or the member of staff who corrected it.
    """

    __tablename__ = "postal_addresses"
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), index=True)
    sealed: Mapped[str | None] = mapped_column(sa.Text, repr=False)
    told: Mapped[str | None] = mapped_column(sa.String(64))
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    since: Mapped[Moment]


def name_country(country: str, language: str) -> str:
    """What a country is called in a language of the house; its two letters where it has no name there."""
    return str(Locale.parse(language).territories.get(country, country))


_OF_PROTECTED = (
    sa.select(Guardianship.guardian_id).join(Child, Child.id == Guardianship.child_id).where(Child.protected)
)


def is_only_by_hand(look: Look, guardian_id: str) -> bool:
    """Whether the guardian has to do with any protected child: no letter goes to them on paper."""
    asked = _OF_PROTECTED.where(Guardianship.guardian_id == guardian_id).limit(1)
    return look.session.scalar(asked) is not None


def has_post(look: Look, guardian_id: str) -> bool:
    """Whether a letter on paper finds them."""
    kept = look.session.get(KeptPost, guardian_id)
    return kept is not None and kept.sealed is not None and not is_only_by_hand(look, guardian_id)


def has_moved_since(look: Look, guardian_id: str, moment: datetime) -> bool:
    """Whether another address became theirs after a moment."""
    kept = look.session.get(KeptPost, guardian_id)
    return kept is not None and kept.sealed is not None and kept.since > moment


def open_post(look: Look, seal: Seal, guardian_id: str) -> PostalAddress | None:
    """The address, for an envelope, or for staff who correct it; it asks no rights. None where none is kept or may be used, or
    where no live key opens it: then a load of the register tells it anew."""
    kept = look.session.get(KeptPost, guardian_id)
    if kept is None or kept.sealed is None or is_only_by_hand(look, guardian_id):
        return None
    return _open(seal, kept)


def told_of(seal: Seal, guardian_id: str, post: PostalAddress) -> list[str]:
    """What `told` is when the register says this, by each live key, the newest first."""
    return [made.hex() for made in seal.derive_all(_PURPOSE, f"{guardian_id}\0{_write(post)}")]


def is_kept(seal: Seal, kept: KeptPost, told: list[str]) -> bool:
    """Whether the register says what it said last, and all that is kept is kept by the newest key."""
    return kept.told == told[0] and (kept.sealed is None or seal.is_current(kept.sealed))


def keep_told_post(work: Work, seal: Seal, guardian: tuple[str, str], post: PostalAddress) -> None:
    """What the register says of `guardian` (owner's id, own id). What staff corrected stays until it says something else than
    last time; what stays is kept by the newest key from now on."""
    guardian_id = guardian[1]
    told = told_of(seal, guardian_id, post)
    kept = work.session.get(KeptPost, guardian_id)
    if kept is not None and kept.told in told:
        held = _open(seal, kept) if kept.sealed is not None else None
        kept.told = told[0]
        kept.sealed = _seal(seal, guardian_id, held or post) if kept.sealed is not None else None
        return
    _keep(work, seal, guardian, post, BY_REGISTER)
    work.session.get_one(KeptPost, guardian_id).told = told[0]


def correct_post(work: Work, seal: Seal, guardian: Guardian, post: PostalAddress) -> None:
    """What staff were told; its callers ask the rights, and audit it. Raises: OnlyByHandError."""
    if is_only_by_hand(work, guardian.id):
        raise OnlyByHandError
    _keep(work, seal, (guardian.owner_id, guardian.id), post, work.asker.id)


def let_go_wrong_post(work: Work, guardian_id: str) -> None:
    """A letter came back: nothing is sent there any more, and the register does not bring the same one back. Its callers ask
    the rights, and audit it."""
    kept = work.session.get(KeptPost, guardian_id, with_for_update=True)
    if kept is not None and kept.sealed is not None:
        kept.sealed, kept.by, kept.since = None, work.asker.id, work.now


def let_go_post(work: Work, guardian_id: str) -> None:
    """As if none had ever been told."""
    work.session.execute(sa.delete(KeptPost).where(KeptPost.guardian_id == guardian_id))


def let_go_of_protected(work: Work, owner_id: str) -> None:
    """Of nobody who has to do with a protected child is one kept."""
    asked = sa.delete(KeptPost).where(KeptPost.owner_id == owner_id, KeptPost.guardian_id.in_(_OF_PROTECTED))
    work.session.execute(asked)


def _keep(work: Work, seal: Seal, guardian: tuple[str, str], post: PostalAddress, by: str) -> None:
    owner_id, guardian_id = guardian
    kept = work.session.get(KeptPost, guardian_id)
    if kept is None:
        kept = KeptPost(guardian_id=guardian_id, owner_id=owner_id, sealed=None, told=None, by=by, since=work.now)
        work.session.add(kept)
    kept.sealed, kept.by, kept.since = _seal(seal, guardian_id, post), by, work.now


def _write(post: PostalAddress) -> str:
    return json.dumps([post.street, post.postal_code, post.town, post.country], ensure_ascii=False)


def _seal(seal: Seal, guardian_id: str, post: PostalAddress) -> str:
    return seal.seal(_write(post), _bound_to(guardian_id))


def _open(seal: Seal, kept: KeptPost) -> PostalAddress | None:
    try:
        street, postal_code, town, country = json.loads(seal.open(kept.sealed or "", _bound_to(kept.guardian_id)))
    except BrokenSealError:
        log.warning("a postal address does not open: load the register once more", extra={"guardian": kept.guardian_id})
        return None
    return PostalAddress(tuple(street), postal_code, town, country)


def _bound_to(guardian_id: str) -> str:
    return f"postal_addresses.sealed {guardian_id}"
