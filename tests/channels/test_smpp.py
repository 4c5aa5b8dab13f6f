"""SMPP against an SMSC that does what an operator's may do: what is kept, what is said of a text, what comes of faults."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from pydantic import ValidationError

from channels.sms.pace import Pace
from channels.sms.smpp import SmppChannel
from channels.sms.smpp_settings import SmppSettings
from channels.sms.smpp_text import decode, encode
from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.parts import count_parts
from hub.post.channel import (
    AddressGoneError,
    BusyError,
    Envelope,
    RejectedError,
    SendError,
    TryLaterError,
    UnknownFateError,
)
from hub.post.deliveries import Status
from tests.channels.contract import (
    DELIVERY,
    DoctorContract,
    FailingContract,
    FateContract,
    KeepingContract,
    RecordingInbox,
    ReportingContract,
    SendingContract,
)
from tests.channels.crooked_smsc import CrookedSmsc, a_crooked_smsc, deliver_body, pdu, receipt_body
from tests.channels.smpp_rehearsal import LATER, NEVER, OK, PHONE, SCHOOL, SmppRehearsal, a_channel, an_smpp_rehearsal
from tests.patience import PATIENCE


@dataclass
class World:
    smsc: CrookedSmsc
    channel: SmppChannel
    inbox: RecordingInbox
    clock: StoppedClock

    async def send(self, text: str = "Hei på deg", delivery_id: str = DELIVERY) -> Any:
        return await self.channel.send(an_envelope(text, delivery_id))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.inbox.reports) < count:
                await asyncio.sleep(0.005)


def an_envelope(text: str = "Hei på deg", delivery_id: str = DELIVERY, **options: Any) -> Envelope:
    return Envelope(delivery_id, SCHOOL, PHONE, text, attempted_at=datetime(2025, 3, 3, tzinfo=UTC), **options)


@asynccontextmanager
async def a_world(**settings: Any) -> AsyncIterator[World]:
    inbox, clock = RecordingInbox(), StoppedClock(datetime(2025, 3, 3, 7, 12, tzinfo=UTC))
    async with a_crooked_smsc() as smsc, a_channel(smsc.port, inbox, clock, **settings) as channel:
        async with asyncio.timeout(PATIENCE):
            await smsc.bound.wait()
            while await channel.check():
                await asyncio.sleep(0.005)
        yield World(smsc, channel, inbox, clock)


class TestSmpp(KeepingContract, SendingContract, ReportingContract, FailingContract, FateContract, DoctorContract):
    """What every channel promises, as far as there is no log."""

    @pytest.fixture
    async def rehearsal(self) -> AsyncIterator[SmppRehearsal]:
        async with an_smpp_rehearsal() as rehearsal:
            yield rehearsal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


@pytest.fixture
async def impatient() -> AsyncIterator[World]:
    """One that waits for no answer longer than a moment."""
    async with a_world(answer_seconds=0.3) as made:
        yield made


async def test_the_operator_has_its_yes_only_once_the_text_is_kept(world: World) -> None:
    world.inbox.opened.clear()

    telling = asyncio.create_task(world.smsc.deliver(deliver_body(b"Ella er syk")))
    await asyncio.wait_for(world.inbox.knocked.wait(), PATIENCE)
    was_answered_early = not world.smsc.answers.empty()
    world.inbox.opened.set()

    assert await telling == OK
    assert not was_answered_early
    (kept,) = world.inbox.messages
    assert (kept.text, kept.sender, kept.recipient, kept.channel) == ("Ella er syk", PHONE, SCHOOL, "smpp")


@pytest.mark.parametrize("trouble", [BusyError(), RuntimeError("cannot insert 'Ella er syk'")])
async def test_what_could_not_be_kept_comes_again_and_the_log_tells_nothing_of_it(
    world: World, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world.inbox.trouble = trouble
    first = await world.smsc.deliver(deliver_body(b"Ella er syk"))
    world.inbox.trouble = None
    second = await world.smsc.deliver(deliver_body(b"Ella er syk"))

    assert (first, second) == (LATER, OK)
    assert [kept.text for kept in world.inbox.messages] == ["Ella er syk"]
    assert "Ella" not in caplog.text
    assert "4740000001" not in caplog.text


async def test_two_texts_alike_are_two(world: World) -> None:
    for _ in range(2):
        await world.smsc.deliver(deliver_body(b"ja"))

    assert len({kept.key for kept in world.inbox.messages}) == 2


async def test_a_text_whose_yes_may_have_been_lost_with_the_link_is_one(world: World) -> None:
    await world.smsc.deliver(deliver_body(b"ja"))
    await world.smsc.lose_link()
    await world.smsc.deliver(deliver_body(b"ja"))
    await world.smsc.deliver(deliver_body(b"ja"))

    first, repeat, new = world.inbox.messages
    assert first.key == repeat.key
    assert new.key != first.key


async def test_what_the_last_process_kept_and_did_not_answer_is_known_again(world: World) -> None:
    await world.smsc.deliver(deliver_body(b"ja"))

    async with a_crooked_smsc() as other, a_channel(other.port, world.inbox, world.clock):
        await asyncio.wait_for(other.bound.wait(), PATIENCE)
        await other.deliver(deliver_body(b"ja"))
        await other.deliver(deliver_body(b"ja"))

    first, repeat, new = world.inbox.messages
    assert first.key == repeat.key
    assert new.key != first.key


async def test_a_text_long_after_a_start_is_no_repeat(world: World) -> None:
    await world.smsc.deliver(deliver_body(b"ja"))

    async with a_crooked_smsc() as other, a_channel(other.port, world.inbox, world.clock):
        await asyncio.wait_for(other.bound.wait(), PATIENCE)
        world.clock.move(timedelta(minutes=6))
        await other.deliver(deliver_body(b"ja"))

    assert len({kept.key for kept in world.inbox.messages}) == 2


@pytest.mark.parametrize(
    ("coding", "octets", "text"),
    [
        (0, b"Hei p\x0f deg \x1b\x65", "Hei på deg €"),
        (0, b"", ""),
        (1, b"Hei", "Hei"),
        (3, "Hei på deg".encode("latin-1"), "Hei på deg"),
        (8, "bures 😷".encode("utf-16-be"), "bures 😷"),
        (8, b"\xd8\x3d", "\ufffd"),
        (8, b"\0\0", "␀"),
        (0x18, "čáppa".encode("utf-16-be"), "čáppa"),
        (0xF1, b"Hei", "Hei"),
    ],
)
async def test_a_text_is_kept_as_it_was_written(world: World, coding: int, octets: bytes, text: str) -> None:
    told = await world.smsc.deliver(deliver_body(octets, coding=coding))

    assert told == OK
    assert [(kept.text, kept.doubt) for kept in world.inbox.messages] == [(text, None)]


async def test_what_is_no_text_is_kept_for_staff(world: World) -> None:
    told = await world.smsc.deliver(deliver_body(b"\x01\x02", coding=4))

    assert told == OK
    (kept,) = world.inbox.messages
    assert kept.doubt == "unreadable"
    assert kept.original is not None
    assert kept.original.endswith(b"\x01\x02")


@pytest.mark.parametrize(
    "headers",
    [
        [b"\x05\x00\x03\x07\x02\x01", b"\x05\x00\x03\x07\x02\x02"],
        [b"\x06\x08\x04\x01\x07\x02\x01", b"\x06\x08\x04\x01\x07\x02\x02"],
        [b"\x0b\x05\x04\x00\x00\x00\x00\x00\x03\x07\x02\x01", b"\x0b\x05\x04\x00\x00\x00\x00\x00\x03\x07\x02\x02"],
    ],
)
async def test_parts_are_joined_in_their_order(world: World, headers: list[bytes]) -> None:
    halves = ["Ella er syk 😷"[:12].encode("utf-16-be") + b"\xd8\x3d", b"\xde\x37" + " i dag".encode("utf-16-be")]

    for number in (1, 0):
        await world.smsc.deliver(deliver_body(headers[number] + halves[number], esm_class=0x40, coding=8))

    assert [kept.text for kept in world.inbox.messages] == ["Ella er syk 😷 i dag"]


async def test_parts_told_by_sar_are_joined(world: World) -> None:
    for number, text in ((1, b"Ella er "), (2, b"syk")):
        tlvs = {0x020C: b"\0\x09", 0x020E: b"\x02", 0x020F: bytes((number,))}
        await world.smsc.deliver(deliver_body(text, tlvs=tlvs))

    assert [kept.text for kept in world.inbox.messages] == ["Ella er syk"]


async def test_a_part_that_never_comes_leaves_the_rest_to_staff(world: World) -> None:
    await world.smsc.deliver(deliver_body(b"\x05\x00\x03\x07\x02\x02syk i dag", esm_class=0x40))
    assert world.channel._intake is not None
    await world.channel._intake.end_late_parts(timedelta())

    assert [(kept.text, kept.doubt) for kept in world.inbox.messages] == [(" […] syk i dag", "parts_missing")]


async def test_a_receipt_before_its_answer_is_told_once_both_have_come(world: World) -> None:
    world.smsc.before_answer = [pdu(0x05, 0, 99, receipt_body("m1"))]

    receipt = await world.send()
    await world.until(1)

    assert (receipt.provider_id, receipt.status) == ("m1", Status.DELIVERED)
    assert [(told.provider_id, told.status) for told in world.inbox.reports] == [("m1", Status.DELIVERED)]


async def test_a_receipt_behind_its_answer_names_our_delivery(world: World) -> None:
    await world.send()
    await world.smsc.deliver(receipt_body("m1"))

    assert [told.delivery_id for told in world.inbox.reports] == [DELIVERY]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("ENROUTE", Status.SENT),
        ("DELIVRD", Status.DELIVERED),
        ("delivrd", Status.DELIVERED),
        ("EXPIRED", Status.UNDELIVERED),
        ("DELETED", Status.CANCELED),
        ("UNDELIV", Status.UNDELIVERED),
        ("ACCEPTD", Status.SENT),
        ("REJECTD", Status.FAILED),
    ],
)
async def test_every_state_has_its_rank(world: World, state: str, status: Status) -> None:
    await world.smsc.deliver(receipt_body("m1", state, "0A1"))

    (told,) = world.inbox.reports
    assert (told.status, told.error) == (status, "0A1")


async def test_a_receipt_that_knows_nothing_changes_nothing(world: World) -> None:
    assert await world.smsc.deliver(receipt_body("m1", "UNKNOWN")) == OK
    assert world.inbox.reports == []


async def test_a_receipt_told_twice_has_one_key(world: World) -> None:
    for _ in range(2):
        await world.smsc.deliver(receipt_body("m1"))

    assert len({told.key for told in world.inbox.reports}) == 1


async def test_a_number_that_nobody_has_is_gone(world: World) -> None:
    await world.smsc.deliver(receipt_body("m1", "UNDELIV", tlvs={0x0423: b"\x03\x00\x01"}))
    await world.smsc.deliver(receipt_body("m2", "UNDELIV", tlvs={0x0423: b"\x03\x00\x1b"}))

    assert [(told.error, told.gone) for told in world.inbox.reports] == [("1", True), ("27", False)]


@pytest.mark.parametrize(
    ("receipt_ids", "answered", "in_receipt"),
    [
        ("same", "0000001A", "0000001A"),
        ("hex_to_dec", "0000001A", "0000000026"),
        ("hex_to_dec", "m1", "m1"),
        ("dec_to_hex", "26", "0000001A"),
        ("dec_to_hex", "m1", "m1"),
    ],
)
async def test_a_receipt_that_writes_an_id_in_its_own_way_is_still_of_our_text(
    receipt_ids: str, answered: str, in_receipt: str
) -> None:
    async with a_world(receipt_ids=receipt_ids) as world:
        world.smsc.ids = [answered]
        receipt = await world.send()
        await world.smsc.deliver(receipt_body(in_receipt))

    (told,) = world.inbox.reports
    assert (told.provider_id, told.delivery_id) == (receipt.provider_id, DELIVERY)


@pytest.mark.parametrize(
    ("status", "error", "details"),
    [
        (0x58, TryLaterError, {"after": 2.0, "whole_channel": False}),
        (0x14, TryLaterError, {"after": 2.0}),
        (0x08, TryLaterError, {"whole_channel": False}),
        (0x04, TryLaterError, {"whole_channel": True}),
        (0x0B, AddressGoneError, {"opted_out": False}),
        (0x0A, RejectedError, {}),
        (0x45, RejectedError, {}),
        (0xFF, UnknownFateError, {}),
        (0x0400, TryLaterError, {"whole_channel": False}),
    ],
)
async def test_every_refusal_means_what_the_outbox_must_hear(
    world: World, status: int, error: type[SendError], details: dict[str, object]
) -> None:
    world.smsc.statuses = [status]

    with pytest.raises(SendError) as caught:
        await world.send()

    assert type(caught.value) is error
    assert {detail: getattr(caught.value, detail) for detail in details} == details
    assert "4740000001" not in caught.value.reason
    assert (await world.send()).provider_id == "m2"


async def test_a_link_that_is_down_sends_nothing(world: World) -> None:
    world.smsc.bind_status = 0x0E
    world.smsc.write(pdu(0x06, 0, 7))
    async with asyncio.timeout(PATIENCE):
        while world.smsc.binds < 3:
            await asyncio.sleep(0.005)

    with pytest.raises(TryLaterError) as caught:
        await world.send()

    assert (caught.value.reason, caught.value.whole_channel) == ("bind_0e", True)
    assert "bind_0e" in (await world.channel.check())[0]


async def test_a_link_lost_with_a_window_in_flight_leaves_every_fate_unknown(world: World) -> None:
    world.smsc.statuses = [None] * 5
    sending = [asyncio.create_task(world.send(delivery_id=f"01jx0000000000000000000{n:03d}")) for n in range(5)]
    async with asyncio.timeout(PATIENCE):
        while len(world.smsc.sent) < 5:
            await asyncio.sleep(0.005)
    await world.smsc.lose_link()

    results = await asyncio.gather(*sending, return_exceptions=True)

    assert {type(result) for result in results} == {UnknownFateError}
    assert (await world.send()).provider_id == "m6"


async def test_a_stop_waits_for_the_answers_that_are_to_come(world: World) -> None:
    world.smsc.statuses = [None]
    sending = asyncio.create_task(world.send())
    await asyncio.wait_for(world.smsc.came.wait(), PATIENCE)
    assert world.channel._link is not None
    stopping = asyncio.create_task(world.channel._link.finish())
    await asyncio.sleep(0)
    with pytest.raises(TryLaterError):
        await world.send("Noe mer")
    world.smsc.answer_late()

    await stopping
    assert (await sending).provider_id == "m1"


async def test_a_stop_is_a_stop_also_while_a_link_is_being_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closing = asyncio.Event()

    async def never(_: asyncio.StreamWriter) -> None:
        closing.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.StreamWriter, "wait_closed", never)
    inbox, clock = RecordingInbox(), StoppedClock(datetime(2025, 3, 3, 7, 12, tzinfo=UTC))
    async with asyncio.timeout(PATIENCE), a_crooked_smsc(bind_status=0x0E) as smsc, a_channel(smsc.port, inbox, clock):
        await closing.wait()


async def test_an_answer_that_came_late_is_found(impatient: World) -> None:
    world = impatient
    world.smsc.statuses = [None]
    with pytest.raises(UnknownFateError):
        await world.send()
    nothing_yet = await world.channel.find(an_envelope())

    world.smsc.answer_late()
    await world.smsc.deliver(deliver_body(b"noe annet"))
    found = await world.channel.find(an_envelope())

    assert nothing_yet is None
    assert found is not None
    assert found.provider_id == "m1"


async def test_a_receipt_by_the_next_link_tells_of_a_text_that_was_never_answered(world: World) -> None:
    world.smsc.statuses = [None]
    sending = asyncio.create_task(world.send())
    await asyncio.wait_for(world.smsc.came.wait(), PATIENCE)
    await world.smsc.lose_link()
    with pytest.raises(UnknownFateError):
        await sending
    await world.smsc.deliver(receipt_body("m1"))

    found = await world.channel.find(an_envelope())
    another = await world.channel.find(an_envelope(others=frozenset({"m1"})))

    assert found is not None
    assert found.provider_id == "m1"
    assert another is None


async def test_a_link_that_is_down_is_no_proof_that_nothing_went(world: World) -> None:
    world.smsc.bind_status = 0x0D
    world.smsc.write(pdu(0x06, 0, 7))
    async with asyncio.timeout(PATIENCE):
        while not await world.channel.check():
            await asyncio.sleep(0.005)

    with pytest.raises(TryLaterError):
        await world.channel.find(an_envelope())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\0" * 9,
        b"x" * 300,
        deliver_body(b"Hei")[:-2],
        receipt_body(""),
        deliver_body(b"\xff", esm_class=0x40),
    ],
)
async def test_nonsense_is_refused_and_the_next_text_is_kept(world: World, body: bytes) -> None:
    assert await world.smsc.deliver(body) == NEVER
    assert await world.smsc.deliver(deliver_body(b"Ella er syk")) == OK
    assert [kept.text for kept in world.inbox.messages] == ["Ella er syk"]


async def test_a_length_that_cannot_be_ends_the_link_and_the_next_works(world: World) -> None:
    world.smsc.bound.clear()
    world.smsc.write(b"\xff" * 16)
    await asyncio.wait_for(world.smsc.bound.wait(), PATIENCE)

    assert await world.smsc.deliver(deliver_body(b"Ella er syk")) == OK


async def test_a_command_of_no_meaning_is_answered_so(world: World) -> None:
    world.smsc.write(pdu(0x0103, 0, 5, b"data"))
    async with asyncio.timeout(PATIENCE):
        command, status, sequence = await world.smsc.answers.get()

    assert (command, status, sequence) == (0x80000000, 0x03, 5)


async def test_a_silent_link_is_asked_whether_it_lives() -> None:
    async with a_world(enquire_seconds=0.02) as world, asyncio.timeout(PATIENCE):
        while world.smsc.enquired < 3:
            await asyncio.sleep(0.005)


async def test_nobody_listening_is_told_to_the_doctor() -> None:
    inbox, clock = RecordingInbox(), StoppedClock(datetime(2025, 3, 3, tzinfo=UTC))
    async with a_channel(unused_port(), inbox, clock) as channel:
        with pytest.raises(TryLaterError):
            await channel.send(an_envelope())

        async with asyncio.timeout(PATIENCE):
            while "no_connection" not in (await channel.check())[0]:
                await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "text", ["Hei på deg €", "a" * 160, "a" * 161, "€" * 80, "a" * 152 + "€" * 40, "č" * 70, "😷" * 36]
)
@pytest.mark.parametrize("alphabet", ["gsm", "latin1"])
def test_a_text_is_cut_as_the_house_counts_it_and_reads_back(text: str, alphabet: str) -> None:
    encoded = encode(text, alphabet)

    read = [decode(part, encoded.coding, alphabet) for part in encoded.parts]

    assert "".join(part or "" for part in read) == text
    if alphabet == "gsm":
        assert len(encoded.parts) == count_parts(text).parts


async def test_a_long_text_goes_in_parts_and_asks_for_one_receipt(world: World) -> None:
    receipt = await world.send("å" * 200)

    one, other = world.smsc.sent
    assert receipt.provider_id == "m2"
    assert receipt.parts == 2
    assert (one.registered_delivery, other.registered_delivery) == (0, 1)
    assert one.esm_class == other.esm_class == 0x40
    assert one.short_message[:3] == b"\x05\x00\x03"
    assert (one.short_message[4:6], other.short_message[4:6]) == (b"\x02\x01", b"\x02\x02")
    assert one.short_message[3] == other.short_message[3]
    assert (one.source_addr, one.source_addr_ton, one.destination_addr) == ("4759000017", 1, "4740000001")


async def test_the_road_keeps_the_pace_that_was_agreed_and_what_hurries_waits_for_nobody() -> None:
    async with a_world(pace_per_second=0.1) as world:
        await world.send("å" * 200)
        with pytest.raises(TryLaterError) as caught:
            await world.send()
        urgent = await world.channel.send(an_envelope(urgent=True))

    assert 10 < (caught.value.after or 0) <= 20
    assert not caught.value.whole_channel
    assert urgent.provider_id == "m3"
    assert len(world.smsc.sent) == 3


def test_a_text_waits_for_its_turn_and_a_road_at_rest_saves_up_no_turns() -> None:
    pace = Pace(10.0)

    at_once = [pace.take(100.0), pace.take(100.0), pace.take(100.0, 3), pace.take(100.0)]
    hurried = pace.take(100.0, urgent=True)
    behind = pace.take(100.0)
    later = [pace.take(200.0), pace.take(200.0)]

    assert at_once == pytest.approx([0.0, 0.1, 0.2, 0.5])
    assert hurried == 0.0
    assert behind == pytest.approx(0.7)
    assert later == pytest.approx([0.0, 0.1])


async def test_a_long_text_may_go_as_one() -> None:
    async with a_world(long_texts="payload") as world:
        await world.send("å" * 200)

    (sent,) = world.smsc.sent
    assert sent.short_message == b""
    assert [tlv.value for tlv in sent.tlvs if tlv.tag == 0x0424] == [b"\x0f" * 200]


async def test_a_part_that_is_refused_behind_others_leaves_the_fate_unknown(world: World) -> None:
    world.smsc.statuses = [0, 0x58]

    with pytest.raises(UnknownFateError):
        await world.send("å" * 200)


async def test_a_name_and_a_short_number_are_written_as_such(world: World) -> None:
    await world.channel.send(Envelope(DELIVERY, Address(SMS, "Fjordvik"), PHONE, "Hei"))
    await world.channel.send(Envelope(DELIVERY, Address(SMS, "2222"), PHONE, "Hei"))

    named, short = world.smsc.sent
    assert (named.source_addr, named.source_addr_ton, named.source_addr_npi) == ("Fjordvik", 5, 0)
    assert (short.source_addr, short.source_addr_ton) == ("2222", 3)


def test_a_link_to_another_machine_speaks_tls_or_goes_by_a_private_line() -> None:
    told = {"host": "smsc.example", "port": 3550, "system_id": "skolen", "password": "hemmelig", "tls": False}

    with pytest.raises(ValidationError):
        SmppSettings.model_validate(told)

    assert SmppSettings.model_validate({**told, "private_line": True}).tls is False
    assert SmppSettings.model_validate({**told, "tls": True}).tls
