"""The post of Norway on loopback, four people whom its register has, and the service that sends to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from channels.letters.eformidling import EformidlingService
from channels.letters.norway_settings import NorwaySettings
from hub.clock import StoppedClock
from hub.mailroom.service import Fate, LetterService, Parcel, Way
from hub.outside import Outside
from hub.post.channel import Receipt, TryLaterError, UnknownFateError
from tests.rehearsal.id_provider import make_key, synthetic_number
from tests.rehearsal.norwegian_letters import Letter
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import Person

MOTHER, FATHER, AUNT, UNCLE, STRANGER = (synthetic_number(at) for at in range(5))
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PDF = b"%PDF-1.7 a decision, for its receiver alone\n" + bytes(range(256))
OUT = "/api/messages/out"
KEY_ID = "budbok-1"
OWN_KEY, OTHER_KEY = make_key("letters"), make_key("another")


def parcel_of(national_id: str = MOTHER, number: int = 1, **changed: Any) -> Parcel:
    parcel = Parcel(
        id=str(UUID(int=number, version=4)),
        way=Way.MAILBOX,
        national_id=national_id,
        title="Brev fra Fjordvik kommune",
        body="Hei!\n\nVedtaket ligger ved.",
        notice="Du har fått et brev. Logg inn for å lese det.",
        sender="Fjordvik kommune",
        language="nb",
        day=date(2026, 11, 23),
        file_name="brev.pdf",
        pdf=PDF,
        attempted_at=MORNING,
    )
    return replace(parcel, **changed)


def path_of(parcel: Parcel) -> str:
    """Where the integration point has it until it is sent."""
    return f"{OUT}/{parcel.id}"


def as_pem(key: Any) -> str:
    return str(key.as_pem(private=True).decode())


def tables_of(post: NorwegianPost) -> dict[str, dict[str, Any]]:
    """As an installer would write them: everything is where `post` plays it."""
    return {
        "eformidling": {"url": post.url, "user": post.user, "password": post.password},
        "krr": {"url": post.url},
        "maskinporten": {
            "url": post.url,
            "client_id": post.office.client_id,
            "key": as_pem(OWN_KEY),
            "key_id": KEY_ID,
        },
    }


def make_service(
    post: NorwegianPost, outside: Outside, clock: StoppedClock, **tables: Mapping[str, Any]
) -> EformidlingService:
    """By the tables of `post`, unless `tables` say otherwise."""
    settings = {name: {**table, **tables.get(name, {})} for name, table in tables_of(post).items()}
    return EformidlingService(NorwaySettings.model_validate(settings), outside, clock)


@dataclass
class Scene:
    """`service` was built from the settings of the scene; `build` makes another, as a hub does that starts again."""

    post: NorwegianPost
    clock: StoppedClock
    outside: Outside
    settings: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        self.service: LetterService = self.build()

    @property
    def letters(self) -> list[Letter]:
        return list(self.post.letters.values())

    def count(self, method: str, path: str) -> int:
        """How often it was asked for."""
        return self.post.asked.count(f"{method} {path}")

    def build(self, **tables: Mapping[str, Any]) -> EformidlingService:
        """Some settings of some tables are others than those of the scene."""
        names = {*self.settings, *tables}
        told = {name: {**self.settings.get(name, {}), **tables.get(name, {})} for name in names}
        return make_service(self.post, self.outside, self.clock, **told)

    async def persist(self, parcel: Parcel, times: int = 6) -> Receipt:
        """Hand it over as the hub does: tried again later, and looked for first where its fate is unknown."""
        is_unknown = False
        for _ in range(times):
            try:
                if is_unknown and (found := await self.service.find(parcel)) is not None:
                    return found
                is_unknown = False
                return await self.service.send(parcel)
            except UnknownFateError:
                is_unknown = True
            except TryLaterError:
                pass
            self.clock.move(timedelta(minutes=3))
        raise AssertionError("it was never handed over")

    async def fates(self, cursor: str = "", open_ids: tuple[str, ...] = ()) -> tuple[list[tuple[str, Fate]], str]:
        """All that is told until there is no more, and the cursor to go on with."""
        told: list[tuple[str, Fate]] = []
        for _ in range(100):
            news = await self.service.news(cursor, open_ids)
            told += [(one.parcel_id, one.fate) for one in news.told]
            cursor = news.cursor
            if not news.more:
                return told, cursor
        raise AssertionError("the news never end")


@asynccontextmanager
async def playing(**tables: Mapping[str, Any]) -> AsyncIterator[Scene]:
    clock = StoppedClock(MORNING)
    async with NorwegianPost(clock.now) as post, Outside(frozenset({"127.0.0.1"})) as outside:
        post.office.register(KEY_ID, OWN_KEY)
        post.people |= {
            MOTHER: Person("Kari Nordmann"),
            FATHER: Person("Ola Nordmann", is_reserved=True),
            AUNT: Person("Anne Nordmann", has_mailbox=False),
            UNCLE: Person("Per Nordmann", is_notifiable=False),
        }
        yield Scene(post, clock, outside, tables)
