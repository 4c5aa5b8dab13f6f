"""A child's code: four letters that are no word, no sibling's by a slip, and nobody else's of the owner."""

import asyncio
from collections.abc import Sequence
from itertools import combinations, product
from random import Random
from threading import Barrier

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.child_codes import APART, LETTERS, UNKIND, give_codes, is_kind, make_code, renew_code
from hub.people.families import Child
from tests.bots.test_two_hubs import another_hub
from tests.hub.sign_in.school import TEST
from tests.patience import PATIENCE
from tests.village import Village


def test_a_code_is_kind_and_has_no_letter_that_is_taken_for_another() -> None:
    chance = Random(1)
    codes = [make_code((), (), chance.choice) for _ in range(2000)]

    assert all(len(code) == 4 and set(code) <= set(LETTERS) for code in codes)
    assert not set(LETTERS) & set("AEIOUYÅÄÖÆØ0158BSZQW")
    assert not any(word in code for code in codes for word in UNKIND)


def test_a_code_that_is_taken_or_a_slip_from_a_siblings_is_not_given() -> None:
    draws = iter("CDFGCDFHHJLM")

    def draw(letters: Sequence[str]) -> str:
        return next(draws)

    assert make_code({"CDFG"}, ["CDGG"], draw) == "HJLM"


def test_where_the_short_codes_run_out_one_is_a_letter_longer() -> None:
    short = {"".join(letters) for letters in product(LETTERS, repeat=4)}

    assert len(make_code(short, ["CDFG"], Random(1).choice)) == 5


def test_words_that_hurt_are_not_kind() -> None:
    assert not is_kind("FTTX")
    assert not is_kind("XNGR")
    assert not is_kind("CCCD")
    assert is_kind("CDFG")


async def test_every_child_of_an_owner_has_one_of_its_own_and_a_new_one_ends_the_old(village: Village) -> None:
    def give(work: Work) -> None:
        children = work.session.scalars(sa.select(Child).order_by(Child.id)).all()
        ours = [child for child in children if child.owner_id == village.owner().id]
        assert len(give_codes(work, ours)) == len(ours)
        assert give_codes(work, ours) == []

    def codes(look: Look) -> dict[str, str | None]:
        children = look.session.scalars(sa.select(Child).where(Child.owner_id == village.owner().id))
        return {child.name: child.code for child in children}

    await village.desk.work(TEST, give)
    before = await village.desk.look(TEST, codes)
    kari = village.child("Kari Nordmann").id
    await village.desk.work(TEST, lambda work: renew_code(work, work.session.get_one(Child, kari)))
    after = await village.desk.look(TEST, codes)

    assert None not in before.values()
    assert len(set(before.values())) == len(before)
    siblings = [before[name] or "" for name in ("Jakob Berg", "Johanne Berg", "Mathias Berg")]
    assert all(
        sum(a != b for a, b in zip(one, other, strict=True)) >= APART for one, other in combinations(siblings, 2)
    )
    assert before["Kari Nordmann"] not in after.values()


async def test_two_who_give_codes_at_once_give_each_child_one(village: Village) -> None:
    both_have_read = Barrier(2)
    mia = village.child("Mia Dahlby Olsen").id

    def give(work: Work) -> str | None:
        child = work.session.get_one(Child, mia)
        if work.connection.dialect.name == "postgresql":
            both_have_read.wait(timeout=PATIENCE)
        give_codes(work, [child])
        return child.code

    async with another_hub(village) as other:
        given = await asyncio.gather(*(desk.work(TEST, give) for desk in (village.desk, other)))

    kept = await village.desk.look(TEST, lambda look: look.session.get_one(Child, mia).code)
    assert given == [kept, kept]
