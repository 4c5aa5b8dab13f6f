"""Whoever is not surely the provider is refused, and what makes no sense is: nothing kept, nothing sent.

Source: security rules S7.1, S7.2, S7.10 and S9.9.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from hub.post.deliveries import Status
from tests.faults.caller import Caller, list_arrivals, list_deliveries
from tests.living_hub import ACCOUNT, OPERATOR, LivingHub

MESSAGE, STATUS = "/sms/twilio/message", "/sms/twilio/status"


async def nothing_happened(caller: Caller) -> bool:
    return not await caller.kept() and not await caller.deliveries() and not caller.living.provider.texts


async def test_a_genuine_text_is_kept_and_answered(caller: Caller) -> None:
    status = await caller.tell(caller.message("Kari er syk i dag"))
    await caller.living.settled()

    assert status == 200
    assert [arrival.text for arrival in await caller.kept()] == ["Kari er syk i dag"]
    assert caller.living.phone("Anne Nordmann").received


async def test_a_forged_text_is_refused(caller: Caller) -> None:
    form = caller.message("Kari er syk i dag")
    body = urlencode(form).encode()

    answers = [
        await caller.post(MESSAGE, body, signature=None),
        await caller.post(MESSAGE, body, signature=""),
        await caller.post(MESSAGE, body, signature="AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        await caller.post(MESSAGE, body, form, token="another token"),
        await caller.post(MESSAGE, body, {**form, "Body": "Frisk"}),
        await caller.post(
            MESSAGE + "?m=1", body, form, signature=caller.living.provider.sign(caller.url + MESSAGE, form)
        ),
        await caller.post(MESSAGE, body, form, headers={"X-Forwarded-Host": "evil.example"}, signature="x" * 3000),
    ]
    await caller.living.settled()

    assert answers == [403] * 7
    assert await nothing_happened(caller)


async def test_a_text_of_another_account_is_refused(caller: Caller) -> None:
    form = caller.message("Kari er syk i dag", AccountSid="AC" + "6" * 32)

    assert await caller.tell(form) == 403
    assert await nothing_happened(caller)


async def test_a_signature_of_the_one_address_does_not_open_the_other(caller: Caller) -> None:
    form = caller.message("Kari er syk i dag", MessageStatus="delivered")
    for_message = caller.living.provider.sign(caller.url + MESSAGE, form)

    assert await caller.post(STATUS, urlencode(form).encode(), signature=for_message) == 403
    assert await caller.reports() == 0


async def test_what_makes_no_sense_is_refused(caller: Caller) -> None:
    good = caller.message("Kari er syk i dag")
    without = [
        {name: value for name, value in good.items() if name != left_out} for left_out in ("From", "To", "MessageSid")
    ]
    odd = [
        {**good, "From": ""},
        {**good, "From": "x" * 200},
        {**good, "From": "+47\r\nX: y"},
        {**good, "To": "<script>" * 20},
        {**good, "MessageSid": "../../etc"},
        {**good, "MessageSid": "SM" + "0" * 200},
        {**good, "NumMedia": "-1"},
        {**good, "NumMedia": "11"},
        {**good, "NumMedia": "1e1"},
        {**good, "NumMedia": "1", "MediaUrl0": "http://x y"},
    ]

    answers = [await caller.tell(form) for form in (*without, *odd)]

    assert answers == [400] * 13
    assert await nothing_happened(caller)


async def test_bodies_that_are_no_form_are_refused(caller: Caller) -> None:
    form = caller.message("Syk")
    body = urlencode(form).encode()
    twice = body + b"&" + urlencode({"From": "+4740000102"}).encode()

    answers = {
        "broken utf-8": await caller.post(MESSAGE, b"Body=%ff%fe&From=1", {}),
        "no pairs": await caller.post(MESSAGE, b"hello", {}),
        "many fields": await caller.post(MESSAGE, b"&".join(b"a%d=1" % n for n in range(600)), {}),
        "json": await caller.post(MESSAGE, b"{}", {}, content_type="application/json"),
        "compressed": await caller.post(MESSAGE, gzip.compress(body), form, headers={"Content-Encoding": "gzip"}),
        "a name twice": await caller.post(MESSAGE, twice, {**form, "From": "+4740000102"}),
    }

    assert answers.pop("a name twice") in (400, 403)
    assert answers.pop("json") == answers.pop("compressed") == 415
    assert set(answers.values()) == {400}
    assert await nothing_happened(caller)


async def test_a_body_past_the_limit_is_refused_however_it_is_told(caller: Caller) -> None:
    form = caller.message("x" * 70_000)

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"Body=" + b"x" * 1000

    whole = await caller.tell(form)
    async with caller.http.post(
        caller.url + MESSAGE, data=in_pieces(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    ) as response:
        chunked = response.status

    assert (whole, chunked) == (413, 413)
    assert await nothing_happened(caller)


async def test_other_ways_in_are_shut(caller: Caller) -> None:
    async with caller.http.get(caller.url + MESSAGE) as got, caller.http.put(caller.url + MESSAGE) as put:
        assert (got.status, put.status) == (405, 405)
    async with caller.http.get(caller.url + "/metrics") as metrics, caller.http.get(caller.url + "/readyz") as ready:
        assert (metrics.status, ready.status) == (404, 404)


async def test_a_replayed_text_changes_nothing(caller: Caller) -> None:
    form = caller.message("Kari er syk i dag")
    await caller.tell(form)
    await caller.living.settled()
    answers = len(caller.living.phone("Anne Nordmann").received)

    statuses = await asyncio.gather(*(caller.tell(form) for _ in range(10)))
    await caller.living.settled()

    assert statuses == [200] * 10
    assert len(await caller.kept()) == 1
    assert len(caller.living.phone("Anne Nordmann").received) == answers == 1


async def test_the_same_name_with_other_words_keeps_the_first_and_flags_it(caller: Caller) -> None:
    first = caller.message("Kari er syk i dag")
    await caller.tell(first)
    await caller.living.settled()

    status = await caller.tell({**first, "Body": "Kari er frisk likevel"})
    await caller.living.settled()

    (kept,) = await caller.kept()
    assert status == 200
    assert (kept.text, kept.changed_repeat) == ("Kari er syk i dag", True)
    assert len(caller.living.phone("Anne Nordmann").received) == 1


async def test_what_the_provider_failed_to_tell_is_found_in_its_log_and_nothing_is_doubled(living: LivingHub) -> None:
    phone = living.phone("Anne Nordmann")
    number = living.village.number("contact teacher 7A").value
    await phone.text(number, "Kari er syk i dag")
    await living.settled()
    living.provider.faults.webhooks_lost = True
    await phone.text(number, "angre")
    living.provider.faults.webhooks_lost = False

    for _ in range(3):
        await living.hub.routines.ask_what_was_missed("twilio", timedelta(hours=2))
        await living.settled()

    assert [arrival.text for arrival in await living.hub.desk.look(OPERATOR, list_arrivals)] == [
        "Kari er syk i dag",
        "angre",
    ]
    assert len(phone.received) == 2
    assert phone.received[1].body.startswith("Angret")


async def test_a_lost_report_is_found_in_the_log(living: LivingHub) -> None:
    living.provider.faults.callbacks_lost = 1.0
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await living.settled()
    before = {delivery.status for delivery in await living.hub.desk.look(OPERATOR, list_deliveries)}

    await living.hub.routines.ask_what_was_missed("twilio", timedelta(hours=2))

    assert Status.DELIVERED not in before
    after = {delivery.status for delivery in await living.hub.desk.look(OPERATOR, list_deliveries)}
    assert after == {Status.DELIVERED}


async def test_a_text_is_kept_though_its_caller_hangs_up_before_the_answer(caller: Caller) -> None:
    form = caller.message("Kari er syk i dag")
    body = urlencode(form).encode()
    place = urlsplit(caller.url)
    signature = caller.living.provider.sign(caller.url + MESSAGE, form)
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        f"POST {MESSAGE} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    writer.close()

    await caller.until_kept(1)
    await caller.living.settled()

    assert caller.living.phone("Anne Nordmann").received


async def test_reports_that_nobody_can_place_are_kept_and_change_nothing(caller: Caller) -> None:
    report = {"AccountSid": ACCOUNT, "MessageSid": "SM" + "f" * 32, "MessageStatus": "delivered"}

    answers = [
        await caller.tell(report, STATUS),
        await caller.tell(report, STATUS + "?m=01jx0000000000000000000000"),
        await caller.tell({**report, "MessageStatus": "levitating"}, STATUS),
        await caller.tell(report, STATUS + "?m=1&m=2"),
        await caller.tell(report, STATUS + "?m=" + "a" * 27),
        await caller.tell({**report, "MessageSid": ""}, STATUS),
        await caller.tell({**report, "ErrorCode": "DROP TABLE"}, STATUS),
    ]

    assert answers == [204, 204, 204, 400, 400, 400, 400]
    assert await caller.deliveries() == []
