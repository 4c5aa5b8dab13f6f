"""An answer that came to another unit's number stays within the owner whose question it may be to."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.address import SMS
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.messages import Author, Message, Thread
from hub.post.posting import Post, post
from hub.school.absences import Absence
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.routing import find_route, get_thread
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import Receiving, receiving_in
from tests.transcript import the_ear
from tests.village import SAARELA, Village

MOTHER = "Marte Bakken"


@pytest.fixture
async def receiving(village: Village) -> AsyncIterator[Receiving]:
    async with receiving_in(village, the_ear()) as receiving:
        yield receiving


async def ask_the_mother(receiving: Receiving) -> None:
    """The preschool asks her whether so many days are right."""
    number = receiving.village.number("teacher blabaer").value
    await receiving.until_read(await receiving.say("Noah er borte fra 10. mars til 4. april", MOTHER, to=number))


async def states(receiving: Receiving) -> list[str]:
    phone = receiving.village.phone(MOTHER)
    asked = sa.select(Conversation.state).where(Conversation.asked_of == phone).order_by(Conversation.id)
    return await receiving.village.desk.look(TEST, lambda look: list(look.session.scalars(asked)))


async def give_phone(village: Village, guardian: str, phone: str) -> None:
    """A guardian of the other municipality uses the same phone."""

    def give(work: Work) -> None:
        owner, id_ = village.owner(SAARELA).id, village.guardian(guardian, SAARELA).id
        work.session.add(
            GuardianAddress(
                id=work.new_id(), owner_id=owner, guardian_id=id_, kind=SMS, value=phone, confirmed_at=work.now
            )
        )

    await village.desk.work(Asker("operator", "test", Trust.STRONG, "test", None), give)


async def test_an_answer_to_another_number_of_the_owner_is_taken(receiving: Receiving) -> None:
    await ask_the_mother(receiving)

    await receiving.until_read(
        await receiving.say("ja", MOTHER, to=receiving.village.number("contact teacher 1A").value)
    )

    assert await states(receiving) == [ConversationState.SETTLED]


async def test_an_answer_to_another_owners_number_is_not(receiving: Receiving) -> None:
    village = receiving.village
    stranger = next(name for (owner, name) in village.guardians if owner == SAARELA)
    await give_phone(village, stranger, village.phone(MOTHER))
    await ask_the_mother(receiving)

    number = next(n.value for n in village.numbers.values() if n.owner_id == village.owner(SAARELA).id)
    await receiving.until_read(await receiving.say("ja", MOTHER, to=number))

    assert await states(receiving) == [ConversationState.OPEN]


def write_to_the_mother(work: Work, village: Village, number: str) -> None:
    route = find_route(work, SMS, village.phone(MOTHER), number)
    assert route is not None
    text = "Kan du komme til samtale torsdag?"
    post(work, get_thread(work, route), Post(text, "nb", Author.STAFF, village.staff("Maria Nygård").id))


async def test_a_no_that_may_be_to_staff_of_the_unit_it_came_to_is_read_there_too(
    receiving: Receiving, clock: StoppedClock
) -> None:
    village = receiving.village
    school, preschool = village.number("contact teacher 1A").value, village.number("teacher blabaer").value
    await village.desk.work(TEST, write_to_the_mother, village, school)
    clock.move(timedelta(minutes=5))
    await receiving.until_read(await receiving.say("Noah er syk i dag", "Lars Bakken", to=preschool))
    clock.move(timedelta(minutes=5))

    await receiving.until_read(await receiving.say("nei", MOTHER, to=school))

    def ask(look: Look) -> tuple[list[bool], set[str]]:
        absent = look.session.scalars(sa.select(Absence).where(Absence.child_id == village.child("Noah Bakken").id))
        read = look.session.scalars(
            sa.select(Thread.unit_id).join(Message, Message.thread_id == Thread.id).where(Message.text == "nei")
        )
        return [row.disputed_at is not None for row in absent], set(read)

    disputed, read = await village.desk.look(TEST, ask)
    assert disputed == [True]
    assert read == {village.unit("school").id, village.unit("preschool").id}
