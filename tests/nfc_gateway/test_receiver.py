"""The hub keeps what a gate of its own read, once, and says yes only then; everybody else is told the same few bytes."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.door.pairing import LASTS, MOST_TRIES
from hub.door.taps import Proof, TapState
from nfc_gateway import wire
from nfc_gateway.state import Identity
from tests.hub.door.devices import SERIAL, hang_tag
from tests.nfc_gateway.gates import TEST, Hubside

DAY = timedelta(days=1)


async def test_a_batch_is_kept_pending_and_the_answer_names_the_highest_number(hub: Hubside, gate: Identity) -> None:
    await hub.village.desk.work(TEST, hang_tag, hub.village, "Noah Bakken")

    said = await hub.send(gate, [hub.touch(1), hub.touch(2, serial="04ffffffffffff")])

    assert (said.status, said.answer) == (200, wire.Answer(2, 2, hub.now))
    told = [(tap.number, tap.serial, tap.proof, tap.state, tap.unit_id) for tap in await hub.taps()]
    unit_id = hub.village.unit("preschool").id
    assert told == [
        (1, SERIAL, Proof.HINT, TapState.PENDING, unit_id),
        (2, "04ffffffffffff", Proof.UNKNOWN, TapState.PENDING, unit_id),
    ]


async def test_the_same_batch_again_changes_nothing_and_is_answered_alike(hub: Hubside, gate: Identity) -> None:
    first = await hub.send(gate, [hub.touch(1), hub.touch(2)])
    again = await hub.send(gate, [hub.touch(1), hub.touch(2)])

    assert first == again
    assert [tap.number for tap in await hub.taps()] == [1, 2]


async def test_batches_in_another_order_are_all_kept_and_each_answer_is_of_its_own(
    hub: Hubside, gate: Identity
) -> None:
    later = await hub.send(gate, [hub.touch(3), hub.touch(4)])
    earlier = await hub.send(gate, [hub.touch(1), hub.touch(2)])

    assert (later.answer.kept, earlier.answer.kept, earlier.answer.counted) == (4, 2, 4)
    assert [tap.number for tap in await hub.taps()] == [1, 2, 3, 4]


async def test_an_empty_batch_is_heard_of_and_told_how_far_was_counted(hub: Hubside, gate: Identity) -> None:
    await hub.send(gate, [hub.touch(41)])

    said = await hub.send(gate, [])

    assert said.answer == wire.Answer(None, 41, hub.now)
    assert (await hub.reader(gate)).seen_at == hub.now


async def test_an_old_empty_batch_sent_by_somebody_else_makes_no_gate_seen(
    hub: Hubside, gate: Identity, clock: StoppedClock
) -> None:
    clock.move(timedelta(hours=3))

    said = await hub.send(gate, [], fast=-timedelta(hours=3))

    assert said.status == 200
    assert (await hub.reader(gate)).seen_at is None


@pytest.mark.parametrize("fast", [DAY, -DAY, timedelta(hours=3), -timedelta(hours=3), timedelta(days=-20_000)])
@pytest.mark.parametrize("ago", [timedelta(seconds=3), timedelta(hours=2)])
async def test_a_clock_that_is_wrong_puts_no_touch_at_a_wrong_time(
    hub: Hubside, gate: Identity, fast: timedelta, ago: timedelta
) -> None:
    touch = wire.Told(1, SERIAL, hub.now + fast - ago, waited=ago > timedelta(minutes=1))

    said = await hub.send(gate, [touch], fast=fast)

    (tap,) = await hub.taps()
    assert (tap.at, tap.is_clock_doubted) == (hub.now - ago, False)
    assert said.answer.now == hub.now


async def test_a_touch_from_before_the_clock_was_set_counts_when_it_came_and_says_so(
    hub: Hubside, gate: Identity
) -> None:
    await hub.send(gate, [wire.Told(1, SERIAL, hub.now - timedelta(days=9000), waited=True)])

    (tap,) = await hub.taps()
    assert (tap.at, tap.is_clock_doubted) == (hub.now, True)


async def test_whoever_is_no_gate_of_ours_is_told_the_same(hub: Hubside, gate: Identity) -> None:
    revoked = await hub.paired()
    assert (await hub.send(revoked, [])).status == 200
    await hub.revoke(revoked)
    path, sent_at, body = wire.taps_path(gate.reader), wire.write_moment(hub.now), wire.write_batch([hub.touch(1)])
    good = wire.sign(gate.secret, hub.url + path, gate.reader, sent_at, body)
    headers = {wire.SENT_AT: sent_at, wire.SIGNATURE: good}

    said = [
        await hub.send(gate, [hub.touch(1)], secret=wire.new_key()),
        await hub.send(Identity(hub.url, "0" * 26, gate.secret), [hub.touch(1)]),
        await hub.send(Identity(hub.url, "not-an-id", gate.secret), [hub.touch(1)]),
        await hub.send(revoked, [hub.touch(1)]),
        await hub.post_signed(path, body + b" ", headers),
        await hub.post_signed(path, body, {**headers, wire.SENT_AT: wire.write_moment(hub.now + DAY)}),
        await hub.post_signed(path, body, {wire.SENT_AT: sent_at}),
        await hub.post_signed(path, body, {wire.SIGNATURE: good}),
        await hub.post_signed(path, body, {**headers, wire.SIGNATURE: good.upper()}),
        await hub.post_signed(wire.taps_path(revoked.reader), body, headers),
        await hub.post(path, body, gate.secret, revoked.reader, sent_at),
    ]

    assert {each.status for each in said} == {403}
    assert len({each.body for each in said}) == 1
    assert await hub.taps() == []
    assert (await hub.post_signed(path, body, headers)).status == 200


async def test_a_signature_over_another_address_than_the_settings_name_is_refused(hub: Hubside, gate: Identity) -> None:
    path, sent_at, body = wire.taps_path(gate.reader), wire.write_moment(hub.now), wire.write_batch([])
    other = wire.sign(gate.secret, "https://elsewhere.example.org" + path, gate.reader, sent_at, body)

    said = await hub.post_signed(
        path, body, {wire.SENT_AT: sent_at, wire.SIGNATURE: other, "Host": "elsewhere.example.org"}
    )

    assert said.status == 403


async def test_nonsense_that_a_gate_signed_is_refused_whole_in_as_many_bytes(hub: Hubside, gate: Identity) -> None:
    path, sent_at = wire.taps_path(gate.reader), wire.write_moment(hub.now)
    stranger = await hub.send(gate, [], secret=wire.new_key())

    said = [
        await hub.post(path, b"{}", gate.secret, gate.reader, sent_at),
        await hub.post(path, b'{"touches":[],"touches":[]}', gate.secret, gate.reader, sent_at),
        await hub.post(path, wire.write_batch([hub.touch(1)]), gate.secret, gate.reader, "yesterday"),
        await hub.post(path, b"x" * (wire.BODY_BYTES + 1), gate.secret, gate.reader, sent_at),
        await hub.post_signed("/taps/", b"", {}),
    ]

    assert [each.status for each in said] == [400, 400, 400, 413, 404]
    assert {each.body for each in said} == {stranger.body}
    assert await hub.taps() == []


async def test_while_the_hub_cannot_keep_it_says_come_again(hub: Hubside, gate: Identity) -> None:
    await hub.send(gate, [])
    await hub.village.desk.close()

    said = await hub.send(gate, [hub.touch(1)])

    assert said.status == 503


async def test_a_code_makes_one_gate_of_its_unit_once(hub: Hubside) -> None:
    code, secret = await hub.code("Side door"), wire.new_key()

    first, again = await hub.pair(code, secret), await hub.pair(code, wire.new_key())

    assert (first.status, again.status) == (200, 403)
    reader = await hub.reader(Identity(hub.url, wire.read_paired(first.body).reader, secret))
    assert (reader.unit_id, reader.name, reader.key) == (
        hub.village.unit("preschool").id,
        "Side door",
        wire.public_key(secret),
    )
    assert not reader.confirms_itself


def wrong(code: str) -> str:
    return code[:-1] + ("2" if code[-1] != "2" else "3")


async def test_a_code_takes_five_tries_and_then_not_even_the_right_one(hub: Hubside) -> None:
    code = await hub.code()
    for _ in range(MOST_TRIES - 1):
        assert (await hub.pair(wrong(code), wire.new_key())).status == 403
    assert (await hub.pair(code, wire.new_key())).status == 200

    other = await hub.code()
    for _ in range(MOST_TRIES):
        assert (await hub.pair(wrong(other), wire.new_key())).status == 403
    assert (await hub.pair(other, wire.new_key())).status == 403


async def test_a_code_is_over_after_ten_minutes_or_with_the_next_one(hub: Hubside, clock: StoppedClock) -> None:
    replaced, old = await hub.code(), await hub.code()
    assert (await hub.pair(replaced, wire.new_key())).status == 403
    clock.move(LASTS)

    assert (await hub.pair(old, wire.new_key())).status == 403


async def test_nobody_pairs_a_key_that_is_not_theirs(hub: Hubside) -> None:
    code, theirs = await hub.code(), wire.public_key(wire.new_key())
    body, sent_at = wire.write_pairing(wire.Pairing(code, theirs)), wire.write_moment(hub.now)

    said = await hub.post(wire.PAIR_PATH, body, wire.new_key(), "", sent_at)

    assert said.status == 403
    assert (await hub.pair(code, wire.new_key())).status == 200


async def test_codes_look_alike_to_whoever_guesses(hub: Hubside) -> None:
    unknown = await hub.pair("CDFG-2345-6789", wire.new_key())
    nonsense = await hub.post(wire.PAIR_PATH, b'{"code":"x","key":"y"}', wire.new_key(), "", "")

    assert (unknown.status, nonsense.status) == (403, 400)
    assert unknown.body == nonsense.body
