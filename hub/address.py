"""One place to reach one person on one kind of channel. Prints masked, so that a careless log line cannot tell."""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers

SMS = "sms"
MAIL = "mail"
CHAT = "chat"
APP = "app"
PUSH = "push"
"""A browser that shows that something has come, and nothing more: no address of anybody's."""
LETTER = "letter"
KINDS = (SMS, MAIL, CHAT)
"""Those by which a family may be reached in time, the usual one first: the one place that lists them."""
PLANNED = (APP, *KINDS, LETTER)
"""Those that an owner may plan with besides: the app, which nobody needs to look into, and a letter that the office posts."""
COSTLY = frozenset({SMS})
"""Those of them that are paid for by the piece."""


@dataclass(frozen=True, slots=True)
class Address:
    """`kind` is "sms", "mail", "app", "push", "chat" or "letter"; `value` is E.164 for a phone, or a national number as digits
    alone, and in the app "app:" with the ids of those who read there, joined by commas."""

    kind: str
    value: str

    def __repr__(self) -> str:
        return f"<{self.kind} {mask(self.value)}>"

    __str__ = __repr__


def kind_of(value: str) -> str:
    """What kind of address this is: mail has an @, what is reached by a road of its own begins with it and a colon, all else is
    a phone."""
    if "@" in value:
        return MAIL
    road, colon, _ = value.partition(":")
    return SMS if not colon else road if road in (APP, PUSH) else CHAT


def mask(value: str) -> str:
    """The last two characters at most: enough to tell two addresses apart in a talk, too little to reach anyone."""
    return "•••" + value[-2:] if len(value) > 4 else "•••"


def parse_phone(text: str, country: str) -> Address | None:
    """A phone number in any usual form, as an SMS address; None when it is no number that a phone could have.

    Accepted: "+47 412 34 567", "0047 41234567", "41234567", "040-123 4567" (in `country`, ISO 3166 alpha-2),
    national short codes of 3 to 6 digits, and 14-digit national numbers, which stay as digits: with the country
    code they would be longer than E.164 allows. Source: ITU-T E.164 section 6.2.
    """
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    plain = text.strip()
    if plain.startswith("+") or digits.startswith("00"):
        digits_national = digits.removeprefix("00")
        code = phonenumbers.country_code_for_region(country.upper())
        if len(digits_national) == 14 + len(str(code)) and digits_national.startswith(str(code)):
            return Address(SMS, digits_national[len(str(code)) :])
    elif len(digits) == 14 or 3 <= len(digits) <= 6:
        return Address(SMS, digits) if digits == "".join(c for c in plain if c not in " -.()") else None
    try:
        number = phonenumbers.parse(plain if not digits.startswith("00") else "+" + digits[2:], country.upper())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Address(SMS, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def shown_phone(value: str) -> str:
    """An E.164 number as people read it, "+47 40 00 01 23"; digits alone come back as they are."""
    if not value.startswith("+"):
        return value
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_of(address: Address) -> str | None:
    """ISO 3166 alpha-2 of an E.164 address; None for short and national numbers, and for shared codes."""
    if not address.value.startswith("+"):
        return None
    try:
        number = _read_plain(address.value) or phonenumbers.parse(address.value)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.region_code_for_number(number)


_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def _read_plain(value: str) -> phonenumbers.PhoneNumber | None:
    """A number that the library would read as it stands, which takes it six times as long: each text that leaves is asked
    for its country."""
    code = _code_of(value) if _E164.fullmatch(value) else None
    if code is None:
        return None
    national = value[1 + len(code) :]
    prefix = _find_prefix(int(code))
    if national.startswith("0") or prefix is None or (prefix and re.match(prefix, national)):
        return None
    return phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national))


@cache
def _find_prefix(code: int) -> str | None:
    """What some write before a number within a country, as a pattern; empty where there is nothing, None where nobody knows."""
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return None if metadata is None else metadata.national_prefix_for_parsing or ""


def _code_of(value: str) -> str | None:
    """The country code of a number with a plus. Source: ITU-T E.164; no country code begins another."""
    for length in (1, 2, 3):
        code = value[1 : 1 + length]
        if code.isdigit() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return code
    return None


def prefix_of(value: str, digits: int) -> str:
    """How a number begins: its country code and so many digits of what follows; a number without a code is all its own."""
    if not value.startswith("+"):
        return value
    return value[: 1 + len(_code_of(value) or "000") + digits]
