"""A provider that is down, slow, huge or out of its mind: whoever signs in is told so, and the hub does not wait for it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from tests.eid_scene import NAME, Scene, playing
from tests.rehearsal.id_provider import synthetic_number
from tests.village import Village

MOTHER = synthetic_number(0)
pytestmark = pytest.mark.one_store
A_DAY = timedelta(days=1)


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    async with playing(village) as scene:
        await scene.know("Anne Nordmann", MOTHER)
        yield scene


async def begin(scene: Scene) -> str:
    """Which rule said no at the first step; "" where the browser was sent to the provider."""
    answer = await (await scene.browser()).get(f"/sign-in/{NAME}")
    return "" if answer.status == 303 else await scene.refusal(answer)


async def test_a_provider_that_is_down_is_told_kindly_and_asked_again_only_after_some_seconds(
    scene: Scene, clock: StoppedClock
) -> None:
    scene.provider.twist.is_down = True
    refused = [await begin(scene) for _ in range(3)]
    asked = len(scene.provider.fetched)
    scene.provider.twist.is_down = False
    at_once = await begin(scene)
    clock.move(timedelta(seconds=5))

    assert refused == ["IdentityAwayError"] * 3
    assert asked == 1
    assert (at_once, await begin(scene)) == ("IdentityAwayError", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b"[" * 100_000,
        b'{"issuer": "https://evil.example"}',
        b" " * (200 * 1024),
    ],
)
async def test_what_a_provider_says_of_itself_is_not_believed_when_it_makes_no_sense(scene: Scene, body: bytes) -> None:
    scene.provider.twist.metadata_body = body

    assert await begin(scene) == "IdentityAwayError"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", "https://evil.example"),
        ("authorization_endpoint", "https://evil.example/authorize"),
        ("authorization_endpoint", "http://127.0.0.1:1@evil.example/"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", None),
        ("token_endpoint", "http://169.254.169.254/latest"),
        ("token_endpoint", "http://127.0.0.1.evil.example/"),
        ("token_endpoint", 7),
        ("jwks_uri", "file:///etc/passwd"),
        ("end_session_endpoint", "https://evil.example/"),
        ("pushed_authorization_request_endpoint", "https://evil.example/"),
    ],
)
async def test_a_provider_that_points_elsewhere_is_not_followed(scene: Scene, name: str, value: object) -> None:
    scene.provider.twist.metadata = {name: value}

    assert await begin(scene) == "IdentityAwayError"


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b'{"keys": []}',
        b'{"keys": "none"}',
        json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).encode(),
        json.dumps({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}).encode(),
        json.dumps({"keys": [{}] * 60}).encode(),
        b'{"keys": [' + b" " * (300 * 1024) + b"]}",
    ],
)
async def test_keys_that_are_none_sign_nobody_in(scene: Scene, body: bytes) -> None:
    scene.provider.twist.keys_body = body

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "IdentityAwayError"


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'"' + b"x" * (200 * 1024) + b'"'])
async def test_a_code_that_is_answered_with_nonsense_signs_nobody_in(scene: Scene, body: bytes) -> None:
    scene.provider.twist.token_body = body

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "IdentityAwayError"


@pytest.mark.parametrize("body", [b"{}", b'{"id_token": 7}', b'{"id_token": "a.b.c"}'])
async def test_a_token_that_is_none_signs_nobody_in(scene: Scene, body: bytes) -> None:
    scene.provider.twist.token_body = body

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "NotAcceptedError"


async def test_a_slow_provider_is_waited_for_a_few_seconds_and_not_by_everybody_in_turn(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.identity.catalogue.FETCH_SECONDS", 2.0)
    scene.provider.twist.seconds = 5

    assert await begin(scene) == "IdentityAwayError"
    assert await begin(scene) == "IdentityAwayError"
    assert len(scene.provider.fetched) == 1


async def test_what_the_provider_said_is_kept_a_day_and_holds_while_it_is_down(
    scene: Scene, clock: StoppedClock
) -> None:
    await (await scene.browser()).sign_in(MOTHER)
    await (await scene.browser()).sign_in(MOTHER)
    fetched = [path for path in scene.provider.fetched if path in ("/jwks.json", "/.well-known/openid-configuration")]
    clock.move(A_DAY)
    scene.provider.twist.is_down = True

    assert len(fetched) == 2
    assert await begin(scene) == ""
    clock.move(A_DAY)
    assert await begin(scene) == "IdentityAwayError"


async def test_a_new_key_is_found_when_a_token_bears_it_once_a_minute_at_most(
    scene: Scene, clock: StoppedClock
) -> None:
    await (await scene.browser()).sign_in(MOTHER)
    scene.provider.turn_keys("second")
    within_the_minute = await (await scene.browser()).sign_in(MOTHER)
    refused = await scene.refusal(within_the_minute)
    clock.move(timedelta(minutes=1))

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert refused == "NotAcceptedError"
    assert answer.status == 303
    assert scene.provider.fetched.count("/jwks.json") == 2


async def test_a_key_that_is_taken_back_counts_no_longer_than_a_day(scene: Scene, clock: StoppedClock) -> None:
    await (await scene.browser()).sign_in(MOTHER)
    old = scene.provider.key
    scene.provider.turn_keys("second")
    scene.provider.told_keys = [scene.provider.key]
    scene.provider.twist.sign = lambda claims: scene.provider.sign(claims, old)
    clock.move(A_DAY)

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "NotAcceptedError"


async def test_a_provider_that_says_it_is_busy_is_away_and_our_own_fault_is_logged_by_its_code_alone(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.provider.twist.answers = {"error": "temporarily_unavailable"}
    busy = await scene.refusal(await (await scene.browser()).sign_in(MOTHER))
    scene.provider.twist.answers = {}
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER)
    scene.provider.clients.clear()

    refused = await scene.refusal(await browser.get(way_back))

    assert (busy, refused) == ("IdentityAwayError", "IdentityAwayError")
    assert [vars(record)["code"] for record in caplog.records if "refused us" in record.message] == ["invalid_client"]
    assert MOTHER not in caplog.text


async def test_only_so_many_wait_at_a_provider_at_a_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin_web.public.eid.AT_ONCE", 0)

    assert await begin(scene) == "IdentityAwayError"
