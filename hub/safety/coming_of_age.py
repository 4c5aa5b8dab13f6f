"""A pupil who comes of age answers for themselves: what a guardian had been granted for the child ends the day before.

A right that begins on that day or later rests on the pupil's own consent, and stands. The last days are written ahead, so
that a right is over on the day itself, whatever runs that night.
"""

from datetime import date, timedelta

import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import Child, Guardian, GuardianRight, Guardianship
from hub.safety.audit import note

YEARS = 18
AHEAD = timedelta(days=40)
LEAP_DAY = (2, 29)


def comes_of_age(born: date, years: int = YEARS) -> date:
    """The day on which somebody is of age; who was born on 29 February is so on 1 March of a common year."""
    reckoned = born + timedelta(days=1) if (born.month, born.day) == LEAP_DAY else born
    return reckoned.replace(year=born.year + years)


def is_of_age(born: date | None, day: date) -> bool:
    return born is not None and comes_of_age(born) <= day


def last_day_for(born: date | None, from_day: date | None, to_day: date | None, today: date) -> date | None:
    """The last day of a guardian's right that was told to hold from a day to a day; before the pupil comes of age, once that
    is near or over. None when it has no last day yet."""
    if born is None or comes_of_age(born) > today + AHEAD:
        return to_day
    last = comes_of_age(born) - timedelta(days=1)
    if (from_day is not None and from_day > last) or (to_day is not None and to_day <= last):
        return to_day
    return last


def end_rights_of_age(work: Work) -> int:
    """End what is not over by itself before a pupil comes of age; how many rights that was. Audited."""
    today = work.now.date()
    near = (today + AHEAD).year - YEARS
    rows = work.session.execute(
        sa.select(GuardianRight, Guardianship.child_id, Child.birth_date)
        .join(Guardianship, Guardianship.id == GuardianRight.guardianship_id)
        .join(Child, Child.id == Guardianship.child_id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(
            Guardian.pupil_id.is_(None),
            Child.birth_date < date(near + 1, 1, 1),
            sa.or_(GuardianRight.to_day.is_(None), GuardianRight.to_day >= today),
        )
        .order_by(GuardianRight.id)
    ).all()
    ended = 0
    for right, child_id, born in rows:
        last = last_day_for(born, right.from_day, right.to_day, today)
        if last != right.to_day:
            right.to_day = last
            note(work, "right.of_age", [right.id, right.guardianship_id, child_id])
            ended += 1
    return ended
