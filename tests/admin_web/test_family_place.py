"""*A place* on the family pages: asked for by a form, it waits for staff whole, as words about it do, and shows its answer."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship, Right
from hub.post.messages import Thread, settle_waiting
from hub.talk.conversations import Conversation
from hub.talk.heard import Heard, ListenerAwayError
from tests.admin_web.family_pages import FamilyPages, bubbles_of
from tests.admin_web.windows import check, open_window
from tests.living_hub import OPERATOR, SharedListener
from tests.village import Village

ANNE, KARI = "Anne Nordmann", "Kari Nordmann"
WISH: dict[str, Any] = {
    "what": "apply",
    "day": "2025-08-18",
    "extent": "part",
    "hours": "mandag til onsdag",
    "words": "Vi har skiftet jobb",
}
SAID = "Søknad om plass for Kari ved {unit} fra man. 18. aug. 2025: deltidsplass. Dager og tider: mandag til onsdag."


def path(pages: FamilyPages, child: str = KARI) -> str:
    return f"/family/children/{pages.child(child)}/place"


def wish(pages: FamilyPages, **more: str) -> dict[str, Any]:
    return {**WISH, "unit_id": pages.living.village.unit("school").id, **more}


async def list_waiting(pages: FamilyPages) -> list[tuple[str | None, str]]:
    """Why the threads with staff wait, and which bots were talked with there."""

    def ask(look: Look) -> list[tuple[str | None, str]]:
        found = look.session.execute(
            sa.select(Thread.waits_why, Conversation.bot)
            .join(Conversation, Conversation.thread_id == Thread.id)
            .where(Thread.waits_since.is_not(None))
        )
        return [(why, bot) for why, bot in found]

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def test_a_place_is_asked_for_and_waits_for_staff_until_they_have_taken_care_of_it(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    page = await browser.post(path(pages), **wish(pages))
    again = await browser.post(path(pages), **wish(pages))
    waiting = await list_waiting(pages)
    book = await browser.get(f"/family/children/{pages.child(KARI)}")

    def take_care(work: Work) -> None:
        for thread in work.session.scalars(sa.select(Thread).where(Thread.waits_since.is_not(None))):
            settle_waiting(work, thread)

    await pages.living.hub.desk.work(OPERATOR, take_care)
    after = await browser.get(path(pages))

    said = SAID.format(unit=pages.living.village.unit("school").name)
    assert "Én henvendelse om plass for Kari venter på svar" in page.text
    assert again.status == 200
    assert waiting == [("place", "place")]
    bubbles = bubbles_of(book)
    assert ("guardian own", f"{said} Vi har skiftet jobb.") in bubbles
    assert any(kind == "bot" and text.startswith("Takk! Det du skrev om plass for Kari") for kind, text in bubbles)
    assert "Tatt hånd om" in after.text
    assert "venter på svar" not in after.text


async def test_what_only_a_strong_sign_in_shows_is_not_said_twice_either(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))
    told = wish(pages, words="Kari har fått diabetes og trenger kortere dager")

    first = await browser.post(path(pages), **told)
    await browser.post(path(pages), **told)

    assert "diabetes" not in first.text
    assert await list_waiting(pages) == [("place", "place")]


async def test_while_nobody_can_tell_whether_words_are_sensitive_they_are_guarded_as_if_they_were(
    pages: FamilyPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Heard:
        raise ListenerAwayError

    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))
    monkeypatch.setattr(SharedListener, "hear", away)

    page = await browser.post(path(pages), **wish(pages, words="Kari har fått diabetes"))

    assert page.status == 200
    assert "diabetes" not in page.text
    assert await list_waiting(pages) == [("place", "place")]


async def test_a_form_that_is_sent_several_times_at_once_says_it_once(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    await asyncio.gather(*(browser.post(path(pages), **wish(pages)) for _ in range(4)))

    assert await list_waiting(pages) == [("place", "place")]


@pytest.mark.parametrize(
    ("what", "said"),
    [("change", "Endring av plassen til Kari"), ("end", "Oppsigelse av plassen til Kari")],
)
async def test_a_place_is_changed_and_ended_by_the_same_form(pages: FamilyPages, what: str, said: str) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    page = await browser.post(path(pages), **wish(pages, what=what, extent="whole", words=""))

    assert said in page.text
    assert await list_waiting(pages) == [("place", "place")]


async def test_what_is_wrong_about_a_place_is_said_beside_its_field_and_stays_typed(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))
    told: dict[str, dict[str, Any]] = {
        "Velg hva du vil": {"what": ""},
        "Velg hel plass eller deltidsplass": {"extent": ""},
        "Skriv hvilke dager og tider": {"hours": " "},
        "Velg en dag": {"day": "til høsten"},
        "Denne dagen er passert": {"day": "2025-02-01"},
        "Det er for langt fram": {"day": "2029-02-01"},
    }

    shown = {said: await browser.post(path(pages), **wish(pages, **more)) for said, more in told.items()}

    for said, page in shown.items():
        assert page.status == 422
        assert said in page.text
        assert "Vi har skiftet jobb" in page.text
    assert 'value="til høsten"' in shown["Velg en dag"].text
    assert await list_waiting(pages) == []


async def test_nobody_without_the_right_asks_for_a_place_nor_at_a_unit_of_others(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    allowed = await browser.get(path(pages))
    elsewhere = await browser.post(path(pages), **wish(pages, unit_id=pages.living.village.unit("preschool").id))
    stranger = await (await pages.signed_in("Camilla Hansen")).get(path(pages))

    def take_right(work: Work, village: Village) -> None:
        own = sa.select(Guardianship.id).where(Guardianship.guardian_id == village.guardian(ANNE).id)
        work.session.execute(
            sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.ABSENCE)
        )

    await pages.living.hub.desk.work(OPERATOR, take_right, pages.living.village)
    await browser.get("/family")
    after, sent = await browser.get(path(pages)), await browser.post(path(pages), **wish(pages))

    assert (allowed.status, elsewhere.status, stranger.status) == (200, 404, 404)
    assert (after.status, sent.status) == (404, 404)
    assert await list_waiting(pages) == []


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_a_family_asks_for_a_place(
    browser: Browser, pages: FamilyPages, width: int
) -> None:
    signed_in = await pages.signed_in(ANNE)
    context, page, complaints = await open_window(browser, pages.url, width, script=False)
    for cookie in signed_in.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])

    await page.goto(path(pages))
    await page.get_by_label("Søke om plass").check()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Velg en dag.")).to_be_visible()
    await page.get_by_label("Fra hvilken dag?").fill("2025-08-18")
    await page.get_by_label("Hel plass").check()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Venter på svar", exact=True)).to_be_visible()
    await context.close()
    context, page, complaints = await open_window(browser, pages.url, width)
    for cookie in signed_in.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])
    await page.goto(path(pages))
    await check(page, complaints, f"family-place-{width}")
    await context.close()
