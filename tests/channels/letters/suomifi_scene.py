"""Suomi.fi Messages on loopback, three people who may have a mailbox there, and the service that sends to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from channels.letters.suomifi import SuomifiService
from channels.letters.suomifi_settings import SuomifiSettings
from hub.clock import StoppedClock
from hub.mailroom.service import LetterService, Parcel, Way
from hub.outside import Outside
from hub.post.channel import Receipt, TryLaterError, UnknownFateError
from tests.rehearsal.finnish_letters import Letter
from tests.rehearsal.finnish_post import FinnishPost

MOTHER, FATHER, UNCLE = "010180-9015", "020281-902W", "030382-903M"
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PDF = b"%PDF-1.7 a decision, for its receiver alone\n" + bytes(range(256))
MESSAGES = "/v2/messages/electronic"


def parcel_of(national_id: str = MOTHER, number: int = 1, **changed: Any) -> Parcel:
    parcel = Parcel(
        id=str(UUID(int=number, version=4)),
        way=Way.MAILBOX,
        national_id=national_id,
        title="Kirje Fjordvikin kunnalta",
        body="Hei!\n\nPäätös on liitteenä.",
        notice="Sinulle on tullut kirje. Kirjaudu sisään lukemaan se.",
        sender="Fjordvikin kunta",
        language="fi",
        day=date(2026, 11, 23),
        file_name="kirje.pdf",
        pdf=PDF,
        attempted_at=MORNING,
    )
    return replace(parcel, **changed)


@dataclass
class Scene:
    """`service` was built from the settings of the scene; `build` makes another, as a hub does that starts again."""

    post: FinnishPost
    clock: StoppedClock
    outside: Outside
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.service: LetterService = self.build()

    @property
    def letters(self) -> list[Letter]:
        return list(self.post.letters.values())

    def count(self, path: str) -> int:
        """How often it was asked for."""
        return self.post.asked.count(path)

    def build(self, **settings: Any) -> SuomifiService:
        told = {
            "url": self.post.url,
            "service_id": self.post.service_id,
            "username": self.post.username,
            "password": self.post.password,
            **self.settings,
            **settings,
        }
        return SuomifiService(SuomifiSettings.model_validate(told), self.outside, self.clock)

    async def persist(self, parcel: Parcel, times: int = 5) -> Receipt:
        """Hand it over as the hub does: tried again, and looked for first where its fate is unknown."""
        is_unknown = False
        for _ in range(times):
            try:
                if is_unknown and (found := await self.service.find(parcel)) is not None:
                    return found
                return await self.service.send(parcel)
            except UnknownFateError:
                is_unknown = True
            except TryLaterError:
                continue
        raise AssertionError("it was never handed over")


@asynccontextmanager
async def playing(**settings: Any) -> AsyncIterator[Scene]:
    clock = StoppedClock(MORNING)
    async with FinnishPost(clock.now) as post, Outside(frozenset({"127.0.0.1"})) as outside:
        post.mailboxes = {MOTHER: True, FATHER: True, UNCLE: False}
        yield Scene(post, clock, outside, settings)
