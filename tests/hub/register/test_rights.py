"""Imports propose: no right goes past a block, and nobody new learns of a protected child without a yes."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Look, Work
from hub.people.families import Block, Child, Guardian, GuardianRight, Guardianship
from hub.register.changes import Kind
from hub.register.loading import TooLargeError, apply, compare
from hub.register.reading import RegisterError
from hub.safety.audit import AuditRow
from tests.hub.register.sheets import Cells, Sheet
from tests.village import Village

TEST = operator_asker("test")


async def rights(village: Village, guardian: Guardian | str, child: Child) -> dict[str, str | None]:
    """Kind and last day of the rights of a guardian (by row, or by source id) for a child."""

    def read(look: Look) -> dict[str, str | None]:
        whom = Guardian.source_id == guardian if isinstance(guardian, str) else Guardian.id == guardian.id
        rows = look.session.execute(
            sa.select(GuardianRight.kind, GuardianRight.to_day)
            .join(Guardianship, Guardianship.id == GuardianRight.guardianship_id)
            .join(Guardian, Guardian.id == Guardianship.guardian_id)
            .where(whom, Guardianship.child_id == child.id)
        )
        return {row.kind: str(row.to_day) if row.to_day else None for row in rows}

    return await village.desk.look(TEST, read)


def guardianship(guardian: str, child: str, *granted: object) -> Cells:
    return {"id": "new", "owner": "fjordvik", "guardian": guardian, "child": child, "rights": list(granted)}


def newcomer(first_name: str, last_name: str, *phones: str) -> Cells:
    return {
        "id": "g-new",
        "owner": "fjordvik",
        "first_name": first_name,
        "last_name": last_name,
        "phones": list(phones),
    }


def clear_rights(work: Work, guardian: Guardian, child: Child) -> None:
    chosen = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == guardian.id, Guardianship.child_id == child.id
    )
    work.session.execute(sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(chosen)))


async def test_no_right_goes_past_a_block_whoever_approves(village: Village, tmp_path: Path) -> None:
    roger, tiril = village.guardian("Roger Sand"), village.child("Tiril Sand")
    await village.desk.work(TEST, clear_rights, roger, tiril)
    register = Sheet.of_village().read(tmp_path)

    changes = await village.desk.work(TEST, apply, register)

    assert [change.id for change in changes.of(Kind.HELD)] == ["roger-sand.tiril"]
    assert await rights(village, roger, tiril) == {}
    with pytest.raises(RegisterError, match="Nothing waits for an approval"):
        await village.desk.work(TEST, apply, register, ["guardianships:fjordvik/roger-sand.tiril"])
    assert await rights(village, roger, tiril) == {}


async def test_the_same_right_comes_when_the_block_is_lifted(village: Village, tmp_path: Path) -> None:
    roger, tiril = village.guardian("Roger Sand"), village.child("Tiril Sand")
    await village.desk.work(TEST, clear_rights, roger, tiril)

    def lift(work: Work) -> None:
        work.session.execute(sa.update(Block).values(lifted_at=work.now, lifted_by="leader", lifted_reason="ended"))

    await village.desk.work(TEST, lift)
    await village.desk.work(TEST, apply, Sheet.of_village().read(tmp_path))

    assert len(await rights(village, roger, tiril)) == 7


@pytest.mark.parametrize(
    "row", [newcomer("ROGER", "Sand", "+47 400 00 191"), newcomer("R.", "Sandh", "+47 400 00 121")]
)
async def test_a_blocked_adult_who_comes_back_under_a_new_id_waits(
    village: Village, tmp_path: Path, row: Cells
) -> None:
    tiril, fredrik = village.child("Tiril Sand"), village.child("Fredrik Sand")
    if row["first_name"] == "R.":
        row["phones"] = village.phones("Roger Sand")
    sheet = Sheet({"guardians": [row], "guardianships": [guardianship("g-new", "c-tiril-sand", "inform", "fetch")]})
    sheet.add("guardianships", **guardianship("g-new", "c-fredrik-sand", "inform") | {"id": "other"})

    changes = await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert [(change.id, change.what) for change in changes.of(Kind.WAITS)] == [
        ("new", ("the guardian resembles one who is blocked (rights: fetch inform)",))
    ]
    assert await rights(village, "g-new", tiril) == {}
    assert await rights(village, "g-new", fredrik) == {"inform": None}


async def test_a_child_under_a_new_id_is_still_kept_from_the_blocked_adult(village: Village, tmp_path: Path) -> None:
    sheet = Sheet({"guardianships": [guardianship("g-roger-sand", "c-new", "inform")]})
    sheet.add("children", **Sheet.of_village().row("children", "c-tiril-sand") | {"id": "c-new"})

    changes = await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert [change.id for change in changes.of(Kind.WAITS)] == ["new"]


async def test_somebody_else_is_not_taken_for_the_blocked_adult(village: Village, tmp_path: Path) -> None:
    sheet = Sheet({"guardians": [newcomer("Oddny", "Sand", "+47 400 00 191")]})
    sheet.add("guardianships", **guardianship("g-new", "c-tiril-sand", "inform"))

    await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert await rights(village, "g-new", village.child("Tiril Sand")) == {"inform": None}


async def test_a_new_reader_of_a_protected_child_waits_for_a_yes(village: Village, tmp_path: Path) -> None:
    ada = village.child("Ada Lien")
    sheet = Sheet({"guardians": [newcomer("Oddny", "Lien", "+47 400 00 191")]})
    sheet.add("guardianships", **guardianship("g-new", "c-ada-lien", "inform"))
    register = sheet.read(tmp_path)

    changes = await village.desk.work(TEST, apply, register)
    (waiting,) = changes.of(Kind.WAITS)
    assert waiting.line().endswith("(--approve guardianships:fjordvik/new)")
    assert await rights(village, "g-new", ada) == {}

    await village.desk.work(TEST, apply, register, [waiting.key])
    assert await rights(village, "g-new", ada) == {"inform": None}

    def approvals(look: Look) -> list[list[str]]:
        chosen = AuditRow.what == "register change approved"
        return [
            row.ids for row in look.session.scalars(sa.select(AuditRow).where(chosen, AuditRow.chain != "template"))
        ]

    assert await village.desk.look(TEST, approvals) == [[waiting.key]]


async def test_a_child_who_becomes_protected_in_the_same_load_is_protected_already(
    village: Village, tmp_path: Path
) -> None:
    sheet = Sheet.of_village().only("children", "c-sol-engebretsen")
    sheet.row("children", "c-sol-engebretsen")["protected"] = True
    sheet.add("guardianships", **guardianship("g-anne-nordmann", "c-sol-engebretsen", "inform"))

    changes = await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert [change.id for change in changes.of(Kind.WAITS)] == ["new"]


async def test_a_protection_does_not_end_by_a_load_alone(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("children", "c-ada-lien")
    sheet.row("children", "c-ada-lien")["protected"] = False
    sheet.add("guardianships", **guardianship("g-anne-nordmann", "c-ada-lien", "inform"))
    register = sheet.read(tmp_path)

    changes = await village.desk.work(TEST, apply, register)

    assert {change.key for change in changes.of(Kind.WAITS)} == {
        "children:fjordvik/c-ada-lien",
        "guardianships:fjordvik/new",
    }
    await village.desk.work(TEST, apply, register, ["children:fjordvik/c-ada-lien"])
    ada = await village.desk.look(TEST, lambda look: look.session.get_one(Child, village.child("Ada Lien").id))
    assert not ada.protected


async def test_a_protected_child_under_a_new_id_is_still_protected(village: Village, tmp_path: Path) -> None:
    twin = Sheet.of_village().row("children", "c-ada-lien") | {"id": "c-new", "protected": False}
    sheet = Sheet({"children": [twin], "guardianships": [guardianship("g-anne-nordmann", "c-new", "inform")]})

    changes = await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert {change.id for change in changes.of(Kind.WAITS)} == {"c-new", "new"}

    def is_protected(look: Look) -> bool:
        return look.session.scalars(sa.select(Child.protected).where(Child.source_id == "c-new")).one()

    assert await village.desk.look(TEST, is_protected)


async def test_a_right_ends_by_its_last_day_or_by_being_left_out(village: Village, tmp_path: Path) -> None:
    petter, mia = village.guardian("Petter Viken"), village.child("Mia Dahlby Olsen")
    anne, kari = village.guardian("Anne Nordmann"), village.child("Kari Nordmann")
    sheet = Sheet.of_village().only("guardianships", "petter-viken.mia", "anne-nordmann.kari")
    sheet.row("guardianships", "petter-viken.mia")["rights"] = [{"right": "fetch", "to": "2025-06-20"}]
    sheet.row("guardianships", "anne-nordmann.kari")["rights"].remove("leave")

    changes = await village.desk.work(TEST, apply, sheet.read(tmp_path))

    yesterday = village.unit("school").today(village.desk.clock.now()) - timedelta(days=1)
    assert await rights(village, petter, mia) == {"fetch": "2025-06-20"}
    assert (await rights(village, anne, kari))["leave"] == str(yesterday)
    assert [change.what for change in changes.of(Kind.ENDED)] == [("rights: leave",)]


async def test_a_right_that_staff_gave_does_not_end_by_a_load(village: Village, tmp_path: Path) -> None:
    anne, kari = village.guardian("Anne Nordmann"), village.child("Kari Nordmann")

    def give(work: Work) -> None:
        work.session.execute(sa.update(GuardianRight).values(basis="leader"))

    await village.desk.work(TEST, give)
    sheet = Sheet.of_village().only("guardianships", "anne-nordmann.kari")
    sheet.row("guardianships", "anne-nordmann.kari")["rights"] = []

    await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert set((await rights(village, anne, kari)).values()) == {None}


async def test_a_new_id_for_the_same_two_people_is_no_new_guardianship(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("guardianships", "anne-nordmann.kari")
    sheet.row("guardianships", "anne-nordmann.kari")["id"] = "r-900"

    changes = await village.desk.look(TEST, compare, sheet.read(tmp_path))

    assert [change.what for change in changes.of(Kind.CHANGED)] == [("id",)]
    assert changes.of(Kind.ADDED) == []


async def test_ending_the_rights_of_many_must_be_meant(village: Village, tmp_path: Path) -> None:
    sheet = Sheet(
        {"guardianships": [r for r in Sheet.of_village().tables["guardianships"] if r["owner"] == "fjordvik"]}
    )
    for row in sheet.tables["guardianships"][:10]:
        row["rights"] = []

    with pytest.raises(TooLargeError):
        await village.desk.work(TEST, apply, sheet.read(tmp_path))

    assert None in (await rights(village, village.guardian("Anne Nordmann"), village.child("Kari Nordmann"))).values()
