"""The plain HTTP gateway: what every channel promises, and what its signatures promise."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hub.post.channel import AddressGoneError, BusyError, TryLaterError
from hub.post.deliveries import Status
from tests.channels.contract import DELIVERY, ChannelContract, an_envelope
from tests.channels.http_rehearsal import GUARDIAN, SCHOOL, SECRET, HttpRehearsal, an_http_rehearsal

MESSAGE = {"id": "in1", "from": GUARDIAN.value, "to": SCHOOL.value, "text": "Syk"}
OTHER = f"{DELIVERY[:-1]}z"
OLD_SECRET = "the secret that was used until last week, say"


@pytest.fixture
async def rehearsal() -> AsyncIterator[HttpRehearsal]:
    async with an_http_rehearsal() as made:
        yield made


class TestHttpGateway(ChannelContract):
    """All that every channel promises."""


async def test_the_very_same_request_is_taken_once(rehearsal: HttpRehearsal) -> None:
    body = json.dumps(MESSAGE).encode()
    headers = rehearsal.make_headers("/message", body)

    told = [await rehearsal.post("/message", body, headers) for _ in range(2)]

    assert [answer.status for answer in told] == [204, 409]
    assert len(rehearsal.inbox.messages) == 1


async def test_a_request_that_could_not_be_kept_may_come_again_as_it_was(rehearsal: HttpRehearsal) -> None:
    body = json.dumps(MESSAGE).encode()
    headers = rehearsal.make_headers("/message", body)
    rehearsal.inbox.trouble = BusyError()
    first = await rehearsal.post("/message", body, headers)
    rehearsal.inbox.trouble = None
    second = await rehearsal.post("/message", body, headers)

    assert (first.status, second.status) == (503, 204)


@pytest.mark.parametrize(("age", "status"), [(0, 204), (290, 204), (310, 403), (-310, 403)])
async def test_a_request_counts_for_five_minutes(rehearsal: HttpRehearsal, age: int, status: int) -> None:
    assert (await rehearsal.tell("/message", MESSAGE, age=age)).status == status


async def test_a_signature_for_one_path_is_none_for_another(rehearsal: HttpRehearsal) -> None:
    body = json.dumps({"id": "g1", "status": "delivered"}).encode()

    told = await rehearsal.post("/status", body, rehearsal.make_headers("/message", body))

    assert told.status == 403
    assert rehearsal.inbox.reports == []


@pytest.mark.parametrize("missing", ["Budbok-Time", "Budbok-Signature"])
async def test_a_request_without_its_headers_is_refused(rehearsal: HttpRehearsal, missing: str) -> None:
    body = json.dumps(MESSAGE).encode()
    headers = rehearsal.make_headers("/message", body)
    del headers[missing]

    assert (await rehearsal.post("/message", body, headers)).status == 403


@pytest.mark.parametrize(("listed", "status"), [([SECRET, OLD_SECRET], 204), ([SECRET], 403), (SECRET, 403)])
async def test_an_old_secret_counts_while_it_is_listed_and_never_signs(listed: str | list[str], status: int) -> None:
    async with an_http_rehearsal(secret=listed) as rehearsal:
        told = await rehearsal.tell("/message", MESSAGE, secret=OLD_SECRET)
        by_new = await rehearsal.tell("/message", MESSAGE)
        await rehearsal.channel.send(an_envelope(rehearsal))

    assert (told.status, by_new.status) == (status, 204)
    assert len(rehearsal.list_arrived()) == 1


async def test_lone_halves_of_letters_are_kept_as_marks(rehearsal: HttpRehearsal) -> None:
    await rehearsal.tell("/message", {**MESSAGE, "text": "a\ud83db\0"})

    assert [kept.text for kept in rehearsal.inbox.messages] == ["a\ufffdb␀"]


async def test_a_report_tells_that_nobody_is_there(rehearsal: HttpRehearsal) -> None:
    told = {"id": "g1", "status": "undelivered", "error": "unknown_subscriber", "gone": True}
    await rehearsal.tell("/status", told)

    (report,) = rehearsal.inbox.reports
    assert (report.status, report.error, report.gone) == (Status.UNDELIVERED, "unknown_subscriber", True)
    assert report.delivery_id is None


async def test_a_gateway_with_another_secret_is_told_to_the_doctor(rehearsal: HttpRehearsal) -> None:
    rehearsal.gateway.secret = OLD_SECRET

    (sentence,) = await rehearsal.channel.check()

    assert "signature" in sentence


async def test_a_text_says_whose_it_is_and_where_its_reports_go(rehearsal: HttpRehearsal) -> None:
    await rehearsal.channel.send(an_envelope(rehearsal))

    (taken,) = rehearsal.gateway.taken.values()
    assert taken["from"] == SCHOOL.value
    assert taken["to"] == GUARDIAN.value
    assert taken["status_url"] == "http://127.0.0.1/sms/http/status"


async def test_the_gateways_pace_is_kept_and_what_hurries_waits_for_nobody() -> None:
    async with an_http_rehearsal(pace_per_second=0.1) as rehearsal:
        await rehearsal.channel.send(an_envelope(rehearsal))
        with pytest.raises(TryLaterError) as caught:
            await rehearsal.channel.send(an_envelope(rehearsal, OTHER))
        await rehearsal.channel.send(replace(an_envelope(rehearsal, OTHER), urgent=True))

    assert 5 < (caught.value.after or 0) <= 10
    assert list(rehearsal.gateway.taken) == [DELIVERY, OTHER]


async def test_the_same_tag_twice_is_one_text(rehearsal: HttpRehearsal) -> None:
    one = await rehearsal.channel.send(an_envelope(rehearsal))
    other = await rehearsal.channel.send(an_envelope(rehearsal))

    assert one == other
    assert len(rehearsal.list_arrived()) == 1


async def test_whoever_told_the_gateway_to_stop_is_told_apart(rehearsal: HttpRehearsal) -> None:
    rehearsal.failures["opted out"].arrange()

    with pytest.raises(AddressGoneError) as caught:
        await rehearsal.channel.send(an_envelope(rehearsal))

    assert caught.value.opted_out
