"""One's own password, to be changed by oneself."""

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.sign_in import PASSWORDS, device_token, signed_in
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal
from hub.people.staff import Staff
from hub.sign_in.changing import change_password
from hub.sign_in.entering import WrongPasswordError, knock_again, note_failure
from hub.sign_in.pace import SlowDownError
from hub.sign_in.passwords import check_new_password

pages = Pages()

PATH = "/you/password"


class PasswordShown(Asked):
    changed: bool = False


class PasswordChanged(Asked):
    old_password: str
    password: str


@pages.get("/you/password", fresh=True)
async def show_password(visit: Visit, asked: PasswordShown) -> web.StreamResponse:
    """Where one changes one's password."""
    return _show(visit, is_changed=asked.changed)


@pages.post("/you/password", fresh=True)
async def change(visit: Visit, asked: PasswordChanged) -> web.StreamResponse:
    """A new password; everywhere else one is signed out."""
    try:
        outcome = await _change(visit, asked)
    except Refusal as refusal:
        outcome = refusal
    if isinstance(outcome, Refusal):
        return _show(visit, outcome)
    return signed_in(visit, outcome, f"{PATH}?changed=true", device_token(visit))


async def _change(visit: Visit, asked: PasswordChanged) -> str | Refusal:
    staff = await visit.look(get_staff, visit.signed_in.staff_id)
    check_new_password(asked.password, staff.login, [staff.first_name, staff.last_name])
    passwords = visit.request.app[PASSWORDS]
    known = await visit.work(knock_again, visit.signed_in.id, visit.client)
    if known.password_hash is None or not await passwords.is_right(known.password_hash, asked.old_password):
        await visit.work(note_failure, known.staff_id)
        raise WrongPasswordError
    new = await passwords.hash(asked.password)
    device = device_token(visit)
    return await visit.work(change_password, visit.signed_in.id, known.password_hash, new, visit.client, device)


def get_staff(look: Look, staff_id: str) -> Staff:
    return look.session.get_one(Staff, staff_id)


def _show(visit: Visit, wrong: Refusal | None = None, *, is_changed: bool = False) -> web.Response:
    is_old_wrong = isinstance(wrong, WrongPasswordError)
    why = visit.say("sign_in.old_password_wrong") if is_old_wrong else visit.explain(wrong) if wrong else ""
    return visit.show(
        "staff/password.j2",
        status=200 if wrong is None else 429 if isinstance(wrong, SlowDownError) else 422,
        here=PATH,
        is_changed=is_changed,
        wrong=why,
        is_old_wrong=is_old_wrong,
    )
