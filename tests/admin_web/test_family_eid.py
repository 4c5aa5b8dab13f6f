"""The family pages by a national eID: a session of one's own, what only a strong one shows, and every way that it ends."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.messages import Message
from hub.sign_in.family_sessions import FamilySession
from hub.sign_in.proofs import is_proven
from tests.admin_web.eid_pages import (
    CLIENT,
    FATHER,
    MOTHER,
    OF_A_PROTECTED,
    SIGN_IN,
    STRANGER,
    Scene,
)
from tests.admin_web.family_pages import SESSION, block
from tests.living_hub import OPERATOR
from tests.stories.test_a_letter_is_opened_in_the_app import ANNE, letter_to, refuse
from tests.stories.test_a_letter_is_opened_in_the_app import SECRET as SECRET_REASON


async def test_a_mother_signs_in_by_the_button_and_sees_her_child(scene: Scene) -> None:
    browser = scene.pages.browser()
    page = await browser.get("/family/sign-in")
    button = re.search(r'href="(/sign-in/[^"]+)">([^<]+)<', page.text)
    assert button is not None

    home = await scene.sign_in(MOTHER, path=button[1], browser=browser)

    assert button[2] == "Logg inn med ID-porten"
    assert (home.status, home.path) == (200, "/family")
    assert "Kari" in home.text
    assert MOTHER not in home.text
    assert "no-store" in home.headers["Cache-Control"]


async def test_whoever_is_nobody_here_reads_a_calm_page_and_is_not_signed_in(scene: Scene) -> None:
    browser = scene.pages.browser()

    page = await scene.sign_in(STRANGER, browser=browser)

    assert page.status == 403
    assert "Vi fant deg ikke blant de foresatte" in page.text
    assert "kontoret på skolen eller barnehagen" in page.text
    assert browser.cookie(SESSION) is None
    assert (await browser.get("/family", follow=False)).status == 303


async def test_a_provider_that_is_down_leads_to_a_calm_page_while_the_code_still_works(scene: Scene) -> None:
    scene.provider.twist.is_down = True
    page = await scene.pages.browser().get(SIGN_IN)

    browser = await scene.pages.signed_in("Anne Nordmann")

    assert page.status == 503
    assert "Innloggingstjenesten svarer ikke" in page.text
    assert (await browser.get("/family")).status == 200


async def test_what_is_sensitive_is_read_by_a_strong_sign_in_alone(scene: Scene) -> None:
    by_code = await scene.pages.signed_in("Anne Nordmann")
    await scene.pages.write(by_code, "Kari Nordmann", "Kari har fått nye medisiner.")
    await scene.pages.living.hub.desk.work(OPERATOR, make_sensitive)
    path = f"/family/children/{scene.pages.child('Kari Nordmann')}"

    pages = [
        await by_code.get(path),
        await (await scene.signed_in(MOTHER, "MinID")).get(path),
        await (await scene.signed_in(MOTHER, "BankID")).get(path),
    ]

    assert ["nye medisiner" in page.text for page in pages] == [False, False, True]
    assert ["X-Budbok-Keep" in page.headers for page in pages] == [True, True, False]


async def test_a_letter_is_read_whole_by_a_strong_sign_in_alone(scene: Scene) -> None:
    await refuse(scene.pages)
    path = f"/family/letters/{(await letter_to(scene.pages, ANNE)).id}"
    by_code = await scene.pages.signed_in(ANNE)
    await by_code.get(path)
    opened = await by_code.post(f"{path}/open")

    strong = await (await scene.signed_in(MOTHER)).get(path)

    assert "Søknaden er avslått" in opened.text
    assert SECRET_REASON not in opened.text
    assert SECRET_REASON in strong.text


async def test_a_protected_childs_mother_sees_her_child_by_a_strong_sign_in_alone(scene: Scene) -> None:
    weak = await scene.sign_in(OF_A_PROTECTED, "MinID")
    strong = await scene.signed_in(OF_A_PROTECTED)

    assert weak.status == 403
    assert "Ada" not in weak.text
    assert "Ada" in (await strong.get("/family")).text


async def test_a_father_sees_the_child_that_he_is_not_kept_from_and_a_new_block_ends_what_is_open(scene: Scene) -> None:
    browser = await scene.signed_in(FATHER)
    before = await browser.get("/family")

    await scene.pages.living.hub.desk.work(OPERATOR, block, scene.village, "Roger Sand", "Fredrik Sand")
    after = await browser.get("/family")
    again = await scene.sign_in(FATHER)

    assert "Fredrik" in before.text
    assert "Tiril" not in before.text
    assert after.path.startswith("/family/sign-in")
    assert again.status == 403


async def test_signing_in_anew_ends_the_session_before_and_gives_a_new_one(scene: Scene, clock: StoppedClock) -> None:
    browser = await scene.signed_in(MOTHER)
    first = browser.cookie(SESSION)
    clock.move(timedelta(minutes=11))

    page = await scene.sign_in(MOTHER, path=f"{SIGN_IN}?back=/family/letters&fresh=yes", browser=browser)

    sessions = await scene.pages.living.hub.desk.look(OPERATOR, all_sessions)
    proven = [
        await scene.pages.living.hub.desk.look(OPERATOR, is_proven, proof_id, timedelta(minutes=10))
        for proof_id, _ in sessions
    ]
    assert (page.status, page.path) == (200, "/family/letters")
    assert browser.cookie(SESSION) != first
    assert [is_over for _, is_over in sessions] == [True, False]
    assert proven == [False, True]


async def test_signing_out_here_offers_the_providers_own_way_out(scene: Scene) -> None:
    browser = await scene.signed_in(MOTHER)

    page = await browser.post("/family/sign-out")
    out = await browser.get(f"{SIGN_IN}/out", follow=False)

    assert "Logg ut av ID-porten" in page.text
    assert out.headers["Location"].startswith(f"{scene.provider.issuer}/logout?")
    assert (await browser.get("/family")).path.startswith("/family/sign-in")


async def test_the_providers_word_ends_what_is_open_at_once(scene: Scene) -> None:
    tokens: list[dict[str, str]] = []
    scene.provider.twist.claims = lambda claims: tokens.append(claims) or claims  # type: ignore[func-returns-value]
    browser = await scene.signed_in(MOTHER)
    token = scene.provider.sign_out_token(CLIENT, sid=tokens[0]["sid"])

    async with browser.session.post(f"{SIGN_IN}/back-channel", data={"logout_token": token}) as answer:
        status = answer.status

    assert status == 200
    assert (await browser.get("/family")).path.startswith("/family/sign-in")


@pytest.mark.one_store
async def test_another_site_leads_nobody_away(scene: Scene) -> None:
    page = await scene.sign_in(MOTHER, path=f"{SIGN_IN}?back=https://evil.example/")

    assert page.path == "/family"


def make_sensitive(work: Work) -> None:
    work.session.execute(sa.update(Message).where(Message.text.like("%medisiner%")).values(sensitive=True))


def all_sessions(look: Look) -> list[tuple[str | None, bool]]:
    rows = look.session.scalars(sa.select(FamilySession).order_by(FamilySession.id))
    return [(one.proof_id, one.ended_at is not None) for one in rows]
