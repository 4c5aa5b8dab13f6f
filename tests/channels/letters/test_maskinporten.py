"""Maskinporten: who we are is proven by our own key, once for each claim, and what it refuses is said by its code."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import ValidationError

from hub.config import SettingsError, explain
from hub.post.channel import TryLaterError
from tests.channels.letters.norway_scene import MORNING, MOTHER, OTHER_KEY, OWN_KEY, Scene, as_pem, playing
from tests.rehearsal.post_faults import CUT, SILENT, Fault


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


async def refusal(scene: Scene, **maskinporten: Any) -> TryLaterError:
    with pytest.raises(TryLaterError) as raised:
        await scene.build(maskinporten=maskinporten).look_up([MOTHER])
    return raised.value


async def test_a_token_is_kept_until_a_minute_before_its_end(scene: Scene) -> None:
    for _ in range(3):
        await scene.service.look_up([MOTHER])
    scene.clock.move(timedelta(seconds=538))
    await scene.service.look_up([MOTHER])
    assert scene.count("POST", "/token") == 1

    scene.clock.move(timedelta(seconds=2))
    await scene.service.look_up([MOTHER])

    assert scene.count("POST", "/token") == 2


async def test_many_who_ask_at_once_share_one_token(scene: Scene) -> None:
    await asyncio.gather(*(scene.service.look_up([MOTHER]) for _ in range(8)))

    assert scene.count("POST", "/token") == 1


async def test_a_key_may_be_written_as_a_jwk(scene: Scene) -> None:
    service = scene.build(maskinporten={"key": json.dumps(OWN_KEY.as_dict(private=True))})

    assert set(await service.look_up([MOTHER])) == {MOTHER}


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"client_id": "somebody-else"}, "MP-100"),
        ({"key_id": "another-key"}, "MP-120"),
        ({"key": as_pem(OTHER_KEY)}, "MP-124"),
    ],
)
async def test_what_is_wrong_with_us_is_told_by_the_code_and_rests_for_a_minute(
    scene: Scene, setting: dict[str, str], code: str
) -> None:
    service = scene.build(maskinporten=setting)

    for _ in range(2):
        with pytest.raises(TryLaterError) as raised:
            await service.look_up([MOTHER])
        assert (raised.value.reason, raised.value.whole_channel) == (code, True)

    assert scene.count("POST", "/token") == 1
    assert scene.count("POST", "/rest/v2/personer") == 0
    (said, *_) = await service.check()
    assert code in said


async def test_a_key_that_is_over_a_scope_that_is_not_granted_and_a_wrong_clock_are_told_apart(scene: Scene) -> None:
    scene.post.office.granted = frozenset({"krr:global/kontaktinformasjon.read"})
    assert (await refusal(scene)).reason == "MP-200"

    scene.post.office.key_since = MORNING - timedelta(days=366)
    assert (await refusal(scene)).reason == "MP-121"

    scene.post.office.clock = lambda: scene.clock.now() + timedelta(minutes=5)
    scene.post.office.key_since = MORNING
    assert (await refusal(scene)).reason == "MP-130"


async def test_after_a_minute_a_mended_client_is_let_in(scene: Scene) -> None:
    scene.post.office.granted = frozenset()
    with pytest.raises(TryLaterError):
        await scene.service.look_up([MOTHER])
    scene.post.office.granted = frozenset({"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"})
    scene.clock.move(timedelta(seconds=61))

    assert set(await scene.service.look_up([MOTHER])) == {MOTHER}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("/token", CUT), "maskinporten_no_answer"),
        (Fault("/token", SILENT), "maskinporten_no_answer"),
        (Fault("/token", 503), "maskinporten_http_503"),
        (Fault("/token", 200, body="<html>"), "maskinporten_nonsense"),
        (Fault("/token", 200, body='{"access_token": "a b", "expires_in": 60}'), "maskinporten_nonsense"),
        (Fault("/token", 200, body='{"access_token": "a", "access_token": "b"}'), "maskinporten_nonsense"),
        (Fault("/token", 400, body='{"error": "invalid_grant"}'), "invalid_grant"),
        (Fault("/token", 400, body='{"error": "Kari Nordmann"}'), "maskinporten_http_400"),
    ],
)
async def test_a_maskinporten_in_trouble_is_asked_again_later(fault: Fault, reason: str) -> None:
    async with playing(maskinporten={"answer_seconds": 0.3}) as scene:
        scene.post.faults.append(fault)
        with pytest.raises(TryLaterError) as raised:
            await scene.service.look_up([MOTHER])
        assert (raised.value.reason, raised.value.whole_channel) == (reason, True)

        scene.clock.move(timedelta(seconds=61))

        assert set(await scene.service.look_up([MOTHER])) == {MOTHER}


@pytest.mark.parametrize("lasts", ["null", "true", '"soon"', "0", "-5"])
async def test_a_token_that_does_not_say_how_long_it_lasts_serves_once(scene: Scene, lasts: str) -> None:
    scene.post.faults.append(Fault("/token", 200, body=f'{{"access_token": "once", "expires_in": {lasts}}}'))

    assert set(await scene.service.look_up([MOTHER])) == {MOTHER}

    assert scene.count("POST", "/token") == 2


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_key_that_is_none_stops_the_start_and_is_not_repeated(scene: Scene) -> None:
    wrong = ["", "hemmelig", as_pem(ECKey.generate_key("P-256")), as_pem(RSAKey.generate_key(1024))]

    for key in wrong:
        with pytest.raises(SettingsError) as raised:
            scene.build(maskinporten={"key": key})
        assert "channels.letters.maskinporten.key" in str(raised.value)
        assert not key or key not in str(raised.value)


async def test_the_doctor_says_in_time_that_the_key_will_end(scene: Scene) -> None:
    young = scene.build(maskinporten={"key_since": MORNING.date() - timedelta(days=333)})
    old = scene.build(maskinporten={"key_since": MORNING.date() - timedelta(days=334)})

    assert await young.check() == []
    assert await scene.service.check() == []
    (said,) = await old.check()
    assert "334 days old" in said
    assert "2026-12-24" in said


@pytest.mark.parametrize(
    ("table", "setting"),
    [
        ("eformidling", {"url": "http://integrasjonspunkt.fjordvik.example:9093"}),
        ("eformidling", {"url": "https://user:pass@integrasjonspunkt.fjordvik.example"}),
        ("eformidling", {"url": "integrasjonspunkt.fjordvik.example"}),
        ("eformidling", {"user": "", "password": "hemmelig"}),
        ("eformidling", {"user": "budbok", "password": ""}),
        ("eformidling", {"lives_hours": 1}),
        ("krr", {"url": "http://kontaktregisteret.example"}),
        ("krr", {"scopes": []}),
        ("maskinporten", {"url": "http://maskinporten.example"}),
        ("maskinporten", {"client_id": ""}),
        ("maskinporten", {"key_since": "last year"}),
        ("maskinporten", {"kee": "x"}),
    ],
)
def test_settings_that_are_not_right_stop_the_start_and_tell_no_secret(
    scene: Scene, table: str, setting: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as raised:
        scene.build(**{table: setting})

    told = explain(raised.value, "channels.letters")
    assert f"channels.letters.{table}" in told
    assert "hemmelig" not in told
    assert "user:pass" not in told
