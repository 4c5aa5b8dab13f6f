"""Who takes a child along: those who may are one touch; a doubt needs a check; and whoever must not needs a leader."""

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Look, Work
from hub.door.confirming import (
    NeverCameError,
)
from hub.door.readers import TagReader
from hub.door.taps import keep_tap
from hub.door.who_fetches import (
    FetcherForbiddenError,
    FetcherUncheckedError,
    NoFetcherError,
    list_may_fetch,
)
from hub.people.families import Block, Child
from hub.school.day_board import Presence
from hub.school.fetching import report_fetching
from hub.school.trusted_people import Whom, trust_person
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TUVA, coming, confirm, leaving, presence, rows_of, say, tap_of
from tests.hub.door.devices import touch
from tests.hub.post.spoken import TEST
from tests.village import Village


async def test_a_leaving_keeps_who_took_the_child_along(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)
    await say(village, coming(village, NOAH))
    mother = village.guardian("Marte Bakken")

    def touch_again(work: Work) -> str:
        return keep_tap(work, work.session.scalars(sa.select(TagReader)).one(), touch(2, work.now)).id

    second = await village.desk.work(TEST, touch_again)
    await confirm(village, second, leaving(village, mother.id, NOAH))

    (row,) = await rows_of(village, NOAH)
    assert (row.fetched_by, row.fetched_name, row.left_tap_id) == (mother.id, "Marte Bakken", second)
    assert tap_id != second


async def test_who_was_never_seen_here_cannot_leave(village: Village) -> None:
    with pytest.raises(NeverCameError):
        await say(village, leaving(village, village.guardian("Marte Bakken").id, NOAH))


async def test_a_trusted_person_who_was_announced_may_be_chosen(village: Village) -> None:
    def trust(work: Work) -> str:
        child = work.session.get_one(Child, village.child(NOAH).id)
        told_by = village.guardian("Marte Bakken").id
        row = trust_person(work, child, Whom("Bestemor Solveig"), told_by=told_by, trust=Trust.STRONG)
        row.announced_at = work.now
        return row.id

    trusted = await village.desk.work(TEST, trust)
    await say(village, coming(village, NOAH))

    await say(village, leaving(village, trusted, NOAH))

    (row,) = await rows_of(village, NOAH)
    assert (row.fetched_by, row.fetched_name) == (trusted, "Bestemor Solveig")


async def block_father(village: Village) -> None:
    def block(work: Work) -> None:
        noah, father = village.child(NOAH), village.guardian("Lars Bakken")
        work.session.add(
            Block(
                id=work.new_id(),
                owner_id=noah.owner_id,
                guardian_id=father.id,
                child_id=noah.id,
                reason="x",
                set_by=village.staff(HEAD).id,
                set_at=work.now,
            )
        )

    await village.desk.work(TEST, block)


async def test_somebody_who_must_not_fetch_passes_by_no_touch_of_a_teacher(village: Village) -> None:
    await block_father(village)
    await say(village, coming(village, NOAH))

    for said in (
        leaving(village, "other", NOAH, name="Lars Bakken"),
        leaving(village, "other", NOAH, name="Lars Bakken", is_checked=True),
        leaving(village, "other", NOAH, name="Lars Bakken", is_checked=True, is_led=True),
        leaving(village, "other", NOAH, name="pappa", is_checked=True),
    ):
        with pytest.raises(FetcherForbiddenError):
            await say(village, said)
    with pytest.raises(NoFetcherError):
        await say(village, leaving(village, village.guardian("Lars Bakken").id, NOAH))

    assert await presence(village, NOAH) is Presence.HERE


async def test_a_leader_who_has_found_out_may_let_it_be_and_only_by_saying_so(village: Village) -> None:
    await block_father(village)
    await say(village, coming(village, NOAH))

    with pytest.raises(FetcherForbiddenError):
        await say(village, leaving(village, "other", NOAH, name="Lars Bakken", is_checked=True), who=HEAD)
    await say(village, leaving(village, "other", NOAH, name="Lars Bakken", is_led=True), who=HEAD)

    assert (await rows_of(village, NOAH))[0].fetched_name == "Lars Bakken"


async def test_somebody_unknown_passes_once_staff_say_to_have_checked(village: Village) -> None:
    await say(village, coming(village, NOAH))

    with pytest.raises(FetcherUncheckedError):
        await say(village, leaving(village, "other", NOAH, name="Nabo Trude"))
    await say(village, leaving(village, "other", NOAH, name="Nabo Trude", is_checked=True))

    assert (await rows_of(village, NOAH))[0].fetched_name == "Nabo Trude"


async def test_what_was_told_for_today_may_be_chosen_once_it_is_checked(village: Village) -> None:
    def tell(work: Work) -> str:
        unit, child = village.unit("preschool"), work.session.get_one(Child, village.child(NOAH).id)
        told_by = village.guardian("Marte Bakken").id
        (row,), _ = report_fetching(
            work, [child], [unit.today(work.now)], "Mormor Ruth", None, told_by=told_by, trust=Trust.STRONG
        )
        return row.id

    told = await village.desk.work(TEST, tell)
    await say(village, coming(village, NOAH))

    with pytest.raises(FetcherUncheckedError):
        await say(village, leaving(village, told, NOAH))
    await say(village, leaving(village, told, NOAH, is_checked=True))

    assert (await rows_of(village, NOAH))[0].fetched_name == "Mormor Ruth"


async def test_nobody_goes_alone_from_a_preschool_and_nobody_leaves_with_nobody(village: Village) -> None:
    await say(village, coming(village, NOAH))

    for who in ("alone", "", "other"):
        with pytest.raises(NoFetcherError):
            await say(village, leaving(village, who, NOAH))


async def test_those_may_fetch_two_children_who_may_fetch_each(village: Village) -> None:
    def names(look: Look) -> list[list[str]]:
        unit = village.unit("preschool")
        both = [[village.child(name).id for name in pair] for pair in ((ODIN, TUVA), (ODIN, NOAH))]
        return [[one.name for one in list_may_fetch(look, ids, unit.today(look.now))] for ids in both]

    siblings, strangers = await village.desk.look(TEST, names)

    assert (sorted(siblings), strangers) == (["Anders Fjeld", "Maren Fjeld"], [])
