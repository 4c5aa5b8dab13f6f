"""*Leave* on the family pages: what is wrong is said beside its field and stays typed; who may not apply finds nothing."""

import asyncio
import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.desk import Look, Work
from hub.people.families import Child, GuardianRight, Guardianship, Right
from hub.safety.starts import Function, set_start
from hub.school.leave import Doubt, LeaveApplication
from hub.school.leave_decisions import Outcome
from hub.school.leave_verdicts import Verdict, decide
from tests.admin_web.eid_pages import MOTHER, Scene
from tests.admin_web.family_pages import FamilyPages, block
from tests.admin_web.staff_site import Browsing, Seen
from tests.admin_web.windows import check, open_window
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for, days_from
from tests.living_hub import OPERATOR
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
WORDS = "Vi skal til besteforeldrene"
WISH: dict[str, Any] = {"first": "2025-03-24", "last": "2025-03-26", "reason": "travel", "words": WORDS}


def path(pages: FamilyPages, child: str = KARI) -> str:
    return f"/family/children/{pages.child(child)}/leave"


async def list_applications(pages: FamilyPages) -> list[LeaveApplication]:
    def ask(look: Look) -> list[LeaveApplication]:
        return list(look.session.scalars(sa.select(LeaveApplication).order_by(LeaveApplication.id)))

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def send(pages: FamilyPages, browser: Browsing, **wish: str) -> Seen:
    """Straight to the sending of it, as a form does that was looked through."""
    await browser.get(path(pages))
    return await browser.post(f"{path(pages)}/send", **{**WISH, **wish})


def hidden(page: Seen) -> dict[str, Any]:
    """What the form that sends holds besides its token."""
    form = page.text.partition('/leave/send"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    names = {name for name, _ in found} - {"token"}
    return {name: [value for each, value in found if each == name] for name in names}


def take_leave_right(work: Work, village: Village, guardian: str) -> None:
    own = sa.select(Guardianship.id).where(Guardianship.guardian_id == village.guardian(guardian).id)
    work.session.execute(
        sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.LEAVE)
    )


async def test_what_is_wrong_is_said_beside_its_field_and_all_of_it_stays_typed(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))
    told: dict[str, dict[str, Any]] = {
        "Velg første dag": {"first": ""},
        "Velg siste dag": {"last": "i morgen"},
        "Denne dagen er passert": {"first": "2025-02-24"},
        "Siste dag er før første dag": {"last": "2025-03-20"},
        "Det er for langt fram": {"last": "2027-03-20"},
        "Det er stengt alle disse dagene": {"first": "2025-03-22", "last": "2025-03-23"},
        "Velg hva det gjelder": {"reason": ""},
        "Skriv kort hva det gjelder": {"reason": "other", "words": "  "},
    }

    shown = {said: await browser.post(path(pages), **{**WISH, **wish}) for said, wish in told.items()}

    for said, page in shown.items():
        assert page.status == 422
        assert said in page.text
        assert 'aria-invalid="true"' in page.text or said == "Velg hva det gjelder"
    assert 'value="i morgen"' in shown["Velg siste dag"].text
    assert WORDS in shown["Velg første dag"].text
    assert await list_applications(pages) == []


async def test_the_same_days_twice_are_one_application_and_other_days_take_its_place(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await send(pages, browser)

    again = await send(pages, browser)
    look = await browser.post(path(pages), **{**WISH, "last": "2025-03-27"})
    unseen = await browser.post(f"{path(pages)}/send", **{**WISH, "last": "2025-03-27"})
    before = [one.state for one in await list_applications(pages)]
    moved = await browser.post(f"{path(pages)}/send", **hidden(look))

    assert again.status == 422
    assert "Du har alt søkt om disse dagene" in again.text
    assert "Den søknaden erstattes av denne" in look.text
    assert unseen.status == 422
    assert before == ["waits"]
    assert "Én søknad om fri for Kari venter på svar" in moved.text
    assert [one.state for one in await list_applications(pages)] == ["replaced", "waits"]


async def test_a_form_that_is_sent_several_times_at_once_applies_once(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    await asyncio.gather(*(browser.post(f"{path(pages)}/send", **WISH) for _ in range(4)))

    assert [one.state for one in await list_applications(pages)] == ["waits"]


async def test_nobody_without_the_right_sees_the_form_or_sends_it(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    allowed = await browser.get(path(pages))
    book = await browser.get(f"/family/children/{pages.child(KARI)}")
    stranger = await (await pages.signed_in("Camilla Hansen")).get(path(pages))

    await pages.living.hub.desk.work(OPERATOR, take_leave_right, pages.living.village, ANNE)
    answers = [await browser.post(f"{path(pages)}{act}", **WISH) for act in ("", "/send", "/change")]
    after, book_after = await browser.get(path(pages)), await browser.get(f"/family/children/{pages.child(KARI)}")

    assert (allowed.status, after.status, stranger.status) == (200, 404, 404)
    assert [answer.status for answer in answers] == [404, 404, 404]
    assert "/leave" in book.text
    assert "/leave" not in book_after.text
    assert await list_applications(pages) == []


async def test_one_who_is_kept_from_the_child_is_not_asked_and_nobody_is_told_so(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await pages.living.hub.desk.work(OPERATOR, block, pages.living.village, OLA, KARI)

    page = await send(pages, browser)

    (application,) = await list_applications(pages)
    assert Doubt.NOT_ASKED in application.doubts
    assert "Skolen eller barnehagen avgjør, og du får beskjed" in page.text
    assert "andre foresatte, som kan svare" not in page.text


async def test_the_other_home_sees_nothing_of_it_here_and_withdraws_nothing(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    await send(pages, mother)
    (application,) = await list_applications(pages)

    page = await father.get(path(pages))
    answer = await father.post(f"{path(pages)}/{application.id}/withdraw")

    assert "Du har ikke søkt om fri ennå" in page.text
    assert application.id not in page.text
    assert answer.status == 404
    assert [one.state for one in await list_applications(pages)] == ["waits"]


async def test_two_who_wish_for_the_same_have_one_application(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    await send(pages, mother)

    page = await send(pages, father)

    (application,) = await list_applications(pages)
    assert "Den andre foresatte søkte, og du er enig" in page.text
    assert f"{application.id}/withdraw" not in page.text


async def test_before_it_begins_the_page_says_from_when(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)

    def begin_later(work: Work) -> None:
        set_start(work, pages.living.village.unit("school"), Function.LEAVE, date(2025, 4, 1), "test")

    await pages.living.hub.desk.work(OPERATOR, begin_later)
    page = await browser.get(path(pages))
    answer = await browser.post(f"{path(pages)}/send", **WISH)

    assert "1. apr" in page.text
    assert 'name="first"' not in page.text
    assert answer.status == 404
    assert await list_applications(pages) == []


async def test_a_protected_child_is_applied_for_behind_a_strong_sign_in_alone(scene: Scene) -> None:
    """Behind a code such a family finds no way in at all, whatever was open before."""
    pages = scene.pages
    mother, by_code = await scene.signed_in(MOTHER), await pages.signed_in(ANNE)

    def protect(work: Work) -> None:
        work.session.get_one(Child, pages.child(KARI)).protected = True

    await pages.living.hub.desk.work(OPERATOR, protect)
    weak = await by_code.get(path(pages))
    await send(pages, mother)

    (application,) = await list_applications(pages)
    assert "/sign-in" in weak.path
    assert (application.child_id, application.words) == (pages.child(KARI), WORDS)


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_a_family_applies(browser: Browser, pages: FamilyPages, width: int) -> None:
    village = pages.living.village

    def apply(work: Work) -> None:
        refused = apply_for(work, village, KARI, ANNE, days_from(FAR, 1))
        apply_for(work, village, KARI, ANNE, days_from(date(2025, 5, 5), 2))
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        decide(
            work,
            work.session.get_one(LeaveApplication, refused),
            village.unit("school"),
            Verdict(Outcome.REFUSED, "Prøver."),
        )

    await pages.living.hub.desk.work(OPERATOR, apply)
    signed_in = await pages.signed_in(ANNE)
    context, page, complaints = await open_window(browser, pages.url, width)
    for cookie in signed_in.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])

    await page.goto(path(pages))
    await page.get_by_label("Første dag").fill("2025-05-06")
    await page.get_by_label("Siste dag").fill("2025-05-02")
    await page.get_by_role("button", name="Se over søknaden").click()
    await expect(page.get_by_text("Siste dag er før første dag")).to_be_visible()
    await expect(page.get_by_label("Første dag")).to_have_value("2025-05-06")
    assert len(complaints) == 1
    await check(page, [], f"family-leave-wrong-{width}")
    await page.get_by_label("Siste dag").fill("2025-05-07")
    await page.get_by_label("Reise").check()
    await page.get_by_label("Med egne ord").fill(WORDS)
    complaints.clear()
    await page.get_by_role("button", name="Se over søknaden").click()
    await expect(page.get_by_role("button", name="Send søknaden")).to_be_visible()
    await check(page, complaints, f"family-leave-check-{width}")
    await page.get_by_role("button", name="Endre").click()
    await expect(page.get_by_label("Siste dag")).to_have_value("2025-05-07")
    await page.get_by_role("button", name="Se over søknaden").click()
    await page.get_by_role("button", name="Send søknaden").click()
    await expect(page.get_by_text("Venter på svar").first).to_be_visible()
    await check(page, complaints, f"family-leave-{width}")
    await context.close()
