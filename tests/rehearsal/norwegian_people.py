"""The post of Norway for the village: every guardian of Fjordvik is in the contact register, some of them reserved or without a
mailbox, and the hub's own key is known to Maskinporten."""

from __future__ import annotations

from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

from hub.clock import SystemClock
from hub.config import Settings
from tests.village import Village

from .eid import STRANGER, number_people
from .norwegian_post import NorwegianPost
from .norwegian_registers import Person
from .third_guardian import RESERVED

SECTION = "letters"


def make_post(settings: Settings) -> NorwegianPost:
    """At the port that the settings name, for the client and the user that they are."""
    tables = settings.channels[SECTION]
    post = NorwegianPost(SystemClock().now, urlsplit(tables["eformidling"]["url"]).port or 0)
    post.password = tables["eformidling"]["password"]
    post.office.register(tables["maskinporten"]["key_id"], RSAKey.import_key(tables["maskinporten"]["key"]))
    return post


def list_people(village: Village) -> dict[str, Person]:
    """By their national ids. Of each six, one has no mailbox, one is reserved, and one cannot be told of post; so is reserved
    who shares a child with somebody that has a mailbox, and with somebody whose address is secret."""
    people = {}
    for at, (number, name) in enumerate(number_people(village).items()):
        if name != STRANGER:
            turn = at % 6
            people[number] = Person(
                name, is_reserved=turn == 3 or name == RESERVED, is_notifiable=turn != 5, has_mailbox=turn != 2
            )
    return people
