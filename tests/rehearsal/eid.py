"""The providers of identities of the rehearsal: everybody of Fjordvik and of Saarela has a national id that nobody really has
here. Everybody lives where nobody does."""

from __future__ import annotations

from urllib.parse import urlsplit

from hub.clock import SystemClock
from hub.config import Settings
from hub.desk import Work
from hub.register.loading import apply
from hub.register.rows import GuardianRow, OwnerRow, Register
from hub.seal import Seal
from tests.village import FJORDVIK, SAARELA, Village

from .finnish_people import number_finns
from .id_provider import ID_PORTEN, SUOMI_FI, Client, IdProvider, synthetic_number

NORWEGIAN, FINNISH = "idporten", "suomi"
SCHEMES = {NORWEGIAN: ID_PORTEN, FINNISH: SUOMI_FI}
CLIENT_ID = "budbok-rehearsal"
STRANGER = "Somebody the register does not know"


def make_provider(settings: Settings, name: str) -> IdProvider:
    """At the port that the settings name, for the client that they are."""
    told = settings.identity[name]
    provider = IdProvider({}, SystemClock().now, urlsplit(told["issuer"]).port or 0, SCHEMES[name])
    back = f"{settings.public.url}/sign-in/{name}/back"
    provider.clients[CLIENT_ID] = Client(CLIENT_ID, {back}, secret=told["client_secret"])
    return provider


def number_people(village: Village) -> dict[str, str]:
    """The names of Fjordvik's guardians by their national ids, and one of nobody."""
    guardians = sorted(g.source_id for (owner, _), g in village.guardians.items() if owner == FJORDVIK)
    names = {g.source_id: g.name for (owner, _), g in village.guardians.items() if owner == FJORDVIK}
    people = {synthetic_number(at): names[source_id] for at, source_id in enumerate(guardians, 1)}
    return {**people, synthetic_number(0): STRANGER}


def tell_register(work: Work, village: Village, seal: Seal) -> None:
    """Load the numbers, and where everybody lives, as any register would tell them; a second time changes nothing."""
    for source_id, people, (street, postal_code, town) in (
        (FJORDVIK, number_people(village), ("Strandgata", "0002", "Fjordvik")),
        (SAARELA, number_finns(village), ("Satamatie", "00000", "Saarela")),
    ):
        rows = []
        for house, (number, name) in enumerate(people.items(), 1):
            if name != STRANGER:
                guardian = village.guardian(name, source_id)
                told = {
                    "first_name": guardian.first_name,
                    "last_name": guardian.last_name,
                    "national_id": number,
                    "post": {"street": [f"{street} {house}"], "postal_code": postal_code, "town": town},
                }
                rows.append(GuardianRow.model_validate({"id": guardian.source_id, **told}))
        owner = village.owner(source_id)
        told_owner = OwnerRow(id=owner.source_id, name=owner.name, country=owner.country, language=owner.language)
        apply(work, Register(owners=[told_owner], guardians=rows), (), True, seal)
