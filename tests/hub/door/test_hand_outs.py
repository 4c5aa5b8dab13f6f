"""Tags are handed out against a receipt to who may have them, blocked the moment they are lost, and open again when found."""

import asyncio

import pytest
import sqlalchemy as sa

from hub.asker import Asker
from hub.clock import StoppedClock
from hub.desk import Look, Refusal, Work
from hub.door.guided import list_guided, tick, untick
from hub.door.hand_outs import (
    NobodyForItError,
    NoReceiptError,
    Receipt,
    TagTakenError,
    WrongSerialError,
    find_out,
    get_signature,
    list_receivers,
    take_back,
)
from hub.door.lost_tags import answer_receipt, find_again, lose, lose_by_label, settle_suspicion
from hub.door.proving import suspect
from hub.door.tag_labels import read_label
from hub.door.tag_reach import get_tag, get_tag_by_label, list_in_stock, list_reached, list_tags_of
from hub.door.tags import Suspicion, Tag, WhyBlocked, list_children_of
from hub.door.taps import Proof, keep_tap
from hub.safety.access import NotThereError, get_reach
from hub.safety.audit import AuditRow
from tests.blocks import set_block
from tests.hub.door.devices import SERIAL, pair_gate, touch
from tests.hub.door.handing import give
from tests.hub.post.spoken import as_staff
from tests.village import Village

LEADER, CLUB, NAMED, SCHOOL_LEADER = "Astrid Vik", "Nora Eide", "Maria Nygård", "Ingrid Solberg"
ASSISTANT = "Sindre Moen"
"""Of the same class, and not named."""
OTHER = "04ffeeddccbbaa"


def asker(village: Village, name: str = LEADER) -> Asker:
    return as_staff(village.staff(name))


async def test_a_tag_is_handed_out_for_several_children_against_a_signature(village: Village) -> None:
    given = await village.desk.work(
        asker(village),
        lambda work: give(work, village, "Noah Bakken", "Sol Engebretsen", to=None, receiver="Besta  Bakken"),
    )

    def look_at(look: Look) -> tuple[Tag, list[str]]:
        tag = look.session.get_one(Tag, given.tag_id)
        return tag, list_children_of(look, tag.id)

    tag, children = await village.desk.look(asker(village), look_at)
    assert (given.receipt, given.receiver, given.by) == (Receipt.SIGNED, "Besta Bakken", village.staff(LEADER).id)
    assert children == sorted(village.child(name).id for name in ("Noah Bakken", "Sol Engebretsen"))
    assert read_label(tag.label) == tag.label
    assert (tag.serial, tag.blocked_at) == (SERIAL, None)


async def test_a_child_may_have_several_tags(village: Village) -> None:
    def two(work: Work) -> list[str]:
        give(work, village, "Noah Bakken")
        give(work, village, "Noah Bakken", serial=OTHER)
        return [reached.tag.serial for reached in list_tags_of(work, get_reach(work), village.child("Noah Bakken").id)]

    assert await village.desk.work(asker(village), two) == [SERIAL, OTHER]


@pytest.mark.parametrize("serial", ["", "04", "zz", "04a1b2c3d4e5f6a7", "08:11:22:33"])
async def test_what_is_no_serial_or_another_at_each_touch_is_refused(village: Village, serial: str) -> None:
    with pytest.raises(WrongSerialError):
        await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken", serial=serial))


async def test_a_serial_is_taken_as_a_phone_tells_it(village: Village) -> None:
    given = await village.desk.work(
        asker(village), lambda work: give(work, village, "Noah Bakken", serial="04:A1:B2:C3:D4:E5:F6")
    )

    tag = await village.desk.look(asker(village), lambda look: look.session.get_one(Tag, given.tag_id))
    assert tag.serial == SERIAL


async def test_without_a_child_a_receiver_or_a_receipt_nothing_is_handed_out(village: Village) -> None:
    async def refuses(error: type[Refusal], *names: str, receiver: str, signed: bool = True) -> None:
        with pytest.raises(error):
            await village.desk.work(
                asker(village), lambda work: give(work, village, *names, to=None, receiver=receiver, signed=signed)
            )

    await refuses(NobodyForItError, receiver="Besta")
    await refuses(NobodyForItError, "Noah Bakken", receiver="  ")
    await refuses(NoReceiptError, "Noah Bakken", receiver="Besta", signed=False)


async def test_a_guardian_gets_a_tag_only_for_children_they_may_know_of(village: Village) -> None:
    def receivers(work: Work) -> list[str]:
        unit, noah = village.unit("preschool"), village.child("Noah Bakken").id
        before = [guardian.name for guardian in list_receivers(work, unit, [noah])]
        set_block(work, village.guardian("Lars Bakken"), village.child("Noah Bakken"))
        return [*before, "|", *(guardian.name for guardian in list_receivers(work, unit, [noah]))]

    assert set(await village.desk.work(asker(village), receivers)) == {"Marte Bakken", "Lars Bakken", "|"}
    with pytest.raises(NotThereError):
        await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken", to="Anne Nordmann"))


async def test_a_tag_that_is_out_or_lost_is_not_handed_out_again_and_one_that_came_back_is(village: Village) -> None:
    async def try_again() -> None:
        await village.desk.work(
            asker(village), lambda work: give(work, village, "Sol Engebretsen", to=None, receiver="Far")
        )

    given = await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken"))
    with pytest.raises(TagTakenError):
        await try_again()
    await village.desk.work(asker(village), lose, given.tag_id)
    with pytest.raises(TagTakenError):
        await try_again()

    await village.desk.work(asker(village), take_back, given.tag_id)
    stock = await village.desk.look(
        asker(village), lambda look: list_in_stock(look, get_reach(look), village.unit("preschool"))
    )
    await try_again()

    assert [(tag.id, tag.blocked_why) for tag in stock] == [(given.tag_id, WhyBlocked.RETURNED)]
    assert await village.desk.look(asker(village), list_children_of, given.tag_id) == [
        village.child("Sol Engebretsen").id
    ]


async def test_of_two_who_hand_out_the_same_tag_at_once_one_does(village: Village) -> None:
    async def one(name: str) -> bool:
        try:
            await village.desk.work(asker(village), lambda work: give(work, village, name, to=None, receiver="Far"))
        except TagTakenError:
            return False
        return True

    assert sorted(await asyncio.gather(one("Noah Bakken"), one("Sol Engebretsen"))) == [False, True]


async def test_a_lost_tag_opens_nothing_from_that_moment_and_again_once_it_is_found(
    village: Village, clock: StoppedClock
) -> None:
    def tap(work: Work, number: int) -> str:
        gate = pair_gate(work, village)
        return keep_tap(work, gate, touch(number, work.now)).proof

    given = await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken"))
    before = await village.desk.work(asker(village), tap, 1)
    await village.desk.work(asker(village), lose, given.tag_id)
    lost = await village.desk.work(asker(village), tap, 2)
    await village.desk.work(asker(village), find_again, given.tag_id)
    found = await village.desk.work(asker(village), tap, 3)

    assert (before, lost, found) == (Proof.HINT, Proof.BLOCKED, Proof.HINT)
    row = await village.desk.look(asker(village), find_out, given.tag_id)
    assert row is not None
    assert (row.lost_at, row.found_at, row.found_by) == (clock.now(), clock.now(), village.staff(LEADER).id)


async def test_anybody_at_the_unit_blocks_a_lost_tag_by_its_code_and_learns_nothing_of_whose_it_is(
    village: Village,
) -> None:
    teacher, reader = asker(village, "Kari Lunde"), asker(village, NAMED)
    given = await village.desk.work(
        reader, lambda work: give(work, village, "Ada Lien", to=None, receiver="Mamma", at="school")
    )
    school = village.unit("school").id

    def label(look: Look) -> str:
        return look.session.get_one(Tag, given.tag_id).label

    code = await village.desk.look(reader, label)
    with pytest.raises(NotThereError):
        await village.desk.work(teacher, lose, given.tag_id)
    with pytest.raises(NotThereError):
        await village.desk.look(teacher, lambda look: get_tag_by_label(look, get_reach(look), code))
    with pytest.raises(NotThereError):
        await village.desk.work(asker(village, CLUB), lose_by_label, school, code)
    for each in ("234672", "nothing", code):
        await village.desk.work(teacher, lose_by_label, school, each)

    seen = await village.desk.look(reader, lambda look: get_tag(look, get_reach(look), given.tag_id))
    assert seen.tag.blocked_why == WhyBlocked.LOST


async def test_a_protected_childs_tag_is_there_for_its_named_reader_alone(village: Village) -> None:
    reader, assistant = asker(village, NAMED), asker(village, ASSISTANT)
    given = await village.desk.work(
        reader, lambda work: give(work, village, "Ada Lien", to=None, receiver="Mamma", at="school")
    )

    def seen(look: Look) -> tuple[bool, bool]:
        reach, unit = get_reach(look), village.unit("school")
        return given.tag_id in list_reached(look, reach, unit), bool(list_in_stock(look, reach, unit))

    assert await village.desk.look(reader, seen) == (True, False)
    assert await village.desk.look(assistant, seen) == (False, False)
    for verb in (lose, take_back, find_again):
        with pytest.raises(NotThereError):
            await village.desk.work(assistant, verb, given.tag_id)
    with pytest.raises(NotThereError):
        await village.desk.look(assistant, lambda look: get_signature(look, get_reach(look), given.id))
    with pytest.raises(NotThereError):
        await village.desk.work(
            assistant, lambda work: give(work, village, "Ada Lien", to=None, receiver="X", at="school", serial=OTHER)
        )
    assert (await village.desk.look(reader, lambda look: get_signature(look, get_reach(look), given.id)))[
        0
    ].id == given.id


async def test_of_a_tag_for_two_each_sees_the_child_they_serve(village: Village) -> None:
    given = await village.desk.work(
        asker(village, NAMED),
        lambda work: give(work, village, "Ada Lien", "Sara Hansen", to=None, receiver="Mamma", at="school"),
    )

    async def names(who: str) -> list[str]:
        reached = await village.desk.look(
            asker(village, who), lambda look: get_tag(look, get_reach(look), given.tag_id)
        )
        return sorted(child.first_name for child in reached.children)

    assert await names(NAMED) == ["Ada", "Sara"]
    assert await names(ASSISTANT) == await names(CLUB) == ["Sara"]


async def test_a_code_finds_the_tag_for_who_serves_its_child_as_people_type_it(village: Village) -> None:
    given = await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken"))
    label = (await village.desk.look(asker(village), lambda look: look.session.get_one(Tag, given.tag_id))).label

    def find(look: Look) -> str:
        return get_tag_by_label(look, get_reach(look), f"{label[:3]}-{label[3:].lower()}").tag.id

    assert await village.desk.look(asker(village), find) == given.tag_id
    with pytest.raises(NotThereError):
        await village.desk.look(asker(village, SCHOOL_LEADER), find)


async def test_a_suspicion_is_settled_by_a_person_and_a_copied_tag_never_opens_again(village: Village) -> None:
    given = await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken"))

    def doubt(work: Work) -> None:
        suspect(work, work.session.get_one(Tag, given.tag_id), Suspicion.TWO_PLACES)

    async def tag() -> Tag:
        return await village.desk.look(asker(village), lambda look: look.session.get_one(Tag, given.tag_id))

    await village.desk.work(asker(village), doubt)
    await village.desk.work(asker(village), settle_suspicion, given.tag_id, is_copied=False)
    calm = await tag()
    await village.desk.work(asker(village), doubt)
    await village.desk.work(asker(village), settle_suspicion, given.tag_id, is_copied=True)
    await village.desk.work(asker(village), find_again, given.tag_id)
    await village.desk.work(asker(village), take_back, given.tag_id)

    assert (calm.suspected_at, calm.blocked_at) == (None, None)
    assert (await tag()).blocked_why == WhyBlocked.CLONED


async def test_a_guardian_who_does_not_have_the_tag_has_it_blocked(village: Village) -> None:
    given = await village.desk.work(asker(village), lambda work: give(work, village, "Noah Bakken", signed=False))
    assert given.receipt == Receipt.ASKED

    def deny(work: Work) -> None:
        kept = find_out(work, given.tag_id)
        assert kept is not None
        answer_receipt(work, kept, has_it=False)

    await village.desk.work(asker(village), deny)

    row = await village.desk.look(asker(village), find_out, given.tag_id)
    tag = await village.desk.look(asker(village), lambda look: look.session.get_one(Tag, given.tag_id))
    assert row is not None
    assert (row.receipt, tag.blocked_why) == (Receipt.DENIED, WhyBlocked.LOST)


async def test_that_a_family_was_guided_is_ticked_once_by_who_serves_the_child_and_taken_back(village: Village) -> None:
    noah = village.child("Noah Bakken").id
    for _ in range(2):
        await village.desk.work(asker(village), tick, noah)
    ticked = await village.desk.look(asker(village), list_guided, [noah])
    with pytest.raises(NotThereError):
        await village.desk.work(asker(village, SCHOOL_LEADER), untick, noah)
    await village.desk.work(asker(village), untick, noah)

    assert ticked[noah].by == village.staff(LEADER).id
    assert await village.desk.look(asker(village), list_guided, [noah]) == {}
    whats = await village.desk.look(
        asker(village),
        lambda look: list(look.session.scalars(sa.select(AuditRow.what).where(AuditRow.what.like("tag.%guided")))),
    )
    assert sorted(whats) == ["tag.guided", "tag.not_guided"]
