"""Postal addresses in a register: kept sealed, previewed without being shown, never of a protected child's guardians."""

from pathlib import Path
from typing import Any

import pytest

from hub.desk import Desk, Look, Work
from hub.people.families import Child, Guardian
from hub.people.postal_addresses import KeptPost, PostalAddress, correct_post, has_post, let_go_wrong_post, open_post
from hub.register.changes import Changes, Kind
from hub.register.loading import apply, compare
from hub.register.reading import RegisterError, read_register
from hub.register.rows import ChildRow, GuardianRow, GuardianshipRow, OwnerRow, Register
from hub.seal import Seal
from tests.hub.sign_in.school import KEY, TEST

SEAL = Seal([KEY])
NEW_KEY = "a new key for tests, and for tests alone"
OLD = {"street": ["Fjellveien 3", "Leilighet 4"], "postal_code": "0001", "town": "Dalen"}
NEW = {"street": ["Strandgata 9"], "postal_code": "0002", "town": "Dalen"}
OLD_POST = PostalAddress(("Fjellveien 3", "Leilighet 4"), "0001", "Dalen", "NO")
NEW_POST = PostalAddress(("Strandgata 9",), "0002", "Dalen", "NO")
STAFF_POST = PostalAddress(("Skogen 1",), "0003", "Dalen", "NO")
UNTOLD = "untold"


def register(protected: bool = False, **posts: Any) -> Register:
    """Guardians of one child, each with the postal address that is told of them."""
    return Register(
        owners=[OwnerRow(id="dalen", name="Dalen kommune", country="NO", language="nb")],
        children=[ChildRow(id="ida", first_name="Ida", last_name="Holt", protected=protected)],
        guardians=[
            GuardianRow(id=who, first_name=who.title(), last_name="Holt", **({} if post == UNTOLD else {"post": post}))
            for who, post in posts.items()
        ],
        guardianships=[GuardianshipRow(id=f"{who}-ida", guardian=who, child="ida") for who in posts],
    )


def told(changes: Changes) -> list[tuple[Kind, str]]:
    return [(change.kind, what) for change in changes.rows for what in change.what if "post" in what]


async def load(desk: Desk, seal: Seal = SEAL, **given: Any) -> list[tuple[Kind, str]]:
    """What the load told of postal addresses."""
    return told(await desk.work(TEST, apply, register(**given), (), True, seal))


async def post_of(desk: Desk, name: str, seal: Seal = SEAL) -> PostalAddress | None:
    return await desk.look(TEST, lambda look: open_post(look, seal, guardian(look, name).id))


def guardian(look: Look, name: str) -> Guardian:
    return look.session.query(Guardian).where(Guardian.source_id == name).one()


async def test_an_address_is_kept_for_whoever_it_was_told_of_and_a_second_load_changes_nothing(desk: Desk) -> None:
    await load(desk, vera=OLD, nils=UNTOLD)

    again = await load(desk, vera=OLD, nils=UNTOLD)

    assert again == []
    assert await post_of(desk, "vera") == OLD_POST
    assert await post_of(desk, "nils") is None


async def test_a_preview_says_that_an_address_changes_and_never_what_it_is(desk: Desk) -> None:
    await load(desk, vera=OLD)

    changes = await desk.look(TEST, compare, register(vera=NEW), (), SEAL)

    assert told(changes) == [(Kind.CHANGED, "post")]
    assert not any(word in repr((changes, register(vera=NEW))) for word in ("Strandgata", "0002"))
    assert await post_of(desk, "vera") == OLD_POST


async def test_a_column_that_is_left_out_keeps_it_and_null_lets_it_go(desk: Desk) -> None:
    await load(desk, vera=OLD)

    kept, kept_post = await load(desk, vera=UNTOLD), await post_of(desk, "vera")
    gone = await load(desk, vera=None)

    assert (kept, kept_post) == ([], OLD_POST)
    assert gone == [(Kind.ENDED, "post")]
    assert await post_of(desk, "vera") is None


async def test_what_staff_corrected_stays_until_the_register_says_something_else(desk: Desk) -> None:
    await load(desk, vera=OLD)
    await desk.work(TEST, lambda work: correct_post(work, SEAL, guardian(work, "vera"), STAFF_POST))

    same, corrected = await load(desk, vera=OLD), await post_of(desk, "vera")
    other = await load(desk, vera=NEW)

    assert (same, corrected) == ([], STAFF_POST)
    assert other == [(Kind.CHANGED, "post")]
    assert await post_of(desk, "vera") == NEW_POST


async def test_an_address_that_a_letter_came_back_from_does_not_come_back_with_the_register(desk: Desk) -> None:
    await load(desk, vera=OLD)
    await desk.work(TEST, lambda work: let_go_wrong_post(work, guardian(work, "vera").id))

    same, after = await load(desk, vera=OLD), await post_of(desk, "vera")
    await load(desk, vera=NEW)

    assert (same, after) == ([], None)
    assert await post_of(desk, "vera") == NEW_POST


async def test_nothing_is_kept_of_a_protected_childs_guardians_whatever_the_register_gives(desk: Desk) -> None:
    first = await load(desk, protected=True, vera=OLD)

    assert first == []
    assert await desk.look(TEST, lambda look: look.session.query(KeptPost).count()) == 0


async def test_what_was_kept_goes_when_a_child_becomes_protected_and_is_not_used_before(desk: Desk) -> None:
    await load(desk, vera=OLD, nils=NEW)
    await desk.work(TEST, lambda work: setattr(work.session.query(Child).one(), "protected", True))

    used = [await post_of(desk, name) for name in ("vera", "nils")]
    said = await desk.look(TEST, lambda look: has_post(look, guardian(look, "vera").id))
    gone = await load(desk, protected=True, vera=OLD, nils=UNTOLD)

    assert (used, said) == ([None, None], False)
    assert gone == [(Kind.ENDED, "post")] * 2
    assert await desk.look(TEST, lambda look: look.session.query(KeptPost).count()) == 0


async def test_no_line_lies_open_in_the_store_and_it_opens_in_no_other_row(desk: Desk) -> None:
    await load(desk, vera=OLD, nils=OLD)

    def swap(work: Work) -> list[str]:
        one, other = work.session.query(KeptPost)
        one.sealed, other.sealed = other.sealed, one.sealed
        return [f"{one.sealed} {one.told} {one!r}", f"{other.sealed} {other.told}", str(one.told == other.told)]

    shown = await desk.work(TEST, swap)

    assert "Fjellveien" not in " ".join(shown)
    assert shown[2] == "False"
    assert (await post_of(desk, "vera"), await post_of(desk, "nils")) == (None, None)


async def test_a_load_with_the_old_key_beside_the_new_keeps_all_by_the_new_one(desk: Desk) -> None:
    await load(desk, vera=OLD, nils=OLD)
    await desk.work(TEST, lambda work: correct_post(work, SEAL, guardian(work, "nils"), STAFF_POST))

    said = await load(desk, Seal([NEW_KEY, KEY]), vera=OLD, nils=OLD)

    assert said == []
    assert await post_of(desk, "vera", Seal([NEW_KEY])) == OLD_POST
    assert await post_of(desk, "nils", Seal([NEW_KEY])) == STAFF_POST
    assert await load(desk, Seal([NEW_KEY]), vera=OLD, nils=OLD) == []


async def test_a_postal_code_that_is_none_is_not_kept_and_what_it_should_replace_is_not_used(desk: Desk) -> None:
    await load(desk, vera=OLD)

    said = await load(desk, vera=NEW | {"postal_code": "000"})

    assert said == [(Kind.HELD, "post: the postal code is none of its country")]
    assert await post_of(desk, "vera") is None


async def test_many_families_that_would_move_at_once_wait_for_somebody_who_means_it(desk: Desk) -> None:
    await load(desk, vera=OLD, nils=OLD)

    changes = await desk.look(TEST, compare, register(vera=NEW, nils=NEW), (), SEAL)

    assert changes.large == ["dalen"]


async def test_without_the_hubs_key_no_sentence_tells_the_address(desk: Desk) -> None:
    with pytest.raises(RegisterError) as error:
        await desk.look(TEST, compare, register(vera=OLD), (), None)

    assert "post needs the hub's own key" in str(error.value)
    assert "Fjellveien" not in str(error.value)


def test_a_cell_of_a_csv_file_holds_the_street_and_then_always_three_others(tmp_path: Path) -> None:
    lines = [
        "id,first_name,last_name,post",
        "vera,Vera,Holt,Fjellveien 3; Leilighet 4; 0001; Dalen; no",
        "nils,Nils,Holt,",
    ]
    (tmp_path / "guardians.csv").write_text("\n".join(lines), "utf-8")

    vera, nils = read_register(tmp_path).guardians

    assert vera.post is not None
    assert (vera.post.street, vera.post.town, vera.post.country) == (["Fjellveien 3", "Leilighet 4"], "Dalen", "NO")
    assert not nils.has("post")


@pytest.mark.parametrize(
    "cell", ["Hemmeligveien 3; Dalen; NO", "Hemmeligveien 3", "; 0001; Dalen; NO", "a; b; c; d; 1; Dalen; NO"]
)
def test_a_cell_that_is_no_address_is_told_without_being_shown(tmp_path: Path, cell: str) -> None:
    (tmp_path / "guardians.csv").write_text(f"id,first_name,last_name,post\nvera,Vera,Holt,{cell}\n", "utf-8")

    with pytest.raises(RegisterError) as error:
        read_register(tmp_path)

    assert "guardians vera, post" in str(error.value)
    assert "Hemmelig" not in str(error.value)
