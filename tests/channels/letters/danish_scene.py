"""The Serviceplatform of Denmark on loopback, three people of whom one has digital post, and the service that sends to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from channels.letters.digitalpost import DigitalpostService
from channels.letters.digitalpost_settings import DigitalpostSettings
from hub.clock import StoppedClock
from hub.mailroom.service import LetterService, Parcel, Way
from hub.outside import Outside
from tests.rehearsal.danish_letters import DanishLetter
from tests.rehearsal.danish_post import DanishPost

MOTHER, UNCLE, STRANGER = "0101801234", "0202819876", "3112829999"
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PDF = b"%PDF-1.7 a decision, for its receiver alone\n" + bytes(range(256))
MEMOS = "/service/KombiPostAfsend_1/memos"


def parcel_of(national_id: str = MOTHER, number: int = 1, **changed: Any) -> Parcel:
    parcel = Parcel(
        id=str(UUID(int=number, version=4)),
        way=Way.MAILBOX,
        national_id=national_id,
        title="Brev fra Fjordvig Kommune",
        body="Hej!\n\nAfgørelsen er vedhæftet.",
        notice="Du har fået et brev. Log ind for at læse det.",
        sender="Fjordvig Kommune",
        language="da",
        day=date(2026, 11, 23),
        file_name="brev.pdf",
        pdf=PDF,
        attempted_at=MORNING,
    )
    return replace(parcel, **changed)


@dataclass
class Scene:
    """`service` was built from the settings of the scene; `build` makes another, as a hub does that starts again."""

    post: DanishPost
    clock: StoppedClock
    outside: Outside

    def __post_init__(self) -> None:
        self.service: LetterService = self.build()

    @property
    def letters(self) -> list[DanishLetter]:
        return list(self.post.letters.values())

    def count(self, path: str) -> int:
        """How often it was asked for."""
        return self.post.asked.count(path)

    def build(self, **settings: Any) -> DigitalpostService:
        told = {**self.post.settings(), **settings}
        return DigitalpostService(DigitalpostSettings.model_validate(told), self.outside, self.clock)


@asynccontextmanager
async def playing() -> AsyncIterator[Scene]:
    clock = StoppedClock(MORNING)
    async with DanishPost(clock.now) as post, Outside(frozenset({"127.0.0.1"})) as outside:
        post.registered = {MOTHER}
        yield Scene(post, clock, outside)
