"""The village: loaded from its register, complete, and two municipalities apart."""

import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Look
from hub.people.families import Child, GuardianRight, Guardianship
from hub.people.numbers import NumberKind
from hub.register.changes import Kind
from hub.register.loading import compare
from hub.register.reading import read_register
from tests.village import FJORDVIK, FOLDER, SAARELA, Village, list_handsets

TEST = operator_asker("test")


def rights_for(look: Look, child: Child) -> int:
    return (
        look.session.scalar(
            sa.select(sa.func.count())
            .select_from(GuardianRight)
            .join(Guardianship, Guardianship.id == GuardianRight.guardianship_id)
            .where(Guardianship.child_id == child.id)
        )
        or 0
    )


async def test_the_village_has_families_of_every_kind(village: Village) -> None:
    assert village.phone("Anne Nordmann").startswith("+474000")
    assert village.phone("Arne Moe") == village.phone("Gerd Moe")
    assert len(village.phones("Silje Strøm")) == 2
    assert village.child("Ada Lien").protected
    assert await village.desk.look(TEST, rights_for, village.child("Ada Lien")) == 7
    assert village.number("contact teacher 4B").kind is NumberKind.NATIONAL
    assert village.number("club").kind is NumberKind.SHORT
    assert village.number("contact teacher 7A").kind is NumberKind.E164
    assert len(village.children) >= 40


async def test_loading_the_village_again_would_change_no_right_and_add_nobody(village: Village) -> None:
    changes = await village.desk.look(TEST, compare, read_register(FOLDER / "village.json"))

    assert changes.of(Kind.ADDED) == []
    assert changes.of(Kind.WAITS) == []
    assert changes.of(Kind.CHANGED) == []
    assert changes.of(Kind.ENDED) == []


async def test_the_phones_of_one_municipality_know_no_number_of_the_other(village: Village) -> None:
    fjordvik, saarela = list_handsets(village, FJORDVIK), list_handsets(village, SAARELA)

    numbers = {contact["number"] for handset in fjordvik for contact in handset["contacts"]}
    others = {contact["number"] for handset in saarela for contact in handset["contacts"]}
    anne = next(handset for handset in fjordvik if handset["name"] == "Anne Nordmann")
    assert numbers
    assert others
    assert not numbers & others
    assert {"name": "Kontaktlærer 7A", "number": "+4759000017"} in anne["contacts"]
    assert any(handset["name"] == "Arne Moe / Gerd Moe" for handset in fjordvik)


async def test_a_phone_is_one_phone_whatever_municipalities_its_children_are_in(village: Village) -> None:
    (mikko,) = [phone for phone in list_handsets(village) if phone["number"] == village.phone("Mikko Lindqvist")]

    assert (mikko["name"], mikko["note"]) == ("Mikko Lindqvist", "Ella, Otso, Veikko")
    assert village.number("teacher peikot", SAARELA).value in [contact["number"] for contact in mikko["contacts"]]
    assert village.number("contact teacher 1A").value in [contact["number"] for contact in mikko["contacts"]]
