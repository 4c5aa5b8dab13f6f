"""A pupil's own phone in a register is the pupil's, and gives no more than their age does."""

from datetime import date
from pathlib import Path

import sqlalchemy as sa

from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import OF_AGE, UNDER_AGE, Guardian, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.audience import list_guardians_for
from hub.post.messages import ThreadKind, get_or_open_thread
from hub.post.pupil_threads import list_reading_along
from hub.register.changes import Changes, Kind
from hub.register.loading import apply
from hub.safety.coming_of_age import end_rights_of_age
from hub.safety.pupils import Matter, set_ages
from tests.hub.register.sheets import Sheet
from tests.village import Village

TEST = operator_asker("test")
KARI, KARIS = "c-kari-nordmann", "+4740000951"
Told = dict[tuple[str, str], tuple[date, date | None]]


async def load(village: Village, folder: Path, child: str = KARI, *, approve: str = "", **cells: object) -> Changes:
    sheet = Sheet.of_village().only("children", child)
    sheet.row("children", child).update(cells)
    return await village.desk.work(TEST, apply, sheet.read(folder), [approve] if approve else [])


async def rights(village: Village, name: str = "Kari Nordmann") -> Told:
    """By kind and ground, the first and last day of a pupil's rights."""

    def read(look: Look) -> Told:
        found = look.session.scalars(
            sa.select(GuardianRight)
            .join(Guardianship, Guardianship.id == GuardianRight.guardianship_id)
            .join(Guardian, Guardian.id == Guardianship.guardian_id)
            .where(Guardian.pupil_id == village.child(name).id)
        )
        return {(right.kind, right.basis): (right.from_day, right.to_day) for right in found}

    return await village.desk.look(TEST, read)


async def numbers(village: Village) -> list[str]:
    def read(look: Look) -> list[str]:
        live = sa.select(GuardianAddress.value).join(Guardian, Guardian.id == GuardianAddress.guardian_id)
        return list(look.session.scalars(live.where(Guardian.pupil_id.is_not(None), GuardianAddress.gone_at.is_(None))))

    return await village.desk.look(TEST, read)


async def test_a_pupil_knows_of_themselves_by_age_and_is_of_age_by_themselves(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, phones=[KARIS])

    found = await rights(village)

    assert found[Right.INFORM, UNDER_AGE] == (date(2022, 4, 11), date(2030, 4, 10))
    assert found[Right.INFORM, OF_AGE] == (date(2030, 4, 11), None)
    assert found[Right.ABSENCE, OF_AGE] == (date(2030, 4, 11), None)
    assert (Right.ABSENCE, UNDER_AGE) not in found
    assert (Right.FETCH, UNDER_AGE) not in found
    assert await numbers(village) == [KARIS]


async def test_the_school_addresses_guardians_until_the_pupil_is_of_age(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, phones=[KARIS])
    child = village.child("Kari Nordmann").id

    def names(look: Look, day: date) -> set[str]:
        return {each.name for each in list_guardians_for(look, child, Right.INFORM, day)}

    now = await village.desk.look(TEST, names, date(2025, 3, 3))
    grown = await village.desk.look(TEST, names, date(2030, 4, 11))

    assert "Anne Nordmann" in now
    assert "Kari Nordmann" not in now
    assert "Kari Nordmann" in grown


async def test_coming_of_age_ends_the_guardians_rights_and_not_the_pupils_own(
    village: Village, tmp_path: Path, clock: StoppedClock
) -> None:
    await load(village, tmp_path, phones=[KARIS])
    before = await rights(village)

    await village.desk.work(TEST, end_rights_of_age)

    assert await rights(village) == before


async def test_an_age_of_the_owners_moves_the_day(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, phones=[KARIS])

    await village.desk.work(TEST, set_ages, village.owner().id, {Matter.ABSENCE: 15, Matter.OWN: 13}, "test")

    found = await rights(village)
    assert found[Right.ABSENCE, UNDER_AGE][0] == date(2027, 4, 11)
    assert found[Right.INFORM, UNDER_AGE][0] == date(2025, 4, 11)


async def test_a_second_load_changes_nothing(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, phones=[KARIS])

    again = await load(village, tmp_path, phones=[KARIS])
    silent = await load(village, tmp_path)

    assert again.is_nothing
    assert silent.is_nothing
    assert await numbers(village) == [KARIS]


async def test_a_phone_that_is_taken_away_ends_all_of_it(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, phones=[KARIS])

    await load(village, tmp_path, phones=[], emails=[])

    yesterday, of_age = date(2025, 3, 2), (date(2030, 4, 11), date(2030, 4, 10))
    assert await rights(village) == {
        (Right.WRITE, "register"): (date(2025, 3, 3), yesterday),
        (Right.INFORM, UNDER_AGE): (date(2022, 4, 11), yesterday),
        **{(kind, OF_AGE): of_age for kind in (Right.INFORM, Right.ABSENCE, Right.LEAVE, Right.CONSENT)},
    }
    assert await numbers(village) == []


async def test_a_guardians_phone_in_a_pupils_row_stays_the_guardians(village: Village, tmp_path: Path) -> None:
    mothers = village.phone("Anne Nordmann")

    changes = await load(village, tmp_path, phones=[mothers, KARIS])

    assert await numbers(village) == [KARIS]
    assert [change.what for change in changes.of(Kind.HELD, "children")] == [("phones: one is somebody else's",)]


async def test_a_pupil_without_a_birth_date_may_write_and_no_more(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, birth_date=None, phones=[KARIS])

    assert {kind for kind, _ in await rights(village)} == {Right.WRITE}


async def test_a_pupil_whose_address_is_secret_waits_for_a_yes(village: Village, tmp_path: Path) -> None:
    changes = await load(village, tmp_path, "c-ada-lien", phones=[KARIS])
    before = await rights(village, "Ada Lien")

    [waits] = changes.of(Kind.WAITS, "guardianships")
    await load(village, tmp_path, "c-ada-lien", approve=waits.key, phones=[KARIS])

    assert before == {}
    assert (Right.WRITE, "register") in await rights(village, "Ada Lien")


async def test_a_block_between_a_guardian_and_the_pupil_holds_for_the_pupils_talk(
    village: Village, tmp_path: Path
) -> None:
    """Whoever is kept from a child is no reader of what the child and the school write."""
    await load(village, tmp_path, "c-tiril-sand", phones=[KARIS])
    child, roger = village.child("Tiril Sand").id, village.guardian("Roger Sand").id

    def reads(look: Look) -> list[str]:
        pupil = look.session.scalars(sa.select(Guardian).where(Guardian.pupil_id == child)).one()
        return list_reading_along(look, pupil, date(2025, 3, 3))

    def share(work: Work) -> None:
        pupil = work.session.scalars(sa.select(Guardian).where(Guardian.pupil_id == child)).one()
        unit = village.unit("school")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, [pupil.id], ThreadKind.PUPIL)
        thread.shared_from = work.now

    apart = await village.desk.look(TEST, reads)
    await village.desk.work(TEST, share)
    reading = await village.desk.look(TEST, reads)
    assert not apart
    assert reading
    assert roger not in reading
