"""Loading a register again and again: it changes rows and never doubles them, deletes nobody, and keeps owners apart."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, Placement
from hub.people.numbers import NumberAllocation
from hub.people.staff import RoleHolding
from hub.register.changes import Changes, Kind
from hub.register.loading import TooLargeError, apply, compare
from hub.register.reading import RegisterError
from hub.register.rows import Register
from hub.safety.audit import AuditRow
from tests.hub.register.sheets import Sheet
from tests.village import SAARELA, Village

TEST = operator_asker("test")


def addresses_of(look: Look, guardian: Guardian) -> list[GuardianAddress]:
    rows = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian.id)
    return list(look.session.scalars(rows.order_by(GuardianAddress.rank, GuardianAddress.id)))


def placements_of(look: Look, child: Child) -> list[Placement]:
    rows = sa.select(Placement).where(Placement.child_id == child.id)
    return list(look.session.scalars(rows.order_by(Placement.from_day, Placement.id)))


def count_rows(look: Look, table: type[Any]) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def shown(changes: Changes) -> list[tuple[str, Kind, tuple[str, ...]]]:
    return [(f"{change.table} {change.id}", change.kind, change.what) for change in changes.rows]


async def foresee_and_apply(desk: Desk, register: Register, **how: Any) -> Changes:
    """What was shown before is what is done."""
    foreseen = await desk.look(TEST, compare, register)
    done = await desk.work(TEST, apply, register, **how)
    assert done == foreseen
    assert [change for change in (await desk.look(TEST, compare, register)).rows if change.kind is Kind.CHANGED] == []
    return done


async def test_comparing_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    changes = await desk.look(TEST, compare, Sheet.of_village().read(tmp_path))

    assert len(changes.of(Kind.ADDED, "children")) >= 40
    assert await desk.look(TEST, count_rows, Child) == 0


async def test_a_changed_name_is_one_change_and_no_new_child(village: Village, tmp_path: Path) -> None:
    before = await village.desk.look(TEST, count_rows, Child)
    sheet = Sheet.of_village().only("children", "c-kari-nordmann")
    sheet.row("children", "c-kari-nordmann")["nickname"] = "Kaia"
    sheet.row("children", "c-kari-nordmann").pop("placements")

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path))

    assert [change.what for change in changes.of(Kind.CHANGED)] == [("nickname",)]
    assert await village.desk.look(TEST, count_rows, Child) == before
    assert len(await village.desk.look(TEST, placements_of, village.child("Kari Nordmann"))) == 1


async def test_who_is_missing_is_told_of_and_stays(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village()
    sheet.tables["children"] = [row for row in sheet.tables["children"] if row["id"] != "c-dag-ruud"]
    sheet.tables["guardianships"] = [row for row in sheet.tables["guardianships"] if row["child"] != "c-dag-ruud"]

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path))

    assert shown(changes) == [
        ("children c-dag-ruud", Kind.MISSING, ()),
        ("guardianships gunnar-ruud.dag", Kind.MISSING, ()),
    ]
    places = await village.desk.look(TEST, placements_of, village.child("Dag Ruud"))
    assert [place.to_day for place in places] == [None]


async def test_a_child_that_moves_leaves_the_old_group_the_day_before(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("children", "c-dag-ruud")
    sheet.row("children", "c-dag-ruud")["placements"] = ["7A"]

    await foresee_and_apply(village.desk, sheet.read(tmp_path))

    old, new = await village.desk.look(TEST, placements_of, village.child("Dag Ruud"))
    today = village.unit("school").today(village.desk.clock.now())
    assert (old.group_id, old.to_day) == (village.group("4B").id, today - timedelta(days=1))
    assert (new.group_id, new.from_day, new.to_day) == (village.group("7A").id, today, None)
    assert new.unit_id == village.unit("school").id


async def test_a_load_confirms_the_addresses_that_name_no_day(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    clock.move(timedelta(days=30))
    sheet = Sheet.of_village().only("guardians", "g-anne-nordmann", "g-ola-nordmann")
    sheet.row("guardians", "g-ola-nordmann")["phones"] = [{"number": "+47 400 00 102", "confirmed": "2025-03-01"}]

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path))

    anne = (await village.desk.look(TEST, addresses_of, village.guardian("Anne Nordmann")))[0]
    ola = (await village.desk.look(TEST, addresses_of, village.guardian("Ola Nordmann")))[0]
    assert anne.confirmed_at == clock.now()
    assert ola.confirmed_at < clock.now() - timedelta(days=29)
    assert changes.confirmed == 1
    assert changes.is_nothing


async def test_a_new_phone_ends_the_old_one(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("guardians", "g-anne-nordmann")
    sheet.row("guardians", "g-anne-nordmann")["phones"] = ["40000191"]

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path))

    rows = await village.desk.look(TEST, addresses_of, village.guardian("Anne Nordmann"))
    assert {row.value: row.gone_reason for row in rows} == {"+4740000101": "register", "+4740000191": None}
    assert [row for row in shown(changes) if row[1] is not Kind.MISSING] == [
        ("guardians g-anne-nordmann", Kind.CHANGED, ("phones: one added",)),
        ("guardians g-anne-nordmann", Kind.ENDED, ("phones: one",)),
    ]


async def test_an_address_the_guardian_gave_stays_when_the_register_does_not_know_it(
    village: Village, tmp_path: Path
) -> None:
    def give(work: Work) -> None:
        work.session.execute(
            sa.update(GuardianAddress).where(GuardianAddress.value == "+4740000101").values(confirmed_by="code")
        )

    await village.desk.work(TEST, give)
    sheet = Sheet.of_village().only("guardians", "g-anne-nordmann")
    sheet.row("guardians", "g-anne-nordmann")["phones"] = []

    await foresee_and_apply(village.desk, sheet.read(tmp_path))

    rows = await village.desk.look(TEST, addresses_of, village.guardian("Anne Nordmann"))
    assert [row.gone_at for row in rows] == [None]


@pytest.mark.parametrize(("confirmed", "comes_back"), [(None, False), ("2025-03-02", False), ("2025-03-04", True)])
async def test_an_address_that_somebody_disowned_comes_back_only_when_confirmed_later(
    village: Village, clock: StoppedClock, tmp_path: Path, confirmed: str | None, comes_back: bool
) -> None:
    def disown(work: Work) -> None:
        gone = {"gone_at": work.now, "gone_reason": "not_me"}
        work.session.execute(sa.update(GuardianAddress).where(GuardianAddress.value == "+4740000101").values(gone))

    await village.desk.work(TEST, disown)
    clock.move(timedelta(days=2))
    sheet = Sheet.of_village().only("guardians", "g-anne-nordmann")
    number = {"number": "+47 400 00 101"} | ({"confirmed": confirmed} if confirmed else {})
    sheet.row("guardians", "g-anne-nordmann")["phones"] = [number]

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path), large=True)

    (row,) = await village.desk.look(TEST, addresses_of, village.guardian("Anne Nordmann"))
    assert (row.gone_at is None) is comes_back
    assert bool(changes.of(Kind.HELD, "guardians")) is not comes_back


async def test_a_guardians_own_choice_to_share_is_left_alone(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("guardians", "g-marte-bakken")
    sheet.row("guardians", "g-marte-bakken")["shares_thread"] = False

    changes = await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert changes.is_nothing


async def test_a_reservation_follows_the_register_where_it_tells_of_it(village: Village, tmp_path: Path) -> None:
    def is_reserved(look: Look) -> bool:
        return look.session.get_one(Guardian, village.guardian("Marte Bakken").id).reserved

    sheet = Sheet.of_village().only("guardians", "g-marte-bakken")
    told = []
    for says in (True, None, False):
        sheet.row("guardians", "g-marte-bakken").pop("reserved", None)
        if says is not None:
            sheet.row("guardians", "g-marte-bakken")["reserved"] = says
        await village.desk.work(TEST, apply, sheet.read(tmp_path))
        told.append(await village.desk.look(TEST, is_reserved))

    assert told == [True, True, False]


@pytest.mark.parametrize(
    ("table", "id_", "cells", "sentence"),
    [
        ("groups", "7A", {"unit": "nowhere"}, "In groups 7A, unit is not known."),
        ("groups", "7A", {"unit": "club"}, "In groups 7A, unit cannot change; give it a new id."),
        ("roles", "office", {"groups": ["9Z"]}, "In roles office, groups names one that is not known."),
        ("numbers", "n-7A", {"value": "12"}, "In numbers n-7A, value is not a phone number."),
        ("numbers", "n-7A", {"value": "+47 590 00 066"}, "In numbers n-7A, value cannot change; give it a new id."),
        ("numbers", "n-free", {"role": "caretaker"}, "In numbers n-free, role is not known."),
        ("staff", "s-liv-berge", {"roles": ["caretaker"]}, "In staff s-liv-berge, roles names one that is not known."),
        (
            "staff",
            "s-liv-berge",
            {"login": "kari.lunde@fjordvik.example"},
            "In staff s-liv-berge, login is somebody else's, here or in the store.",
        ),
        (
            "children",
            "c-dag-ruud",
            {"placements": ["peikot"]},
            "In children c-dag-ruud, placements names a group that is not known.",
        ),
        (
            "guardians",
            "g-anne-nordmann",
            {"phones": ["no phone"]},
            "In guardians g-anne-nordmann, phones.1.number is not a phone number.",
        ),
        (
            "guardians",
            "g-anne-nordmann",
            {"phones": ["+47 590 00 017"]},
            "In guardians g-anne-nordmann, phones.1.number is one of the hub's own numbers.",
        ),
        (
            "guardianships",
            "anne-nordmann.kari",
            {"child": "c-aino-virtanen"},
            "In guardianships anne-nordmann.kari, child is not known.",
        ),
        (
            "guardianships",
            "ola-nordmann.kari",
            {"guardian": "g-anne-nordmann"},
            "In guardianships ola-nordmann.kari, the same guardian and child stand in another row.",
        ),
    ],
)
async def test_a_row_that_does_not_fit_the_store_stops_the_whole_load(
    village: Village, tmp_path: Path, table: str, id_: str, cells: dict[str, Any], sentence: str
) -> None:
    sheet = Sheet.of_village()
    sheet.row(table, id_).update(cells)
    sheet.row("children", "c-kari-nordmann")["nickname"] = "Kaia"

    with pytest.raises(RegisterError) as caught:
        await village.desk.work(TEST, apply, sheet.read(tmp_path), (), True)

    assert caught.value.sentences[0] == sentence
    unchanged = await village.desk.look(TEST, lambda look: look.session.get(Child, village.child("Kari Nordmann").id))
    assert unchanged is not None
    assert unchanged.nickname is None


async def test_a_virtual_number_that_is_a_guardians_own_phone_is_refused(village: Village, tmp_path: Path) -> None:
    sheet = Sheet({"numbers": [{"id": "n-new", "owner": "fjordvik", "value": "+47 400 00 101"}]})

    with pytest.raises(RegisterError, match="value is somebody's own phone"):
        await village.desk.look(TEST, compare, sheet.read(tmp_path))


async def test_a_number_that_rests_or_is_held_is_not_moved(village: Village, tmp_path: Path) -> None:
    allocations = await village.desk.look(TEST, count_rows, NumberAllocation)
    sheet = Sheet.of_village().only("numbers", "n-resting", "n-7A", "n-free")
    for id_ in ("n-resting", "n-7A", "n-free"):
        sheet.row("numbers", id_)["role"] = "office"

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path))

    assert {change.id: change.kind for change in changes.rows if change.kind is not Kind.MISSING} == {
        "n-resting": Kind.HELD,
        "n-7A": Kind.HELD,
        "n-free": Kind.CHANGED,
    }
    assert await village.desk.look(TEST, count_rows, NumberAllocation) == allocations + 1


async def test_rows_of_an_unknown_owner_or_of_none_are_refused(village: Village, tmp_path: Path) -> None:
    row = {"id": "c-1", "first_name": "Iben", "last_name": "Holt"}

    with pytest.raises(RegisterError, match="The owner dalen is not known"):
        await village.desk.look(TEST, compare, Sheet({"children": [{**row, "owner": "dalen"}]}).read(tmp_path))
    with pytest.raises(RegisterError, match="1 rows do not name their owner"):
        await village.desk.look(TEST, compare, Sheet({"children": [row]}).read(tmp_path))


async def test_the_same_id_at_two_owners_means_two_people(village: Village, tmp_path: Path) -> None:
    """Mikko Lindqvist, with one phone, is a guardian in both municipalities."""
    here, there = village.guardian("Mikko Lindqvist"), village.guardian("Mikko Lindqvist", SAARELA)
    sheet = Sheet({"guardians": [Sheet.of_village().row("guardians", "g-mikko-lindqvist", SAARELA)]})
    sheet.row("guardians", "g-mikko-lindqvist", SAARELA)["first_name"] = "Micke"

    await foresee_and_apply(village.desk, sheet.read(tmp_path))

    def names(look: Look) -> list[str]:
        return [look.session.get_one(Guardian, guardian.id).first_name for guardian in (here, there)]

    assert here.source_id == there.source_id
    assert await village.desk.look(TEST, names) == ["Mikko", "Micke"]


async def test_a_holding_ends_by_its_last_day_and_one_made_on_a_page_stays(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("staff", "s-kari-lunde", "s-liv-berge")
    sheet.row("staff", "s-kari-lunde")["roles"] = [
        {"role": "contact-teacher-7A", "from": "2024-08-01", "to": "2025-03-31"}
    ]

    changes = await foresee_and_apply(village.desk, sheet.read(tmp_path))

    def holdings(look: Look, name: str) -> list[RoleHolding]:
        return list(look.session.scalars(sa.select(RoleHolding).where(RoleHolding.staff_id == village.staff(name).id)))

    (kari,) = await village.desk.look(TEST, holdings, "Kari Lunde")
    (liv,) = await village.desk.look(TEST, holdings, "Liv Berge")
    assert str(kari.to_day) == "2025-03-31"
    assert liv.to_day is not None
    assert liv.to_day > village.unit("school").today(village.desk.clock.now())
    assert [change.id for change in changes.of(Kind.CHANGED)] == ["s-kari-lunde"]


async def test_a_load_that_changes_many_families_must_be_meant(village: Village, tmp_path: Path) -> None:
    sheet = Sheet({"guardians": [r for r in Sheet.of_village().tables["guardians"] if r["owner"] == "fjordvik"]})
    for number, row in enumerate(sheet.tables["guardians"]):
        row["phones"] = [f"+47 400 00 {(number + 7) % 80 + 101}"]  # as when a column slips
    register = sheet.read(tmp_path)

    with pytest.raises(TooLargeError):
        await village.desk.work(TEST, apply, register)

    (anne,) = await village.desk.look(TEST, addresses_of, village.guardian("Anne Nordmann"))
    assert anne.gone_at is None
    assert (await village.desk.look(TEST, compare, register)).large == ["fjordvik"]
    await village.desk.work(TEST, apply, register, (), True)


async def test_a_load_is_in_the_audit_by_ids_alone(village: Village, tmp_path: Path) -> None:
    await village.desk.work(TEST, apply, Sheet.of_village().only("children", "c-kari-nordmann").read(tmp_path))

    def noted(look: Look) -> list[AuditRow]:
        return list(look.session.scalars(sa.select(AuditRow).where(AuditRow.chain != "template")))

    assert [(row.what, row.ids) for row in await village.desk.look(TEST, noted)] == [
        ("register loaded", [village.owner().id])
    ]
