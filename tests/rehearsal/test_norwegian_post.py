"""The pretend post of Norway is as strict as the real one, and whoever rehearses sees on its page what came."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth
from joserfc import jwt

from hub.clock import StoppedClock

from .id_provider import make_key, synthetic_number
from .norwegian_post import NorwegianPost
from .norwegian_registers import GRANT, SCOPES, Person

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SOMEBODY = synthetic_number(1)
KEY = make_key("letters")
ID = "5a5e2f1e-3c0b-4f6a-9a59-6e9d1c0f9a01"
Claims = dict[str, Any]


@dataclass
class Scene:
    post: NorwegianPost
    clock: StoppedClock
    http: ClientSession

    def claims(self) -> Claims:
        now = int(self.clock.now().timestamp())
        issuer, scope = f"{self.post.url}/", " ".join(SCOPES)
        return {
            "aud": issuer,
            "iss": "budbok-rehearsal",
            "scope": scope,
            "iat": now,
            "exp": now + 120,
            "jti": f"{now}",
        }

    async def ask_for_token(self, claims: Claims, kid: str = "first", key: Any = KEY) -> tuple[int, dict[str, Any]]:
        assertion = jwt.encode({"alg": "RS256", "kid": kid}, claims, key)
        form = {"grant_type": GRANT, "assertion": assertion}
        async with self.http.post(f"{self.post.url}/token", data=form) as answer:
            return answer.status, await answer.json()

    async def do(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        headers = {"Authorization": encode_basic_auth(self.post.user, self.post.password), **more.pop("headers", {})}
        async with self.http.request(
            method, f"{self.post.url}{path}", headers=headers, allow_redirects=False, **more
        ) as answer:
            return answer.status, await answer.text()

    async def bring(self) -> None:
        """A letter, by the three calls."""
        assert (await self.do("POST", "/api/messages/out", json=document()))[0] == 200
        headers = {"Content-Type": "application/pdf", "Content-Disposition": 'attachment; filename="brev.pdf"'}
        path = f"/api/messages/out/{ID}"
        assert (await self.do("PUT", f"{path}?title=Brev", data=b"%PDF", headers=headers))[0] == 200
        assert (await self.do("POST", path))[0] == 200


def document() -> dict[str, Any]:
    scope = {
        "type": "ConversationId",
        "instanceIdentifier": "7f9d3c1a-9f1e-4a55-8a51-0d4f0c2b7e11",
        "identifier": "urn:no:difi:profile:digitalpost:vedtak:ver1.0",
        "scopeInformation": [{"expectedResponseDateTime": "2026-11-24T12:00:00+01:00"}],
    }
    return {
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{"identifier": {"authority": "iso6523-actorid-upis", "value": SOMEBODY}}],
            "documentIdentification": {
                "standard": "urn:no:difi:digitalpost:xsd:digital::digital",
                "typeVersion": "1.0",
                "instanceIdentifier": ID,
                "type": "digital",
            },
            "businessScope": {"scope": [scope]},
        },
        "digital": {
            "sikkerhetsnivaa": 4,
            "hoveddokument": "brev.pdf",
            "tittel": "Brev <fra> Fjordvik",
            "spraak": "nb",
            "digitalPostInfo": {"virkningsdato": "2026-11-23", "aapningskvittering": True},
            "varsler": {"epostTekst": "Et brev", "smsTekst": "Et brev"},
        },
    }


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    clock = StoppedClock(NOW)
    async with NorwegianPost(clock.now) as post, ClientSession() as http:
        post.office.register("first", KEY)
        post.people[SOMEBODY] = Person("Kari <Nordmann>")
        yield Scene(post, clock, http)


async def test_a_grant_serves_once(scene: Scene) -> None:
    status, told = await scene.ask_for_token(scene.claims())
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", 599)

    status, told = await scene.ask_for_token(scene.claims())

    assert status == 400
    assert told["error_description"].startswith("MP-012")


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (lambda claims: {**claims, "iss": "another"}, "MP-100"),
        (lambda claims: {**claims, "aud": claims["aud"].rstrip("/")}, "MP-110"),
        (lambda claims: {**claims, "exp": claims["iat"] + 121}, "MP-130"),
        (lambda claims: {**claims, "iat": claims["iat"] - 11}, "MP-130"),
        (lambda claims: {**claims, "iat": claims["iat"] + 11, "exp": claims["exp"] + 11}, "MP-130"),
        (lambda claims: {**claims, "jti": ""}, "MP-012"),
        (lambda claims: {**claims, "scope": "skatt:alt"}, "MP-200"),
    ],
)
async def test_a_claim_that_is_not_right_gets_no_token(
    scene: Scene, bend: Callable[[Claims], Claims], code: str
) -> None:
    status, told = await scene.ask_for_token(bend(scene.claims()))

    assert status == 400
    assert told["error_description"].startswith(code)


async def test_a_signature_by_another_key_gets_no_token(scene: Scene) -> None:
    assert (await scene.ask_for_token(scene.claims(), key=make_key("another")))[0] == 400
    assert (await scene.ask_for_token(scene.claims(), kid="unknown"))[0] == 400


async def test_a_token_ends(scene: Scene) -> None:
    _, told = await scene.ask_for_token(scene.claims())
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    asked = {"personidentifikatorer": [SOMEBODY]}
    assert (await scene.do("POST", "/rest/v2/personer", json=asked, headers=headers))[0] == 200

    scene.clock.move(timedelta(seconds=599))

    assert (await scene.do("POST", "/rest/v2/personer", json=asked, headers=headers))[0] == 401


async def test_the_register_takes_a_thousand_and_no_more(scene: Scene) -> None:
    _, told = await scene.ask_for_token(scene.claims())
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    for count, status in ((0, 400), (1, 200), (1000, 200), (1001, 400)):
        asked = {"personidentifikatorer": [SOMEBODY] * count}
        assert (await scene.do("POST", "/rest/v2/personer", json=asked, headers=headers))[0] == status
    wrong = {"personidentifikatorer": ["12345"]}
    assert (await scene.do("POST", "/rest/v2/personer", json=wrong, headers=headers))[0] == 400


async def test_who_is_not_signed_in_is_told_nothing_by_the_integration_point(scene: Scene) -> None:
    for header in ("", "Basic xx", encode_basic_auth(scene.post.user, "wrong")):
        status, _ = await scene.do("GET", "/api/statuses", headers={"Authorization": header})
        assert status == 401


async def test_a_letter_is_seen_on_the_page_and_opened_there(scene: Scene) -> None:
    await scene.bring()
    _, page = await scene.do("GET", "/")
    assert "Kari &lt;Nordmann&gt;" in page
    assert "Brev &lt;fra&gt; Fjordvik" in page
    assert (await scene.do("GET", f"/letters/{ID}/file"))[0] == 404

    assert (await scene.do("POST", f"/letters/{ID}/open"))[0] == 303

    assert await scene.do("GET", f"/letters/{ID}/file") == (200, "%PDF")
    assert scene.post.statuses.names_of(ID) == ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT", "LEST"]
    assert '"opened": "2026-11-23T07:00:00+00:00"' in (await scene.do("GET", "/letters.json"))[1]
    await scene.do("POST", f"/letters/{ID}/open")
    assert scene.post.statuses.names_of(ID).count("LEST") == 1


async def test_somebody_reserves_themselves_on_the_page_and_back(scene: Scene) -> None:
    for is_reserved in (True, False):
        assert (await scene.do("POST", f"/people/{SOMEBODY}/is_reserved"))[0] == 303
        assert scene.post.people[SOMEBODY].is_reserved is is_reserved
    assert (await scene.do("POST", f"/people/{SOMEBODY}/name"))[0] == 404
    assert (await scene.do("POST", "/letters/none/open"))[0] == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["digital"].pop("spraak"),
        lambda told: told["digital"].update(sikkerhetsnivaa=2),
        lambda told: told["digital"]["digitalPostInfo"].update(virkningsdato="soon"),
        lambda told: told["digital"]["varsler"].update(smsTekst=" "),
        lambda told: told.update(print={}),
        lambda told: told["standardBusinessDocumentHeader"].pop("receiver"),
        lambda told: told["standardBusinessDocumentHeader"]["documentIdentification"].update(type="digital_dpv"),
        lambda told: told["standardBusinessDocumentHeader"]["businessScope"]["scope"][0].update(identifier="x"),
    ],
)
async def test_a_document_that_is_not_right_is_refused(scene: Scene, change: Callable[[Any], object]) -> None:
    told = document()
    change(told)

    assert (await scene.do("POST", "/api/messages/out", json=told))[0] == 400
    assert scene.post.letters == {}
