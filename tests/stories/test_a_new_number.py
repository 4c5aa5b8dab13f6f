"""A mother has a new phone: a code goes to it, the old one may say no for a day, and then it is hers and the old one is not."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.address_decisions import decide, write_down
from hub.post.messages import Message, Thread
from hub.safety.audit import AuditRow
from tests.living_hub import ANSWER_SECONDS, OPERATOR, LivingHub, living_hub

ANNE, SEAT, NEW = "Anne Nordmann", "contact teacher 7A", "+4740000977"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def prove(living: LivingHub) -> str:
    """Anne tells of her new number and types the code that it got; what she is told last."""
    new = living.provider.phone(NEW)
    assert "+47 40 00 09 77" in await living.text(ANNE, SEAT, "Jeg har fått nytt nummer: 400 00 977")
    assert "ti minutter" in await living.text(ANNE, SEAT, "ja")
    code = re.search(r"\b\d{6}\b", (await new.next_text(ANSWER_SECONDS)).body)
    assert code is not None
    return await living.text(ANNE, SEAT, code[0])


def where_anne_is(look: Look, guardian_id: str) -> dict[str, str | None]:
    rows = look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id))
    return {row.value: row.gone_reason for row in rows if row.kind == "sms"}


async def addresses(living: LivingHub) -> dict[str, str | None]:
    return await living.hub.desk.look(OPERATOR, where_anne_is, living.village.guardian(ANNE).id)


@pytest.mark.capability("H-27")
async def test_a_proven_number_takes_over_after_a_day(living: LivingHub, clock: StoppedClock) -> None:
    new = living.provider.phone(NEW)
    told = await prove(living)
    assert "ANGRE" in told

    clock.move(timedelta(days=1, minutes=1))

    assert "dette nummeret" in (await new.next_text(ANSWER_SECONDS)).body
    assert await addresses(living) == {living.village.phone(ANNE): "replaced", NEW: None}
    await new.text(living.village.number(SEAT).value, "Kari er syk i dag")
    assert "Kari er syk i dag" in (await new.next_text(ANSWER_SECONDS)).body


@pytest.mark.capability("H-27")
async def test_a_no_from_the_old_number_stops_it_and_calls_staff(living: LivingHub, clock: StoppedClock) -> None:
    await prove(living)

    assert "de ansatte ser på saken" in await living.text(ANNE, SEAT, "nei")

    clock.move(timedelta(days=2))
    await living.settled()
    assert await addresses(living) == {living.village.phone(ANNE): None}
    waits = await living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(sa.select(Thread.waits_why)).all())
    assert waits == ["number_refused"]


async def test_the_code_is_nowhere_in_the_book_but_where_she_typed_it(living: LivingHub) -> None:
    new = living.provider.phone(NEW)
    await prove(living)
    code = re.findall(r"\b\d{6}\b", new.received[0].body)[0]

    def said(look: Look) -> list[str]:
        return [message.author for message in look.session.scalars(sa.select(Message)) if code in message.text]

    assert await living.hub.desk.look(OPERATOR, said) == ["guardian"]


async def confirm_by_staff(living: LivingHub) -> str:
    """Kari's teacher writes a new number of Anne's down, and confirms it; what Anne's old phone then shows."""
    kari, anne = living.village.child("Kari Nordmann"), living.village.guardian(ANNE)
    lunde = living.village.staff("Kari Lunde")
    teacher = Asker("staff", lunde.id, Trust.STRONG, "tested", lunde.owner_id)
    change = await living.hub.desk.work(teacher, write_down, kari.id, anne.id, "400 00 977")
    await living.hub.desk.work(teacher, decide, kari.id, change.id, agreed=True)
    return (await living.phone(ANNE).next_text(ANSWER_SECONDS)).body


@pytest.mark.capability("H-27")
async def test_staff_write_a_number_down_and_confirm_it_and_the_old_one_has_a_day_for_a_no(
    living: LivingHub, clock: StoppedClock
) -> None:
    lunde = living.village.staff("Kari Lunde")

    told = await confirm_by_staff(living)
    before = await addresses(living)
    clock.move(timedelta(days=1, minutes=1))

    assert "slutter på 77" in told
    assert before == {living.village.phone(ANNE): None}
    assert "dette nummeret" in (await living.provider.phone(NEW).next_text(ANSWER_SECONDS)).body
    assert await addresses(living) == {living.village.phone(ANNE): "replaced", NEW: None}
    noted = sa.select(AuditRow.what).where(AuditRow.who_id == lunde.id)
    assert (await living.hub.desk.look(OPERATOR, lambda look: sorted(look.session.scalars(noted)))) == [
        "address.change",
        "address.confirm",
    ]


async def test_a_no_from_the_old_number_outweighs_what_one_member_of_staff_has_confirmed(
    living: LivingHub, clock: StoppedClock
) -> None:
    await confirm_by_staff(living)

    assert "de ansatte ser på saken" in await living.text(ANNE, SEAT, "nei")

    clock.move(timedelta(days=2))
    await living.settled()
    assert await addresses(living) == {living.village.phone(ANNE): None}


async def test_where_no_phone_is_left_to_say_no_it_acts_at_once(living: LivingHub) -> None:
    """The old one was lost and is gone: nobody could answer there."""

    def lose(work: Work) -> None:
        for address in work.session.scalars(sa.select(GuardianAddress)):
            if address.value == living.village.phone(ANNE):
                address.gone_at, address.gone_reason = work.now, "unknown"

    await living.hub.desk.work(OPERATOR, lose)
    kari, anne = living.village.child("Kari Nordmann"), living.village.guardian(ANNE)
    lunde = living.village.staff("Kari Lunde")
    teacher = Asker("staff", lunde.id, Trust.STRONG, "tested", lunde.owner_id)

    change = await living.hub.desk.work(teacher, write_down, kari.id, anne.id, "400 00 977")
    await living.hub.desk.work(teacher, decide, kari.id, change.id, agreed=True)

    assert (await addresses(living))[NEW] is None


@pytest.mark.capability("H-28")
async def test_a_wrong_home_address_goes_to_the_office_with_the_way_to_the_register(living: LivingHub) -> None:
    told = await living.text(ANNE, SEAT, "Vi har flyttet til Storgata 5")

    assert "kontoret får vite det" in told
    assert "Folkeregisteret" in told
    waits = await living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(sa.select(Thread.waits_why)).all())
    assert waits == ["wrong_home"]
