"""Signing in: password, then the phone where the device is new; each code once; each session as long as it may."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.people.staff import RoleHolding, Staff
from hub.safety.audit import AuditRow
from hub.seal import Seal
from hub.sign_in.entering import (
    CODE_TRIES,
    HALF_LASTS,
    CodeAsked,
    Entered,
    StartAgainError,
    WrongPasswordError,
    enter,
    enter_code,
    knock,
    prove_fresh,
)
from hub.sign_in.invitations import NoRoleTodayError, WrongCodeError
from hub.sign_in.sessions import (
    ENDS_AFTER,
    FADES_AFTER,
    FRESH_FOR,
    SECOND_FACTOR_EVERY,
    StaffSession,
    find_session,
    mark_seen,
    sign_out,
    sign_out_everywhere,
)
from tests.hub.sign_in.people import DEVICE, HASH, HOME, get_staff, signed_in
from tests.hub.sign_in.school import KEY, TEST

MINUTE = timedelta(minutes=1)


def end(work: Work, staff_id: str, how: str) -> None:
    holding = work.session.scalars(sa.select(RoleHolding).where(RoleHolding.staff_id == staff_id)).one()
    if how == "left":
        work.session.get_one(Staff, staff_id).left_at = work.now
    elif how == "role ended":
        holding.ended_at = work.now
    else:
        holding.to_day = work.now.date() - timedelta(days=1)


async def half(desk: Desk, staff_id: str, device: str | None = "another device") -> str:
    """The password was right on a device that is not known."""
    asked = await desk.work(TEST, enter, staff_id, HASH, HOME, device)
    assert isinstance(asked, CodeAsked)
    return asked.half_token


async def test_a_known_device_asks_for_the_password_alone(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    await signed_in(desk, seal, school["Per"])

    entered = await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE)

    assert isinstance(entered, Entered)
    found = await desk.look(TEST, find_session, entered.session_token)
    assert found is not None
    assert not found.is_fresh


async def test_a_new_device_asks_for_the_code_and_is_known_afterwards(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    clock.move(MINUTE)

    token = await half(desk, school["Per"])
    entered = await desk.work(TEST, enter_code, seal, token, phone.at(clock.now()), HOME, "another device")

    assert isinstance(entered, Entered)
    assert isinstance(await desk.work(TEST, enter, school["Per"], HASH, HOME, "another device"), Entered)


async def test_somebody_elses_known_device_is_new_to_me(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    await signed_in(desk, seal, school["Per"])
    await signed_in(desk, seal, school["Liv"])
    await desk.work(TEST, sign_out_everywhere, school["Liv"], "asked")

    assert isinstance(await desk.work(TEST, enter, school["Liv"], HASH, HOME, DEVICE), CodeAsked)


async def test_after_thirty_days_the_code_is_asked_again(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    await signed_in(desk, seal, school["Per"])

    clock.move(SECOND_FACTOR_EVERY - MINUTE)
    assert isinstance(await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE), Entered)

    clock.move(MINUTE)
    assert isinstance(await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE), CodeAsked)


async def test_a_code_counts_once(desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    clock.move(MINUTE)
    code = phone.at(clock.now())

    first = await desk.work(TEST, enter_code, seal, await half(desk, school["Per"]), code, HOME, "b")
    second = await desk.work(TEST, enter_code, seal, await half(desk, school["Per"], "c"), code, HOME, "c")

    assert isinstance(first, Entered)
    assert isinstance(second, WrongCodeError)


async def test_a_code_of_long_ago_does_not_fit(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    clock.move(MINUTE)
    old = phone.at(clock.now())
    clock.move(MINUTE)

    token = await half(desk, school["Per"])

    assert isinstance(await desk.work(TEST, enter_code, seal, token, old, HOME, "b"), WrongCodeError)


async def test_after_five_wrong_codes_one_starts_again(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    token = await half(desk, school["Per"])
    for _ in range(CODE_TRIES):
        clock.move(MINUTE)
        assert isinstance(
            await desk.work(TEST, enter_code, seal, token, "000000", HOME, "b"), WrongCodeError | StartAgainError
        )

    result = await desk.work(TEST, enter_code, seal, token, phone.at(clock.now()), HOME, "b")

    assert isinstance(result, StartAgainError)


async def test_the_first_half_waits_five_minutes(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    in_time, too_late = await half(desk, school["Per"], "b"), await half(desk, school["Per"], "c")

    clock.move(HALF_LASTS - MINUTE)
    assert isinstance(await desk.work(TEST, enter_code, seal, in_time, phone.at(clock.now()), HOME, "b"), Entered)
    clock.move(MINUTE)
    assert isinstance(
        await desk.work(TEST, enter_code, seal, too_late, phone.at(clock.now()), HOME, "c"), StartAgainError
    )


async def test_a_password_that_changed_meanwhile_is_the_wrong_one(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    token = await half(desk, school["Per"])
    await desk.work(TEST, lambda work: setattr(work.session.get_one(Staff, school["Per"]), "password_hash", "new"))
    clock.move(MINUTE)

    assert isinstance(await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE), WrongPasswordError)
    assert isinstance(await desk.work(TEST, enter_code, seal, token, phone.at(clock.now()), HOME, "b"), StartAgainError)


async def test_knocking_tells_nothing_about_who_exists(desk: Desk, school: dict[str, str]) -> None:
    nobody = await desk.work(TEST, knock, "nobody", HOME, None)

    assert (nobody.staff_id, nobody.password_hash) == (None, None)


async def test_a_session_fades_and_ends(desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]) -> None:
    session, _ = await signed_in(desk, seal, school["Per"])

    clock.move(FADES_AFTER - MINUTE)
    found = await desk.look(TEST, find_session, session)
    assert found is not None
    assert not found.is_faded
    clock.move(MINUTE)
    found = await desk.look(TEST, find_session, session)
    assert found is not None
    assert found.is_faded
    await desk.work(TEST, mark_seen, found.id)
    found = await desk.look(TEST, find_session, session)
    assert found is not None
    assert not found.is_faded
    clock.move(ENDS_AFTER)
    assert await desk.look(TEST, find_session, session) is None


async def test_fresh_proof_lasts_ten_minutes_and_makes_a_new_token(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    old, phone = await signed_in(desk, seal, school["Per"])
    clock.move(FRESH_FOR)
    found = await desk.look(TEST, find_session, old)
    assert found is not None
    assert not found.is_fresh

    entered = await desk.work(TEST, prove_fresh, seal, found.id, phone.at(clock.now()), HOME)

    assert isinstance(entered, Entered)
    renewed = await desk.look(TEST, find_session, entered.session_token)
    assert renewed is not None
    assert renewed.is_fresh
    assert await desk.look(TEST, find_session, old) is None


async def test_fresh_proof_needs_the_right_code(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    session, _ = await signed_in(desk, seal, school["Per"])
    clock.move(FRESH_FOR)
    found = await desk.look(TEST, find_session, session)
    assert found is not None

    assert isinstance(await desk.work(TEST, prove_fresh, seal, found.id, "000000", HOME), WrongCodeError)

    found = await desk.look(TEST, find_session, session)
    assert found is not None
    assert not found.is_fresh


async def test_signing_out_ends_this_session_and_no_other(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    here, _ = await signed_in(desk, seal, school["Per"])
    there = await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE)
    assert isinstance(there, Entered)
    found = await desk.look(TEST, find_session, here)
    assert found is not None

    await desk.work(TEST, sign_out, found.id)

    assert await desk.look(TEST, find_session, here) is None
    assert await desk.look(TEST, find_session, there.session_token) is not None


async def test_signing_out_everywhere_ends_all_and_asks_each_device_anew(
    desk: Desk, seal: Seal, school: dict[str, str]
) -> None:
    here, _ = await signed_in(desk, seal, school["Per"])
    others, _ = await signed_in(desk, seal, school["Solveig"])

    await desk.work(TEST, sign_out_everywhere, school["Per"], "asked")

    assert await desk.look(TEST, find_session, here) is None
    assert isinstance(await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE), CodeAsked)
    assert await desk.look(TEST, find_session, others) is not None


@pytest.mark.parametrize("how", ["left", "role ended", "role over"])
async def test_a_session_dies_with_what_it_rests_on(desk: Desk, seal: Seal, school: dict[str, str], how: str) -> None:
    session, _ = await signed_in(desk, seal, school["Per"])
    others, _ = await signed_in(desk, seal, school["Solveig"])

    await desk.work(TEST, end, school["Per"], how)

    assert await desk.look(TEST, find_session, session) is None
    assert await desk.look(TEST, find_session, others) is not None
    assert isinstance(await desk.work(TEST, enter, school["Per"], HASH, HOME, DEVICE), NoRoleTodayError)


async def test_the_store_keeps_hashes_of_tokens_alone(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    session, _ = await signed_in(desk, seal, school["Per"])

    kept = await desk.look(TEST, lambda look: list(look.session.scalars(sa.select(StaffSession.token_hash))))

    assert session not in kept
    assert [len(one) for one in kept] == [64]


async def test_signing_in_is_in_the_audit_with_ids_alone(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    await signed_in(desk, seal, school["Per"])

    def read(look: Look) -> list[tuple[str, object]]:
        return [(row.what, row.ids) for row in look.session.scalars(sa.select(AuditRow).order_by(AuditRow.number))]

    assert ("sign_in.opened", [school["Per"]]) in await desk.look(TEST, read)


async def test_a_changed_key_loses_no_phone_and_reseals_it(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, phone = await signed_in(desk, seal, school["Per"])
    clock.move(MINUTE)
    changed = Seal(["a new key of more than thirty-two letters", KEY])

    entered = await desk.work(
        TEST, enter_code, changed, await half(desk, school["Per"]), phone.at(clock.now()), HOME, "b"
    )

    assert isinstance(entered, Entered)
    staff = await desk.look(TEST, get_staff, school["Per"])
    assert staff.second_factor is not None
    assert changed.is_current(staff.second_factor)
