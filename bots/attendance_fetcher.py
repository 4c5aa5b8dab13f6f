"""Whether a guardian may be told who fetched their child: a name goes no further than it has gone already.

Who fetches is checked and shown to staff, and never found out by a message. So nobody is named who must not fetch, or who may
be such a one; nobody whose own children are protected; no guardian of another home, unless the two chose to share what is said;
and nobody whom only one home knows of. Where one of those behind a phone may not be told, none is. A text without a name can
be denied just as well. Source: security rules S0.1, S1.5, S4.1, S4.3 and S4.4.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian, Guardianship
from hub.people.places import Unit
from hub.post.audience import has_protected_child
from hub.school.attendance import Attendance
from hub.school.fetchers import Standing, judge, list_adults, make_adult
from hub.school.going_home import list_going_home
from hub.school.trusted_people import TrustedPerson, list_counted, list_trusted
from hub.talk.routing import list_sharing


def find_fetcher(look: Look, unit: Unit, mark: Attendance, guardian_ids: Sequence[str]) -> str:
    """By which name all of these guardians may be told of whoever took the child along; "" where they may not."""
    fetcher = look.session.get(Guardian, mark.fetched_by) if mark.fetched_by is not None else None
    if fetcher is not None:
        return fetcher.first_name if _may_all_hear_of(look, unit, fetcher, guardian_ids) else ""
    trusted = look.session.get(TrustedPerson, mark.fetched_by) if mark.fetched_by is not None else None
    person = mark.fetched_name if trusted is None else trusted.person
    return person if person is not None and _is_known_to_all(look, mark, person) else ""


def _may_all_hear_of(look: Look, unit: Unit, fetcher: Guardian, guardian_ids: Sequence[str]) -> bool:
    if has_protected_child(look, fetcher.id):
        return False
    return all(
        id_ == fetcher.id or fetcher.id in list_sharing(look, look.session.get_one(Guardian, id_), unit)
        for id_ in guardian_ids
    )


def _is_known_to_all(look: Look, mark: Attendance, person: str) -> bool:
    """The other guardians were told of this person before, or there is nobody else who has to do with the child."""
    adults = list_adults(look, [mark.child_id], mark.day)[mark.child_id]
    counted = list_counted(look, [mark.child_id], mark.day).get(mark.child_id, [])
    listed = [make_adult(row.person, row.relation, row.phone) for row in _trusted_as(look, mark.child_id, person)]
    if any(adult in counted for adult in listed):
        return True
    standing = judge(person, None, adults)
    if standing is Standing.FORBIDDEN:
        return False
    home = list_going_home(look, [mark.child_id], mark.day).get(mark.child_id)
    told = home.fetching if home is not None and not (home.is_untold or home.is_disputed) else None
    if told is not None and told.person.casefold() == person.casefold():
        return True
    return standing is Standing.UNKNOWN and _is_only_one(look, mark.child_id)


def _trusted_as(look: Look, child_id: str, person: str) -> list[TrustedPerson]:
    listed = list_trusted(look, [child_id]).get(child_id, [])
    return [row for row in listed if row.person.casefold() == person.casefold()]


def _is_only_one(look: Look, child_id: str) -> bool:
    """Whether one guardian alone has to do with the child, the pupil itself aside."""
    tied = (
        sa.select(sa.func.count())
        .select_from(Guardianship)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Child, Child.id == Guardianship.child_id)
        .where(Guardianship.child_id == child_id, Guardian.pupil_id.is_(None), ~Child.protected)
    )
    return look.session.scalar(tied) == 1
