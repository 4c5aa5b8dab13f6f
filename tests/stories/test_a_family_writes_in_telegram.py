"""A guardian links her chat at Telegram to her phone, reports there and answers by a button; the book has it all.

Where the owner lets no more than notices be said there, the answer goes to her phone and the chat hears that it has come.
"""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look
from hub.people.families import GuardianAddress
from hub.post.deliveries import Delivery, Status
from hub.post.files import Attachment, FileState
from hub.post.messages import Message, list_book
from hub.safety.access import get_reach
from hub.school.day_board import Presence, list_board
from tests.living_hub import OPERATOR
from tests.telegram_family import SECRET, TelegramTown, a_telegram_town

LENE, SEAT = "Lene Berg", "contact teacher 4B"
ACCOUNT = 700_001
NOTED = "Notert: Jakob er syk i dag, mandag 3. mars."


@pytest.fixture
async def town(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[TelegramTown]:
    async with a_telegram_town(tmp_path, village_store_url, clock) as town:
        yield town


async def book_of(town: TelegramTown, child: str) -> list[tuple[str, str]]:
    """What stands in a child's book, and by which kind of channel each came or went."""

    def read(look: Look) -> list[tuple[str, str]]:
        return [(entry.text, entry.channel) for entry in list_book(look, town.hub.village.child(child).id)]

    return await town.hub.hub.desk.look(OPERATOR, read)


async def presence(town: TelegramTown, child: str) -> Presence:
    asker = Asker("staff", town.hub.village.staff("Jonas Dahl").id, Trust.STRONG, "page morning")
    unit = town.hub.village.unit("school")

    def look_at_board(look: Look) -> dict[str, Presence]:
        board = list_board(look, get_reach(look), unit, unit.today(look.now))
        return {each.child.id: each.presence for each in board}

    return (await town.hub.hub.desk.look(asker, look_at_board))[town.hub.village.child(child).id]


async def test_from_a_stranger_to_a_child_that_is_noted_as_ill(town: TelegramTown) -> None:
    lene = town.telegram.person(ACCOUNT, "Lene")

    await lene.write("/start")
    to_a_stranger = (await lene.next_message()).text
    to_lene = await town.link(lene, LENE, SEAT)
    await lene.write("syk i dag")
    asked = await lene.next_message()
    await lene.press("Jakob")
    noted = await lene.next_message()

    assert "Send TELEGRAM på SMS" in to_a_stranger
    assert to_lene.startswith("Chatten er koblet til telefonen din. Skriv hit")
    assert asked.text == "Hvem er borte i dag, mandag 3. mars? Svar 1 Jakob, 2 Johanne eller 3 begge."
    assert list(asked.buttons) == ["Jakob", "Johanne", "begge"]
    assert noted.text.startswith(NOTED)
    assert await presence(town, "Jakob Berg") is Presence.AWAY
    assert await presence(town, "Johanne Berg") is Presence.NOT_HEARD
    book = await book_of(town, "Jakob Berg")
    assert [("syk i dag", "chat"), (asked.text, "chat"), ("1", "chat"), (noted.text, "chat")] == [
        each for each in book if each[1] == "chat"
    ]
    assert (await town.hub.phone(LENE).next_text()).body.startswith("Jakob er meldt borte i dag")


async def test_what_is_told_twice_is_done_once_and_an_old_button_is_too_late(town: TelegramTown) -> None:
    lene = town.telegram.person(ACCOUNT, "Lene")
    await town.link(lene, LENE, SEAT)
    await lene.write("syk i dag")
    asked = await lene.next_message()
    await lene.press("Jakob")
    await lene.next_message()

    again = await town.telegram.tell_update_again()
    await lene.press("Johanne", asked)
    late = await lene.next_message()

    assert again == 200
    assert late.text == "Det spørsmålet er ikke åpent lenger. Skriv gjerne hva det gjelder, så hjelper vi deg."
    assert await presence(town, "Johanne Berg") is Presence.NOT_HEARD
    assert [text for text, channel in await book_of(town, "Jakob Berg") if text == "1"] == ["1"]


async def test_where_only_notices_may_be_said_the_matter_goes_by_sms(
    tmp_path: Path, village_store_url: str, clock: StoppedClock
) -> None:
    async with a_telegram_town(tmp_path, village_store_url, clock, says="notices") as town:
        lene = town.telegram.person(ACCOUNT, "Lene")
        phone = town.hub.phone(LENE)
        to_lene = await town.link(lene, LENE, SEAT)

        await lene.write("syk i dag")
        asked = (await phone.next_text()).body
        first_notice = await lene.next_message()
        await lene.write("1")
        noted = (await phone.next_text()).body
        second_notice = await lene.next_message()

        assert "Svaret kommer på SMS" in to_lene
        assert asked.startswith("Hvem er borte i dag")
        assert noted.startswith(NOTED)
        assert {first_notice.text, second_notice.text} == {"Takk. Du har fått svar på SMS."}
        assert first_notice.buttons == {}
        assert await presence(town, "Jakob Berg") is Presence.AWAY


async def test_an_owner_may_decide_otherwise_than_the_others(
    tmp_path: Path, village_store_url: str, clock: StoppedClock
) -> None:
    async with a_telegram_town(tmp_path, village_store_url, clock, says="all", says_of={"fjordvik": "notices"}) as town:
        lene = town.telegram.person(ACCOUNT, "Lene")
        await town.link(lene, LENE, SEAT)

        await lene.write("Jakob er syk i dag")

        assert (await town.hub.phone(LENE).next_text()).body.startswith(NOTED)
        assert (await lene.next_message()).text == "Takk. Du har fått svar på SMS."


async def test_whoever_blocks_the_bot_is_written_to_there_no_more(town: TelegramTown) -> None:
    lene = town.telegram.person(ACCOUNT, "Lene")
    await town.link(lene, LENE, SEAT)
    lene.has_blocked = True
    town.telegram.webhook, kept = "", town.telegram.webhook
    await lene.block()
    town.telegram.webhook, town.telegram.pending = kept, []

    await lene.write("Jakob er syk i dag")
    await town.hub.settled()

    def read(look: Look) -> tuple[str | None, str]:
        address = look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.kind == "chat")).one()
        last = sa.select(Delivery).join(Message, Message.id == Delivery.message_id).where(Delivery.kind == "chat")
        delivery = look.session.scalars(last.order_by(Delivery.id.desc())).first()
        assert delivery is not None
        return address.gone_reason, delivery.status

    assert await town.hub.hub.desk.look(OPERATOR, read) == ("blocked", Status.FAILED)


async def test_a_picture_from_the_chat_lies_in_the_book(town: TelegramTown) -> None:
    lene = town.telegram.person(ACCOUNT, "Lene")
    await town.link(lene, LENE, SEAT)
    out = BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")

    await lene.send_photo(out.getvalue(), "Er dette Jakobs lue?")
    await lene.next_message()
    await town.hub.fetched()

    def read(look: Look) -> Attachment:
        return look.session.scalars(sa.select(Attachment)).one()

    kept = await town.hub.hub.desk.look(OPERATOR, read)
    assert (kept.state, kept.width, kept.height) == (FileState.KEPT, 60, 40)


async def test_updates_may_be_fetched_instead(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> None:
    async with a_telegram_town(tmp_path, village_store_url, clock, updates="polling") as town:
        lene = town.telegram.person(ACCOUNT, "Lene")
        await town.link(lene, LENE, SEAT)

        await lene.write("Jakob er syk i dag")

        assert (await lene.next_message()).text.startswith(NOTED)


async def test_nobody_without_the_secret_speaks_for_lene(town: TelegramTown) -> None:
    lene = town.telegram.person(ACCOUNT, "Lene")
    await town.link(lene, LENE, SEAT)
    body = town.telegram.write_update(lene, "Jakob er syk i dag")

    forged = await town.telegram.post(body, "G" * 40)
    before = await presence(town, "Jakob Berg")
    genuine = await town.telegram.post(body, SECRET)
    await lene.next_message()

    assert (forged, before) == (403, Presence.NOT_HEARD)
    assert genuine == 200
    assert await presence(town, "Jakob Berg") is Presence.AWAY
