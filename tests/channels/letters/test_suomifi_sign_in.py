"""How the hub proves to Suomi.fi Messages that it is the municipality: tokens, their end, and what doctor says."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from channels.letters.suomifi_settings import SuomifiSettings
from channels.letters.suomifi_token import SuomifiToken
from hub.post.channel import TryLaterError
from tests.channels.letters.suomifi_scene import MESSAGES, MOTHER, Scene, parcel_of, playing
from tests.rehearsal.post_faults import CUT, Fault

TOKEN = "/v1/token"  # a path, and no secret


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as played:
        yield played


async def test_one_token_serves_many_requests_at_once(scene: Scene) -> None:
    await asyncio.gather(*(scene.service.send(parcel_of(number=number)) for number in range(10)))

    assert scene.count(TOKEN) == 1
    assert len(scene.letters) == 10


async def test_a_token_is_let_go_a_minute_before_it_ends(scene: Scene) -> None:
    await scene.service.look_up([MOTHER])
    scene.clock.move(timedelta(minutes=58))
    await scene.service.look_up([MOTHER])
    before = scene.count(TOKEN)
    scene.clock.move(timedelta(minutes=1))
    await scene.service.look_up([MOTHER])

    assert (before, scene.count(TOKEN)) == (1, 2)
    assert scene.count("/v1/mailboxes/active") == 3


async def test_a_token_whose_end_nobody_tells_is_used_until_it_is_refused(scene: Scene) -> None:
    scene.post.token_seconds = None
    await scene.service.look_up([MOTHER])
    scene.clock.move(timedelta(hours=5))
    await scene.service.look_up([MOTHER])
    before = scene.count(TOKEN)
    scene.post.end_tokens()
    await scene.service.look_up([MOTHER])

    assert (before, scene.count(TOKEN)) == (1, 2)


async def test_a_token_that_ends_in_the_middle_of_a_batch_loses_and_doubles_nothing(scene: Scene) -> None:
    for number in range(9):
        if number % 3 == 0:
            scene.post.end_tokens()
        await scene.service.send(parcel_of(number=number))

    assert [one.external_id for one in scene.letters] == [parcel_of(number=number).id for number in range(9)]
    assert scene.count(TOKEN) == 3


async def test_a_token_that_ends_between_the_file_and_its_message_is_renewed_there(scene: Scene) -> None:
    scene.post.meet(Fault(MESSAGES, 401))

    await scene.service.send(parcel_of())

    assert scene.count(MESSAGES) == 2
    assert scene.count("/v2/attachments") == 1
    assert len(scene.letters) == 1


async def test_many_requests_that_find_a_token_ended_fetch_one_new(scene: Scene) -> None:
    await scene.service.look_up([MOTHER])
    scene.post.end_tokens()
    await asyncio.gather(*(scene.service.look_up([MOTHER]) for _ in range(8)))

    assert scene.count(TOKEN) == 2


async def test_a_request_that_hears_late_of_an_ended_token_leaves_the_new_one_alone(scene: Scene) -> None:
    settings = {
        "url": scene.post.url,
        "service_id": "s",
        "username": scene.post.username,
        "password": scene.post.password,
    }
    token = SuomifiToken(SuomifiSettings.model_validate(settings), scene.outside, scene.clock)
    old = await token.get()
    token.drop(old)
    new = await token.get()
    token.drop(old)

    assert await token.get() is new
    assert scene.count(TOKEN) == 2


async def test_who_is_still_refused_with_a_new_token_holds_back_all_letters(scene: Scene) -> None:
    scene.post.meet(Fault(MESSAGES, 401, times=2))

    with pytest.raises(TryLaterError) as told:
        await scene.service.send(parcel_of())

    assert (told.value.reason, told.value.whole_channel) == ("http_401", True)
    assert scene.count(MESSAGES) == 2


async def test_a_password_that_ends_in_the_middle_of_a_batch_sends_nothing_to_paper(scene: Scene) -> None:
    await scene.service.send(parcel_of())
    scene.post.password = "another"
    scene.post.end_tokens()

    with pytest.raises(TryLaterError) as told:
        await scene.service.send(parcel_of(number=2))

    assert (told.value.reason, told.value.whole_channel) == ("sign_in_refused", True)


async def test_a_refused_password_is_not_tried_again_for_a_minute(scene: Scene) -> None:
    right, scene.post.password = scene.post.password, "another"
    for _ in range(5):
        with pytest.raises(TryLaterError):
            await scene.service.look_up([MOTHER])
    tried = scene.count(TOKEN)
    scene.post.password = right
    scene.clock.move(timedelta(seconds=60))

    await scene.service.look_up([MOTHER])

    assert (tried, scene.count(TOKEN)) == (1, 2)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(TOKEN, 500),
        Fault(TOKEN, CUT),
        Fault(TOKEN, 200, body="no JSON"),
        Fault(TOKEN, 200, body="{}"),
        Fault(TOKEN, 200, body='{"access_token": ""}'),
        Fault(TOKEN, 200, body=json.dumps({"access_token": "a b"})),
        Fault(TOKEN, 200, body=json.dumps({"access_token": "x" * 9000})),
        Fault(TOKEN, 200, body='{"access_token": ["x"]}'),
    ],
    ids=lambda fault: f"{fault.status} {fault.body[:24]}",
)
async def test_without_a_token_nothing_leaves_and_the_next_attempt_asks_again(scene: Scene, fault: Fault) -> None:
    scene.post.meet(fault)

    with pytest.raises(TryLaterError) as told:
        await scene.service.send(parcel_of())
    await scene.service.send(parcel_of())

    assert told.value.whole_channel
    assert len(scene.letters) == 1


@pytest.mark.parametrize("lasts", ["0", "-1", "true", '"soon"', "1e400", "9" * 400])
async def test_an_end_that_makes_no_sense_ends_no_token_too_soon(scene: Scene, lasts: str) -> None:
    await scene.service.look_up([MOTHER])
    token = next(iter(scene.post._tokens))
    scene.service = scene.build()
    scene.post.meet(Fault(TOKEN, 200, body=f'{{"access_token": "{token}", "expires_in": {lasts}}}'))

    await scene.service.look_up([MOTHER])
    await scene.service.look_up([MOTHER])

    assert scene.count(TOKEN) == 2


@pytest.mark.parametrize("form", ["bearer", "bare"])
async def test_a_token_goes_as_the_settings_say(form: str) -> None:
    async with playing(authorization=form) as scene:
        scene.post.authorization = form

        await scene.service.send(parcel_of())

        assert len(scene.letters) == 1


async def test_behind_a_gateway_of_the_municipalitys_own_its_key_is_all_that_goes() -> None:
    async with playing(authorization="api_key", api_key="rehearsal-api-key", username="", password="") as scene:
        scene.post.authorization = "api_key"

        await scene.service.send(parcel_of())
        scene.post.api_key = "another"
        with pytest.raises(TryLaterError, match="http_401"):
            await scene.service.send(parcel_of(number=2))

        assert scene.count(TOKEN) == 0
        assert len(scene.letters) == 1


async def test_doctor_finds_nothing_wrong_with_what_is_right(scene: Scene) -> None:
    assert await scene.service.check() == []


async def test_doctor_says_what_is_wrong(scene: Scene) -> None:
    scene.post.meet(Fault("events", 503))
    away = await scene.service.check()
    scene.post.meet(Fault(TOKEN, CUT))
    scene.post.end_tokens()
    no_sign_in = await scene.service.check()
    wrong_form = await scene.build(authorization="bare").check()
    wrong_password = await scene.build(password="another").check()

    assert away == ["Suomi.fi Messages cannot be reached now, or gives no usable answer (http_503)."]
    assert no_sign_in == ["Suomi.fi Messages cannot be reached now, or gives no usable answer (no_sign_in)."]
    assert wrong_form == ["Suomi.fi Messages does not let us in, or is not at the address in the settings (http_401)."]
    assert wrong_password == ["Suomi.fi Messages refuses the user name or the password in channels.letters.suomifi."]


@pytest.mark.parametrize(
    ("since", "warns"),
    [
        (None, ""),
        (date(2026, 11, 23), ""),
        (date(2026, 5, 28), ""),
        (date(2026, 5, 27), "180 days old; DVV asks for a new one each half year"),
        (date(2025, 11, 23), "365 days old; DVV wants a new one each year at least"),
    ],
)
async def test_doctor_warns_of_a_password_that_grows_old(since: date | None, warns: str) -> None:
    async with playing(password_since=since) as scene:
        told = await scene.service.check()

    assert len(told) == bool(warns)
    assert warns in "".join(told)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"service_id": ""}, "service_id"),
        ({"username": ""}, "username and password are missing"),
        ({"password": ""}, "username and password are missing"),
        ({"authorization": "api_key"}, "api_key is missing"),
        ({"authorization": "basic"}, "authorization"),
        ({"url": "ftp://api.messages.suomi.fi"}, "url"),
        ({"url": "https://name:secret@api.messages.suomi.fi"}, "url"),
        ({"answer_seconds": 0}, "answer_seconds"),
        ({"speed": 3}, "speed"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        SuomifiSettings.model_validate({"service_id": "s", "username": "u", "password": "p", **wrong})


def test_settings_print_no_secret() -> None:
    told = {"service_id": "s", "username": "u", "password": "hemmelig", "api_key": "gjemt"}

    printed = repr(SuomifiSettings.model_validate({**told, "url": "https://api.messages-qa.suomi.fi/"}))

    assert "hemmelig" not in printed
    assert "gjemt" not in printed
    assert "https://api.messages-qa.suomi.fi'" in printed
