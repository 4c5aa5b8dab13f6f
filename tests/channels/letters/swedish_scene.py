"""Mina meddelanden on loopback, three people of whom one has a mailbox, and the service that sends to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from channels.letters.minameddelanden import MinameddelandenService
from channels.letters.minameddelanden_settings import MinameddelandenSettings
from hub.clock import StoppedClock
from hub.mailroom.service import LetterService, Parcel, Way
from hub.outside import Outside
from tests.rehearsal.swedish_post import Account, SwedishPost

MOTHER, UNCLE, STRANGER = "198001019804", "198202029818", "197903039829"
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PDF = b"%PDF-1.7 a decision, for its receiver alone\n" + bytes(range(256))


def parcel_of(national_id: str = MOTHER, number: int = 1, **changed: Any) -> Parcel:
    parcel = Parcel(
        id=str(UUID(int=number, version=4)),
        way=Way.MAILBOX,
        national_id=national_id,
        title="Brev från Fjordvik kommun",
        body="Hej!\n\nBeslutet är bifogat.",
        notice="Du har fått ett brev. Logga in för att läsa det.",
        sender="Fjordvik kommun",
        language="sv",
        day=date(2026, 11, 23),
        file_name="brev.pdf",
        pdf=PDF,
        attempted_at=MORNING,
    )
    return replace(parcel, **changed)


@dataclass
class Scene:
    """`service` was built from the settings of the scene; `build` makes another, as a hub does that starts again."""

    post: SwedishPost
    clock: StoppedClock
    outside: Outside

    def __post_init__(self) -> None:
        self.service: LetterService = self.build()

    def build(self, **settings: Any) -> MinameddelandenService:
        told = {**self.post.settings(), **settings}
        return MinameddelandenService(MinameddelandenSettings.model_validate(told), self.outside, self.clock)


@asynccontextmanager
async def playing() -> AsyncIterator[Scene]:
    async with SwedishPost() as post, Outside(frozenset({"127.0.0.1"})) as outside:
        post.accounts = {MOTHER: Account(), UNCLE: Account(address=None)}
        yield Scene(post, StoppedClock(MORNING), outside)
