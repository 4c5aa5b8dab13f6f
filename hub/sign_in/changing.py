"""Changing one's own password, with the old one and a fresh second factor.

Whose link the sign-in rests on stays as it was. Source: security rules S2.4 and S2.5.
"""

from hub.desk import Refusal, Work
from hub.people.staff import Staff
from hub.safety import audit
from hub.sign_in.entering import WrongPasswordError
from hub.sign_in.pace import forget_tries, give_back
from hub.sign_in.sessions import StaffSession, open_session, sign_out_everywhere, trust_device


def change_password(
    work: Work, session_id: str, right_hash: str, new_hash: str, address: str, device_token: str
) -> str | Refusal:
    """The password that was typed fits `right_hash`: the new one counts, and every session but a new one here is over.

    Returns the new session's token, or a refusal when the password was changed or the session ended meanwhile.
    """
    give_back(work, address)
    session = work.session.get_one(StaffSession, session_id, with_for_update=True)
    staff = work.session.get_one(Staff, session.staff_id, with_for_update=True)
    if staff.password_hash != right_hash or session.ended_at is not None:
        return WrongPasswordError()
    forget_tries(work, staff.id, session.id)
    staff.password_hash = new_hash
    sign_out_everywhere(work, staff.id, "password")
    audit.note(work, "sign_in.password_changed", [staff.id])
    return open_session(work, staff, trust_device(work, staff, device_token), fresh=True)
