"""The post of Finland for the village: everybody of Saarela has a national id that nobody really has, and most a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit

from hub.clock import SystemClock
from hub.config import Settings
from tests.village import SAARELA, Village

from .finnish_post import FinnishPost

SECTION = "letters"
_CONTROL = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_BORN, _ARTIFICIAL, _IN_A_DAY = "010190", 900, 100
"""Individual numbers from 900 on are given to nobody. Source: DVV, henkilötunnus."""


def make_finnish_post(settings: Settings) -> FinnishPost:
    """At the port that the settings name, for the service and the user that they are."""
    told = settings.channels[SECTION]["suomifi"]
    post = FinnishPost(SystemClock().now, urlsplit(told["url"]).port or 0)
    post.service_id, post.username, post.password = told["service_id"], told["username"], told["password"]
    return post


def number_finns(village: Village) -> dict[str, str]:
    """The names of Saarela's guardians by their national ids."""
    names = {g.source_id: g.name for (owner, _), g in village.guardians.items() if owner == SAARELA}
    return {_make_number(at): names[source_id] for at, source_id in enumerate(sorted(names))}


def list_mailboxes(village: Village) -> dict[str, bool]:
    """By national id, whether the mailbox is in use: of each three, one's is not."""
    return {number: at % 3 != 2 for at, number in enumerate(number_finns(village))}


def make_finnish_ids() -> Iterator[str]:
    """More of them than one day has, each another, that nobody really has."""
    for at in count():
        day, year = at // _IN_A_DAY % 28 + 1, at // _IN_A_DAY // 28 + 50
        yield _make_number(at % _IN_A_DAY, f"{day:02}03{year:02}")


def _make_number(at: int, born: str = _BORN) -> str:
    serial = _ARTIFICIAL + at
    return f"{born}-{serial}{_CONTROL[int(f'{born}{serial}') % len(_CONTROL)]}"
