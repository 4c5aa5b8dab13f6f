"""A guardian texts that a child is ill: kept, answered, on the board, in the book, told to the other guardian."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress
from hub.post.messages import Message, list_book
from hub.safety.access import get_reach
from hub.school.day_board import Presence, list_board
from tests.living_hub import OPERATOR, LivingHub, living_hub


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def presence_of(living: LivingHub, child: str, staff: str, unit: str) -> Presence:
    """What a member of staff sees of a child on the morning board."""
    asker = Asker("staff", living.village.staff(staff).id, Trust.STRONG, "page morning")
    place = living.village.unit(unit)

    def look_at_board(look: Look) -> dict[str, Presence]:
        board = list_board(look, get_reach(look), place, place.today(look.now))
        return {each.child.id: each.presence for each in board}

    return (await living.hub.desk.look(asker, look_at_board))[living.village.child(child).id]


@pytest.mark.capability("H-55")
async def test_one_clear_message_is_enough(living: LivingHub) -> None:
    before = await presence_of(living, "Kari Nordmann", "Kari Lunde", "school")

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")

    assert answer.startswith("Notert: Kari er syk i dag, mandag 3. mars")
    assert "ANGRE" in answer
    assert before is Presence.NOT_HEARD
    assert await presence_of(living, "Kari Nordmann", "Kari Lunde", "school") is Presence.AWAY


async def test_the_other_guardian_is_told_and_one_no_brings_it_to_staff(living: LivingHub) -> None:
    other = living.phone("Ola Nordmann")
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    told = await other.next_text()

    await other.text(told.sender, "nei")
    answer = await other.next_text()

    assert "Kari" in told.body
    assert "NEI" in told.body
    assert "Kari" in answer.body
    assert await presence_of(living, "Kari Nordmann", "Kari Lunde", "school") is Presence.NOT_HEARD


async def test_undo_takes_it_all_back(living: LivingHub) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "angre")

    assert answer.startswith("Angret")
    assert await presence_of(living, "Kari Nordmann", "Kari Lunde", "school") is Presence.NOT_HEARD


@pytest.mark.capability("H-42")
async def test_what_was_said_both_ways_is_in_the_book(living: LivingHub) -> None:
    answer = await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")

    def read(look: Look) -> list[str]:
        return [message.text for message in list_book(look, living.village.child("Kari Nordmann").id)]

    book = await living.hub.desk.look(OPERATOR, read)
    assert "Kari er syk i dag" in book
    assert answer in book


@pytest.mark.capability("H-52")
async def test_a_text_from_an_unknown_number_is_kept_apart_and_answered_once(living: LivingHub) -> None:
    stranger = living.provider.phone("+4740000987")
    number = living.village.number("contact teacher 7A").value

    await stranger.text(number, "Kari er syk i dag")
    answer = await stranger.next_text()
    await stranger.text(number, "Hallo?")
    await living.settled()

    def count(look: Look) -> int:
        return (
            look.session.scalar(sa.select(sa.func.count()).select_from(Message).where(Message.author == "guardian"))
            or 0
        )

    assert "Kari" not in answer.body
    assert len(stranger.received) == 1
    assert await living.hub.desk.look(OPERATOR, count) == 0


@pytest.mark.capability("H-45")
async def test_a_fourteen_digit_number_is_written_to_and_answers(living: LivingHub) -> None:
    number, phone = living.village.number("contact teacher 4B").value, living.phone("Emma Smith")

    await phone.text(number, "Oliver is sick today")
    answer = await phone.next_text()

    assert len(number) == 14
    assert answer.sender == number
    assert answer.body.startswith("Noted: Oliver is ill today")


async def test_in_the_book_the_receipt_stands_before_what_others_are_told(living: LivingHub) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await living.settled()

    def book(look: Look) -> list[str]:
        return [message.author_id or "" for message in list_book(look, living.village.child("Kari Nordmann").id)]

    anne = living.village.guardian("Anne Nordmann").id
    assert await living.hub.desk.look(OPERATOR, book) == [anne, "reception", "absence_echo"]


async def test_a_number_that_its_network_does_not_know_is_not_written_to_again(living: LivingHub) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await living.settled()
    living.phone("Ola Nordmann").become_unknown()

    await living.text("Anne Nordmann", "contact teacher 7A", "angre")
    await living.settled()

    def read(look: Look) -> list[str | None]:
        ola = living.village.guardian("Ola Nordmann").id
        return list(
            look.session.scalars(sa.select(GuardianAddress.gone_reason).where(GuardianAddress.guardian_id == ola))
        )

    assert "30005" in await living.hub.desk.look(OPERATOR, read)


@pytest.mark.capability("H-59")
async def test_a_guardian_who_wonders_asks_for_the_status_and_learns_number_and_last_message(living: LivingHub) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await living.settled()

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "STATUS")

    assert living.village.number("contact teacher 7A").shown in answer
    assert "Fjordvik skole" in answer
    assert "07.12, kom fram" in answer
    assert "reservert" not in answer


@pytest.mark.capability("N-21")
async def test_the_status_tells_what_is_stopped_what_the_register_reserves_and_that_the_last_did_not_come(
    living: LivingHub,
) -> None:
    phone = living.phone("Anne Nordmann")
    await living.hub.desk.work(OPERATOR, reserve_and_stop, living.village.guardian("Anne Nordmann").id)
    phone.undelivered_code = 30003
    await phone.text(living.village.number("contact teacher 7A").value, "Kari er syk i dag")
    await living.settled()
    phone.undelivered_code = None

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "STATUS")

    assert "07.12, kom ikke fram" in answer
    assert "Du er reservert mot digital post" in answer
    assert "Du får bare viktige meldinger. Svar START" in answer


def reserve_and_stop(work: Work, guardian_id: str) -> None:
    work.session.get_one(Guardian, guardian_id).reserved = True
    for address in work.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id)):
        address.stopped_at, address.stopped_by = work.now, "guardian"
