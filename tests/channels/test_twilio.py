"""Twilio keeps the contract of channels, with its own payloads, signatures and errors."""

import base64
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from pydantic import ValidationError

from channels.sms.twilio import TwilioChannel
from channels.sms.twilio_message import STATUSES
from channels.sms.twilio_numbers import Webhook
from channels.sms.twilio_settings import TwilioSettings
from hub.address import SMS, Address
from hub.outside import Outside
from hub.post.channel import BusyError, Envelope, Inbound, RejectedError, TryLaterError, UnknownFateError
from hub.post.deliveries import Status
from tests.channels.contract import DELIVERY, ChannelContract, an_envelope
from tests.channels.twilio_rehearsal import FORM, GUARDIAN, PUBLIC_URL, SCHOOL, TwilioRehearsal, a_twilio_rehearsal

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


class TestTwilio(ChannelContract):
    @pytest.fixture
    async def rehearsal(self) -> AsyncIterator[TwilioRehearsal]:
        async with a_twilio_rehearsal() as rehearsal:
            yield rehearsal


@pytest.fixture
async def rehearsal() -> AsyncIterator[TwilioRehearsal]:
    async with a_twilio_rehearsal() as rehearsal:
        yield rehearsal


async def test_a_message_is_answered_with_empty_twiml(rehearsal: TwilioRehearsal) -> None:
    told = await rehearsal.say("Syk i dag")

    assert told.status == 200
    assert told.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert told.body == '<?xml version="1.0" encoding="UTF-8"?><Response />'


async def test_the_provider_itself_is_content_with_our_answers(rehearsal: TwilioRehearsal) -> None:
    status = await rehearsal.provider.phone(GUARDIAN.value).text(SCHOOL.value, "Syk i dag")
    await rehearsal.channel.send(an_envelope(rehearsal))
    await rehearsal.at_rest()

    assert status == 200
    assert rehearsal.provider.alerts == []


async def test_a_fault_of_ours_is_told_in_no_words(rehearsal: TwilioRehearsal) -> None:
    rehearsal.inbox.trouble = RuntimeError("Ella")

    told = await rehearsal.say("Syk i dag")

    assert (told.status, told.body) == (500, "500: Internal Server Error")


async def test_a_busy_hub_says_when_to_come_back(rehearsal: TwilioRehearsal) -> None:
    rehearsal.inbox.trouble = BusyError()

    told = await rehearsal.say("Syk i dag")

    assert told.status == 503
    assert int(told.headers["Retry-After"]) > 0


async def test_each_of_several_numbers_is_told_apart(rehearsal: TwilioRehearsal) -> None:
    fine = rehearsal.inbound_form("Hei")
    for sid, number in (("SM1", "+4759000000"), ("SM2", "+46701740605"), ("SM3", "12345")):
        await rehearsal.post("/message", {**fine, "MessageSid": sid, "To": number})

    assert [kept.recipient.value for kept in rehearsal.inbox.messages] == ["+4759000000", "+46701740605", "12345"]


async def test_a_14_digit_number_loses_its_country_code_and_gets_it_back(rehearsal: TwilioRehearsal) -> None:
    await rehearsal.post("/message", {**rehearsal.inbound_form("Hei"), "To": "+4759000000000001"})
    (kept,) = rehearsal.inbox.messages

    rehearsal.provider.add_number("+4759000000000001")
    await rehearsal.channel.send(Envelope(DELIVERY, kept.recipient, kept.sender, "Hei igjen"))

    assert kept.recipient == Address(SMS, "59000000000001")
    assert rehearsal.provider.texts[-1].sender == "+4759000000000001"


async def test_a_nul_is_shown_by_its_symbol_for_no_store_can_hold_it(rehearsal: TwilioRehearsal) -> None:
    await rehearsal.post("/message", rehearsal.inbound_form("a\x00b"))

    assert rehearsal.inbox.messages[0].text == "a␀b"


async def test_a_long_text_wrapped_as_media_is_unwrapped(rehearsal: TwilioRehearsal) -> None:
    text = "Hei! Kari har vondt i magen og blir hjemme både i dag og i morgen. Hilsen far"
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "text/plain"}
    wrapped = base64.b64encode(text.encode()).decode()

    await rehearsal.post("/message", {**rehearsal.inbound_form(wrapped, "MM1"), **media})
    await rehearsal.post("/message", rehearsal.inbound_form(wrapped, "SM1"))

    assert [kept.text for kept in rehearsal.inbox.messages] == [text, wrapped]


async def test_media_are_linked_with_the_type_that_the_provider_claims(rehearsal: TwilioRehearsal) -> None:
    await rehearsal.provider.phone(GUARDIAN.value).text(SCHOOL.value, "Se her", [("image/jpeg", JPEG), ("x/y", b"z")])

    (kept,) = rehearsal.inbox.messages
    missed = await rehearsal.channel.missed(rehearsal.now() - timedelta(hours=1))
    assert [link.content_type for link in kept.media] == ["image/jpeg", "x/y"]
    assert missed == [kept]


async def test_a_stop_that_the_provider_heard_is_passed_on(rehearsal: TwilioRehearsal) -> None:
    await rehearsal.post("/message", {**rehearsal.inbound_form("STOP"), "OptOutType": "STOP"})

    assert rehearsal.inbox.messages[0].opt_out == "STOP"


async def test_a_tag_that_cannot_be_ours_is_refused(rehearsal: TwilioRehearsal) -> None:
    form = {**rehearsal.inbound_form("x", "SM1"), "MessageStatus": "delivered"}

    for query in ("m=a&m=b", "m=" + "a" * 27, "m=%00"):
        assert (await rehearsal.post(f"/status?{query}", form)).status == 400

    assert rehearsal.inbox.reports == []


@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_body_past_64_kib_is_refused_unread(rehearsal: TwilioRehearsal, is_announced: bool) -> None:
    async def pour() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    headers = {"Content-Type": FORM, "X-Twilio-Signature": "x"}
    body = b"x" * 65_537 if is_announced else pour()
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{rehearsal.hub_url}/sms/twilio/message", data=body, headers=headers) as response,
    ):
        assert response.status == 413

    assert rehearsal.inbox.messages == []


async def test_a_packed_body_is_refused(rehearsal: TwilioRehearsal) -> None:
    packed = gzip.compress(b"Body=" + b"x" * 1_000_000)

    told = await rehearsal.post("/message", body=packed, headers={"Content-Encoding": "gzip"})

    assert told.status == 415


async def test_a_field_given_twice_is_refused_though_rightly_signed(rehearsal: TwilioRehearsal) -> None:
    fine = list(rehearsal.inbound_form("Syk").items())

    twice = await rehearsal.post("/message", [*fine, ("Body", "Frisk")])
    unknown_twice = await rehearsal.post("/message", [*fine, ("Digits", "5678"), ("Digits", "1234")])

    assert twice.status == 400
    assert unknown_twice.status == 200
    assert [kept.text for kept in rehearsal.inbox.messages] == ["Syk"]


async def test_a_status_told_twice_has_one_key_and_another_status_another(rehearsal: TwilioRehearsal) -> None:
    form = {**rehearsal.inbound_form("x", "SM1"), "MessageStatus": "sent"}
    answers = [await rehearsal.post(f"/status?m={DELIVERY}", form) for _ in range(2)]
    answers.append(await rehearsal.post("/status", {**form, "MessageStatus": "undelivered", "ErrorCode": "30003"}))

    first, again, last = rehearsal.inbox.reports
    assert [told.status for told in answers] == [204, 204, 204]
    assert first == again
    assert first.delivery_id == DELIVERY
    assert (last.delivery_id, last.status, last.error) == (None, "undelivered", "30003")
    assert last.key != first.key


async def test_our_tag_is_covered_by_the_signature(rehearsal: TwilioRehearsal) -> None:
    form = {**rehearsal.inbound_form("x", "SM1"), "MessageStatus": "delivered"}

    told = await rehearsal.post("/status?m=other", form, signed_url=f"{PUBLIC_URL}/sms/twilio/status?m={DELIVERY}")

    assert told.status == 403
    assert rehearsal.inbox.reports == []


async def test_a_status_of_tomorrow_is_no_fault(rehearsal: TwilioRehearsal) -> None:
    told = await rehearsal.post("/status", {**rehearsal.inbound_form("x"), "MessageStatus": "teleported"})

    assert told.status == 204
    assert rehearsal.inbox.reports == []


def test_every_known_status_of_twilio_is_one_of_ours() -> None:
    assert set(STATUSES.values()) <= set(Status)


async def test_reports_before_the_answer_and_out_of_order_all_come_through(rehearsal: TwilioRehearsal) -> None:
    faults = rehearsal.provider.faults
    faults.callbacks_before_answer = faults.callbacks_shuffled = True
    faults.callbacks_doubled = 1.0

    receipt = await rehearsal.channel.send(an_envelope(rehearsal))
    await rehearsal.at_rest()

    assert {report.provider_id for report in rehearsal.inbox.reports} == {receipt.provider_id}
    assert len({report.key for report in rehearsal.inbox.reports}) == 3
    assert len(rehearsal.inbox.reports) == 6


async def test_silence_past_the_limit_leaves_the_fate_unknown_and_findable() -> None:
    async with a_twilio_rehearsal(answer_seconds=2.0) as rehearsal:
        envelope = an_envelope(rehearsal)
        rehearsal.provider.faults.silence()

        with pytest.raises(UnknownFateError):
            await rehearsal.channel.send(envelope)
        await rehearsal.at_rest()

        assert await rehearsal.channel.find(envelope) is not None


async def test_a_provider_that_does_not_listen_was_surely_not_told() -> None:
    async with a_twilio_rehearsal(api_url="http://127.0.0.1:1") as rehearsal:
        with pytest.raises(TryLaterError) as caught:
            await rehearsal.channel.send(an_envelope(rehearsal))

    assert caught.value.reason == "no_connection"


async def test_a_private_api_that_no_setting_names_is_never_reached(rehearsal: TwilioRehearsal) -> None:
    async with Outside() as guarded:
        channel = TwilioChannel(rehearsal.settings, guarded, PUBLIC_URL)
        with pytest.raises(TryLaterError) as caught:
            await channel.send(an_envelope(rehearsal))

    assert (caught.value.reason, caught.value.whole_channel) == ("forbidden_host", True)
    assert rehearsal.provider.texts == []


async def test_a_text_that_is_no_unicode_is_rejected_before_it_leaves(rehearsal: TwilioRehearsal) -> None:
    with pytest.raises(RejectedError):
        await rehearsal.channel.send(an_envelope(rehearsal, text="\ud800"))


async def test_an_earlier_text_alike_is_not_taken_for_a_later_attempt(rehearsal: TwilioRehearsal) -> None:
    await rehearsal.channel.send(an_envelope(rehearsal))
    rehearsal.provider.texts[-1].created_at -= timedelta(seconds=10)
    later = TwilioChannel(rehearsal.settings, rehearsal.outside, PUBLIC_URL)

    assert await later.find(an_envelope(rehearsal)) is None


async def test_after_a_restart_a_lost_send_is_still_found(rehearsal: TwilioRehearsal) -> None:
    envelope = an_envelope(rehearsal)
    sent = await rehearsal.channel.send(envelope)
    restarted = TwilioChannel(rehearsal.settings, rehearsal.outside, PUBLIC_URL)

    found = await restarted.find(envelope)

    assert found is not None
    assert found.provider_id == sent.provider_id


async def test_a_log_of_several_pages_is_read_to_its_end(rehearsal: TwilioRehearsal) -> None:
    for number in range(205):
        await rehearsal.say_unheard(f"nr {number}")

    missed = await rehearsal.channel.missed(rehearsal.now() - timedelta(hours=1))

    assert len({entry.key for entry in missed}) == 205


async def test_one_odd_entry_does_not_hide_the_rest_of_the_log(rehearsal: TwilioRehearsal) -> None:
    await rehearsal.say_unheard("first")
    rehearsal.provider.texts[-1].sender = "\n"
    await rehearsal.say_unheard("second")

    missed = await rehearsal.channel.missed(rehearsal.now() - timedelta(hours=1))

    assert [entry.text for entry in missed if isinstance(entry, Inbound)] == ["second"]


async def test_a_messaging_service_sends_from_the_number_of_the_thread() -> None:
    async with a_twilio_rehearsal(messaging_service_sid="MG1") as rehearsal:
        receipt = await rehearsal.channel.send(an_envelope(rehearsal))

        text = rehearsal.provider.texts[-1]
        assert (text.service_sid, text.sender, receipt.status) == ("MG1", SCHOOL.value, "accepted")


async def test_a_wrong_token_is_told_of_and_stops_the_whole_channel() -> None:
    async with a_twilio_rehearsal(auth_token="wrong") as rehearsal:
        sentences = await rehearsal.channel.check()
        with pytest.raises(TryLaterError) as caught:
            await rehearsal.channel.send(an_envelope(rehearsal))

    assert sentences == ["Twilio refuses the account or its token (20003)."]
    assert caught.value.whole_channel


async def test_a_number_that_tells_somebody_else_is_shown_and_pointed_here(rehearsal: TwilioRehearsal) -> None:
    rehearsal.provider.add_number("+4759000001", sms_url="https://old.example.org/sms")
    wanted = f"{PUBLIC_URL}/sms/twilio/message"

    before = await rehearsal.channel.webhooks([SCHOOL.value, "+4759000001", "+4759000002"])
    await rehearsal.channel.point_here("+4759000001")
    after = await rehearsal.channel.webhooks(["+4759000001"])

    assert [(webhook.current, webhook.is_right) for webhook in before] == [
        (wanted, True), ("https://old.example.org/sms", False), (None, False),
    ]  # fmt: skip
    assert after == [Webhook("+4759000001", wanted, wanted)]
    with pytest.raises(RejectedError):
        await rehearsal.channel.point_here("+4759000002")


async def test_a_number_that_takes_calls_tells_us_of_those_too(rehearsal: TwilioRehearsal) -> None:
    texts, calls = f"{PUBLIC_URL}/sms/twilio/message", f"{PUBLIC_URL}/sms/twilio/voice"
    rehearsal.provider.add_number("+4759000001", sms_url=texts, voice_url="https://old.example.org/voice")

    (before,) = await rehearsal.channel.webhooks(["+4759000001"])
    await rehearsal.channel.point_here("+4759000001")
    (after,) = await rehearsal.channel.webhooks(["+4759000001"])

    assert (before.current, before.is_right) == (texts, False)
    assert (after.current_calls, after.is_right) == (calls, True)


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(ValidationError):
        TwilioSettings.model_validate({"account_sid": "AC1", "auth_token": "x", "colour": "red"})


@pytest.mark.parametrize("token", ["", []])
def test_an_empty_secret_is_an_error(token: object) -> None:
    with pytest.raises(ValidationError):
        TwilioSettings.model_validate({"account_sid": "AC1", "auth_token": token})


def test_settings_print_no_secret() -> None:
    settings = TwilioSettings.model_validate({"account_sid": "AC1", "auth_token": ["hush-1", "hush-2"]})

    assert "hush" not in repr(settings)
