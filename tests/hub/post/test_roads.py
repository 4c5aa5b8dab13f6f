"""Several roads: the cheapest that may carry a text, another when one fails, and never the same text by two unmarked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hub.clock import StoppedClock
from hub.config import SettingsError
from hub.post.channel import TryLaterError, UnknownFateError
from hub.post.deliveries import Status
from hub.post.messages import Lane
from hub.post.roads import Roads
from tests.hub.post.outboxes import Posting, PretendChannel, posting_in
from tests.village import Village

CHEAP, DEAR = {"prices": {"+47": "0.35"}}, {"prices": {"+47": "0.79"}}


def roads(**told: dict[str, Any]) -> Roads:
    return Roads.read({"use": ["twilio", "smpp"], "roads": told})


@asynccontextmanager
async def two_roads(
    village: Village, clock: StoppedClock, **told: Any
) -> AsyncIterator[tuple[Posting, PretendChannel]]:
    other = PretendChannel(name="smpp")
    async with posting_in(village, clock, roads=roads(**told), beside={other.name: other}) as posting:
        yield posting, other


def down() -> TryLaterError:
    return TryLaterError("bind_0e", whole_channel=True)


@pytest.mark.parametrize(
    ("lane", "cheap"), [(Lane.ORDINARY, True), (Lane.BULK, True), (Lane.REPLY, False), (Lane.SAFETY, False)]
)
async def test_what_does_not_hurry_goes_by_the_cheapest_road_that_carries_its_number(
    village: Village, clock: StoppedClock, lane: Lane, cheap: bool
) -> None:
    async with two_roads(village, clock, twilio=DEAR, smpp={**CHEAP, "carries": True}) as (posting, other):
        delivery = await posting.until_status(await posting.post("Hei", lane=lane), Status.QUEUED)

    assert (posting.channel.texts, other.texts) == (([], ["Hei"]) if cheap else (["Hei"], []))
    assert delivery.channel == ("smpp" if cheap else "twilio")
    if cheap:
        assert other.sent[0].envelope.sender.value == delivery.sender


async def test_a_cheap_road_that_does_not_carry_the_number_is_not_taken(village: Village, clock: StoppedClock) -> None:
    async with two_roads(village, clock, twilio=DEAR, smpp=CHEAP) as (posting, other):
        await posting.until_status(await posting.post("Hei", lane=Lane.BULK), Status.QUEUED)

    assert (posting.channel.texts, other.texts) == (["Hei"], [])


async def test_a_text_goes_by_another_road_when_its_own_is_down(village: Village, clock: StoppedClock) -> None:
    async with two_roads(village, clock, smpp={"carries": True}) as (posting, other):
        posting.channel.always = down()
        first = await posting.until_status(await posting.post("Hei"), Status.QUEUED)
        second = await posting.until_status(await posting.post("Og hei"), Status.QUEUED)

    assert other.texts == ["Hei", "Og hei"]
    assert {first.channel, second.channel} == {"smpp"}
    assert first.marks == ["road:smpp"]


async def test_a_road_that_is_back_is_taken_again(village: Village, clock: StoppedClock) -> None:
    async with two_roads(village, clock, smpp={"carries": True}) as (posting, other):
        posting.channel.fail(down())
        await posting.until_status(await posting.post("Hei"), Status.QUEUED)
        posting.move(61)
        await posting.until_status(await posting.post("Og hei"), Status.QUEUED)

    assert (other.texts, posting.channel.texts) == (["Hei"], ["Og hei"])


async def test_what_hurries_goes_under_a_name_and_says_where_to_write(village: Village, clock: StoppedClock) -> None:
    async with two_roads(village, clock, smpp={"sender_name": "FJORDVIK"}) as (posting, other):
        posting.channel.always = down()
        await posting.until_status(await posting.post("Hvor er Ella?", lane=Lane.SAFETY), Status.QUEUED)

    (sent,) = other.sent
    number = village.number("contact teacher 7A").shown
    assert sent.envelope.sender.value == "FJORDVIK"
    assert sent.envelope.text == f"Hvor er Ella?\nKan ikke besvares her. Skriv til {number}."


async def test_what_does_not_hurry_waits_rather_than_go_under_a_name(village: Village, clock: StoppedClock) -> None:
    async with two_roads(village, clock, smpp={"sender_name": "FJORDVIK"}) as (posting, other):
        posting.channel.fail(down())
        id_ = await posting.post("Hei")
        await posting.until_delivery(id_, lambda delivery: delivery.reason == "bind_0e")
        posting.move(61)
        await posting.until_status(id_, Status.QUEUED)

    assert (other.texts, posting.channel.texts) == ([], ["Hei"])


async def test_what_may_have_left_goes_by_no_other_road_unless_it_hurries_and_then_marked(
    village: Village, clock: StoppedClock
) -> None:
    async with two_roads(village, clock, smpp={"carries": True}) as (posting, other):
        posting.channel.fail(UnknownFateError("no_answer"), times=2)
        calm = await posting.post("Hei")
        urgent = await posting.post("Hvor er Ella?", lane=Lane.SAFETY)
        for id_ in (calm, urgent):
            await posting.until_delivery(id_, lambda delivery: delivery.reason == "no_answer")
        posting.channel.log_trouble = down()
        posting.channel.always = down()
        await posting.go_on(lambda: bool(other.texts), step=16)
        found = await posting.until_status(urgent, Status.QUEUED)
        waits = await posting.delivery(calm)

    assert other.texts == ["Hvor er Ella?"]
    assert "repeated" in (found.marks or [])
    assert waits.status == Status.CLAIMED


async def test_both_roads_down_is_waiting(village: Village, clock: StoppedClock) -> None:
    async with two_roads(village, clock, smpp={"carries": True}) as (posting, other):
        posting.channel.always = other.always = down()
        id_ = await posting.post("Hei")
        await posting.until(lambda: posting.channel.attempts > 0 and other.attempts > 0)
        posting.channel.always = other.always = None
        await posting.go_on(lambda: bool(posting.channel.texts or other.texts))
        await posting.until_status(id_, Status.QUEUED)

    assert len(posting.channel.texts + other.texts) == 1


@pytest.mark.parametrize(
    "section",
    [
        {"use": ["twilio"], "roads": {"smpp": {}}},
        {"use": ["twilio"], "roads": {"twilio": {"sender_name": "MORE THAN ELEVEN"}}},
        {"use": ["twilio"], "roads": {"twilio": {"sender_name": "4711"}}},
        {"use": ["twilio"], "roads": {"twilio": {"prices": {"47": "1"}}}},
        {"use": ["twilio"], "roads": {"twilio": {"prices": {"+47": "-1"}}}},
        {"use": ["twilio"], "roads": {"twilio": {"speed": 1}}},
        {"use": ["twilio"], "roads": []},
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(section: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Roads.read(section)


def test_the_longest_beginning_of_a_number_tells_its_price() -> None:
    road = roads(smpp={"prices": {"+": "2", "+46": "0.55", "+4670": "0.60"}}).roads["smpp"]

    assert [str(road.price(number)) for number in ("+46701234567", "+46731234567", "+358401234567")] == [
        "0.60",
        "0.55",
        "2",
    ]
