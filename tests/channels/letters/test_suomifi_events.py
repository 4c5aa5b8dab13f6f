"""What Suomi.fi Messages tells of letters afterwards: read from where it was read last, and nonsense passed over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from hub.mailroom.service import Fate, News, Told
from hub.post.channel import TryLaterError
from tests.channels.letters import suomifi_scene
from tests.channels.letters.suomifi_scene import MORNING, MOTHER, Scene, parcel_of, playing
from tests.rehearsal.post_faults import CUT, Fault


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as played:
        yield played


async def read_all(scene: Scene, cursor: str = "") -> News:
    """Page after page, as long as there is more."""
    told: list[Told] = []
    while True:
        news = await scene.service.news(cursor, [])
        told += news.told
        cursor = news.cursor
        if not news.more:
            return News(told, cursor)


async def test_a_letter_is_delivered_once_it_is_created_and_opened_when_its_reader_opens_it(scene: Scene) -> None:
    parcel = parcel_of()
    receipt = await scene.service.send(parcel)
    first = await read_all(scene)
    scene.clock.move(timedelta(hours=3))
    scene.post.open_letter(scene.letters[0].message_id)

    second = await read_all(scene, first.cursor)

    assert [(one.parcel_id, one.provider_id, one.fate, one.at) for one in first.told] == [
        (parcel.id, receipt.provider_id, Fate.DELIVERED, MORNING)
    ]
    assert [(one.fate, one.at) for one in second.told] == [(Fate.OPENED, MORNING + timedelta(hours=3))]


async def test_a_letter_is_opened_on_the_page_and_its_file_can_be_saved_then(scene: Scene) -> None:
    await scene.service.send(parcel_of())
    before = await read_all(scene)
    place = f"{scene.post.url}/letters/{scene.letters[0].message_id}"
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{place}.pdf") as shut:
            assert shut.status == 404
        async with http.post(f"{place}/open") as page:
            assert "Päätös on liitteenä." in await page.text()
        async with http.get(f"{place}.pdf") as file:
            assert await file.read() == suomifi_scene.PDF
        async with http.get(f"{scene.post.url}/letters.json") as told:
            assert (await told.json())[0]["externalId"] == parcel_of().id

    assert [one.fate for one in (await read_all(scene, before.cursor)).told] == [Fate.OPENED]


async def test_a_confirmed_receipt_is_an_opened_letter() -> None:
    async with playing(verifiable=True) as scene:
        await scene.service.send(parcel_of())
        scene.post.open_letter(scene.letters[0].message_id)

        assert [one.fate for one in (await read_all(scene)).told] == [Fate.DELIVERED, Fate.OPENED]


async def test_pages_follow_each_other_until_one_is_empty_and_nothing_is_told_again_from_the_last(scene: Scene) -> None:
    scene.post.events.page_size = 2
    for number in range(5):
        await scene.service.send(parcel_of(number=number))

    told = await read_all(scene)
    again = await scene.service.news(told.cursor, [])

    assert [one.parcel_id for one in told.told] == [parcel_of(number=number).id for number in range(5)]
    assert (list(again.told), again.cursor, again.more) == ([], told.cursor, False)


async def test_a_service_that_tells_twice_is_told_on_as_it_tells(scene: Scene) -> None:
    scene.post.events.tells_twice = True
    await scene.service.send(parcel_of())

    told = await read_all(scene)

    assert [one.fate for one in told.told] == [Fate.DELIVERED] * 2
    assert len(set(told.told)) == 1


@pytest.mark.parametrize(
    "kind", ["Paper mail created", "Electronic message from end user", "Something new", "", None, 7]
)
async def test_events_of_other_kinds_are_passed_over_and_those_after_them_read(scene: Scene, kind: object) -> None:
    scene.post.events.add({"eventTime": "2026-11-23T07:00:00Z", "type": kind, "metadata": {"messageId": 1}}, MORNING)
    await scene.service.send(parcel_of())

    assert [one.parcel_id for one in (await read_all(scene)).told] == [parcel_of().id]


READ: dict[str, Any] = {"eventTime": "2026-11-23T07:00:00Z", "type": "Electronic message read"}


@pytest.mark.parametrize(
    "event",
    [
        {**READ, "metadata": None},
        {**READ, "metadata": {}},
        {**READ, "metadata": {"messageId": True}},
        {**READ, "metadata": {"messageId": "12x", "externalId": "a\u0000b"}},
        {**READ, "metadata": {"messageId": [], "externalId": {}}},
        {**READ, "metadata": {"externalId": "x" * 65}},
        "an event",
        None,
    ],
)
async def test_events_that_name_no_letter_are_passed_over(scene: Scene, event: Any) -> None:
    scene.post.events.add(event, MORNING)

    news = await scene.service.news("", [])

    assert list(news.told) == []
    assert news.cursor


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ({"messageId": 9_223_372_036_854_775_807}, ("", "9223372036854775807")),
        ({"messageId": "17"}, ("", "17")),
        ({"externalId": parcel_of().id}, (parcel_of().id, "")),
    ],
)
async def test_one_name_of_a_letter_is_enough(scene: Scene, metadata: dict[str, Any], names: tuple[str, str]) -> None:
    scene.post.events.add({**READ, "metadata": metadata}, MORNING)

    told = (await scene.service.news("", [])).told[0]

    assert (told.parcel_id, told.provider_id) == names


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ("2026-11-23T06:30:00Z", -30),
        ("2026-11-23T08:30:00+02:00", -30),
        ("2026-11-23T06:30:00.123456", -30),
        ("yesterday", 0),
        (None, 0),
        (17, 0),
        ("0001-01-01T00:00:00+14:00", 0),
    ],
)
async def test_a_moment_that_makes_no_sense_loses_no_event(scene: Scene, told: object, minutes: int) -> None:
    scene.post.events.add({**READ, "eventTime": told, "metadata": {"messageId": 17}}, MORNING)

    at = (await scene.service.news("", [])).told[0].at

    assert at.utcoffset() == timedelta()
    assert at.replace(microsecond=0) == MORNING + timedelta(minutes=minutes)


async def test_a_cursor_that_is_older_than_the_log_begins_anew(scene: Scene) -> None:
    await scene.service.send(parcel_of())
    old = await read_all(scene)
    await scene.service.send(parcel_of(number=2))
    scene.clock.move(timedelta(days=61))
    await scene.service.send(parcel_of(number=3))

    assert [one.parcel_id for one in (await read_all(scene, "nobody gave this")).told] == [parcel_of(number=3).id]
    assert [one.parcel_id for one in (await read_all(scene, old.cursor)).told] == [parcel_of(number=3).id]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("events", 500),
        Fault("events", 429),
        Fault("events", 403),
        Fault("events", CUT, times=2),
        Fault("events", 400, times=2),
        Fault("events", 200, body="no JSON"),
        Fault("events", 200, body='{"continuationToken": "x", "events": {}}'),
        Fault("events", 200, body='{"events": ' + "[" * 5000),
    ],
    ids=lambda fault: f"{fault.status} {fault.body[:20]}",
)
@pytest.mark.parametrize("cursor", ["", "at+0/="])
async def test_a_log_that_cannot_be_read_now_leaves_the_cursor_where_it_was(
    scene: Scene, fault: Fault, cursor: str
) -> None:
    await scene.service.send(parcel_of())
    scene.post.meet(fault)

    with pytest.raises(TryLaterError):
        await scene.service.news(cursor, [])

    scene.post.faults.clear()
    assert len((await scene.service.news(cursor, [])).told) == 1


@pytest.mark.parametrize("token", ["7", '""', "null", f'"{"x" * 5000}"', '"a\\u0000"'])
async def test_a_token_that_is_none_leaves_the_cursor_and_ends_the_reading(scene: Scene, token: str) -> None:
    body = f'{{"continuationToken": {token}, "events": [{{}}]}}'
    scene.post.meet(Fault("events", 200, body=body))

    news = await scene.service.news("at+0/=", [])

    assert (news.cursor, news.more) == ("at+0/=", False)


async def test_what_was_found_once_in_a_long_log_is_not_read_through_again(scene: Scene) -> None:
    scene.post.events.page_size = 3
    for number in range(10):
        await scene.service.send(parcel_of(number=number))
    first = await scene.service.find(parcel_of(number=9))
    asked = scene.count("/v2/events")

    again = await scene.service.find(parcel_of(number=0))
    unknown = await scene.service.find(parcel_of(number=11))

    assert first is not None
    assert again is not None
    assert unknown is None
    assert asked == 5
    assert scene.count("/v2/events") == asked + 1


async def test_a_log_that_never_ends_is_read_in_parts(scene: Scene) -> None:
    scene.post.events.page_size = 1
    for number in range(22):
        await scene.service.send(parcel_of(number=number))

    with pytest.raises(TryLaterError, match="many_events"):
        await scene.service.find(parcel_of(number=21))

    assert await scene.service.find(parcel_of(number=21)) is not None


async def test_a_hub_that_starts_again_finds_what_the_one_before_it_sent(scene: Scene) -> None:
    await scene.service.send(parcel_of(MOTHER))

    found = await scene.build().find(parcel_of(MOTHER))

    assert found is not None
