"""Routing: the number tells the seat, the sender's address tells who speaks, and owners never mix."""

from datetime import date, timedelta

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress, GuardianRight, Guardianship, Right
from hub.people.numbers import find_allocation, release
from hub.talk.routing import Route, find_holders, find_office, find_route, list_sharing
from tests.hub.post.outboxes import TEST
from tests.village import SAARELA, Village


def route(look: Look, sender: str, recipient: str) -> Route | None:
    return find_route(look, "sms", sender, recipient)


async def names_at(village: Village, sender: str, recipient: str) -> list[str]:
    found = await village.desk.look(TEST, route, sender, recipient)
    assert found is not None
    return sorted(guardian.name for _, guardian in found.people)


async def test_a_number_leads_to_its_seat_and_a_phone_to_its_person(village: Village) -> None:
    found = await village.desk.look(
        TEST, route, village.phone("Anne Nordmann"), village.number("contact teacher 7A").value
    )

    assert found is not None
    assert (found.role.source_id, found.unit.source_id, found.resting) == ("contact-teacher-7A", "school", False)
    assert [guardian.name for _, guardian in found.people] == ["Anne Nordmann"]


async def test_a_shared_phone_leads_to_everyone_who_uses_it(village: Village) -> None:
    names = await names_at(village, village.phone("Arne Moe"), village.number("contact teacher 7A").value)

    assert names == ["Arne Moe", "Gerd Moe"]


async def test_a_phone_of_two_municipalities_is_only_its_own_at_each(village: Village) -> None:
    phone = village.phone("Mikko Lindqvist", SAARELA)
    here = await village.desk.look(TEST, route, phone, village.number("contact teacher 1A").value)
    there = await village.desk.look(TEST, route, phone, village.number("teacher peikot", SAARELA).value)

    assert here is not None
    assert there is not None
    assert {guardian.owner_id for _, guardian in here.people} == {village.owner().id}
    assert {guardian.owner_id for _, guardian in there.people} == {village.owner(SAARELA).id}


async def test_a_stranger_and_an_address_that_is_gone_lead_to_nobody(village: Village) -> None:
    number = village.number("contact teacher 7A").value

    def end(work: Work) -> None:
        work.session.execute(
            sa.update(GuardianAddress)
            .where(GuardianAddress.guardian_id == village.guardian("Anne Nordmann").id)
            .values(gone_at=work.now)
        )

    await village.desk.work(TEST, end)

    assert await names_at(village, "+4740000987", number) == []
    assert await names_at(village, village.phone("Anne Nordmann"), number) == []
    assert await names_at(village, village.phone("Ola Nordmann"), number) == ["Ola Nordmann"]


async def test_a_number_that_is_none_of_ours_or_never_had_a_seat_leads_nowhere(village: Village) -> None:
    anne = village.phone("Anne Nordmann")

    assert await village.desk.look(TEST, route, anne, "+4759999999") is None
    assert await village.desk.look(TEST, route, anne, village.number("free").value) is None


async def test_a_number_that_was_given_up_rests_and_still_knows_its_unit(village: Village, clock: StoppedClock) -> None:
    number = village.number("contact teacher 7A")

    def give_up(work: Work) -> None:
        allocation = find_allocation(work, number)
        assert allocation is not None
        release(work, allocation)

    await village.desk.work(TEST, give_up)
    clock.move(timedelta(days=1))
    found = await village.desk.look(TEST, route, village.phone("Anne Nordmann"), number.value)

    assert found is not None
    assert (found.resting, found.unit.source_id) == (True, "school")


async def test_the_stand_in_reads_while_the_holder_is_away(village: Village, clock: StoppedClock) -> None:
    role, school = village.role("contact teacher 1A"), village.unit("school")
    now = await village.desk.look(TEST, find_holders, role.id, school)
    clock.move(timedelta(days=14))
    later = await village.desk.look(TEST, find_holders, role.id, school)

    assert now.stand_in is not None
    assert now.reader == now.stand_in
    assert later.stand_in is None
    assert later.reader == later.holder


async def test_one_thread_is_shared_by_those_alone_who_may_know_of_the_same_children(village: Village) -> None:
    both = {village.guardian("Marte Bakken").id, village.guardian("Lars Bakken").id}

    def share(look: Look) -> list[set[str]]:
        return [
            set(list_sharing(look, look.session.get_one(Guardian, id_), village.unit("school"))) for id_ in sorted(both)
        ]

    def end(work: Work) -> None:
        ties = sa.select(Guardianship.id).where(Guardianship.guardian_id == village.guardian("Lars Bakken").id)
        work.session.execute(
            sa.update(GuardianRight)
            .where(GuardianRight.guardianship_id.in_(ties), GuardianRight.kind == Right.INFORM)
            .values(to_day=date(2025, 3, 2))
        )

    assert await village.desk.look(TEST, share) == [both, both]

    await village.desk.work(TEST, end)

    assert await village.desk.look(TEST, share) == [{id_} for id_ in sorted(both)]


async def test_every_unit_has_somewhere_to_write_instead(village: Village) -> None:
    office = await village.desk.look(TEST, find_office, village.unit("school").id)

    assert office is not None
    assert office.value == village.number("office").value
