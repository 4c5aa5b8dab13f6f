"""What a touch proves: a hint, a proof that counts once, a forgery, a repetition; and a tag that has a double is noticed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.readers import TagReader
from hub.door.tag_keys import NO_KEYS, TagKeys, list_keys, make_keys, open_keys, read_for_writing
from hub.door.tag_terms import Terms, get_terms, set_terms
from hub.door.tags import Suspicion, Tag, TagKind, WhyBlocked, block, find_tag
from hub.door.taps import Proof, Touch, keep_tap
from hub.safety.access import NotThereError
from hub.seal import BrokenSealError, Seal
from tests.hub.door.devices import SERIAL, hang_tag, pair_gate, touch
from tests.hub.door.proving_tags import SEAL, ProvingTag, write_tag
from tests.hub.post.spoken import as_staff
from tests.village import SAARELA, Village

TEST = operator_asker("test")
OTHER = "04ffeeddccbbaa"


async def hang(village: Village, kind: TagKind = TagKind.PROVING, serial: str = SERIAL) -> TagReader:
    """A tag of Noah's, and a gate at his preschool."""

    def both(work: Work) -> TagReader:
        hang_tag(work, village, "Noah Bakken", kind=kind, serial=serial)
        return pair_gate(work, village)

    return await village.desk.work(TEST, both)


async def keep(village: Village, gate: TagReader, keys: TagKeys, *touches: Touch) -> list[str]:
    """What each proves, in its own work."""
    return [await village.desk.work(TEST, keep_one, gate.id, one, keys) for one in touches]


def keep_one(work: Work, gate_id: str, one: Touch, keys: TagKeys) -> str:
    return keep_tap(work, work.session.get_one(TagReader, gate_id), one, keys).proof


async def tag_now(village: Village, serial: str = SERIAL) -> Tag:
    def find(look: Look) -> Tag:
        tag = find_tag(look, village.owner().id, serial)
        assert tag is not None
        return tag

    return await village.desk.look(TEST, find)


@pytest.mark.parametrize("is_plain", [False, True])
async def test_a_proving_tag_is_believed_and_its_number_is_kept(
    village: Village, clock: StoppedClock, is_plain: bool
) -> None:
    gate = await hang(village)
    tag, keys = await write_tag(village, SERIAL)
    said = tag.plain(7) if is_plain else tag.encrypted(7)

    proofs = await keep(village, gate, keys, touch(1, clock.now(), proven=said))

    assert proofs == [Proof.PROVEN]
    assert (await tag_now(village)).counter == 7
    assert (await tag_now(village)).suspected_at is None


async def test_a_proving_tag_that_comes_with_its_serial_alone_is_a_hint_and_a_wrong_code_a_forgery(
    village: Village, clock: StoppedClock
) -> None:
    gate, now = await hang(village), clock.now()
    tag, keys = await write_tag(village, SERIAL)
    stranger = ProvingTag(tag.uid, tag.meta, bytes(16))
    written = [touch(1, now), touch(2, now, proven=stranger.encrypted(9)), touch(3, now, proven="https://example.no")]

    proofs = await keep(village, gate, keys, *written)

    assert proofs == [Proof.HINT, Proof.FORGED, Proof.FORGED]
    assert (await tag_now(village)).counter is None


async def test_without_the_keys_nothing_is_proven_and_nothing_is_a_forgery(
    village: Village, clock: StoppedClock
) -> None:
    gate = await hang(village)
    tag, _ = await write_tag(village, SERIAL)

    proofs = await keep(village, gate, NO_KEYS, touch(1, clock.now(), proven=tag.encrypted(1)))

    assert proofs == [Proof.HINT]


async def test_a_static_tag_stays_a_hint_whatever_stands_on_it(village: Village, clock: StoppedClock) -> None:
    gate = await hang(village, TagKind.STATIC)
    tag, keys = await write_tag(village, SERIAL)
    said = [touch(1, clock.now(), proven="https://example.no"), touch(2, clock.now(), proven=tag.encrypted(1))]

    assert await keep(village, gate, keys, *said) == [Proof.HINT, Proof.HINT]


async def test_a_number_counts_once_and_only_upwards_and_a_repetition_is_shown_to_staff(
    village: Village, clock: StoppedClock
) -> None:
    gate, now = await hang(village), clock.now()
    tag, keys = await write_tag(village, SERIAL)

    first = await keep(village, gate, keys, touch(1, now, proven=tag.encrypted(5)))
    again = await keep(village, gate, keys, touch(2, now, proven=tag.encrypted(5)))
    on = await keep(village, gate, keys, touch(3, now, proven=tag.encrypted(9)))

    assert [*first, *again, *on] == [Proof.PROVEN, Proof.REPLAYED, Proof.PROVEN]
    assert (await tag_now(village)).suspected_why == Suspicion.REPLAYED


async def test_a_touch_that_waited_for_the_network_may_be_overtaken_without_anybody_being_suspected(
    village: Village, clock: StoppedClock
) -> None:
    gate, now = await hang(village), clock.now()
    tag, keys = await write_tag(village, SERIAL)
    late = touch(2, now, proven=tag.encrypted(4), ago=timedelta(hours=1), waited=True)

    proofs = await keep(village, gate, keys, touch(1, now, proven=tag.encrypted(5)), late)

    assert proofs == [Proof.PROVEN, Proof.REPLAYED]
    assert (await tag_now(village)).suspected_at is None


async def test_the_same_tap_sent_twice_is_one_and_no_repetition(village: Village, clock: StoppedClock) -> None:
    gate, now = await hang(village), clock.now()
    tag, keys = await write_tag(village, SERIAL)
    one = touch(1, now, proven=tag.encrypted(5))

    assert await keep(village, gate, keys, one, one) == [Proof.PROVEN, Proof.PROVEN]
    assert (await tag_now(village)).suspected_at is None


async def test_of_touches_with_the_same_number_at_the_same_moment_one_counts(
    village: Village, clock: StoppedClock
) -> None:
    first = await hang(village)
    gates = [first, *[await village.desk.work(TEST, pair_gate, village) for _ in range(3)]]
    tag, keys = await write_tag(village, SERIAL)
    said = touch(1, clock.now(), proven=tag.encrypted(5))

    proofs = await asyncio.gather(*(keep(village, gate, keys, said) for gate in gates))

    assert sorted(proof for (proof,) in proofs) == [Proof.PROVEN, *[Proof.REPLAYED] * 3]


async def test_works_that_keep_the_same_tags_in_another_order_wait_for_each_other(
    village: Village, clock: StoppedClock
) -> None:
    first = await hang(village)
    await village.desk.work(TEST, lambda work: hang_tag(work, village, "Sol Engebretsen", serial=OTHER))
    second = await village.desk.work(TEST, pair_gate, village)
    now = clock.now()
    there = [touch(1, now), touch(2, now, serial=OTHER)]

    def keep_all(work: Work, gate_id: str, touches: Sequence[Touch]) -> list[str]:
        gate = work.session.get_one(TagReader, gate_id)
        work.take_turns([f"{gate.owner_id} {one.serial}" for one in touches])
        return [keep_tap(work, gate, one).proof for one in touches]

    kept = await asyncio.gather(
        village.desk.work(TEST, keep_all, first.id, there),
        village.desk.work(TEST, keep_all, second.id, [touch(1, now, serial=OTHER), touch(2, now)]),
    )

    assert [*kept[0], *kept[1]] == [Proof.HINT] * 4


async def test_a_blocked_tag_proves_nothing_and_its_number_goes_on_all_the_same(
    village: Village, clock: StoppedClock
) -> None:
    gate = await hang(village)
    tag, keys = await write_tag(village, SERIAL)

    def lose(work: Work) -> None:
        found = find_tag(work, village.owner().id, SERIAL)
        assert found is not None
        block(work, found, WhyBlocked.LOST)

    await village.desk.work(TEST, lose)
    said = [touch(1, clock.now(), proven=tag.encrypted(5)), touch(2, clock.now())]

    assert await keep(village, gate, keys, *said) == [Proof.BLOCKED, Proof.BLOCKED]
    assert (await tag_now(village)).counter == 5


async def test_a_tag_that_hides_its_serial_is_known_by_its_proof(village: Village, clock: StoppedClock) -> None:
    gate = await hang(village)
    tag, keys = await write_tag(village, SERIAL)
    drawn = touch(1, clock.now(), serial="08112233", proven=tag.encrypted(5))

    assert await keep(village, gate, keys, drawn) == [Proof.PROVEN]


async def test_a_proof_of_one_tag_that_comes_with_the_serial_of_another_is_a_forgery(
    village: Village, clock: StoppedClock
) -> None:
    gate = await hang(village)
    tag, keys = await write_tag(village, SERIAL)

    proofs = await keep(village, gate, keys, touch(1, clock.now(), serial=OTHER, proven=tag.encrypted(5)))

    assert proofs == [Proof.FORGED]
    assert (await tag_now(village)).counter is None


async def test_a_tag_written_with_our_keys_that_nobody_registered_is_unknown(
    village: Village, clock: StoppedClock
) -> None:
    gate = await hang(village)
    tag, keys = await write_tag(village, OTHER)

    proofs = await keep(village, gate, keys, touch(1, clock.now(), serial=OTHER, proven=tag.encrypted(5)))

    assert proofs == [Proof.UNKNOWN]


@pytest.mark.parametrize(("apart", "is_suspected"), [(timedelta(minutes=4), True), (timedelta(minutes=6), False)])
async def test_a_tag_at_two_units_within_a_time_in_which_nobody_walks_is_shown_to_staff(
    village: Village, clock: StoppedClock, apart: timedelta, is_suspected: bool
) -> None:
    here = await hang(village, TagKind.STATIC)
    there = await village.desk.work(TEST, lambda work: pair_gate(work, village, unit_name="school"))
    await keep(village, here, NO_KEYS, touch(1, clock.now()))
    clock.move(apart)

    proofs = await keep(village, there, NO_KEYS, touch(1, clock.now()))

    found = await tag_now(village)
    assert proofs == [Proof.HINT]
    assert (found.suspected_at is not None) is is_suspected
    assert found.suspected_why == (Suspicion.TWO_PLACES if is_suspected else None)


async def test_a_touch_that_waited_is_compared_by_when_it_was_and_two_readers_of_a_unit_are_one_place(
    village: Village, clock: StoppedClock
) -> None:
    here = await hang(village, TagKind.STATIC)
    beside = await village.desk.work(TEST, pair_gate, village)
    there = await village.desk.work(TEST, lambda work: pair_gate(work, village, unit_name="school"))
    now = clock.now()

    await keep(village, here, NO_KEYS, touch(1, now))
    await keep(village, beside, NO_KEYS, touch(1, now))
    await keep(village, there, NO_KEYS, touch(1, now, ago=timedelta(hours=2), waited=True))
    calm = await tag_now(village)
    await keep(village, there, NO_KEYS, touch(2, now, ago=timedelta(minutes=4), waited=True))

    assert calm.suspected_at is None
    assert (await tag_now(village)).suspected_why == Suspicion.TWO_PLACES


async def test_two_places_at_the_very_same_moment_are_seen_whichever_is_kept_first(
    village: Village, clock: StoppedClock
) -> None:
    here = await hang(village, TagKind.STATIC)
    there = await village.desk.work(TEST, lambda work: pair_gate(work, village, unit_name="school"))

    await asyncio.gather(*(keep(village, gate, NO_KEYS, touch(1, clock.now())) for gate in (here, there)))

    assert (await tag_now(village)).suspected_why == Suspicion.TWO_PLACES


async def test_an_owner_sets_how_far_its_units_lie_apart_and_what_a_lost_tag_costs(village: Village) -> None:
    leader, administrator = as_staff(village.staff("Astrid Vik")), as_staff(village.staff("Tora Myklebust"))

    with pytest.raises(NotThereError):
        await village.desk.work(leader, set_terms, Terms(50, 15))
    await village.desk.work(administrator, set_terms, Terms(50, 15))
    await village.desk.work(administrator, set_terms, Terms(60, 15))

    assert await village.desk.look(TEST, get_terms, village.owner().id) == Terms(60, 15)
    assert await village.desk.look(TEST, get_terms, village.owner(SAARELA).id) == Terms()


async def test_new_keys_write_and_the_old_ones_go_on_reading(village: Village, clock: StoppedClock) -> None:
    gate = await hang(village)
    old, _ = await write_tag(village, SERIAL)
    new, keys = await write_tag(village, SERIAL)
    now = clock.now()

    proofs = await keep(village, gate, keys, touch(1, now, proven=old.encrypted(1)), touch(2, now, proven=new.plain(2)))

    assert proofs == [Proof.PROVEN, Proof.PROVEN]
    assert (old.meta, old.file_key) != (new.meta, new.file_key)


async def test_keys_are_sealed_to_their_row_and_to_the_hub_and_print_as_nothing(village: Village) -> None:
    owner = village.owner().id
    tag, keys = await write_tag(village, SERIAL)

    def look_at(work: Work) -> None:
        (row,) = list_keys(work, owner)
        assert tag.meta.hex() not in row.sealed
        assert tag.meta.hex() not in repr(keys)
        assert repr(tag.meta) not in repr(keys)
        with pytest.raises(BrokenSealError):
            SEAL.open(row.sealed, "tag keys of another row")
        assert open_keys(work, Seal(["another key of at least thirty-two letters"]), owner) == NO_KEYS

    await village.desk.work(TEST, look_at)


async def test_the_hubs_own_key_is_changed_without_losing_a_tag(village: Village) -> None:
    """What is used is sealed by the new key from then on, and the old one may be let go."""
    owner = village.owner().id
    _, keys = await write_tag(village, SERIAL)
    newer = "a newer key of at least thirty-two letters"

    await village.desk.work(TEST, open_keys, Seal([newer, "a key of at least thirty-two letters"]), owner)

    assert await village.desk.work(TEST, open_keys, Seal([newer]), owner) == keys


async def test_a_pair_of_keys_that_does_not_open_holds_up_no_other_and_calls_nothing_a_forgery(
    village: Village, clock: StoppedClock
) -> None:
    """As in a store that was restored where the hub has another key, and keys were drawn since."""
    gate = await hang(village)
    old, _ = await write_tag(village, SERIAL)

    def damage(work: Work) -> None:
        (row,) = list_keys(work, village.owner().id)
        row.sealed = row.sealed[:-8] + "AAAAAAA="

    await village.desk.work(TEST, damage)
    new, keys = await write_tag(village, SERIAL)
    now = clock.now()

    proofs = await keep(village, gate, keys, touch(1, now, proven=old.plain(1)), touch(2, now, proven=new.plain(2)))

    assert proofs == [Proof.HINT, Proof.PROVEN]


async def test_what_a_tag_is_written_with_comes_from_the_newest_keys_alone(village: Village) -> None:
    owner = village.owner().id
    await write_tag(village, SERIAL)
    newest, _ = await write_tag(village, SERIAL)

    told = await village.desk.work(TEST, read_for_writing, SEAL, owner, newest.uid)
    none = await village.desk.work(TEST, read_for_writing, SEAL, village.owner(SAARELA).id, newest.uid)

    assert told is not None
    assert (told.meta, told.file) == (newest.meta.hex().upper(), newest.file_key.hex().upper())
    assert none is None
    assert newest.meta.hex().upper() not in repr(told)


async def test_keys_of_one_owner_prove_nothing_at_another(village: Village, clock: StoppedClock) -> None:
    gate = await hang(village)
    tag, _ = await write_tag(village, SERIAL)

    def other(work: Work) -> TagKeys:
        make_keys(work, SEAL, village.owner(SAARELA).id, "leader")
        return open_keys(work, SEAL, village.owner(SAARELA).id)

    keys = await village.desk.work(TEST, other)

    assert await keep(village, gate, keys, touch(1, clock.now(), proven=tag.encrypted(1))) == [Proof.FORGED]


async def test_a_forgery_at_another_unit_makes_nobody_s_tag_suspected_whichever_is_kept_first(
    village: Village, clock: StoppedClock
) -> None:
    here, now = await hang(village), clock.now()
    there = await village.desk.work(TEST, lambda work: pair_gate(work, village, unit_name="school"))
    tag, keys = await write_tag(village, SERIAL)
    forged = tag.encrypted(5)[:-1] + ("0" if tag.encrypted(5)[-1] != "0" else "1")

    first = await keep(village, there, keys, touch(1, now, proven=forged))
    then = await keep(village, here, keys, touch(1, now, proven=tag.encrypted(6)))

    assert [*first, *then] == [Proof.FORGED, Proof.PROVEN]
    assert (await tag_now(village)).suspected_at is None
