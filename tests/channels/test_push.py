"""The push channel between a recording inbox and a push service on loopback."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from channels.chat.push import PushChannel
from channels.chat.push_settings import PushSettings
from hub.address import PUSH, Address
from hub.beginning import make_push_key
from hub.config import explain
from hub.outside import Outside
from hub.post.channel import (
    AddressGoneError,
    BusyError,
    Device,
    Envelope,
    RejectedError,
    Report,
    SendError,
    TryLaterError,
    UnknownFateError,
)
from hub.post.deliveries import Status
from tests.channels.contract import (
    FailingContract,
    Failure,
    RecordingInbox,
    ReportingContract,
    SendingContract,
    Told,
)
from tests.rehearsal.push_opening import BrowserKeys, decode
from tests.rehearsal.push_service import PushService, Subscriber, Trouble

Client = TestClient[Any, Any]
NOW = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)
DELIVERY = "01jx00000000000000000000ab"
SAID = "Noe nytt i Budbok"
CONTACT = "mailto:drift@fjordvik.example"


def make_settings(**more: Any) -> PushSettings:
    told = {"contact": CONTACT, "key": make_push_key(), "services": ["127.0.0.1"], **more}
    return PushSettings.model_validate(told)


def envelope_to(subscriber: Subscriber, **more: Any) -> Envelope:
    device = Device(subscriber.endpoint, subscriber.keys.p256dh, subscriber.keys.auth)
    to = Address(PUSH, "push:01jx00000000000000000000de")
    return replace(Envelope(DELIVERY, Address(PUSH, PUSH), to, SAID, attempted_at=NOW, device=device), **more)


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService(NOW) as service:
        yield service


@asynccontextmanager
async def make_channel(**more: Any) -> AsyncIterator[PushChannel]:
    async with Outside(frozenset({"127.0.0.1"})) as outside:
        yield PushChannel(make_settings(**more), outside, "https://hub.example.org")


@pytest.fixture
async def channel() -> AsyncIterator[PushChannel]:
    async with make_channel() as made:
        yield made


class PushRehearsal:
    """One browser that shows each notice that comes, and tells the hub."""

    school = Address(PUSH, PUSH)
    guardian = Address(PUSH, "push:01jx00000000000000000000de")

    def __init__(self, service: PushService, channel: PushChannel, client: Client, inbox: RecordingInbox) -> None:
        self.service, self.channel, self.inbox, self._client = service, channel, inbox, client
        self._subscriber = service.subscribe(sender=channel.public_key)
        self.device = Device(self._subscriber.endpoint, self._subscriber.keys.p256dh, self._subscriber.keys.auth)
        self.failures = {
            "slow down": self._fails(Trouble(429, retry_after=7), TryLaterError, after=7.0),
            "down": self._fails(Trouble(503), TryLaterError),
            "half answered": self._fails(Trouble(0), TryLaterError),
            "over": self._fails(Trouble(410), AddressGoneError),
            "not right": self._fails(Trouble(400), RejectedError),
        }

    def _fails(self, trouble: Trouble, error: type[SendError], **details: object) -> Failure:
        return Failure(lambda: self.service.troubles.append(trouble), error, details)

    def now(self) -> datetime:
        return NOW

    async def at_rest(self) -> None:
        for told in self._subscriber.read():
            answer = await self._client.post("/push/shown", json={"id": told["id"], "mark": told["mark"]})
            assert Told(answer.status).is_good

    def list_arrived(self) -> list[str]:
        return [told["body"] for told in self._subscriber.read()]


class TestPush(SendingContract, ReportingContract, FailingContract):
    """What every channel promises, of one that takes nothing in. A notice that had no clear answer takes the place of the one
    before, so that its fate need never be known."""

    errors = FailingContract.errors - {UnknownFateError}
    newest_alone = True

    @pytest.fixture
    def rehearsal(
        self, service: PushService, channel: PushChannel, hub: tuple[Client, RecordingInbox]
    ) -> PushRehearsal:
        return PushRehearsal(service, channel, *hub)


def test_the_browser_of_the_tests_opens_the_example_of_the_standard() -> None:
    """Source: RFC 8291 section 5 and appendix A."""
    private = ec.derive_private_key(
        int.from_bytes(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), ec.SECP256R1()
    )
    keys = BrowserKeys(private, decode("BTBZMqHH6r4Tts7J_aSIgg"))
    body = decode(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )

    assert keys.open(body) == b"When I grow up, I want to be a watermelon"


async def test_a_notice_can_be_opened_by_its_browser_alone(service: PushService, channel: PushChannel) -> None:
    subscriber = service.subscribe(sender=channel.public_key)

    receipt = await channel.send(envelope_to(subscriber))

    (kept,) = subscriber.kept
    (told,) = subscriber.read()
    assert (receipt.provider_id, receipt.status) == (DELIVERY, Status.SENT)
    assert told["body"] == SAID
    assert set(told) == {"title", "body", "id", "mark"}
    assert SAID.encode() not in kept.body
    with pytest.raises(InvalidTag):
        BrowserKeys().open(kept.body)


async def test_it_proves_who_sends_and_says_how_long_and_how_much_it_matters(
    service: PushService, channel: PushChannel
) -> None:
    subscriber = service.subscribe()

    await channel.send(envelope_to(subscriber, urgent=True))

    (kept,) = subscriber.kept
    assert kept.claims["sub"] == CONTACT
    assert kept.claims["aud"] == service.origin
    assert (kept.headers["TTL"], kept.headers["Urgency"]) == ("86400", "high")


async def test_a_newer_notice_takes_the_place_of_one_that_still_waits(
    service: PushService, channel: PushChannel
) -> None:
    subscriber = service.subscribe()

    await channel.send(envelope_to(subscriber))
    await channel.send(envelope_to(subscriber))

    assert (subscriber.taken, len(subscriber.kept)) == (2, 1)


@pytest.mark.parametrize(
    ("trouble", "error", "after"),
    [
        (Trouble(404), AddressGoneError, None),
        (Trouble(410), AddressGoneError, None),
        (Trouble(413), RejectedError, None),
        (Trouble(400), RejectedError, None),
        (Trouble(403), RejectedError, None),
        (Trouble(429, retry_after=7), TryLaterError, 7.0),
        (Trouble(429), TryLaterError, None),
        (Trouble(503, retry_after=30), TryLaterError, 30.0),
        (Trouble(500), TryLaterError, None),
        (Trouble(0), TryLaterError, None),
        (Trouble(307), TryLaterError, None),
    ],
)
async def test_each_no_of_a_push_service_is_what_the_outbox_must_hear(
    service: PushService, channel: PushChannel, trouble: Trouble, error: type[SendError], after: float | None
) -> None:
    subscriber = service.subscribe()
    service.troubles.append(trouble)

    with pytest.raises(error) as raised:
        await channel.send(envelope_to(subscriber))

    if isinstance(raised.value, TryLaterError):
        assert raised.value.after == after
    assert subscriber.endpoint not in str(raised.value)
    assert await channel.find(envelope_to(subscriber)) is None


async def test_a_service_that_does_not_answer_in_time_is_tried_later(service: PushService) -> None:
    subscriber = service.subscribe()
    service.troubles.append(Trouble(201, seconds=2.0))

    async with make_channel(answer_seconds=0.2) as impatient:
        with pytest.raises(TryLaterError) as raised:
            await impatient.send(envelope_to(subscriber))

    assert raised.value.after is None
    assert await impatient.find(envelope_to(subscriber)) is None


async def test_a_service_that_is_down_is_tried_later(channel: PushChannel) -> None:
    async with PushService(NOW) as service:
        subscriber = service.subscribe()

    with pytest.raises(TryLaterError):
        await channel.send(envelope_to(subscriber))


async def test_a_device_that_is_no_more_or_has_broken_keys_is_gone(service: PushService, channel: PushChannel) -> None:
    subscriber = service.subscribe()
    broken = Device(subscriber.endpoint, "B" + "A" * 86, "A" * 22)

    for device in (None, broken):
        with pytest.raises(AddressGoneError):
            await channel.send(envelope_to(subscriber, device=device))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/push/x",
        "https://10.0.0.1/push/x",
        "https://[::1]/push/x",
        "https://169.254.169.254/latest/meta-data",
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/fcm/send/x",
        "https://user:pass@fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com.evil.example/fcm/send/x",
        "https://evil.example/?fcm.googleapis.com",
        "https://notify.windows.com/w/?token=x",
        "https://evilnotify.windows.com/w/?token=x",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "",
    ],
)
async def test_nothing_but_the_push_services_that_we_know_is_spoken_to(endpoint: str) -> None:
    keys = BrowserKeys()
    async with Outside() as outside:
        channel = PushChannel(
            PushSettings(contact=CONTACT, key=make_settings().key), outside, "https://hub.example.org"
        )
        subscriber = Subscriber(endpoint, keys)

        with pytest.raises(RejectedError):
            await channel.send(envelope_to(subscriber))

        assert not channel.takes(Device(endpoint, keys.p256dh, keys.auth))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-db5p.notify.windows.com/w/?token=abc",
    ],
)
async def test_the_push_services_of_the_usual_browsers_are_taken(endpoint: str) -> None:
    keys = BrowserKeys()
    async with Outside() as outside:
        channel = PushChannel(
            PushSettings(contact=CONTACT, key=make_settings().key), outside, "https://hub.example.org"
        )

        assert channel.takes(Device(endpoint, keys.p256dh, keys.auth))
        assert not channel.takes(Device(endpoint, keys.p256dh[:-1], keys.auth))
        assert not channel.takes(Device(endpoint, keys.p256dh, "!" * 22))


@pytest.mark.parametrize("key", ["", "too short", "A" * 43, "_" * 42 + "8", "é" * 43])
def test_a_key_that_is_none_stops_the_start_and_is_not_repeated(key: str) -> None:
    with pytest.raises(ValidationError) as raised:
        make_settings(key=key)

    told = explain(raised.value, "channels.chat.push")
    assert "channels.chat.push.key is not right" in told
    assert not key or key not in told


@pytest.fixture
async def hub(channel: PushChannel) -> AsyncIterator[tuple[Client, RecordingInbox]]:
    inbox = RecordingInbox()
    app = web.Application()
    app.add_subapp("/push", channel.listen(inbox))
    async with TestClient(TestServer(app)) as client:
        yield client, inbox


async def test_a_browser_that_showed_a_notice_tells_so_once(
    service: PushService, channel: PushChannel, hub: tuple[Client, RecordingInbox]
) -> None:
    client, inbox = hub
    subscriber = service.subscribe()
    await channel.send(envelope_to(subscriber))
    (told,) = subscriber.read()

    answers = [await client.post("/push/shown", json={"id": told["id"], "mark": told["mark"]}) for _ in range(2)]

    assert [answer.status for answer in answers] == [204, 204]
    assert inbox.reports == [Report(PUSH, f"push:{DELIVERY}:shown", DELIVERY, Status.DELIVERED, DELIVERY)] * 2


async def test_what_no_browser_of_ours_tells_is_not_believed(
    service: PushService, channel: PushChannel, hub: tuple[Client, RecordingInbox]
) -> None:
    client, inbox = hub
    subscriber = service.subscribe()
    await channel.send(envelope_to(subscriber))
    mark = subscriber.read()[0]["mark"]
    other = DELIVERY[:-1] + "c"
    odd: list[Any] = [
        {"id": DELIVERY, "mark": "0" * 32},
        {"id": DELIVERY, "mark": "é"},
        {"id": other, "mark": mark},
        {"id": DELIVERY},
        {"id": 1, "mark": mark},
        {"id": "../" + DELIVERY, "mark": mark},
        [],
        None,
    ]

    bodies = [*(json.dumps(one) for one in odd), "{", "[" * 400, "\udcff"]
    statuses = [
        (
            await client.post(
                "/push/shown",
                data=body.encode("utf-8", "surrogateescape"),
                headers={"Content-Type": "application/json"},
            )
        ).status
        for body in bodies
    ]
    too_long = await client.post("/push/shown", json={"id": DELIVERY, "mark": "0" * 1000})
    no_json = await client.post("/push/shown", data={"id": DELIVERY, "mark": mark})

    assert {*statuses, too_long.status, no_json.status} <= {400, 403, 413, 415}
    assert inbox.reports == []


async def test_while_nothing_can_be_kept_a_browser_is_not_told_that_it_was(
    service: PushService, channel: PushChannel, hub: tuple[Client, RecordingInbox]
) -> None:
    client, inbox = hub
    inbox.trouble = BusyError()
    subscriber = service.subscribe()
    await channel.send(envelope_to(subscriber))
    (told,) = subscriber.read()

    answer = await client.post("/push/shown", json={"id": told["id"], "mark": told["mark"]})

    assert answer.status == 503
