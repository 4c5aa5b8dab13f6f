"""An invitation lets one person in, once, with a password and a phone."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.people.staff import Staff
from hub.seal import Seal
from hub.sign_in.invitations import (
    LASTS,
    InvitationOverError,
    NoSuchLoginError,
    Purpose,
    WrongCodeError,
    accept,
    choose_password,
    confirm_old_password,
    get_invitation,
    invite,
    invite_link,
)
from hub.sign_in.pace import ACCOUNT, SlowDownError
from hub.sign_in.second_factor import prove
from hub.sign_in.sessions import find_session
from tests.hub.sign_in.people import DEVICE, HASH, HOME, accepted, get_staff, invited, phone, signed_in
from tests.hub.sign_in.school import TEST


async def test_whoever_accepts_is_signed_in(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    session = await accepted(desk, seal, await invited(desk, school["Per"]))

    assert isinstance(session, str)
    found = await desk.look(TEST, find_session, session)
    assert found is not None
    assert (found.staff_id, found.role, found.leads, found.is_fresh) == (school["Per"], "Musikk", frozenset(), True)


async def test_it_works_once(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    token = await invited(desk, school["Per"])
    await accepted(desk, seal, token)

    with pytest.raises(InvitationOverError):
        await desk.look(TEST, get_invitation, token)
    with pytest.raises(InvitationOverError):
        await desk.work(TEST, choose_password, token, HASH)


async def test_it_ends_with_its_time(desk: Desk, clock: StoppedClock, school: dict[str, str]) -> None:
    token = await invited(desk, school["Per"])

    clock.move(LASTS - timedelta(seconds=1))
    await desk.look(TEST, get_invitation, token)

    clock.move(timedelta(seconds=1))
    with pytest.raises(InvitationOverError):
        await desk.look(TEST, get_invitation, token)


async def test_a_newer_one_replaces_it(desk: Desk, school: dict[str, str]) -> None:
    first = await invited(desk, school["Per"])
    second = await invited(desk, school["Per"])

    with pytest.raises(InvitationOverError):
        await desk.look(TEST, get_invitation, first)
    await desk.look(TEST, get_invitation, second)


async def test_it_says_nothing_once_the_person_has_left(desk: Desk, school: dict[str, str]) -> None:
    token = await invited(desk, school["Per"])
    await desk.work(TEST, lambda work: setattr(work.session.get_one(Staff, school["Per"]), "left_at", work.now))

    with pytest.raises(InvitationOverError):
        await desk.look(TEST, get_invitation, token)


async def test_without_the_phones_code_nothing_is_changed(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    token = await invited(desk, school["Per"])

    assert isinstance(await accepted(desk, seal, token, "000000"), WrongCodeError)

    staff = await desk.look(TEST, get_staff, school["Per"])
    assert (staff.password_hash, staff.second_factor) == (None, None)


async def test_the_code_alone_is_not_enough(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    token = await invited(desk, school["Per"])

    with pytest.raises(InvitationOverError):
        await desk.work(TEST, accept, seal, token, phone(seal, token).at(desk.clock.now()), HOME, DEVICE)


async def test_guessing_the_code_is_slowed(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    token = await invited(desk, school["Per"])

    for _ in range(ACCOUNT.burst):
        await accepted(desk, seal, token, "000000")
    with pytest.raises(SlowDownError):
        await accepted(desk, seal, token, "000000")


async def test_the_secret_is_sealed_and_the_link_alone_cannot_work_it_out(
    desk: Desk, seal: Seal, school: dict[str, str]
) -> None:
    token = await invited(desk, school["Per"])
    await accepted(desk, seal, token)

    staff = await desk.look(TEST, get_staff, school["Per"])
    assert staff.second_factor is not None
    assert phone(seal, token).secret not in staff.second_factor
    assert phone(Seal(["somebody else's key of some length"]), token).secret != phone(seal, token).secret


async def test_a_new_first_link_ends_what_was_signed_in(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    old, _ = await signed_in(desk, seal, school["Per"])

    new = await accepted(desk, seal, await invited(desk, school["Per"]))

    assert isinstance(new, str)
    assert await desk.look(TEST, find_session, old) is None
    assert await desk.look(TEST, find_session, new) is not None


async def test_after_a_lost_phone_the_password_stays_and_the_old_phone_opens_nothing(
    desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]
) -> None:
    _, old_phone = await signed_in(desk, seal, school["Per"])
    clock.move(timedelta(minutes=2))
    token = await desk.work(
        TEST, lambda work: invite(work, work.session.get_one(Staff, school["Per"]), Purpose.LOST_SECOND_FACTOR)
    )
    with pytest.raises(InvitationOverError):
        await desk.work(TEST, choose_password, token, "another")

    await desk.work(TEST, confirm_old_password, token, HASH, HOME)
    session = await desk.work(TEST, accept, seal, token, phone(seal, token).at(clock.now()), HOME, DEVICE)

    assert isinstance(session, str)
    staff = await desk.look(TEST, get_staff, school["Per"])
    assert staff.password_hash == HASH
    clock.move(timedelta(minutes=2))
    assert not await desk.work(TEST, prove, staff, seal, old_phone.at(clock.now()))
    assert await desk.work(TEST, prove, staff, seal, phone(seal, token).at(clock.now()))


async def test_after_a_lost_phone_a_password_that_was_not_theirs_opens_nothing(
    desk: Desk, seal: Seal, school: dict[str, str]
) -> None:
    await signed_in(desk, seal, school["Per"])
    token = await desk.work(
        TEST, lambda work: invite(work, work.session.get_one(Staff, school["Per"]), Purpose.LOST_SECOND_FACTOR)
    )
    await desk.work(TEST, confirm_old_password, token, "a hash from before the password was changed", HOME)

    with pytest.raises(InvitationOverError):
        await desk.work(TEST, accept, seal, token, phone(seal, token).at(desk.clock.now()), HOME, DEVICE)


async def test_a_link_is_made_for_a_login_in_any_letters(desk: Desk, school: dict[str, str]) -> None:
    link = await desk.work(TEST, invite_link, " Per.Moen ", "https://budbok.test")

    assert link.startswith("https://budbok.test/welcome/")
    assert len(link.rpartition("/")[2]) == 43


async def test_there_is_no_link_for_nobody(desk: Desk, school: dict[str, str]) -> None:
    with pytest.raises(NoSuchLoginError):
        await desk.work(TEST, invite_link, "nobody", "https://budbok.test")
