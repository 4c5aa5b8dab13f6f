"""A staff phone reads for one unit and one shift, only in the sign-in that took it into use, and signs what it keeps."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.pairing import list_readers
from hub.door.phones import (
    Phone,
    PhoneKeyError,
    find_phone,
    get_queued,
    is_signed,
    pair_phone,
    unpair_phone,
)
from hub.door.readers import TagReader
from hub.safety.access import NotThereError, get_reach
from tests.hub.door.at_door import HEAD, TEACHER
from tests.hub.door.devices import pair_gate
from tests.hub.door.phone_keys import PhoneKey
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

SESSION = "s" * 26


async def pair(village: Village, key: str | None = None) -> tuple[str, str]:
    """The ids of the reader and its token."""

    def act(work: Work) -> tuple[str, str]:
        reader, token = pair_phone(work, get_reach(work), village.unit("preschool"), SESSION, "Blåbær", key)
        return reader.id, token

    return await village.desk.work(as_staff(village.staff(TEACHER)), act)


async def found(village: Village, token: str, unit: str = "preschool", session: str = SESSION) -> Phone | None:
    def read(look: Look) -> Phone | None:
        return find_phone(look, token, village.unit(unit).id, session)

    return await village.desk.look(TEST, read)


async def test_a_phone_is_in_use_at_its_unit_and_in_its_sign_in_only(village: Village) -> None:
    reader_id, token = await pair(village)

    phone = await found(village, token)

    assert phone is not None
    assert phone.reader.id == reader_id
    assert token not in (phone.reader.key, phone.reader.id)
    assert await found(village, token, unit="school") is None
    assert await found(village, token, session="t" * 26) is None
    assert await found(village, token + "x") is None


async def test_a_phone_is_in_use_until_the_shift_is_over(village: Village, clock: StoppedClock) -> None:
    _, token = await pair(village)

    clock.move(timedelta(hours=11, minutes=59))
    before = await found(village, token)
    clock.move(timedelta(minutes=1))

    assert before is not None
    assert await found(village, token) is None


async def test_what_a_phone_kept_is_taken_for_a_day_after_its_shift_unless_it_was_revoked(
    village: Village, clock: StoppedClock
) -> None:
    reader_id, _ = await pair(village)
    unit = village.unit("preschool")

    def queued(look: Look) -> str:
        return get_queued(look, reader_id, unit.id).reader.id

    clock.move(timedelta(hours=35, minutes=59))
    assert await village.desk.look(TEST, queued) == reader_id
    clock.move(timedelta(minutes=1))
    with pytest.raises(NotThereError):
        await village.desk.look(TEST, queued)


async def test_a_phone_that_was_taken_out_of_use_or_revoked_reads_nothing(village: Village) -> None:
    reader_id, token = await pair(village)
    unit = village.unit("preschool")

    await village.desk.work(TEST, lambda work: unpair_phone(work, work.session.get_one(TagReader, reader_id), "x"))

    assert await found(village, token) is None
    with pytest.raises(NotThereError):
        await village.desk.look(TEST, lambda look: get_queued(look, reader_id, unit.id))


async def test_only_what_the_phone_itself_signed_counts_as_signed(village: Village) -> None:
    key = PhoneKey()
    _, token = await pair(village, key.public)
    phone = await found(village, token)
    assert phone is not None

    signature = key.sign("noted")

    assert is_signed(phone, "noted", signature)
    assert not is_signed(phone, "Noted", signature)
    assert not is_signed(phone, "noted", PhoneKey().sign("noted"))
    for nonsense in ("", "x", "AAAA", signature[:-4], signature + "AAAA"):
        assert not is_signed(phone, "noted", nonsense)


@pytest.mark.parametrize("key", ["x", "AAAA", "", "=" * 10])
async def test_nonsense_is_no_key(village: Village, key: str) -> None:
    with pytest.raises(PhoneKeyError):
        await pair(village, key)


async def test_whoever_runs_the_unit_sees_the_phones_that_may_still_tell_something_and_no_heap_of_old_ones(
    village: Village, clock: StoppedClock
) -> None:
    def listed(look: Look) -> list[str]:
        return [reader.id for reader in list_readers(look, village.unit("preschool"))]

    leader = as_staff(village.staff(HEAD))
    gate = await village.desk.work(TEST, lambda work: pair_gate(work, village).id)
    reader_id, _ = await pair(village)

    assert await village.desk.look(leader, listed) == [gate, reader_id]
    clock.move(timedelta(hours=35, minutes=59))
    assert await village.desk.look(leader, listed) == [gate, reader_id]
    clock.move(timedelta(minutes=1))
    assert await village.desk.look(leader, listed) == [gate]
