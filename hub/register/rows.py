"""The rows of a register, as its file must hold them: every column known, every list item whole. See docs/register.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from hub.people.families import Right
from hub.people.naming import PLAIN_LETTER
from hub.people.places import UnitKind
from hub.people.postal_addresses import LONGEST_CODE, LONGEST_LINE, MOST_LINES
from hub.people.staff import RoleKind

LIST_SEPARATOR = ";"
POST_PARTS = 4

_MAIL = re.compile(r"[^@\s;,<>]+@[^@\s;,<>]+\.[^@\s;,<>]+")


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        raise ValueError("is not a day like 2025-03-03")
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("is not a day in the calendar") from None


def _clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value.strip()):
        raise ValueError("is not a time like 07:30")
    return time.fromisoformat(value.strip())


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone like Europe/Oslo") from None


def _country(value: str) -> str:
    if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not a country of two letters like NO")
    return value.upper()


def _mail(value: str) -> str:
    if not _MAIL.fullmatch(value):
        raise ValueError("is not a mail address")
    return value.lower()


def _split(value: object) -> object:
    """A cell of a CSV file holds a list with semicolons between its items."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(LIST_SEPARATOR) if part.strip()]
    return value


def _text(most: int, pattern: str = f"^{PLAIN_LETTER}+$") -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=most, pattern=pattern)


SourceId = Annotated[str, _text(64, r"^[\w.:\-]+$")]
Name = Annotated[str, _text(100)]
Title = Annotated[str, _text(200)]
Phone = Annotated[str, _text(40)]
Mail = Annotated[str, _text(254), AfterValidator(_mail)]
Line = Annotated[str, _text(LONGEST_LINE)]
NationalNumber = Annotated[str, _text(20)]
Language = Annotated[str, _text(3, r"^[a-z]{2,3}$")]
Country = Annotated[str, AfterValidator(_country)]
Zone = Annotated[str, AfterValidator(_zone)]
Day = Annotated[date, BeforeValidator(_day)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Languages = Annotated[list[Language], BeforeValidator(_split), Field(min_length=1)]
Ids = Annotated[list[SourceId], BeforeValidator(_split)]


class Part(BaseModel):
    """Something in the file in which every column is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def has(self, column: str) -> bool:
        """Whether the file names this column; what it does not name stays as it is in the store."""
        return column in self.model_fields_set


class Item(Part):
    """An item of a list. Written as a text alone it means the column `short` names."""

    short: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {cls.short: value} if isinstance(value, str) else value


class Span(Item):
    """An item that holds from a day to a day, both included; from the day of its first load when it names no day."""

    from_day: Day | None = Field(default=None, alias="from")
    to_day: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_in_order(self) -> "Span":
        if self.from_day and self.to_day and self.to_day < self.from_day:
            raise ValueError("ends before it begins")
        return self


class PlacementItem(Span):
    short = "group"
    group: SourceId


class RightItem(Span):
    short = "right"
    right: Right
    basis: Annotated[str, _text(180)] | None = None


class HoldingItem(Span):
    short = "role"
    role: SourceId
    stand_in: bool = False


class PhoneItem(Item):
    short = "number"
    number: Phone
    confirmed: Day | None = None
    gone: Day | None = None


class MailItem(Item):
    short = "address"
    address: Mail
    confirmed: Day | None = None
    gone: Day | None = None


def _from_cell(value: object) -> object:
    """A cell of a CSV file: the lines of the street, then always the postal code, the town and the country."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(LIST_SEPARATOR)]
    if len(parts) < POST_PARTS:
        raise ValueError("does not hold a street, a postal code, a town and a country")
    *street, postal_code, town, country = parts
    return {"street": street, "postal_code": postal_code, "town": town, "country": country}


class PostItem(Part):
    """A postal address, without the name. `country` is the owner's when it is not told."""

    street: Annotated[list[Line], BeforeValidator(_split), Field(min_length=1, max_length=MOST_LINES, repr=False)]
    postal_code: Annotated[str, Field(max_length=LONGEST_CODE, repr=False)] = ""
    town: Annotated[Line, Field(repr=False)]
    country: Annotated[Country | None, Field(repr=False)] = None


class Row(Part):
    """A row bears the id its source gave it. It belongs to `owner`, who may be left out when the file has only one."""

    id: SourceId
    owner: SourceId | None = None


class OwnerRow(Part):
    id: SourceId
    name: Title
    country: Country
    language: Language


class UnitRow(Row):
    kind: UnitKind
    name: Title
    zone: Zone
    languages: Languages
    opens: ClockTime | None = None
    closes: ClockTime | None = None
    phone: Phone | None = None


class GroupRow(Row):
    unit: SourceId
    name: Name


class RoleRow(Row):
    unit: SourceId
    kind: RoleKind
    title: Title
    groups: Ids = Field(default_factory=list)


class NumberRow(Row):
    value: Phone
    role: SourceId | None = None
    channel: Annotated[str, _text(40)] | None = None
    pace: Annotated[float, Field(gt=0, le=1000)] | None = None


class StaffRow(Row):
    first_name: Name
    last_name: Name
    login: Mail
    language: Language | None = None
    left: Day | None = None
    roles: Annotated[list[HoldingItem], BeforeValidator(_split)] = Field(default_factory=list)


class ChildRow(Row):
    first_name: Name
    last_name: Name
    nickname: Name | None = None
    birth_date: Day | None = None
    protected: bool = False
    placements: Annotated[list[PlacementItem], BeforeValidator(_split)] = Field(default_factory=list)
    phones: Annotated[list[PhoneItem], BeforeValidator(_split)] = Field(default_factory=list)
    emails: Annotated[list[MailItem], BeforeValidator(_split)] = Field(default_factory=list)


class GuardianRow(Row):
    first_name: Name
    last_name: Name
    language: Language | None = None
    shares_thread: bool = False
    reserved: bool | None = None
    national_id: NationalNumber | None = Field(default=None, repr=False)
    former_national_id: NationalNumber | None = Field(default=None, repr=False)
    post: Annotated[PostItem | None, BeforeValidator(_from_cell)] = Field(default=None, repr=False)
    phones: Annotated[list[PhoneItem], BeforeValidator(_split)] = Field(default_factory=list)
    emails: Annotated[list[MailItem], BeforeValidator(_split)] = Field(default_factory=list)


class GuardianshipRow(Row):
    guardian: SourceId
    child: SourceId
    relation: Annotated[str, _text(40)] | None = None
    lives_with: bool = True
    rights: Annotated[list[RightItem], BeforeValidator(_split)] = Field(default_factory=list)


class ClosedDaysRow(Row):
    """`to` is `from` when it is left out. It holds for one unit, or all of one kind, or all."""

    from_day: Day = Field(alias="from")
    to_day: Day | None = Field(default=None, alias="to")
    name: Name
    unit: SourceId | None = None
    unit_kind: UnitKind | None = None
    open: bool = False

    @model_validator(mode="after")
    def _is_in_order(self) -> "ClosedDaysRow":
        if self.to_day is not None and self.to_day < self.from_day:
            raise ValueError("ends before it begins")
        if self.unit is not None and self.unit_kind is not None:
            raise ValueError("names both a unit and a kind of unit")
        return self


@dataclass(frozen=True, slots=True)
class Register:
    """What one file or folder says. A table it does not have is an empty list."""

    owners: list[OwnerRow] = field(default_factory=list)
    units: list[UnitRow] = field(default_factory=list)
    groups: list[GroupRow] = field(default_factory=list)
    roles: list[RoleRow] = field(default_factory=list)
    numbers: list[NumberRow] = field(default_factory=list)
    staff: list[StaffRow] = field(default_factory=list)
    children: list[ChildRow] = field(default_factory=list)
    guardians: list[GuardianRow] = field(default_factory=list)
    guardianships: list[GuardianshipRow] = field(default_factory=list)
    closed_days: list[ClosedDaysRow] = field(default_factory=list)


TABLES: Mapping[str, type[Part]] = {
    "owners": OwnerRow,
    "units": UnitRow,
    "groups": GroupRow,
    "roles": RoleRow,
    "numbers": NumberRow,
    "staff": StaffRow,
    "children": ChildRow,
    "guardians": GuardianRow,
    "guardianships": GuardianshipRow,
    "closed_days": ClosedDaysRow,
}


def make_register(tables: Mapping[str, list[Any]]) -> Register:
    return Register(**tables)
