"""A new number acts only after its code and a day without a no; staff may say yes or no to whatever waits."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import MAIL, SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.audience import find_best_address
from hub.safety.address_changes import (
    AddressChange,
    ChangeState,
    Code,
    NoLongerOpenError,
    begin_change,
    confirm_change,
    find_change,
    list_open,
    may_change,
    new_code,
    refuse_change,
    try_code,
)
from hub.safety.audit import AuditRow
from hub.safety.due_changes import list_due_changes, put_due_in_force
from tests.hub.post.outboxes import TEST
from tests.village import Village

ANNE = "Anne Nordmann"
NEW = Address(SMS, "+4740000977")
CODE = Code("482913", "salt")
WRONG = "111111"


async def tell(village: Village, new: Address = NEW, code: Code | None = CODE) -> str:
    """Anne tells of a new address; the id of the change."""

    def begin(work: Work) -> str:
        anne = village.guardian(ANNE)
        return begin_change(work, anne, village.addresses[anne.id][0], new, code).id

    return await village.desk.work(TEST, begin)


async def type_code(village: Village, change_id: str, figures: str) -> bool | None:
    def try_it(work: Work) -> bool | None:
        change = find_change(work, change_id)
        assert change is not None
        return try_code(work, change, figures)

    return await village.desk.work(TEST, try_it)


async def let_time_pass(village: Village, clock: StoppedClock, span: timedelta) -> None:
    clock.move(span)

    def put(work: Work) -> None:
        put_due_in_force(work, list_due_changes(work))

    await village.desk.work(TEST, put)


async def number_of_anne(village: Village) -> str:
    def find(look: Look) -> str:
        found = find_best_address(look, village.guardian(ANNE).id, SMS)
        return "" if found is None else found.value

    return await village.desk.look(TEST, find)


async def state_of(village: Village, change_id: str) -> str:
    def find(look: Look) -> str:
        return look.session.get_one(AddressChange, change_id).state

    return await village.desk.look(TEST, find)


async def decide(village: Village, change_id: str, agreed: bool, *, may_be_denied: bool = False) -> None:
    def verb(work: Work) -> None:
        change = find_change(work, change_id)
        assert change is not None
        if agreed:
            confirm_change(work, change, "somebody", may_be_denied=may_be_denied)
        else:
            refuse_change(work, change, "somebody")

    await village.desk.work(TEST, verb)


async def test_a_proven_number_acts_after_a_day_and_the_old_one_ends(village: Village, clock: StoppedClock) -> None:
    old = village.phone(ANNE)
    change = await tell(village)

    assert await type_code(village, change, CODE.figures)

    await let_time_pass(village, clock, timedelta(hours=23, minutes=59))
    assert await number_of_anne(village) == old
    await let_time_pass(village, clock, timedelta(minutes=1))
    await let_time_pass(village, clock, timedelta())
    assert await number_of_anne(village) == NEW.value
    ended = await village.desk.look(TEST, lambda look: find_address(look, old).gone_reason)
    assert ended == "replaced"


def find_address(look: Look, value: str) -> GuardianAddress:
    return look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.value == value)).one()


async def test_a_number_that_nobody_proved_never_acts(village: Village, clock: StoppedClock) -> None:
    await tell(village)

    await let_time_pass(village, clock, timedelta(days=3))

    assert await number_of_anne(village) == village.phone(ANNE)


async def test_a_no_within_the_day_keeps_the_old_number(village: Village, clock: StoppedClock) -> None:
    change = await tell(village)
    await type_code(village, change, CODE.figures)

    await decide(village, change, agreed=False)

    await let_time_pass(village, clock, timedelta(days=2))
    assert await number_of_anne(village) == village.phone(ANNE)
    with pytest.raises(NoLongerOpenError):
        await decide(village, change, agreed=True)


async def test_where_the_old_number_ended_within_the_day_staff_confirm_the_new_one(
    village: Village, clock: StoppedClock
) -> None:
    change = await tell(village)
    await type_code(village, change, CODE.figures)

    def end_the_old(work: Work) -> None:
        for address in work.session.scalars(
            sa.select(GuardianAddress).where(GuardianAddress.guardian_id == village.guardian(ANNE).id)
        ):
            address.gone_at, address.gone_reason = work.now, "not_theirs"

    await village.desk.work(TEST, end_the_old)
    await let_time_pass(village, clock, timedelta(days=1))
    waited = await state_of(village, change)
    await decide(village, change, agreed=True)

    assert waited == ChangeState.FOR_STAFF
    assert await number_of_anne(village) == NEW.value


async def test_a_code_has_five_tries_even_if_the_last_is_right(village: Village) -> None:
    change = await tell(village)

    tried = [await type_code(village, change, WRONG) for _ in range(5)]

    assert tried == [False] * 4 + [None]
    assert await type_code(village, change, CODE.figures) is None


async def test_a_code_lasts_ten_minutes_and_counts_once(village: Village, clock: StoppedClock) -> None:
    late = await tell(village)
    clock.move(timedelta(minutes=10))
    assert await type_code(village, late, CODE.figures) is None

    change = await tell(village)
    assert await type_code(village, change, CODE.figures)
    assert await type_code(village, change, CODE.figures) is None


async def test_the_store_holds_no_code_and_nothing_of_it_once_it_is_used(village: Village) -> None:
    change = await tell(village)

    def kept(look: Look) -> list[str]:
        row = look.session.get_one(AddressChange, change)
        return [row.salt, row.digest]

    salt, digest = await village.desk.look(TEST, kept)
    assert CODE.figures not in salt + digest
    assert re.fullmatch("[0-9a-f]{64}", digest)
    await type_code(village, change, CODE.figures)
    assert await village.desk.look(TEST, kept) == ["", ""]


async def test_who_tells_of_another_number_has_only_that_one_open(village: Village) -> None:
    first = await tell(village)
    second = await tell(village, Address(SMS, "+4740000978"))
    mail = await tell(village, Address(MAIL, "anne@example.no"), None)

    def opened(look: Look) -> list[str]:
        return [change.id for change in list_open(look, [village.guardian(ANNE).id])]

    assert await village.desk.look(TEST, opened) == [second, mail]
    assert await state_of(village, first) == ChangeState.LAPSED


async def test_staff_confirm_what_no_code_can_prove_and_it_acts_at_once(village: Village) -> None:
    change = await tell(village, Address(MAIL, "anne@example.no"), None)

    await decide(village, change, agreed=True)

    assert await state_of(village, change) == ChangeState.IN_FORCE
    confirmed = await village.desk.look(TEST, lambda look: find_address(look, "anne@example.no").confirmed_by)
    assert confirmed == "staff"
    assert await number_of_anne(village) == village.phone(ANNE)


async def test_a_number_of_ours_ones_own_and_the_fourth_in_a_day_are_refused(village: Village) -> None:
    anne = village.guardian(ANNE)
    asked = (NEW.value, village.phone(ANNE), village.number("office").value)

    def why_not(look: Look) -> list[str | None]:
        return [may_change(look, anne.id, Address(SMS, value)) for value in asked]

    assert await village.desk.look(TEST, why_not) == [None, "same", "ours"]
    for _ in range(3):
        await tell(village)
    assert await village.desk.look(TEST, why_not) == ["often", "same", "ours"]


async def test_each_step_stands_in_the_audit_and_no_number_or_code_does(village: Village, clock: StoppedClock) -> None:
    change = await tell(village)
    await type_code(village, change, WRONG)
    await type_code(village, change, CODE.figures)
    await let_time_pass(village, clock, timedelta(days=1))

    def noted(look: Look) -> list[AuditRow]:
        return list(look.session.scalars(sa.select(AuditRow).where(AuditRow.what.startswith("address."))))

    rows = await village.desk.look(TEST, noted)
    assert sorted(row.what for row in rows) == [
        "address.change",
        "address.in_force",
        "address.prove",
        "address.wrong_code",
    ]
    assert all(row.ids == [change, village.guardian(ANNE).id] for row in rows)


def test_codes_have_six_figures_and_never_print() -> None:
    codes = [new_code() for _ in range(200)]

    assert all(re.fullmatch(r"\d{6}", code.figures) for code in codes)
    assert len({code.figures for code in codes}) > 190
    assert all(code.figures not in f"{code} {code!r}" for code in codes)


async def test_what_one_member_of_staff_confirms_waits_a_day_where_somebody_may_deny_it(
    village: Village, clock: StoppedClock
) -> None:
    change = await tell(village, code=None)

    await decide(village, change, agreed=True, may_be_denied=True)
    with pytest.raises(NoLongerOpenError):
        await decide(village, change, agreed=True, may_be_denied=True)
    before = await state_of(village, change)
    await let_time_pass(village, clock, timedelta(days=1))

    assert before == ChangeState.PROVEN
    assert await state_of(village, change) == ChangeState.IN_FORCE


async def test_a_confirmed_one_acts_although_the_old_one_has_ended_within_the_day(
    village: Village, clock: StoppedClock
) -> None:
    """Staff know that it is theirs; with a code alone it would have come to them."""
    change = await tell(village, code=None)
    await decide(village, change, agreed=True, may_be_denied=True)

    def end(work: Work) -> None:
        for address in work.session.scalars(sa.select(GuardianAddress)):
            if address.value == village.phone(ANNE):
                address.gone_at, address.gone_reason = work.now, "unknown"

    await village.desk.work(TEST, end)
    await let_time_pass(village, clock, timedelta(days=1))

    assert await state_of(village, change) == ChangeState.IN_FORCE


async def test_what_is_asked_every_second_goes_through_no_whole_table(village: Village) -> None:
    """PostgreSQL chooses by how much there is; what SQLite says shows that an index fits each part of the question."""

    def plan(look: Look) -> list[str]:
        steps: list[str] = []
        connection = look.session.connection()
        if connection.dialect.name != "sqlite":
            return steps

        def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
            if statement.startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps.extend(row[-1] for row in cursor.fetchall())

        sa.event.listen(connection, "before_cursor_execute", explain)
        list_due_changes(look)
        return steps

    steps = await village.desk.look(TEST, plan)

    assert not [step for step in steps if step.startswith("SCAN address_changes") and "INDEX" not in step]
