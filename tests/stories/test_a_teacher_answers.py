"""A family's question waits for a person; a teacher answers, and the answer reaches the phone when its hold is over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.book import read_book
from hub.post.entry import Entry, Progress
from hub.post.inboxes import list_inbox
from hub.post.reading import get_reader
from hub.talk.planning import plan_answer
from hub.talk.writing import Draft, answer, let_go, take_back
from tests.hub.post.spoken import as_staff
from tests.living_hub import LivingHub, living_hub

QUESTION = "Kan noen ringe meg om lekser?"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def the_waiting_thread(living: LivingHub) -> tuple[str, str]:
    """Anne's question stands first with the contact teacher: the thread, and the key of who would read an answer."""
    await living.text("Anne Nordmann", "contact teacher 7A", QUESTION)

    def ask(look: Look) -> tuple[str, str]:
        reader = get_reader(look)
        row = list_inbox(look, reader).rows[0]
        return row.thread.id, plan_answer(look, reader, row.thread.id).key

    return await living.hub.desk.look(as_staff(living.village.staff("Kari Lunde")), ask)


async def the_book(living: LivingHub) -> list[Entry]:
    kari = living.village.child("Kari Nordmann")
    return await living.hub.desk.look(as_staff(living.village.staff("Kari Lunde")), read_book, kari.id)


@pytest.mark.capability("H-42")
async def test_the_answer_reaches_the_phone_within_two_seconds_of_leaving_its_hold(living: LivingHub) -> None:
    thread_id, readers = await the_waiting_thread(living)
    lunde, phone = as_staff(living.village.staff("Kari Lunde")), living.phone("Anne Nordmann")

    message = await living.hub.desk.work(lunde, answer, thread_id, (), Draft("Jeg ringer klokka to.", readers))
    await living.settled()
    held = (await the_book(living))[-1]
    await living.hub.desk.work(lunde, let_go, message.id)
    text = await phone.next_text()

    assert held.held_until is not None
    assert (text.body, text.sender) == ("Jeg ringer klokka to.", living.village.number("contact teacher 7A").value)
    await living.settled()
    assert [sent.progress for sent in (await the_book(living))[-1].deliveries] == [Progress.ARRIVED]


async def test_a_bare_yes_to_what_the_teacher_wrote_waits_for_the_teacher(living: LivingHub) -> None:
    thread_id, readers = await the_waiting_thread(living)
    lunde = as_staff(living.village.staff("Kari Lunde"))
    message = await living.hub.desk.work(lunde, answer, thread_id, (), Draft("Passer klokka to?", readers))
    await living.hub.desk.work(lunde, let_go, message.id)
    await living.settled()

    await living.text("Anne Nordmann", "contact teacher 7A", "ja")
    await living.settled()

    def waiting(look: Look) -> list[str]:
        return [row.thread.id for row in list_inbox(look, get_reader(look)).rows if row.thread.waits_since is not None]

    assert await living.hub.desk.look(lunde, waiting) == [thread_id]


async def test_an_answer_that_was_taken_back_never_reaches_the_phone(living: LivingHub, clock: StoppedClock) -> None:
    thread_id, readers = await the_waiting_thread(living)
    lunde = as_staff(living.village.staff("Kari Lunde"))
    message = await living.hub.desk.work(lunde, answer, thread_id, (), Draft("Jeg ringer klokka to.", readers))

    await living.hub.desk.work(lunde, take_back, message.id)

    clock.move(timedelta(seconds=30))
    again = await living.hub.desk.work(lunde, answer, thread_id, (), Draft("Jeg ringer klokka tre.", readers))
    await living.hub.desk.work(lunde, let_go, again.id)
    assert (await living.phone("Anne Nordmann").next_text()).body == "Jeg ringer klokka tre."
    assert (await the_book(living))[-2].is_undone
