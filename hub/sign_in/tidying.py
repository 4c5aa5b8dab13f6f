"""What signing in and registered phones leave behind, and for how long: rows that say nothing any more are let go."""

from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Work
from hub.post.push_devices import tidy_devices
from hub.safety.staff_phones import StaffPhone
from hub.sign_in.entering import HalfSignIn
from hub.sign_in.errands import UsedState
from hub.sign_in.family_codes import FamilyCode
from hub.sign_in.family_sessions import FamilySession
from hub.sign_in.invitations import Invitation
from hub.sign_in.pace import SignInPace
from hub.sign_in.proofs import Proof
from hub.sign_in.sessions import SECOND_FACTOR_EVERY, StaffDevice, StaffSession

KEPT = timedelta(days=30)


def tidy(work: Work) -> None:
    """For a routine, now and then. What anybody did stays in the audit."""
    past = work.now - KEPT
    worked_off = sa.select(SignInPace.what).where(SignInPace.clear_at <= work.now)
    waiting_for_nobody = SignInPace.what.in_(worked_off.with_for_update(skip_locked=True))
    work.session.execute(sa.delete(SignInPace).where(waiting_for_nobody))
    work.session.execute(sa.delete(HalfSignIn).where(HalfSignIn.ends_at <= work.now))
    work.session.execute(sa.delete(FamilyCode).where(FamilyCode.ends_at <= work.now))
    family_over = sa.or_(FamilySession.ends_at <= past, FamilySession.ended_at <= past)
    work.session.execute(sa.delete(FamilySession).where(family_over))
    tidy_devices(work)
    work.session.execute(sa.delete(UsedState).where(UsedState.ends_at <= work.now))
    work.session.execute(sa.delete(Proof).where(Proof.at <= past - KEPT))
    work.session.execute(sa.delete(Invitation).where(Invitation.ends_at <= past))
    unproven = sa.and_(StaffPhone.proven_at.is_(None), StaffPhone.code_until <= past)
    work.session.execute(sa.delete(StaffPhone).where(sa.or_(unproven, StaffPhone.ended_at <= past)))
    over = sa.or_(StaffSession.ends_at <= past, StaffSession.ended_at <= past)
    work.session.execute(sa.delete(StaffSession).where(over))
    work.session.execute(sa.delete(StaffDevice).where(StaffDevice.proven_at <= work.now - SECOND_FACTOR_EVERY - KEPT))
