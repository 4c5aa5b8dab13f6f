"""Whatever is bent on the way to the provider and back signs nobody in; the same way unbent, beside it, does."""

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt

from hub.clock import StoppedClock
from hub.desk import Look
from hub.sign_in.proofs import find_proof
from tests.eid_scene import CLIENT, NAME, Scene, playing
from tests.hub.sign_in.school import TEST
from tests.rehearsal.id_provider import Claims, make_key, synthetic_number
from tests.village import Village

MOTHER, FATHER = (synthetic_number(at) for at in range(2))
pytestmark = pytest.mark.one_store


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    async with playing(village) as scene:
        await scene.know("Anne Nordmann", MOTHER)
        await scene.know("Ola Nordmann", FATHER)
        yield scene


def part(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query)[name][0]


def in_one(way: str, **changed: str) -> str:
    """The same address with other parameters; one that is "" is left out."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(way).query).items()} | changed
    return f"{way.partition('?')[0]}?{urlencode({name: value for name, value in asked.items() if value})}"


async def test_the_way_unbent_signs_in(scene: Scene) -> None:
    answer = await (await scene.browser()).sign_in(MOTHER)

    assert (answer.status, len(scene.proven)) == (303, 1)


async def test_an_answer_counts_once(scene: Scene) -> None:
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER)
    cookies = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
    await browser.get(way_back)

    browser.session.cookie_jar.update_cookies(cookies)
    answer = await browser.get(way_back)

    assert await scene.refusal(answer) == "StartAgainError"
    assert len(scene.proven) == 1


async def test_a_strangers_answer_is_worth_nothing_in_another_browser(scene: Scene) -> None:
    """Nobody is signed in as somebody else, whether they never began or began one of their own."""
    attacker, victim = await scene.browser(), await scene.browser()
    way_back = await attacker.choose(await attacker.leave(), FATHER)

    never_began = await victim.get(way_back)
    first = await scene.refusal(never_began)
    await victim.leave()
    began = await victim.get(way_back)

    assert (first, await scene.refusal(began)) == ("StartAgainError", "StartAgainError")
    assert scene.proven == []


async def test_a_code_of_another_sign_in_is_not_taken_with_ones_own_state(scene: Scene) -> None:
    attacker, victim = await scene.browser(), await scene.browser()
    theirs = await attacker.choose(await attacker.leave(), FATHER)
    own = await victim.choose(await victim.leave(), MOTHER)

    answer = await victim.get(in_one(own, code=part(theirs, "code")))

    assert await scene.refusal(answer) == "NotAcceptedError"


@pytest.mark.parametrize("state", ["", "x", "x.y", "0" * 3000])
async def test_a_state_that_we_did_not_make_is_none(scene: Scene, state: str) -> None:
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER)

    answer = await browser.get(in_one(way_back, state=state))

    assert await scene.refusal(answer) == "StartAgainError"


async def test_a_state_is_over_after_ten_minutes(scene: Scene, clock: StoppedClock) -> None:
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER)

    clock.move(timedelta(minutes=10))

    assert await scene.refusal(await browser.get(way_back)) == "StartAgainError"


async def test_a_parameter_that_is_given_twice_is_refused(scene: Scene) -> None:
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER)

    answer = await browser.get(f"{way_back}&code=another")

    assert (answer.status, scene.proven) == (400, [])


@pytest.mark.parametrize("issuer", ["https://evil.example", ""])
async def test_an_answer_of_another_issuer_is_not_taken(scene: Scene, issuer: str) -> None:
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER)

    answer = await browser.get(in_one(way_back, iss=issuer))

    assert await scene.refusal(answer) == "NotAcceptedError"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://evil.example"),
        ("iss", None),
        ("aud", "another-client"),
        ("aud", ["another-client"]),
        ("aud", [CLIENT, "another-client"]),
        ("azp", "another-client"),
        ("exp", 1_000_000_000),
        ("exp", "tomorrow"),
        ("exp", None),
        ("iat", 1_000_000_000),
        ("iat", 9_000_000_000),
        ("iat", True),
        ("nbf", 9_000_000_000),
        ("auth_time", 9_000_000_000),
        ("nonce", "another"),
        ("nonce", None),
        ("nonce", ["a", "list"]),
        ("acr", "idporten-loa-enormous"),
        ("acr", None),
        ("acr", ["idporten-loa-high"]),
        ("sub", ""),
        ("sub", 7),
        ("sid", {"a": 1}),
    ],
)
async def test_a_token_with_a_wrong_claim_signs_nobody_in(scene: Scene, name: str, value: object) -> None:
    scene.provider.twist.claims = lambda claims: {**claims, name: value}

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "NotAcceptedError"


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "nonce", "acr", "sub"])
async def test_a_token_without_a_claim_signs_nobody_in(scene: Scene, name: str) -> None:
    scene.provider.twist.claims = lambda claims: {key: told for key, told in claims.items() if key != name}

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "NotAcceptedError"


async def test_several_audiences_are_right_when_the_token_says_it_is_for_us(scene: Scene) -> None:
    scene.provider.twist.claims = lambda claims: {**claims, "aud": [CLIENT, "another"], "azp": CLIENT}

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert answer.status == 303


async def test_a_level_that_is_too_low_is_refused_with_a_word_of_its_own(scene: Scene) -> None:
    scene.provider.twist.claims = lambda claims: {**claims, "acr": "idporten-loa-low"}

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "TooWeakError"


async def test_a_fresh_proof_that_the_provider_only_remembers_is_none(scene: Scene, clock: StoppedClock) -> None:
    seen = int(clock.now().timestamp()) - 3600
    scene.provider.twist.claims = lambda claims: {**claims, "auth_time": seen}

    ordinary = await (await scene.browser()).sign_in(MOTHER)
    fresh = await (await scene.browser()).sign_in(MOTHER, path=f"/sign-in/{NAME}?fresh=yes")

    assert ordinary.status == 303
    assert await scene.refusal(fresh) == "NotAcceptedError"
    assert scene.proven[0][0].at.timestamp() == seen


def by_hand(header: Claims, claims: Claims, seal: Callable[[bytes], bytes]) -> str:
    """As no library would sign."""
    head = b".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims))
    return f"{head.decode()}.{base64.urlsafe_b64encode(seal(head)).rstrip(b'=').decode()}"


def unsigned(_: Scene) -> Callable[[Claims], str]:
    return lambda claims: by_hand({"alg": "none"}, claims, lambda _: b"")


def with_the_public_key_as_a_secret(scene: Scene) -> Callable[[Claims], str]:
    secret = scene.provider.key.as_pem(private=False)
    header = {"alg": "HS256", "kid": scene.provider.key.kid}
    return lambda claims: by_hand(header, claims, lambda head: hmac.digest(secret, head, "sha256"))


def with_a_strangers_key(_: Scene) -> Callable[[Claims], str]:
    stranger = make_key("a stranger's")
    return lambda claims: jwt.encode({"alg": "RS256", "kid": stranger.kid}, claims, stranger)


def with_a_strangers_key_under_the_right_name(scene: Scene) -> Callable[[Claims], str]:
    stranger = make_key("a stranger's")
    return lambda claims: jwt.encode({"alg": "RS256", "kid": scene.provider.key.kid}, claims, stranger)


def with_a_key_of_its_own_inside(_: Scene) -> Callable[[Claims], str]:
    stranger = make_key("a stranger's")
    header = {"alg": "RS256", "jwk": stranger.as_dict(private=False)}
    return lambda claims: jwt.encode(header, claims, stranger)


def cut_short(scene: Scene) -> Callable[[Claims], str]:
    return lambda claims: scene.provider.sign(claims).rpartition(".")[0]


def with_other_claims_under_its_signature(scene: Scene) -> Callable[[Claims], str]:
    def sign(claims: Claims) -> str:
        head, _, signature = scene.provider.sign(claims).split(".")
        body = base64.urlsafe_b64encode(json.dumps({**claims, "pid": FATHER}).encode()).rstrip(b"=").decode()
        return f"{head}.{body}.{signature}"

    return sign


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        with_the_public_key_as_a_secret,
        with_a_strangers_key,
        with_a_strangers_key_under_the_right_name,
        with_a_key_of_its_own_inside,
        cut_short,
        with_other_claims_under_its_signature,
        lambda _: lambda _: "x" * 20_000,
        lambda _: lambda _: "",
    ],
)
async def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(
    scene: Scene, forge: Callable[[Scene], Callable[[Claims], str]]
) -> None:
    scene.provider.twist.sign = forge(scene)

    answer = await (await scene.browser()).sign_in(MOTHER)

    assert await scene.refusal(answer) == "NotAcceptedError"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/family/../../evil",
        "/staff",
        "javascript:alert(1)",
    ],
)
async def test_nobody_is_led_to_another_site(scene: Scene, back: str) -> None:
    browser = await scene.browser()

    answer = await browser.sign_in(MOTHER, path=f"/sign-in/{NAME}?{urlencode({'back': back})}")

    assert answer.headers["Location"].startswith("/family")


async def test_a_provider_that_is_no_name_of_ours_is_not_there(scene: Scene) -> None:
    browser = await scene.browser()

    answers = [await browser.get(path) for path in ("/sign-in/nobody", "/sign-in/nobody/back", "/sign-in/nobody/out")]

    assert [answer.status for answer in answers] == [404, 404, 404]


async def test_turning_back_at_the_provider_signs_nobody_in_and_uses_up_the_errand(scene: Scene) -> None:
    browser = await scene.browser()
    way_back = await browser.choose(await browser.leave(), MOTHER, means="")
    code = part(await browser.choose(await browser.leave(), MOTHER), "code")

    refused = await scene.refusal(await browser.get(way_back))
    again = await browser.get(in_one(way_back, error="", code=code))

    assert refused == "NotGivenError"
    assert await scene.refusal(again) == "StartAgainError"


@pytest.mark.parametrize(
    "bent",
    [
        {"nonce": "x"},
        {"events": {}},
        {"events": None},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"sub": None, "sid": None},
        {"iat": 1_000_000_000},
    ],
)
async def test_a_word_of_signing_out_that_is_none_signs_nobody_out(scene: Scene, bent: Claims) -> None:
    told = scene.overhear()
    browser = await scene.browser()
    await browser.sign_in(MOTHER)
    claims = {"sub": told[0]["sub"], **bent}

    answer = await post_sign_out(scene, scene.provider.sign_out_token(CLIENT, **claims))
    forged = await post_sign_out(scene, with_a_strangers_key(scene)({**told[0], "events": {}}))
    as_id_token = await post_sign_out(scene, scene.provider.sign(told[0]))

    assert (answer, forged, as_id_token) == (400, 400, 400)
    assert await scene.village.desk.look(TEST, is_signed_in, scene.proven[0][0].proof_id)


async def post_sign_out(scene: Scene, token: str) -> int:
    browser = await scene.browser()
    answer = await browser.session.post(f"{scene.site}/sign-in/{NAME}/back-channel", data={"logout_token": token})
    return answer.status


def is_signed_in(look: Look, proof_id: str) -> bool:
    return find_proof(look, proof_id) is not None


@pytest.mark.parametrize("settings", [{"client_secret": "a secret of the test"}, {"pushed": True}, {}])
async def test_we_prove_ourselves_as_the_provider_asks(village: Village, settings: dict[str, Any]) -> None:
    async with playing(village, **settings) as scene:
        await scene.know("Anne Nordmann", MOTHER)

        answer = await (await scene.browser()).sign_in(MOTHER)

        assert answer.status == 303
        assert ("/par" in scene.provider.fetched) == bool(settings.get("pushed"))


async def test_a_provider_that_wants_its_requests_pushed_gets_them_so(scene: Scene) -> None:
    scene.provider.wants_pushed = True
    browser = await scene.browser()

    there = await browser.leave()
    answer = await browser.get(await browser.choose(there, MOTHER))

    assert answer.status == 303
    assert set(parse_qs(urlsplit(there).query)) == {"client_id", "request_uri"}


async def test_what_leaves_for_the_provider_tells_it_no_secret_of_ours(scene: Scene) -> None:
    there = await (await scene.browser()).leave()

    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}

    assert asked["code_challenge_method"] == "S256"
    assert set(asked) == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method", "ui_locales"),
    }
