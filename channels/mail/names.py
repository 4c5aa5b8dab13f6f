"""The addresses of our own domain: a number's digits, a token behind them, and where bounces go.

A bounce's address names the delivery that it is about (VERP). Whoever makes one up can only speak ill of a delivery whose id
they were sent.
"""

import re

from hub.database import ID_LENGTH

BOUNCE = "bounce"
MOST_LETTERS = 254
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^_`a-z{|}~.]{1,64}@[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_BOUNCE = re.compile(rf"{BOUNCE}\+([0-9a-z]{{{ID_LENGTH}}})")


def is_address(value: str) -> bool:
    """Whether this can be written into a header and an envelope as it is. It is to be in small letters."""
    return len(value) <= MOST_LETTERS and _ADDRESS.fullmatch(value) is not None


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def write_mailbox(number: str, domain: str, token: str = "") -> str:
    """The address of a seat, with a reply token behind its number."""
    digits = number.removeprefix("+")
    return f"{digits}+{token}@{domain}" if token else f"{digits}@{domain}"


def write_bounce(delivery_id: str, domain: str) -> str:
    return f"{BOUNCE}+{delivery_id}@{domain}"


def read_bounce(local: str) -> str | None:
    """The delivery that a bounce came back for; None when it is no such address."""
    found = _BOUNCE.fullmatch(local.lower())
    return found.group(1) if found else None
