"""A family day carer's home in the rehearsal: a fourth child, somebody who leads it, and rates that are plainly invented."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.desk import Work
from hub.people.families import Child, Placement
from hub.people.holding import begin
from hub.people.staff import Role, RoleKind
from hub.school.meals import MealKind
from hub.school.reimbursement_rates import Part, Rates, read_schedule, set_rates
from tests.village import Village

SINCE = date(2024, 8, 1)
NILS = "c-nils-aamodt"
INVENTED = Rates(
    ages=(3,),
    meals={
        MealKind.BREAKFAST: (Decimal("1.11"), Decimal("2.22")),
        MealKind.LUNCH: (Decimal("3.33"), Decimal("4.44")),
        MealKind.SNACK: (Decimal("1.11"), Decimal("2.22")),
    },
    other_per_day=Decimal("55.55"),
    whole_minutes=300,
    part=Part.BY_TIME,
    diet_percent=30,
)


def prepare_home(work: Work, village: Village) -> None:
    """What somebody has set since stays."""
    home, leader, administrator = village.unit("day-care"), village.staff("Astrid Vik"), village.staff("Tora Myklebust")
    if work.session.scalars(sa.select(Child.id).where(Child.source_id == NILS)).first() is None:
        child = Child(
            id=work.new_id(),
            owner_id=home.owner_id,
            source_id=NILS,
            first_name="Nils",
            last_name="Aamodt",
            birth_date=date(2023, 5, 5),
        )
        role = Role(
            id=work.new_id(),
            owner_id=home.owner_id,
            unit_id=home.id,
            source_id="day-care-leader",
            kind=RoleKind.LEADER,
            title="Leder for familiebarnehagene",
        )
        work.session.add_all([child, role])
        work.session.flush()
        placement = Placement(
            id=work.new_id(),
            owner_id=home.owner_id,
            child_id=child.id,
            group_id=village.group("solveig").id,
            unit_id=home.id,
            from_day=SINCE,
        )
        work.session.add(placement)
        begin(work, role, leader, SINCE, None, is_stand_in=False)
    if not read_schedule(work, home.owner_id).all:
        work.asker = Asker("staff", administrator.id, Trust.STRONG, "rehearsal", administrator.owner_id)
        set_rates(work, SINCE, INVENTED)
