"""A phone is registered by the code that was sent to it, is one person's at a time, and ends for good."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import Staff
from hub.safety.access import NotThereError
from hub.safety.address_changes import CODE_LIFE, Code
from hub.safety.audit import AuditRow
from hub.safety.staff_phones import (
    CodesTooOftenError,
    NotAPhoneError,
    OurOwnNumberError,
    StaffPhone,
    begin_phone,
    end_phone,
    find_phone,
    get_phone,
    list_phones,
    try_phone_code,
)
from hub.sign_in.tidying import KEPT, tidy
from tests.hub.post.outboxes import TEST
from tests.village import Village

LUNDE, DAHL = "Kari Lunde", "Jonas Dahl"
NEW = Address(SMS, "+4740000951")
CODE = Code("482913", "salt")


async def begin(village: Village, name: str = LUNDE, new: Address = NEW) -> str:
    def tell(work: Work) -> str:
        return begin_phone(work, work.session.get_one(Staff, village.staff(name).id), new, CODE).id

    return await village.desk.work(TEST, tell)


async def type_code(village: Village, phone_id: str, figures: str = CODE.figures) -> bool | None:
    return await village.desk.work(
        TEST, lambda work: try_phone_code(work, work.session.get_one(StaffPhone, phone_id), figures)
    )


async def whose(village: Village, value: str = NEW.value) -> str | None:
    def ask(look: Look) -> str | None:
        found = find_phone(look, village.owner().id, Address(SMS, value))
        return None if found is None else found[1].name

    return await village.desk.look(TEST, ask)


async def test_the_code_makes_it_theirs_and_is_not_kept(village: Village) -> None:
    phone_id = await begin(village)
    before = await whose(village)

    right = await type_code(village, phone_id)

    def ask(look: Look) -> tuple[str, str, list[str]]:
        phone = look.session.get_one(StaffPhone, phone_id)
        rows = look.session.scalars(sa.select(AuditRow.what).where(AuditRow.what.startswith("staff_phone")))
        return phone.salt, phone.digest, sorted(rows)

    assert (before, right, await whose(village)) == (None, True, LUNDE)
    assert await village.desk.look(TEST, ask) == ("", "", ["staff_phone.begin", "staff_phone.prove"])


async def test_a_wrong_code_five_times_or_a_late_one_proves_nothing(village: Village, clock: StoppedClock) -> None:
    tried = await begin(village)
    tries = [await type_code(village, tried, "111111") for _ in range(6)]
    late = await begin(village)
    clock.move(CODE_LIFE)

    assert tries == [False] * 5 + [None]
    assert await type_code(village, tried) is None
    assert await type_code(village, late) is None
    assert await whose(village) is None


async def test_whoever_proves_a_number_has_it_and_the_one_before_has_it_no_more(village: Village) -> None:
    await type_code(village, await begin(village))

    second = await begin(village, DAHL)
    between = await whose(village)
    await type_code(village, second)

    assert between == LUNDE
    assert await whose(village) == DAHL


async def test_codes_are_not_sent_without_end_nor_to_numbers_that_are_no_phones(village: Village) -> None:
    for _ in range(3):
        await begin(village)

    with pytest.raises(CodesTooOftenError):
        await begin(village)
    with pytest.raises(OurOwnNumberError):
        await begin(village, DAHL, Address(SMS, "+4759000001"))
    with pytest.raises(NotAPhoneError):
        await begin(village, DAHL, Address(SMS, "59000000000042"))


async def test_one_that_has_ended_is_nobodys_and_not_there(village: Village) -> None:
    phone_id = await begin(village)
    await type_code(village, phone_id)

    await village.desk.work(TEST, lambda work: end_phone(work, work.session.get_one(StaffPhone, phone_id), "x"))

    assert await whose(village) is None
    with pytest.raises(NotThereError):
        await village.desk.look(TEST, get_phone, village.staff(LUNDE).id, phone_id)


async def test_somebody_elses_phone_is_as_absent_as_none(village: Village) -> None:
    phone_id = await begin(village)

    with pytest.raises(NotThereError):
        await village.desk.look(TEST, get_phone, village.staff(DAHL).id, phone_id)
    assert (await village.desk.look(TEST, get_phone, village.staff(LUNDE).id, phone_id)).id == phone_id


async def test_whoever_has_left_has_no_phone_here(village: Village) -> None:
    await type_code(village, await begin(village))

    def leave(work: Work) -> None:
        work.session.get_one(Staff, village.staff(LUNDE).id).left_at = work.now

    await village.desk.work(TEST, leave)

    assert await whose(village) is None


async def test_what_has_ended_or_was_never_proven_is_let_go_after_a_month(
    village: Village, clock: StoppedClock
) -> None:
    kept = await begin(village)
    await type_code(village, kept)
    await begin(village, DAHL, Address(SMS, "+4740000952"))

    clock.move(KEPT + timedelta(days=1))
    await village.desk.work(TEST, tidy)

    left = await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(StaffPhone.id))))
    assert left == [kept]
    assert [one.id for one in await village.desk.look(TEST, list_phones, [village.staff(LUNDE).id])] == [kept]
