"""Numbers, short codes and senders' names as providers write them."""

import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from hub.address import SMS, Address

_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_NAME = re.compile(r"[!-~][ -~]{0,62}[!-~]")
_NATIONAL_DIGITS = 14
_E164_DIGITS = 15


class NonsenseError(ValueError):
    """Not a message as a provider tells of them."""


def read_address(value: str | None) -> Address:
    """A number as it is, a short code as digits, a sender's name as it is.

    A number longer than E.164 allows is a 14-digit national one, and loses its country code as in `hub.address`.
    Raises: NonsenseError.
    """
    if value is None or not (_NUMBER.fullmatch(value) or _NAME.fullmatch(value)):
        raise NonsenseError("From or To")
    if value.startswith("+") and len(value) > _E164_DIGITS + 1:
        national = value[-_NATIONAL_DIGITS:]
        code = value[1:-_NATIONAL_DIGITS]
        if not code or int(code) not in COUNTRY_CODE_TO_REGION_CODE:
            raise NonsenseError("From or To")
        return Address(SMS, national)
    return Address(SMS, value)


def write_address(address: Address, other: Address) -> str:
    """As a provider wants it: a 14-digit national number takes the country code of the other end."""
    if len(address.value) == _NATIONAL_DIGITS and address.value.isdigit() and other.value.startswith("+"):
        for length in (1, 2, 3):
            code = other.value[1 : 1 + length]
            if int(code) in COUNTRY_CODE_TO_REGION_CODE:
                return f"+{code}{address.value}"
    return address.value
