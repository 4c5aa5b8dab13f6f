"""A text about children at two units is one text to its writer: one UNDO takes it back at both, and neither learns of the
other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.messages import Message, list_book
from hub.school.absences import Absence
from tests.living_hub import OPERATOR, LivingHub, living_hub

MOTHER, SEAT = "Marte Bakken", "contact teacher 1A"
SCHOOL_CHILD, PRESCHOOL_CHILD = "Nora Bakken", "Noah Bakken"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def say(living: LivingHub, words: str, seat: str = SEAT) -> list[str]:
    """A text of the mother's, and all that she gets back."""
    phone = living.phone(MOTHER)
    before = len(phone.received)
    await phone.text(living.village.number(seat).value, words)
    await living.settled()
    return [text.body for text in phone.received[before:]]


async def away(living: LivingHub) -> set[str]:
    def names(look: Look) -> set[str]:
        standing = set(look.session.scalars(sa.select(Absence.child_id).where(Absence.ceased_at.is_(None))))
        return {name for (_, name), child in living.village.children.items() if child.id in standing}

    return await living.hub.desk.look(OPERATOR, names)


async def book(living: LivingHub, child: str) -> list[Message]:
    return await living.hub.desk.look(OPERATOR, list_book, living.village.child(child).id)


@pytest.mark.parametrize("seat", [SEAT, "teacher blabaer"])
async def test_a_text_that_acted_at_two_units_is_undone_at_both(living: LivingHub, seat: str) -> None:
    await say(living, "Nora og Noah er syke i dag")
    assert await away(living) == {SCHOOL_CHILD, PRESCHOOL_CHILD}

    answers = await say(living, "angre", seat)

    assert await away(living) == set()
    assert len(answers) == 2
    assert all(answer.startswith("Angret") for answer in answers)
    for answer, other in ((answers[0], answers[1]), (answers[1], answers[0])):
        assert ("Nora" in answer) is not ("Nora" in other)
        assert ("Noah" in answer) is not ("Noah" in other)


async def test_neither_unit_learns_of_the_other(living: LivingHub) -> None:
    await say(living, "Nora og Noah er syke i dag")
    await say(living, "angre")

    for child, other in ((SCHOOL_CHILD, PRESCHOOL_CHILD), (PRESCHOOL_CHILD, SCHOOL_CHILD)):
        told = await book(living, child)
        assert "angre" in [message.text for message in told]
        by_us = [message.text for message in told if message.author != "guardian"]
        assert not any(other.partition(" ")[0] in text for text in by_us)


async def test_what_was_told_of_one_unit_later_stands(living: LivingHub) -> None:
    """The preschool heard something else since: the one UNDO takes back the common text, and not that."""
    await say(living, "Nora og Noah er syke i dag")
    await say(living, "Noah er syk i morgen", "teacher blabaer")

    await say(living, "angre")

    def days(look: Look) -> list[tuple[str, int]]:
        standing = look.session.scalars(sa.select(Absence).where(Absence.ceased_at.is_(None)))
        return sorted((living.village.children["fjordvik", PRESCHOOL_CHILD].id, row.day.day) for row in standing)

    assert await living.hub.desk.look(OPERATOR, days) == [(living.village.child(PRESCHOOL_CHILD).id, 4)]


async def test_a_second_undo_finds_nothing_more(living: LivingHub) -> None:
    await say(living, "Nora og Noah er syke i dag")
    await say(living, "angre")

    answers = await say(living, "angre")

    assert not any(answer.startswith("Angret") for answer in answers)


async def test_a_text_that_acted_at_one_unit_is_undone_there_alone(living: LivingHub) -> None:
    await say(living, "Noah er syk i dag", "teacher blabaer")
    await say(living, "Nora er syk i dag")

    answers = await say(living, "angre")

    assert await away(living) == {PRESCHOOL_CHILD}
    assert len(answers) == 1
