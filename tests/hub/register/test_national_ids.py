"""National ids in a register: matched, never told; a new one for somebody who has one waits, and none moves by itself.

The number is kept sealed beside its hash, for digital post: it opens for its own guardian alone, with the hub's key.
"""

from typing import Any

import pytest

from hub.desk import Desk, Look, Work
from hub.people.families import Guardian
from hub.people.national_ids import NationalId, find_guardians, open_national_id
from hub.register.changes import Kind
from hub.register.loading import apply, compare
from hub.register.reading import RegisterError
from hub.register.rows import GuardianRow, OwnerRow, Register
from hub.seal import Seal
from tests.hub.sign_in.school import KEY, TEST

MOTHER, FATHER, D_NUMBER = "15011550093", "15011550174", "55011550087"
SEAL = Seal([KEY])


def register(**ids: Any) -> Register:
    owner = OwnerRow(id="dalen", name="Dalen kommune", country="NO", language="nb")
    guardians = [
        GuardianRow(id=who, first_name=who.title(), last_name="Holt", **({"national_id": id_} if id_ != "" else {}))
        for who, id_ in ids.items()
    ]
    return Register(owners=[owner], guardians=guardians)


def register_with_former(former: str | None) -> Register:
    """Vera's row has a number, and tells which it took the place of."""
    owners = register().owners
    row = {"id": "vera", "first_name": "Vera", "last_name": "Holt", "national_id": MOTHER, "former_national_id": former}
    return Register(owners=owners, guardians=[GuardianRow.model_validate(row)])


async def load(desk: Desk, seal: Seal = SEAL, approve: tuple[str, ...] = (), **ids: Any) -> list[tuple[Kind, str]]:
    """What the load told of national ids."""
    changes = await desk.work(TEST, apply, register(**ids), approve, True, seal)
    return [(change.kind, what) for change in changes.rows for what in change.what if "national" in what]


async def whose(desk: Desk, number: str, seal: Seal = SEAL) -> list[str]:
    def ask(look: Look) -> list[str]:
        return [guardian.source_id for guardian in find_guardians(look, seal, f"NO:{number}", "dalen")]

    return await desk.look(TEST, ask)


async def test_a_guardian_is_found_by_the_number_that_the_register_gave(desk: Desk) -> None:
    await load(desk, vera=MOTHER, nils="")

    assert await whose(desk, MOTHER) == ["vera"]
    assert await whose(desk, FATHER) == []


async def test_the_same_load_again_changes_nothing_and_a_column_left_out_keeps_it(desk: Desk) -> None:
    await load(desk, vera=MOTHER)

    assert await load(desk, vera=MOTHER) == []
    assert await load(desk, vera="") == []
    assert await whose(desk, MOTHER) == ["vera"]


async def test_another_number_for_somebody_waits_until_it_is_approved(desk: Desk) -> None:
    await load(desk, vera=MOTHER)

    told = await load(desk, vera=FATHER)
    between = await whose(desk, MOTHER)
    await load(desk, approve=("guardians:dalen/vera",), vera=FATHER)

    assert told == [(Kind.WAITS, "national_id: would be another")]
    assert between == ["vera"]
    assert (await whose(desk, MOTHER), await whose(desk, FATHER)) == ([], ["vera"])


async def test_a_number_never_moves_to_another_guardian_by_itself(desk: Desk) -> None:
    await load(desk, vera=MOTHER)

    told = await load(desk, nils=MOTHER)

    assert told == [(Kind.HELD, "national_id: another guardian has it")]
    assert await whose(desk, MOTHER) == ["vera"]


async def test_a_number_that_is_given_as_nothing_is_let_go(desk: Desk) -> None:
    await load(desk, vera=MOTHER)

    told = await load(desk, vera=None)

    assert told == [(Kind.ENDED, "national_id")]
    assert await whose(desk, MOTHER) == []


async def test_after_a_change_of_the_key_a_load_hashes_anew(desk: Desk) -> None:
    new = "a new key for tests, and for tests alone"
    await load(desk, vera=MOTHER)

    await load(desk, Seal([new, KEY]), vera=MOTHER)

    assert await whose(desk, MOTHER, Seal([new])) == ["vera"]
    assert await number_of(desk, "vera", Seal([new])) == MOTHER


@pytest.mark.parametrize(("former", "is_same"), [(D_NUMBER, True), (FATHER, False), (None, False)])
async def test_a_d_number_is_the_same_person_s_only_where_the_row_tells_that_it_was_replaced(
    desk: Desk, former: str | None, is_same: bool
) -> None:
    await load(desk, vera=D_NUMBER)

    told = register_with_former(former)
    await desk.work(TEST, apply, told, ("guardians:dalen/vera",), True, SEAL)

    kept = await desk.look(TEST, lambda look: look.session.query(NationalId).one())
    assert (kept.replaced is not None) is is_same
    assert await number_of(desk, "vera") == MOTHER


async def test_a_former_number_that_the_country_writes_otherwise_is_a_fault(desk: Desk) -> None:
    with pytest.raises(RegisterError, match="former_national_id is none of this country"):
        await desk.work(TEST, apply, register_with_former("12345"), (), True, SEAL)


async def test_the_number_opens_without_its_country_for_the_guardian_who_has_it(desk: Desk) -> None:
    await load(desk, vera=MOTHER, nils="")

    assert await number_of(desk, "vera") == MOTHER
    assert await number_of(desk, "nils") is None


async def test_a_number_that_was_kept_as_a_hash_alone_is_sealed_by_the_next_load_which_tells_no_change(
    desk: Desk,
) -> None:
    await load(desk, vera=MOTHER)
    await desk.work(TEST, forget_what_is_sealed)
    before = await number_of(desk, "vera")

    told = await load(desk, vera=MOTHER)

    assert (before, told) == (None, [])
    assert await number_of(desk, "vera") == MOTHER


async def test_a_number_that_was_approved_instead_of_another_is_the_one_that_opens(desk: Desk) -> None:
    await load(desk, vera=MOTHER)

    await load(desk, approve=("guardians:dalen/vera",), vera=FATHER)

    assert await number_of(desk, "vera") == FATHER


async def test_a_number_opens_in_no_other_row_and_without_its_key_nowhere(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await load(desk, vera=MOTHER, nils=FATHER)

    def swap(work: Work) -> None:
        one, other = work.session.query(NationalId).order_by(NationalId.guardian_id)
        one.sealed, other.sealed = other.sealed, one.sealed

    stranger = await number_of(desk, "vera", Seal(["a stranger's key for tests, and for tests alone"]))
    await desk.work(TEST, swap)

    assert stranger is None
    assert (await number_of(desk, "vera"), await number_of(desk, "nils")) == (None, None)
    assert MOTHER not in caplog.text
    assert FATHER not in caplog.text


def forget_what_is_sealed(work: Work) -> None:
    for kept in work.session.query(NationalId):
        kept.sealed = None


async def number_of(desk: Desk, name: str, seal: Seal = SEAL) -> str | None:
    def ask(look: Look) -> str | None:
        guardian = look.session.query(Guardian).where(Guardian.source_id == name).one()
        return open_national_id(look, seal, guardian.id)

    return await desk.look(TEST, ask)


@pytest.mark.parametrize(
    ("seal", "ids"),
    [(SEAL, {"vera": "15011550094"}), (SEAL, {"vera": MOTHER, "nils": MOTHER}), (None, {"vera": MOTHER})],
)
async def test_what_cannot_be_right_stops_the_load_and_no_sentence_tells_the_number(
    desk: Desk, seal: Seal | None, ids: dict[str, str]
) -> None:
    with pytest.raises(RegisterError) as error:
        await desk.look(TEST, compare, register(**ids), (), seal)

    assert "national_id" in str(error.value)
    assert not any(number in str(error.value) for number in ids.values())


async def test_no_number_lies_in_the_store(desk: Desk) -> None:
    await load(desk, vera=MOTHER)

    def rows(look: Look) -> list[NationalId]:
        return list(look.session.query(NationalId))

    (kept,) = await desk.look(TEST, rows)
    assert len(kept.hash) == 64
    assert MOTHER not in f"{kept.hash} {kept.sealed} {kept!r}"
    assert kept.sealed not in (None, repr(kept))
    assert MOTHER not in repr(register(vera=MOTHER).guardians[0])
