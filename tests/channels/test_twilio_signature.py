"""Only Twilio is let in: its published vectors, our address whatever a proxy says, every live key and no other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict
from twilio.request_validator import RequestValidator

from channels.sms.twilio_signature import SIGNATURE, SIGNATURE_SETTINGS, Form, Signatures
from tests.channels.twilio_rehearsal import PUBLIC_URL, a_twilio_rehearsal

CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
SHA1 = frozenset({"HMAC_SHA1"})
BOTH = frozenset({"HMAC_SHA1", "HMAC_SHA256"})
SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


@pytest.mark.parametrize(
    ("public_url", "path", "form", "signature"),
    [
        ("https://mycompany.com", "/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/", "/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            "https://mycompany.com",
            "/myapp.php?foo=1&bar=2",
            {**CALL, "Caller": "+12349013030", "From": "+12349013030"},
            "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
        ),
        (
            "https://mycompany.com",
            "/myapp.php?foo=1&bar=2",
            MultiDict([("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]),
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        ("https://mycompany.com", "/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("https://mycompany.com:443", "/myapp.php?foo=1&bar=2", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443", "/myapp.php?foo=1&bar=2", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", "/myapp.php?foo=1&bar=2", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234", "/myapp.php?foo=1&bar=2", CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (
            "https://hub.example.no",
            "/twilio/sms?inst=7",
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
def test_a_published_vector_is_genuine(public_url: str, path: str, form: dict[str, str], signature: str) -> None:
    signatures = Signatures(public_url, ["12345"], {}, SHA1)

    assert signatures.is_genuine(path, form, CIMultiDict({SIGNATURE: signature}))


FIELD = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(deadline=None)
@given(st.dictionaries(FIELD, FIELD, max_size=12), st.sampled_from(["https://mycompany.com", "http://localhost:8080"]))
def test_what_the_sdk_signs_is_genuine_and_with_any_field_changed_it_is_not(
    form: dict[str, str], public_url: str
) -> None:
    signatures = Signatures(public_url, ["an older token", "12345"], {}, SHA1)
    headers = CIMultiDict({SIGNATURE: RequestValidator("12345").compute_signature(f"{public_url}/sms?a=1", form)})

    assert signatures.is_genuine("/sms?a=1", Form(form), headers)
    assert not signatures.is_genuine("/sms?a=2", Form(form), headers)
    assert not signatures.is_genuine("/sms?a=1", Form({**form, "Body": form.get("Body", "") + "!"}), headers)


@pytest.mark.parametrize(
    "signature", ["", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B9=", "é" * 28, "RSOYDt4T1cUTdK1PDd93/VVr8B8"]
)
def test_any_other_signature_is_not(signature: str) -> None:
    signatures = Signatures("https://mycompany.com", ["12345"], {}, SHA1)

    assert not signatures.is_genuine("/myapp.php?foo=1&bar=2", CALL, CIMultiDict({SIGNATURE: signature}))


def test_no_signature_and_two_signatures_are_none() -> None:
    signatures = Signatures("https://mycompany.com", ["12345"], {}, SHA1)
    genuine = (SIGNATURE, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")

    assert not signatures.is_genuine("/myapp.php?foo=1&bar=2", CALL, CIMultiDict())
    assert not signatures.is_genuine("/myapp.php?foo=1&bar=2", CALL, CIMultiDict([genuine, genuine]))


def test_a_shared_key_counts_only_where_its_algorithm_is_enabled() -> None:
    headers = CIMultiDict({SIGNATURE: "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=", SIGNATURE_SETTINGS: SHARED})
    keys = {"webhooks_sharedkey_1": "12345"}
    path = "/myapp.php?foo=1&bar=2"

    assert Signatures("https://mycompany.com", ["other"], keys, BOTH).is_genuine(path, CALL, headers)
    assert not Signatures("https://mycompany.com", ["other"], keys, SHA1).is_genuine(path, CALL, headers)
    assert not Signatures("https://mycompany.com", ["12345"], {}, BOTH).is_genuine(path, CALL, headers)


def test_the_old_algorithm_can_be_closed() -> None:
    signatures = Signatures("https://mycompany.com", ["12345"], {}, frozenset({"HMAC_SHA256"}))
    headers = CIMultiDict({SIGNATURE: "RSOYDt4T1cUTdK1PDd93/VVr8B8="})

    assert not signatures.is_genuine("/myapp.php?foo=1&bar=2", CALL, headers)


async def test_what_a_proxy_or_a_stranger_says_of_our_address_does_not_matter() -> None:
    elsewhere = {
        "Host": "elsewhere.example.com",
        "X-Forwarded-Host": "elsewhere.example.com",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "127.0.0.1",
        "Forwarded": "host=elsewhere.example.com;proto=http",
    }
    async with a_twilio_rehearsal() as rehearsal:
        form = rehearsal.inbound_form("Syk")
        genuine = await rehearsal.post("/message", form, headers=elsewhere)
        forged = await rehearsal.post(
            "/message", form, headers=elsewhere, signed_url="http://elsewhere.example.com/sms/twilio/message"
        )

    assert (genuine.status, forged.status) == (200, 403)
    assert len(rehearsal.inbox.messages) == 1


async def test_a_query_is_signed_as_it_was_written() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        told = await rehearsal.post("/message?b=%7e&a=1%2C2", rehearsal.inbound_form("Syk"))

    assert told.status == 200


async def test_while_tokens_change_both_are_taken_and_later_only_the_new() -> None:
    async with a_twilio_rehearsal(auth_token=["rehearsal-token", "new-token"]) as rehearsal:
        form = rehearsal.inbound_form("Syk")
        answers = [
            (await rehearsal.post("/message", form, token=token)).status
            for token in ("rehearsal-token", "new-token", "older-token")
        ]

    async with a_twilio_rehearsal(auth_token="new-token") as rehearsal:
        old = await rehearsal.post("/message", rehearsal.inbound_form("Syk"), token="rehearsal-token")

    assert answers == [200, 200, 403]
    assert old.status == 403


async def test_the_providers_own_change_of_token_loses_nothing() -> None:
    async with a_twilio_rehearsal(auth_token=["rehearsal-token", "new-token"]) as rehearsal:
        phone = rehearsal.provider.phone("+4740000001")
        before = await phone.text("+4759000000", "en")
        rehearsal.provider.rotate_token("new-token")
        after = await phone.text("+4759000000", "to")

    assert (before, after) == (200, 200)


async def test_another_account_is_refused_though_rightly_signed() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        told = await rehearsal.post("/message", {**rehearsal.inbound_form("Syk"), "AccountSid": "AC2"})

    assert told.status == 403
    assert rehearsal.inbox.messages == []


async def test_a_changed_field_is_refused() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        form = rehearsal.inbound_form("Syk")
        signature = rehearsal.provider.sign(f"{PUBLIC_URL}/sms/twilio/message", form)
        told = await rehearsal.post("/message", {**form, "Body": "Frisk"}, headers={SIGNATURE: signature})

    assert told.status == 403


async def test_a_replay_brings_the_same_key_and_so_nothing_new() -> None:
    async with a_twilio_rehearsal() as rehearsal:
        rehearsal.provider.faults.webhooks_doubled = True
        await rehearsal.provider.phone("+4740000001").text("+4759000000", "Syk")

    first, again = rehearsal.inbox.messages
    assert first == again
    assert first.key == f"twilio:{rehearsal.provider.account_sid}:{first.provider_id}"
