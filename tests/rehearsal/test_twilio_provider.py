"""The rehearsal provider, held to Twilio's own SDK: its client at one end, its signature check at the other."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from .manners import Manners
from .pretend_hub import GUARDIAN, NOON, SCHOOL, PretendHub, a_hub, the_sdk
from .texts import segments
from .twilio_provider import RehearsalProvider
from .webhooks import Webhooks

P = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            P | {"Caller": "+12349013030", "From": "+12349013030"},
            "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
        ),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", P, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", P, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (
            "https://hub.example.no/twilio/sms?inst=7",
            {
                "MessageSid": "SM1",
                "From": "+4740000001",
                "To": "+4759000000",
                "Body": "Hei på deg æøå",
                "NumMedia": "0",
            },
            "VHUP3rdXR0aV9LQBvAN7z7b14ps=",
        ),
    ],
)
def test_signatures_are_those_of_twilio(url: str, form: dict[str, str], signature: str) -> None:
    webhooks = Webhooks(lambda: "12345", lambda: "a key")

    assert webhooks.sign(url, form) == signature


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("€" * 76 + "a" + "€" * 77, 3),
        ("č" * 70, 1), ("č" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2), ("😀" * 67, 3),
        ("Hei på deg æøåÆØÅ", 1), ("Hei på deg – æøå", 1), ("Buorre beaivi, sámegiella", 1),
    ],
)  # fmt: skip
def test_parts_are_counted_as_the_network_counts_them(body: str, parts: int) -> None:
    assert segments(body) == parts


async def test_a_text_by_the_sdk_arrives_and_its_reports_come_signed_and_in_order(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    sent = await sdk.messages.create_async(
        to=GUARDIAN, from_=SCHOOL, body="Hei på deg", status_callback=f"{hub.url}/sms/twilio/status?m=d17"
    )
    arrived = await provider.phone(GUARDIAN).next_text()
    await provider.at_rest()

    assert (sent.status, sent.num_segments, sent.direction) == ("queued", "1", "outbound-api")
    assert sent.sid.startswith("SM")
    assert len(sent.sid) == 34
    assert sent.date_created == NOON
    assert (arrived.sender, arrived.body, arrived.sid) == (SCHOOL, "Hei på deg", sent.sid)
    assert hub.states == ["sending", "sent", "delivered"]
    assert {report["m"] for report in hub.reports} == {"d17"}
    assert hub.signed == [True, True, True]


async def test_a_typed_text_reaches_the_hub_signed_and_whole(provider: RehearsalProvider, hub: PretendHub) -> None:
    body = "  Kari & Per er syke 😀\n+ ? "

    status = await provider.phone(GUARDIAN).text(SCHOOL, body)

    assert status == 200
    assert hub.signed == [True]
    assert (hub.texts[0]["From"], hub.texts[0]["To"], hub.texts[0]["Body"]) == (GUARDIAN, SCHOOL, body)
    assert hub.texts[0]["SmsStatus"] == "received"
    assert provider.phone(GUARDIAN).said[0].hub_status == 200


async def test_what_the_hub_answers_in_twiml_is_sent(provider: RehearsalProvider, hub: PretendHub) -> None:
    hub.twiml = "<Response><Message>Tom &amp; Jerry</Message></Response>"

    await provider.phone(GUARDIAN).text(SCHOOL, "Hei")

    assert (await provider.phone(GUARDIAN).next_text()).body == "Tom & Jerry"


async def test_a_failing_webhook_falls_back_and_is_on_the_error_console(
    provider: RehearsalProvider, hub: PretendHub
) -> None:
    other = "+4759000001"
    provider.add_number(other, sms_url=f"{hub.url}/main", sms_fallback_url=f"{hub.url}/fallback")
    hub.status = 503

    status = await provider.phone(GUARDIAN).text(other, "Hei")

    assert status == 503
    assert [text["path"] for text in hub.texts] == ["/main", "/fallback"]
    assert (hub.texts[1]["ErrorCode"], hub.texts[1]["ErrorUrl"]) == ("11200", f"{hub.url}/main")
    assert hub.signed == [True, True]
    assert provider.alerts[0].code == 11200


async def test_a_hub_that_is_away_answers_nothing_and_the_text_stays_in_the_log(
    provider: RehearsalProvider, sdk: Client
) -> None:
    provider.add_number(SCHOOL, sms_url="http://127.0.0.1:9/message")

    status = await provider.phone(GUARDIAN).text(SCHOOL, "Hei")

    assert status == 0
    assert [text.body for text in await sdk.messages.list_async(to=SCHOOL)] == ["Hei"]


async def test_addresses_behind_a_proxy_are_signed_as_the_public_ones(provider: RehearsalProvider) -> None:
    async with a_hub(provider.auth_token) as hub:
        provider.add_number(SCHOOL, sms_url="https://hub.example.no/sms/twilio/message")
        provider.reach("https://hub.example.no", hub.url)
        reached, hub.url = hub.url, "https://hub.example.no"

        status = await provider.phone(GUARDIAN).text(SCHOOL, "Hei")

    assert reached.startswith("http://127.0.0.1")
    assert (status, hub.signed) == (200, [True])


async def test_a_list_is_paged_newest_first_and_filtered(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    for index in range(7):
        await provider.phone(GUARDIAN if index % 2 else "+4740000002").text(SCHOOL, str(index))

    everything = await sdk.messages.list_async(page_size=3)
    one_phone = await sdk.messages.list_async(from_=GUARDIAN, page_size=2)
    recent = await sdk.messages.list_async(to=SCHOOL, date_sent_after=NOON - timedelta(minutes=1))
    later = await sdk.messages.list_async(to=SCHOOL, date_sent_after=NOON + timedelta(minutes=1))

    assert [text.body for text in everything] == ["6", "5", "4", "3", "2", "1", "0"]
    assert [text.body for text in one_phone] == ["5", "3", "1"]
    assert len(recent) == 7
    assert later == []


async def test_what_comes_meanwhile_moves_no_page(provider: RehearsalProvider, hub: PretendHub, sdk: Client) -> None:
    for index in range(4):
        await provider.phone(GUARDIAN).text(SCHOOL, str(index))
    first = await sdk.messages.page_async(page_size=2)
    await provider.phone(GUARDIAN).text(SCHOOL, "a new one")

    second = await first.next_page_async()

    assert second is not None
    assert [text.body for text in second] == ["1", "0"]


async def test_a_message_can_be_fetched_emptied_and_deleted(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    sent = await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Hei")
    await provider.at_rest()

    fetched = await sdk.messages(sent.sid).fetch_async()
    emptied = await sdk.messages(sent.sid).update_async(body="")
    deleted = await sdk.messages(sent.sid).delete_async()

    assert (fetched.status, fetched.body) == ("delivered", "Hei")
    assert emptied.body == ""
    assert deleted
    with pytest.raises(TwilioRestException, match="not found"):
        await sdk.messages(sent.sid).fetch_async()
    assert provider.phone(GUARDIAN).received[0].body == "Hei"


async def test_numbers_are_listed_bought_changed_and_released(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    bought = await sdk.incoming_phone_numbers.create_async(phone_number="+4759000002", sms_url="http://old.example/")
    await sdk.incoming_phone_numbers(bought.sid).update_async(sms_url=f"{hub.url}/new", sms_method="POST")
    found = await sdk.incoming_phone_numbers.list_async(phone_number="+4759000002")
    await provider.phone(GUARDIAN).text("+4759000002", "Hei")
    every = await sdk.incoming_phone_numbers.list_async(page_size=1)
    await sdk.incoming_phone_numbers(bought.sid).delete_async()

    assert [(number.sms_url, number.sms_method) for number in found] == [(f"{hub.url}/new", "POST")]
    assert hub.texts[0]["path"] == "/new"
    assert [number.phone_number for number in every] == ["+4759000002", SCHOOL]
    assert [number.phone_number for number in await sdk.incoming_phone_numbers.list_async()] == [SCHOOL]


async def test_the_account_shows_itself_and_only_with_its_token(provider: RehearsalProvider, sdk: Client) -> None:
    account = await sdk.api.accounts(provider.account_sid).fetch_async()
    async with the_sdk(provider, "a wrong token") as stranger:
        with pytest.raises(TwilioRestException) as refused:
            await stranger.api.accounts(provider.account_sid).fetch_async()

    assert account.status == "active"
    assert (refused.value.status, refused.value.code) == (401, 20003)


async def test_after_a_rotation_webhooks_bear_the_new_token_and_the_api_takes_both(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    provider.rotate_token("a newer token")
    hub.token = "a newer token"

    await provider.phone(GUARDIAN).text(SCHOOL, "Hei")

    assert hub.signed == [True]
    assert len(await sdk.messages.list_async()) == 1
    async with the_sdk(provider) as with_new:
        assert len(await with_new.messages.list_async()) == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to": "4"}, 400, 21211),
        ({"to": "+47 abc"}, 400, 21211),
        ({"body": "a" * 1601}, 400, 21617),
        ({"body": ""}, 400, 21602),
        ({"from_": "+4759999999"}, 400, 21606),
        ({"from_": "Ministry of Schools"}, 400, 21212),
        ({"to": SCHOOL}, 400, 21266),
        ({"to": "+4722000000"}, 400, 21614),
        ({"to": "+12025550100"}, 403, 21408),
    ],
)
async def test_what_twilio_refuses_is_refused_with_its_code(fields: dict[str, str], status: int, code: int) -> None:
    async with RehearsalProvider(manners=Manners(countries=frozenset({"+47", "+46", "+358"}))) as provider:
        provider.add_number(SCHOOL)
        provider.add_landline("+4722000000")
        async with the_sdk(provider) as sdk:
            with pytest.raises(TwilioRestException) as refused:
                await sdk.messages.create_async(**({"to": GUARDIAN, "from_": SCHOOL, "body": "Hei"} | fields))

    assert (refused.value.status, refused.value.code) == (status, code)
    assert provider.texts == []


@pytest.mark.parametrize("number", ["2077", "59000000000123", "+4759000000000123"])
async def test_short_and_fourteen_digit_numbers_send_and_receive(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client, number: str
) -> None:
    provider.add_number(number, sms_url=f"{hub.url}/sms")

    await provider.phone(GUARDIAN).text(number, "Hei")
    await sdk.messages.create_async(to=GUARDIAN, from_=number, body="Hei selv")
    await sdk.messages.create_async(to=number, from_=SCHOOL, body="Til deg")

    assert hub.texts[0]["To"] == number
    assert (await provider.phone(GUARDIAN).next_text()).sender == number
    assert (await provider.phone(number).next_text()).body == "Til deg"


async def test_a_worded_sender_and_a_service_send(provider: RehearsalProvider, hub: PretendHub, sdk: Client) -> None:
    provider.add_worded_sender("Skolen")
    provider.add_service("MG" + "0" * 32, [SCHOOL])

    await sdk.messages.create_async(to=GUARDIAN, from_="Skolen", body="Hei")
    by_service = await sdk.messages.create_async(
        to=GUARDIAN, messaging_service_sid="MG" + "0" * 32, body="Hei", status_callback=f"{hub.url}/status"
    )
    await provider.at_rest()

    assert sorted(text.sender for text in provider.phone(GUARDIAN).received) == [SCHOOL, "Skolen"]
    assert (by_service.status, by_service.num_segments) == ("accepted", "0")
    assert hub.states == ["queued", "sending", "sent", "delivered"]


async def test_stop_blocks_until_start(provider: RehearsalProvider, hub: PretendHub, sdk: Client) -> None:
    phone = provider.phone(GUARDIAN)

    await phone.text(SCHOOL, " Stop ")
    stopped = await phone.next_text()
    with pytest.raises(TwilioRestException) as refused:
        await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Hei")
    await phone.text(SCHOOL, "START")
    await phone.next_text()
    await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Velkommen tilbake")

    assert "unsubscribed" in stopped.body
    assert refused.value.code == 21610
    assert (await phone.next_text()).body == "Velkommen tilbake"
    assert [text["Body"] for text in hub.texts] == [" Stop ", "START"]


async def test_stopp_and_lopeta_are_no_stop_words_of_the_provider(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    for word in ("STOPP", "LOPETA", "stop it", "YES"):
        await provider.phone(GUARDIAN).text(SCHOOL, word)

    await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Hei")

    assert (await provider.phone(GUARDIAN).next_text()).body == "Hei"


async def test_media_come_by_a_redirect_to_a_store_that_wants_no_credentials(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    await provider.phone(GUARDIAN).text(SCHOOL, "Se her", [("image/png", b"a picture")])
    form = hub.texts[0]
    basic = aiohttp.encode_basic_auth(provider.account_sid, provider.auth_token)

    async with aiohttp.ClientSession() as session:
        async with session.get(form["MediaUrl0"]) as without:
            refused = without.status
        async with session.get(form["MediaUrl0"], headers={"Authorization": basic}) as response:
            content, content_type = await response.read(), response.content_type
            store = str(response.url)
        async with session.get(store, headers={"Authorization": basic}) as response:
            with_credentials = response.status
    listed = await sdk.messages(form["MessageSid"]).media.list_async()
    await sdk.messages(form["MessageSid"]).media(listed[0].sid).delete_async()

    assert form["MessageSid"].startswith("MM")
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert (refused, with_credentials) == (401, 400)
    assert (content, content_type) == (b"a picture", "image/png")
    assert await sdk.messages(form["MessageSid"]).media.list_async() == []


async def test_a_run_without_a_seed_names_no_text_as_another_did() -> None:
    """Or a hub that has been there before would take the first texts of a new rehearsal for repeats."""
    named = []
    for _ in range(2):
        async with RehearsalProvider(clock=lambda: NOON) as provider:
            named.append(provider.log.new_sid("SM"))

    assert named[0] != named[1]
