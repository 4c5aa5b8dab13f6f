"""A pupil texts from a phone of her own: she is heard as herself, what is her guardians' to say is asked of them, and nobody
made her."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.book import read_book
from hub.post.messages import Author
from hub.post.pupil_threads import let_read_along
from hub.register.loading import apply
from hub.safety.access import get_reach
from hub.school.day_board import Presence, list_board
from tests.hub.register.sheets import Sheet
from tests.living_hub import ANSWER_SECONDS, OPERATOR, LivingHub, living_hub
from tests.rehearsal.handsets import Handset
from tests.village import Village

KARIS = "+4740000951"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as living:
        await give_phone(living.village, tmp_path, "c-kari-nordmann", KARIS)
        yield living


async def give_phone(village: Village, folder: Path, child: str, *phones: str) -> None:
    """The register tells that a pupil has a phone of their own."""
    sheet = Sheet.of_village().only("children", child)
    sheet.row("children", child)["phones"] = list(phones)
    await village.desk.work(OPERATOR, apply, sheet.read(folder))


def staff(village: Village) -> Asker:
    return Asker("staff", village.staff("Kari Lunde").id, Trust.STRONG, "page morning")


async def text(living: LivingHub, body: str) -> Handset:
    phone = living.provider.phone(KARIS)
    await phone.text(living.village.number("contact teacher 7A").value, body)
    return phone


async def presence(living: LivingHub) -> Presence:
    village, school = living.village, living.village.unit("school")

    def look_at_board(look: Look) -> Presence:
        board = list_board(look, get_reach(look), school, school.today(look.now))
        return next(each.presence for each in board if each.child.id == village.child("Kari Nordmann").id)

    return await living.hub.desk.look(staff(village), look_at_board)


@pytest.mark.capability("H-53")
async def test_a_pupil_says_she_is_ill_and_is_expected_until_her_guardian_says_yes(living: LivingHub) -> None:
    phone = await text(living, "jeg er syk i dag")
    answer = (await phone.next_text(ANSWER_SECONDS)).body
    asked = (await living.phone("Anne Nordmann").next_text(ANSWER_SECONDS)).body
    before = await presence(living)

    agreed = await living.text("Anne Nordmann", "contact teacher 7A", "ja")

    assert answer.startswith(
        "Hei Kari, og takk for at du sier fra. Det er foresatte som melder fravær, så vi har spurt dem."
    )
    assert answer.endswith("En voksen her leser det også.")
    assert asked.startswith("Kari har selv skrevet til oss om å være borte i dag, mandag 3. mars.")
    assert before is Presence.NOT_HEARD
    assert agreed.startswith("Notert: Kari er syk i dag")
    assert await presence(living) is Presence.AWAY


async def test_staff_see_that_it_is_the_pupil_who_writes(living: LivingHub) -> None:
    phone = await text(living, "Kan jeg snakke med deg etter timen?")
    answer = (await phone.next_text(ANSWER_SECONDS)).body

    def read(look: Look) -> list[tuple[str, str, list[str]]]:
        return [
            (entry.who, entry.sharing.value, [person.name for person in entry.readers])
            for entry in read_book(look, living.village.child("Kari Nordmann").id)
            if entry.author is Author.GUARDIAN
        ]

    [(who, sharing, readers)] = await living.hub.desk.look(staff(living.village), read)
    assert answer.startswith("Hei Kari, og takk for at du skriver.")
    assert (who, sharing) == ("Kari Nordmann", "pupil")
    assert readers == ["Kari Nordmann"]


async def test_she_is_told_with_each_answer_once_staff_let_her_guardians_read_along(living: LivingHub) -> None:
    phone = await text(living, "Kan jeg snakke med deg etter timen?")
    apart = (await phone.next_text(ANSWER_SECONDS)).body

    def let_read(work: Work) -> None:
        [entry] = [e for e in read_book(work, living.village.child("Kari Nordmann").id) if e.author is Author.GUARDIAN]
        let_read_along(work, entry.thread_id)

    await living.hub.desk.work(staff(living.village), let_read)
    await text(living, "Kan vi snakke i morgen?")
    shared = (await phone.next_text(ANSWER_SECONDS)).body

    assert "Foresatte" not in apart
    assert shared.endswith("Foresatte kan også lese det.")


async def test_a_no_from_her_guardian_leaves_her_expected_and_goes_to_staff(living: LivingHub) -> None:
    await text(living, "jeg er syk i dag")
    await living.phone("Anne Nordmann").next_text(ANSWER_SECONDS)

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "nei")

    assert answer.startswith("Takk for svar. Vi venter Kari som vanlig")
    assert await presence(living) is Presence.NOT_HEARD


async def test_nobody_has_to_use_it(living: LivingHub) -> None:
    """Whoever answers STOP is written to no more, and the school goes on with the guardians as before."""
    phone = await text(living, "STOPP")
    stopped = (await phone.next_text(ANSWER_SECONDS)).body

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")

    assert stopped
    assert answer.startswith("Notert: Kari er syk i dag")
    assert len(phone.history) == 2
