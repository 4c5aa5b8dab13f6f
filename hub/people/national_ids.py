"""National identity numbers: how each country writes them, whose one is, and the number itself for digital post. None is
told or logged, and none lies open in the store.

The store has a hash, which answers "is this theirs", and the number sealed, bound to its guardian. Neither can be worked out
without the hub's key, which is not in the store. The number is opened by the mailroom alone, at the moment when a letter is
sent: who has a digital mailbox is asked by it. Source: security rule S10.6.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.people.places import Owner
from hub.seal import BrokenSealError, Seal

log = logging.getLogger(__name__)
_PURPOSE = "national id"
_FINNISH_CENTURY = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}
_FINNISH_CONTROL = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_NORWEGIAN_FIRST, _NORWEGIAN_SECOND = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_FIRST_REMAINDERS = frozenset({0, 1, 2, 3})
"""The last three belong to the numbers that are given from 2032 on."""


class NationalId(Base):
    """That a guardian has this number: `hash` is in hexadecimal. `sealed` opens for this guardian alone; it is None until
    the number is told once more, where it was kept before numbers were sealed. `number_id` is a name of ours, another one
    for each number that the guardian is told to have. `changed_due` is when this number was first kept of the guardian,
    None once letters that went by an earlier one were looked for. `replaced` is the D-number, sealed alike, that it took the
    place of by the register's own word, and `replaced_id` that one's name: both numbers are one person's."""

    __tablename__ = "national_ids"
    __table_args__ = (
        sa.UniqueConstraint("owner_id", "hash"),
        sa.Index(
            "ix_national_ids_changed_due",
            "changed_due",
            sqlite_where=sa.text("changed_due IS NOT NULL"),
            postgresql_where=sa.text("changed_due IS NOT NULL"),
        ),
    )
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    hash: Mapped[str] = mapped_column(sa.String(64))
    since: Mapped[Moment]
    number_id: Mapped[Ref]
    sealed: Mapped[str | None] = mapped_column(sa.Text, repr=False, default=None)
    changed_due: Mapped[Moment | None] = mapped_column(default=None)
    replaced: Mapped[str | None] = mapped_column(sa.Text, repr=False, default=None)
    replaced_id: Mapped[Ref | None] = mapped_column(default=None)


def parse_national_id(text: str, country: str, today: date) -> str | None:
    """The number as it is compared, with its country before it; None when the country writes none like it.

    `country` is ISO 3166 alpha-2. No birth date and no sex is read from it: both must come from a register.
    Source: Skatteetaten, fødselsnummer from 2032; DVV, henkilötunnus; Skatteverket, SKV 704; CPR-kontoret, CPR-nummeret.
    """
    parse = _PARSERS.get(country.upper())
    number = parse("".join(text.split()).upper(), today) if parse is not None and text.isascii() else None
    return f"{country.upper()}:{number}" if number is not None else None


def hash_national_id(seal: Seal, number: str) -> str:
    """What the store keeps of a number that was parsed."""
    return seal.derive(_PURPOSE, number).hex()


def hashes_of(seal: Seal, number: str) -> list[str]:
    """The same by each live key, the newest first."""
    return [derived.hex() for derived in seal.derive_all(_PURPOSE, number)]


def find_guardians(look: Look, seal: Seal, number: str, owner: str = "") -> list[Guardian]:
    """Whoever has this number: of one owner by its source id, or of all of them where none is named."""
    asked = (
        sa.select(Guardian)
        .join(NationalId, NationalId.guardian_id == Guardian.id)
        .join(Owner, Owner.id == Guardian.owner_id)
        .where(NationalId.hash.in_(hashes_of(seal, number)))
        .order_by(Guardian.id)
    )
    return list(look.session.scalars(asked.where(Owner.source_id == owner) if owner else asked))


def keep_national_id(work: Work, seal: Seal, guardian: tuple[str, str], number: str, former: str | None = None) -> None:
    """That `guardian` (owner's id, own id) has this number, which was parsed. What was kept of it before is kept by the newest
    key from now on, so that an older one may go. Where no key is left to read what was kept, it is taken for the same.

    `former` is the number that this one took the place of, as the register says and parsed alike. Only by its word are the two
    one person's: a birth date is shared by twins, and by many others.
    """
    owner_id, guardian_id = guardian
    hashed = hash_national_id(seal, number)
    kept = work.session.get(NationalId, guardian_id)
    if kept is None:
        row = NationalId(
            guardian_id=guardian_id,
            owner_id=owner_id,
            hash=hashed,
            since=work.now,
            number_id=work.new_id(),
            sealed=seal.seal(number, _bound_to(guardian_id)),
            changed_due=work.now,
        )
        work.session.add(row)
        return
    before = _open(seal, kept.sealed, _bound_to(guardian_id))
    is_known = kept.hash in hashes_of(seal, number) or (kept.sealed is not None and before is None)
    if not is_known:
        is_replaced = before is not None and before == former and is_own_number_after(before, number)
        kept.replaced, kept.replaced_id = (kept.sealed, kept.number_id) if is_replaced else (None, None)
        kept.number_id, kept.since, kept.changed_due = work.new_id(), work.now, work.now
    if kept.hash != hashed:
        kept.hash = hashed
    if not is_known or not is_sealed(seal, kept.sealed):
        kept.sealed = seal.seal(number, _bound_to(guardian_id))
    if kept.replaced is not None and not seal.is_current(kept.replaced):
        replaced = _open(seal, kept.replaced, _bound_to(guardian_id))
        kept.replaced = seal.seal(replaced, _bound_to(guardian_id)) if replaced is not None else None


def is_own_number_after(before: str, number: str) -> bool:
    """Whether `number` is a fødselsnummer that may have taken the place of the D-number `before`: of the same birth date, which
    proves nothing by itself. Each with its country. Source: Skatteetaten, D-nummer: 4 is added to the first digit."""
    if not before.startswith("NO:") or not number.startswith("NO:") or before[3] not in "4567":
        return False
    return f"{int(before[3]) - 4}{before[4:9]}" == number[3:9]


def is_sealed(seal: Seal, sealed: str | None) -> bool:
    """Whether the number is kept, by the newest key."""
    return sealed is not None and seal.is_current(sealed)


def open_national_id(look: Look, seal: Seal, guardian_id: str) -> str | None:
    """The guardian's number without its country, for a letter that is about to be sent, and for nothing else.

    None where none is kept, or where no live key opens it: then it is told anew by a load of the register, or by a sign-in.
    """
    kept = look.session.get(NationalId, guardian_id)
    if kept is None or kept.sealed is None:
        return None
    number = _open(seal, kept.sealed, _bound_to(guardian_id))
    if number is None:
        log.warning("a national id does not open: load the register once more", extra={"guardian": guardian_id})
        return None
    return _without_country(number)


def list_own_numbers(look: Look, seal: Seal, guardian_id: str) -> list[tuple[str, str]]:
    """The numbers by which a letter to the guardian is theirs, without country, each with its name here: the one that they
    have, and the D-number that it took the place of. Those that do not open are left out."""
    kept = look.session.get(NationalId, guardian_id)
    if kept is None:
        return []
    told = ((kept.sealed, kept.number_id), (kept.replaced, kept.replaced_id))
    opened = ((_open(seal, sealed, _bound_to(guardian_id)), number_id) for sealed, number_id in told)
    return [(_without_country(number), id_) for number, id_ in opened if number is not None and id_ is not None]


def _open(seal: Seal, sealed: str | None, bound_to: str) -> str | None:
    """None where nothing is sealed, or no live key opens it."""
    try:
        return seal.open(sealed, bound_to) if sealed is not None else None
    except BrokenSealError:
        return None


def _without_country(number: str) -> str:
    return number.partition(":")[2]


def _bound_to(guardian_id: str) -> str:
    return f"national_ids.sealed {guardian_id}"


def _norwegian(text: str, _today: date) -> str | None:
    number = text.replace("-", "")
    if not re.fullmatch(r"\d{11}", number):
        return None
    digits = [int(digit) for digit in number]
    first = sum(weight * digit for weight, digit in zip(_NORWEGIAN_FIRST, digits, strict=False)) % 11
    second = sum(weight * digit for weight, digit in zip(_NORWEGIAN_SECOND, digits, strict=True)) % 11
    return number if first in _FIRST_REMAINDERS and second == 0 else None


def _finnish(text: str, _today: date) -> str | None:
    if not re.fullmatch(r"\d{6}[-+YXWVUABCDEF]\d{3}[0-9A-Y]", text):
        return None
    day, month, year = int(text[:2]), int(text[2:4]), _FINNISH_CENTURY[text[6]] + int(text[4:6])
    is_right = _FINNISH_CONTROL[int(text[:6] + text[7:10]) % 31] == text[10]
    return text if is_right and _is_day(year, month, day) else None


def _swedish(text: str, today: date) -> str | None:
    """Twelve digits; the century of ten is told by the sign, which is a plus from the hundredth year on."""
    found = re.fullmatch(r"(\d\d)?(\d{6})([-+]?)(\d{4})", text)
    if found is None or not _is_luhn(found[2] + found[4]):
        return None
    century, short, sign, last = found.groups()
    if century is None:
        if not sign:
            return None
        century = str((today.year - int(short[:2])) // 100 - (sign == "+"))
    year, month, day = int(century + short[:2]), int(short[2:4]), int(short[4:6])
    return f"{century}{short}{last}" if _is_day(year, month, day % 60) else None


def _danish(text: str, _today: date) -> str | None:
    """The control digit is not guaranteed since 2007."""
    number = text.replace("-", "")
    return number if re.fullmatch(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{6}", number) else None


def _is_luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits)]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_PARSERS: dict[str, Callable[[str, date], str | None]] = {
    "NO": _norwegian,
    "FI": _finnish,
    "AX": _finnish,
    "SE": _swedish,
    "DK": _danish,
}
COUNTRIES: Iterable[str] = _PARSERS.keys()
"""Whose numbers can be read."""
