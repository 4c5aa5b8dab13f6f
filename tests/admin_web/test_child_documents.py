"""A child's applications stand beside the letters of their decisions, for its family and for whoever decides; nobody is told of
another home's letters who did not choose to share."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser

from hub.desk import Work
from hub.people.families import Child, Guardian
from hub.safety.starts import Function, set_start
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import open_letter
from tests.admin_web.eid_pages import MOTHER, Scene
from tests.admin_web.test_letter_answers import ANNE, KARI, LEADER, OLA, decided, letter_to
from tests.admin_web.windows import check, open_window
from tests.blocks import block
from tests.hub.school.applying import FAR
from tests.living_hub import OPERATOR
from tests.sent_files import as_staff_of
from tests.village import Village


def share(work: Work, village: Village) -> None:
    """Both choose to read and write together."""
    both = [village.guardian(one).id for one in (ANNE, OLA)]
    work.session.execute(sa.update(Guardian).where(Guardian.id.in_(both)).values(shares_thread=True))


@pytest.mark.capability("H-64", "N-20")
async def test_a_guardian_sees_their_own_letters_beside_what_was_applied_for_and_others_only_where_they_share(
    scene: Scene,
) -> None:
    pages, desk = scene.pages, scene.pages.living.hub.desk
    path = f"/family/children/{pages.child(KARI)}/documents"
    await decided(pages, Outcome.REFUSED, "Prøver.")
    annes, olas = await letter_to(pages, ANNE), await letter_to(pages, OLA)
    mother, staff = await scene.signed_in(MOTHER), await as_staff_of(pages, LEADER)

    alone = await mother.get(path)
    await desk.work(OPERATOR, share, pages.living.village)
    shared = await mother.get(path)
    await desk.work(OPERATOR, lambda work: open_letter(work, work.session.merge(olas)))
    opened = await mother.get(path)
    of_staff = await staff.get(f"/children/{pages.child(KARI)}")
    await desk.work(OPERATOR, protect, pages.child(KARI), True)
    protected = await mother.get(path)
    await desk.work(OPERATOR, protect, pages.child(KARI), False)
    await desk.work(OPERATOR, block, pages.living.village, OLA, KARI)
    blocked = await mother.get(path)
    stranger = await (await pages.signed_in("Camilla Hansen")).get(path)

    for page in (alone, protected, blocked):
        assert "Du søkte i dag" in page.text
        assert "Ikke innvilget" in page.text
        assert "Brev til deg" in page.text
        assert f'href="/family/letters/{annes.id}"' in page.text
        assert "Ola" not in page.text
    assert "Brev til Ola Nordmann" in shared.text
    assert "Åpnet" not in shared.text
    assert "Åpnet" in opened.text
    assert olas.id not in opened.text
    assert "Ola Nordmann: Åpnet i dag, mandag 3. mars" in of_staff.text
    assert "Anne Nordmann: Sagt fra i dag, mandag 3. mars, ikke åpnet ennå" in of_staff.text
    assert stranger.status == 404


def protect(work: Work, child_id: str, is_protected: bool) -> None:  # said by the desk
    work.session.get_one(Child, child_id).protected = is_protected


async def test_a_decision_that_is_given_on_paper_stands_there_too_and_is_not_opened_there(scene: Scene) -> None:
    pages = scene.pages

    def begin_later(work: Work) -> None:
        set_start(work, pages.living.village.unit("school"), Function.DECISIONS, FAR, "test")

    await pages.living.hub.desk.work(OPERATOR, begin_later)
    await decided(pages, Outcome.GRANTED, told=False)
    letter = await letter_to(pages, ANNE)
    mother = await scene.signed_in(MOTHER)

    page = await mother.get(f"/family/children/{pages.child(KARI)}/documents")

    assert "Brev til deg" in page.text
    assert letter.id not in page.text


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_a_childs_documents(browser: Browser, scene: Scene, width: int) -> None:
    pages = scene.pages
    await decided(pages, Outcome.PARTLY, "Prøver.")
    await pages.living.hub.desk.work(OPERATOR, share, pages.living.village)
    signed_in = await pages.signed_in(ANNE)
    context, page, complaints = await open_window(browser, pages.url, width)
    for cookie in signed_in.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])

    await page.goto(f"/family/children/{pages.child(KARI)}")
    await page.get_by_role("link", name="Dokumenter").click()
    await page.get_by_text("Brev til Ola Nordmann").wait_for()
    await check(page, complaints, f"family-documents-{width}")
    await context.close()
