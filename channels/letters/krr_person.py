"""What Norway's contact and reservation register tells of one person, and how a letter may go to them therefore.

Its answers are read with patience for how names are written. What cannot be read leads to paper, which reaches everybody.
Source: docs.digdir.no, Kontaktregisteret; eForvaltningsforskriften sections 9 and 32.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.letters.moments import read_moment
from hub.mailroom.service import Reach, Way

COUNTS_MONTHS = 18
"""So long after it was updated or confirmed an address counts."""
_CONTACTS = ("epostadresse", "mobiltelefonnummer")
_CONFIRMED = ("oppdatert", "sistverifisert")


@dataclass(frozen=True, slots=True)
class KrrPerson:
    """`is_reserved` is None where the register does not say so plainly."""

    national_id: str
    is_reserved: bool | None
    is_active: bool
    is_notifiable: bool
    has_mailbox: bool

    def choose(self, inbox: bool) -> Reach:
        """The register's own order of rules; `inbox` when Altinn's is used for whoever has no mailbox."""
        if self.is_reserved:
            return Reach(Way.PAPER, "reserved")
        if self.is_reserved is None or not self.is_active:
            return Reach(Way.PAPER, "unknown")
        if not self.is_notifiable:
            return Reach(Way.PAPER, "not_notifiable")
        if self.has_mailbox:
            return Reach(Way.MAILBOX, "mailbox")
        return Reach(Way.INBOX, "inbox") if inbox else Reach(Way.PAPER, "no_mailbox")


def read_person(told: object, now: datetime) -> KrrPerson | None:
    """None for what names nobody."""
    if not isinstance(told, dict):
        return None
    names = _by_plain_name(told)
    national_id = names.get("personidentifikator")
    if not isinstance(national_id, str):
        return None
    return KrrPerson(
        national_id,
        {"JA": True, "NEI": False}.get(_word(names, "reservasjon")),
        _word(names, "status") == "AKTIV",
        _is_notifiable(names, now),
        _has_mailbox(names),
    )


def _is_notifiable(names: Mapping[str, Any], now: datetime) -> bool:
    """As the register says; where it is silent, whether an address was confirmed lately enough to count."""
    if (said := _word(names, "varslingsstatus")) != "":
        return said == "KAN_VARSLES"
    contact = _by_plain_name(names.get("kontaktinformasjon"))
    since = _months_before(now, COUNTS_MONTHS)
    return any(
        isinstance(contact.get(kind), str)
        and bool(contact[kind].strip())
        and any((at := read_moment(contact.get(kind + when))) is not None and at >= since for when in _CONFIRMED)
        for kind in _CONTACTS
    )


def _has_mailbox(names: Mapping[str, Any]) -> bool:
    nested = _by_plain_name(names.get("digitalpost"))
    address = nested.get("postkasseadresse", names.get("postkasseadresse"))
    return isinstance(address, str) and bool(address.strip())


def _by_plain_name(told: object) -> dict[str, Any]:
    """`digital_post`, `digitalPost` and `digitalpost` are one name."""
    if not isinstance(told, dict):
        return {}
    return {str(name).lower().replace("_", "").replace("-", ""): value for name, value in told.items()}


def _word(names: Mapping[str, Any], name: str) -> str:
    value = names.get(name)
    return value.strip().upper() if isinstance(value, str) else ""


def _months_before(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))
