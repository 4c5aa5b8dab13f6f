"""A pupil who comes of age answers for themselves: from that day on no guardian has a right that they did not grant."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianRight, Guardianship, Right
from hub.post.audience import list_guardians_for
from hub.register.changes import Kind
from hub.register.loading import apply, compare
from hub.safety.audit import AuditRow
from hub.safety.coming_of_age import comes_of_age, end_rights_of_age
from tests.hub.register.sheets import Sheet
from tests.hub.register.test_rights import TEST, rights
from tests.village import Village

KARI, ANNE = "Kari Nordmann", "Anne Nordmann"
TUESDAY = date(2025, 3, 4)
BORN = date(2007, 3, 4)


@pytest.mark.parametrize(
    ("born", "day"),
    [
        (date(2007, 3, 4), date(2025, 3, 4)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2007, 12, 31), date(2025, 12, 31)),
    ],
)
def test_somebody_is_of_age_on_their_eighteenth_birthday(born: date, day: date) -> None:
    assert comes_of_age(born) == day


def be_born(work: Work, village: Village, child: str, born: date) -> None:
    work.session.get_one(Child, village.child(child).id).birth_date = born


def consent(work: Work, village: Village, guardian: str, child: str, from_day: date) -> None:
    tie = work.session.scalars(
        sa.select(Guardianship).where(
            Guardianship.guardian_id == village.guardian(guardian).id, Guardianship.child_id == village.child(child).id
        )
    ).one()
    work.session.add(
        GuardianRight(
            id=work.new_id(),
            owner_id=tie.owner_id,
            guardianship_id=tie.id,
            kind=Right.INFORM,
            from_day=from_day,
            to_day=None,
            basis="register: the pupil's consent",
        )
    )


async def informed(village: Village, child: str, day: date) -> list[str]:
    def ask(look: Look) -> list[str]:
        return [g.name for g in list_guardians_for(look, village.child(child).id, Right.INFORM, day)]

    return await village.desk.look(TEST, ask)


async def test_rights_end_the_day_before_whatever_runs_that_night(village: Village) -> None:
    await village.desk.work(TEST, be_born, village, KARI, BORN)

    ended = await village.desk.work(TEST, end_rights_of_age)

    assert ended > 0
    assert await informed(village, KARI, TUESDAY - timedelta(days=1)) == [ANNE, "Ola Nordmann"]
    assert await informed(village, KARI, TUESDAY) == []
    assert await village.desk.work(TEST, end_rights_of_age) == 0


async def test_nothing_changes_for_who_is_a_minor_still(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, be_born, village, KARI, date(2007, 6, 1))

    early = await village.desk.work(TEST, end_rights_of_age)
    clock.move(timedelta(days=60))
    in_time = await village.desk.work(TEST, end_rights_of_age)

    assert early == 0
    assert in_time > 0
    assert await informed(village, KARI, date(2025, 5, 31)) == [ANNE, "Ola Nordmann"]
    assert await informed(village, KARI, date(2025, 6, 1)) == []


async def test_what_the_pupil_consents_to_stands(village: Village) -> None:
    await village.desk.work(TEST, be_born, village, KARI, BORN)
    await village.desk.work(TEST, consent, village, ANNE, KARI, TUESDAY)

    await village.desk.work(TEST, end_rights_of_age)

    assert await informed(village, KARI, TUESDAY) == [ANNE]


async def test_each_right_that_ends_is_in_the_audit(village: Village) -> None:
    await village.desk.work(TEST, be_born, village, KARI, BORN)

    ended = await village.desk.work(TEST, end_rights_of_age)

    rows = await village.desk.look(
        TEST, lambda look: look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "right.of_age")).all()
    )
    assert len(rows) == ended
    assert {row.ids[2] for row in rows} == {village.child(KARI).id}


async def test_the_register_does_not_give_back_what_ended(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village()
    sheet.row("children", "c-kari-nordmann")["birth_date"] = BORN.isoformat()
    await village.desk.work(TEST, apply, sheet.read(tmp_path), (), True)
    await village.desk.work(TEST, end_rights_of_age)
    before = await rights(village, village.guardian(ANNE), village.child(KARI))

    again = await village.desk.look(TEST, compare, sheet.read(tmp_path))
    await village.desk.work(TEST, apply, sheet.read(tmp_path), (), True)

    assert set(before.values()) == {"2025-03-03"}
    assert await rights(village, village.guardian(ANNE), village.child(KARI)) == before
    assert not [change for change in again.rows if change.table == "guardianships" and change.kind is Kind.CHANGED]


async def test_the_register_grants_what_the_pupil_consented_to(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village()
    sheet.row("children", "c-kari-nordmann")["birth_date"] = "2006-01-01"
    await village.desk.work(TEST, apply, sheet.read(tmp_path), (), True)
    await village.desk.work(TEST, end_rights_of_age)
    tie = sheet.row("guardianships", "anne-nordmann.kari")
    tie["rights"] = ["write", {"right": "inform", "from": "2025-03-03", "basis": "the pupil's consent"}]

    await village.desk.work(TEST, apply, sheet.read(tmp_path), (), True)

    assert await informed(village, KARI, TUESDAY) == [ANNE]
