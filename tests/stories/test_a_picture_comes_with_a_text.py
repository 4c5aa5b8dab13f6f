"""A guardian sends a picture: it is fetched from the provider, cleaned, and lies in the book beside the words."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.file_reading import find_body
from hub.post.files import Attachment, FileState
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.patience import PATIENCE


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (10, 90, 60)).save(out, "JPEG")
    return out.getvalue()


def read_files(look: Look) -> list[tuple[str, str | None, bytes | None]]:
    return [(a.state, a.reason, find_body(look, a.id)) for a in look.session.scalars(sa.select(Attachment))]


async def send(living: LivingHub, kind: str, content: bytes) -> list[tuple[str, str | None, bytes | None]]:
    number = living.village.number("contact teacher 7A").value
    await living.phone("Anne Nordmann").text(number, "Se hva Kari har laget", media=[(kind, content)])
    await living.settled()
    await living.fetched()
    return await living.hub.desk.look(OPERATOR, read_files)


async def test_a_picture_is_kept_beside_the_words(living: LivingHub) -> None:
    [(state, _, body)] = await send(living, "image/jpeg", jpeg())

    assert state == FileState.KEPT
    assert body is not None
    assert Image.open(io.BytesIO(body)).size == (60, 40)


async def test_what_only_calls_itself_a_picture_is_not_taken(living: LivingHub) -> None:
    [(state, reason, body)] = await send(living, "image/jpeg", b"<html><script>alert(1)</script></html>")

    assert (state, reason, body) == (FileState.REFUSED, "kind_not_taken", None)


async def until_tried(living: LivingHub) -> str:
    """How the file of the only message stands once it has been tried to fetch it."""

    def find_tried(look: Look) -> str | None:
        return look.session.scalar(sa.select(Attachment.state).where(Attachment.reason.is_not(None)))

    async with asyncio.timeout(PATIENCE):
        while (found := await living.hub.desk.look(OPERATOR, find_tried)) is None:
            await living.hub.routines.fetch_files()
    return found


async def test_while_the_provider_is_down_the_file_waits(living: LivingHub, clock: StoppedClock) -> None:
    number = living.village.number("contact teacher 7A").value
    living.provider.faults.provider_down = True
    await living.phone("Anne Nordmann").text(number, "Se her", media=[("image/jpeg", jpeg())])

    waiting = await until_tried(living)
    living.provider.faults.provider_down = False
    kept = waiting
    while kept == FileState.WAITING:
        clock.move(timedelta(minutes=5))
        await living.hub.routines.fetch_files()
        [(kept, _, _)] = await living.hub.desk.look(OPERATOR, read_files)

    assert (waiting, kept) == (FileState.WAITING, FileState.KEPT)
