"""A child of the rehearsal whose three guardians get a decision by three ways: one has a digital mailbox, one is reserved and
gets paper, and one has no account anywhere and a secret address, so that a person gives it."""

from datetime import date

import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import Child, Guardian, GuardianRight, Guardianship, Right
from tests.village import Village

CHILD, BY_MAILBOX, RESERVED, BY_HAND = "Mia Dahlby Olsen", "Hanne Olsen", "Geir Dahlby", "Solrun Vestli"
_SOLRUN, _VAR = "g-solrun-vestli", "c-var-vestli"


def tell_third_guardian(work: Work, village: Village) -> None:
    """Solrun may know of Mia, and answers for a protected child who goes to no unit here; a second time changes nothing."""
    mia = village.child(CHILD)
    if work.session.scalars(sa.select(Guardian.id).where(Guardian.source_id == _SOLRUN)).first() is not None:
        return
    first_name, last_name = BY_HAND.split()
    solrun = Guardian(
        id=work.new_id(),
        owner_id=mia.owner_id,
        source_id=_SOLRUN,
        first_name=first_name,
        last_name=last_name,
        language="nb",
    )
    var = Child(
        id=work.new_id(),
        owner_id=mia.owner_id,
        source_id=_VAR,
        first_name="Vår",
        last_name=last_name,
        protected=True,
    )
    work.session.add_all([solrun, var])
    work.session.flush()
    for child_id, source_id in ((mia.id, "solrun-vestli.mia"), (var.id, "solrun-vestli.var")):
        tie = Guardianship(
            id=work.new_id(),
            owner_id=mia.owner_id,
            guardian_id=solrun.id,
            child_id=child_id,
            source_id=source_id,
            lives_with=child_id == var.id,
        )
        work.session.add(tie)
        work.session.flush()
        right = GuardianRight(
            id=work.new_id(),
            owner_id=mia.owner_id,
            guardianship_id=tie.id,
            kind=Right.INFORM,
            from_day=date(2024, 8, 1),
        )
        work.session.add(right)
