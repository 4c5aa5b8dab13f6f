"""Changing one's own password: what happened while the old one was looked at counts."""

import pytest

from hub.desk import Desk
from hub.seal import Seal
from hub.sign_in.changing import change_password
from hub.sign_in.entering import WrongPasswordError
from hub.sign_in.sessions import find_session, sign_out_everywhere
from tests.hub.sign_in.people import DEVICE, HASH, HOME, get_staff, signed_in
from tests.hub.sign_in.school import TEST

NEW_HASH = "$argon2id$ what a test says the new one is"


@pytest.mark.parametrize("is_over", [False, True])
async def test_a_session_that_ended_meanwhile_changes_nothing_and_opens_no_other(
    desk: Desk, seal: Seal, school: dict[str, str], is_over: bool
) -> None:
    token, _ = await signed_in(desk, seal, school["Per"])
    session = await desk.look(TEST, find_session, token)
    assert session is not None
    if is_over:
        await desk.work(TEST, sign_out_everywhere, school["Per"], "asked")

    outcome = await desk.work(TEST, change_password, session.id, HASH, NEW_HASH, HOME, DEVICE)

    staff = await desk.look(TEST, get_staff, school["Per"])
    assert isinstance(outcome, WrongPasswordError) is is_over
    assert staff.password_hash == (HASH if is_over else NEW_HASH)
