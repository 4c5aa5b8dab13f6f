"""A decision's letter as a PDF: who may open it, from which page, and how it looks where an administrator has said so."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pypdf
import pytest
import sqlalchemy as sa
from aiohttp import ClientSession
from PIL import Image

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.mailroom.sendings import LetterSending, SendingState, SendingWay, WhySending
from hub.post.letter_looks import LetterLook
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import make_papers
from hub.school.leave_verdicts import Verdict, decide
from tests.admin_web.eid_pages import MOTHER, Scene, playing
from tests.admin_web.staff_site import Browsing, Seen
from tests.blocks import block
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.living_hub import ANSWER_SECONDS, OPERATOR
from tests.sent_files import ANNE, KARI, OLA, Chosen, as_staff_of, send_form

SECRET = "Søskenet har astma"
LOOK = "/letters/look"
LEADER, ADMINISTRATOR = "Ingrid Solberg", "Tora Myklebust"


@pytest.fixture
async def scene(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, village_store_url, clock) as scene:
        yield scene


async def settle_leave(scene: Scene, outcome: Outcome = Outcome.REFUSED, reason: str = SECRET) -> str:
    """Kari's leave is decided, both guardians are told, and the letters are made; the application's id."""
    village = scene.village

    def both(work: Work) -> str:
        id_ = apply_for(work, village, KARI, ANNE, [FAR])
        work.asker = as_staff(village.staff(LEADER))
        decide(work, work.session.get_one(LeaveApplication, id_), village.unit("school"), Verdict(outcome, reason))
        return id_

    desk = scene.pages.living.hub.desk
    application = await desk.work(OPERATOR, both)
    for guardian in (ANNE, OLA):
        await scene.pages.living.phone(guardian).next_text(ANSWER_SECONDS)
    await make_papers(desk)
    return application


async def letter_to(scene: Scene, guardian: str) -> str:
    asked = sa.select(LeaveLetter.id).where(LeaveLetter.guardian_id == scene.village.guardian(guardian).id)
    return await scene.pages.living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())


async def follow(page: Seen) -> tuple[int, bytes]:
    """What the link that a page led to gives a browser without cookies."""
    async with ClientSession() as http, http.get(page.headers["Location"]) as answer:
        return answer.status, await answer.read()


def words_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


async def open_it(browser: Browsing, letter: str) -> Seen:
    await browser.get(f"/family/letters/{letter}")
    return await browser.post(f"/family/letters/{letter}/open")


async def test_a_guardian_who_signed_in_strongly_saves_the_whole_letter_and_no_other(scene: Scene) -> None:
    await settle_leave(scene)
    letter, others = await letter_to(scene, ANNE), await letter_to(scene, OLA)
    mother = await scene.signed_in(MOTHER)

    closed = await mother.get(f"/family/letters/{letter}/pdf", follow=False)
    page = await open_it(mother, letter)
    led = await mother.get(f"/family/letters/{letter}/pdf", follow=False)
    status, pdf = await follow(led)
    theirs = await mother.get(f"/family/letters/{others}/pdf", follow=False)

    assert closed.status == 404
    assert f'href="/family/letters/{letter}/pdf"' in page.text
    assert (led.status, status) == (303, 200)
    assert pdf.startswith(b"%PDF-")
    assert "".join(SECRET.split()) in words_of(pdf)
    assert "AnneNordmann" in words_of(pdf)
    assert theirs.status == 404


async def test_behind_a_code_the_reasons_stay_with_the_unit_in_the_pdf_too(scene: Scene) -> None:
    await settle_leave(scene)
    letter = await letter_to(scene, ANNE)
    browser = await scene.pages.signed_in(ANNE)

    page = await open_it(browser, letter)
    refused = await browser.get(f"/family/letters/{letter}/pdf", follow=False)

    assert f"{letter}/pdf" not in page.text
    assert "Hele brevet som PDF er her når du logger inn med elektronisk ID" in page.text
    assert refused.status == 404


async def test_a_letter_without_reasons_is_saved_behind_a_code(scene: Scene) -> None:
    await settle_leave(scene, Outcome.GRANTED, "")
    letter = await letter_to(scene, ANNE)
    browser = await scene.pages.signed_in(ANNE)

    await open_it(browser, letter)
    status, pdf = await follow(await browser.get(f"/family/letters/{letter}/pdf", follow=False))

    assert status == 200
    assert "innvilget" in words_of(pdf)


async def test_a_link_opens_nothing_once_its_guardian_is_blocked(scene: Scene) -> None:
    await settle_leave(scene)
    letter = await letter_to(scene, ANNE)
    mother = await scene.signed_in(MOTHER)
    await open_it(mother, letter)
    led = await mother.get(f"/family/letters/{letter}/pdf", follow=False)

    await scene.pages.living.hub.desk.work(OPERATOR, block, scene.village, ANNE, KARI)

    assert led.status == 303
    assert (await follow(led))[0] == 404
    asked = await mother.get(f"/family/letters/{letter}/pdf", follow=False)
    assert asked.headers["Location"].startswith("/family/sign-in")


@pytest.mark.parametrize(
    ("name", "status"), [(LEADER, 303), ("Kari Lunde", 303), ("Jonas Dahl", 404), ("Astrid Vik", 404)]
)
async def test_staff_save_a_letter_where_they_may_read_the_application(scene: Scene, name: str, status: int) -> None:
    application = await settle_leave(scene)
    letter = await letter_to(scene, ANNE)
    staff = await as_staff_of(scene.pages, name)

    page = await staff.get(f"/leave/{application}")
    led = await staff.get(f"/leave/letters/{letter}", follow=False)

    assert led.status == status
    assert (f'href="/leave/letters/{letter}"' in page.text) == (status == 303)
    if status == 303:
        assert "".join(SECRET.split()) in words_of((await follow(led))[1])


@pytest.mark.capability("H-64", "N-20")
async def test_a_guardian_sees_where_their_own_letter_went_and_nothing_of_the_others(scene: Scene) -> None:
    await settle_leave(scene)
    letter, others = await letter_to(scene, ANNE), await letter_to(scene, OLA)
    desk = scene.pages.living.hub.desk
    async with asyncio.timeout(ANSWER_SECONDS):
        while await desk.look(OPERATOR, count_waiting):
            await asyncio.sleep(0.02)

    def send(work: Work) -> None:
        annes, olas = (work.session.scalars(sa.select(LetterSending).filter_by(letter_id=id_)).one() for id_ in both)
        annes.state, annes.tried_way = SendingState.DELIVERED, SendingWay.MAILBOX
        annes.handed_over_at = annes.delivered_at = work.now
        olas.state, olas.why = SendingState.PAPER, WhySending.RESERVED

    both = (letter, others)
    await desk.work(OPERATOR, send)
    mother = await scene.signed_in(MOTHER)

    page = await mother.get(f"/family/letters/{letter}")
    theirs = await mother.get(f"/family/letters/{others}")

    assert "Sendt til den digitale postkassen din i dag · Kom fram i dag." in page.text
    assert "posten" not in page.text
    assert theirs.status == 404


def count_waiting(look: Look) -> int:
    """Letters of which the hub's own routine has not said yet how they go."""
    settled = sa.select(sa.func.count()).select_from(LetterSending).where(LetterSending.due.is_(None))
    return 2 - (look.session.scalar(settled) or 0)


async def held(scene: Scene) -> LetterLook | None:
    asked = sa.select(LetterLook)
    return await scene.pages.living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one_or_none())


async def test_an_administrator_puts_up_a_logo_and_the_next_letter_bears_it(scene: Scene) -> None:
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    logo = io.BytesIO()
    Image.new("RGBA", (600, 200), (0, 0, 120, 90)).save(logo, "PNG")
    await administrator.get(LOOK)

    kept = await send_form(
        administrator, LOOK, [Chosen(logo.getvalue(), "logo.png", "image/png")], sender="Oppvekst", address="Gata 1"
    )
    await settle_leave(scene)
    mother, letter = await scene.signed_in(MOTHER), await letter_to(scene, ANNE)
    await open_it(mother, letter)
    _, pdf = await follow(await mother.get(f"/family/letters/{letter}/pdf", follow=False))

    assert kept.status == 200
    assert "Brev har en logo" in kept.text
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images) == 1
    assert "OppvekstGata1" in words_of(pdf)


@pytest.mark.parametrize("content", [b"no picture", b"%PDF-1.7\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
async def test_a_logo_that_is_no_picture_is_refused_in_words_and_what_was_typed_stays(
    scene: Scene, content: bytes
) -> None:
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    await administrator.get(LOOK)

    refused = await send_form(administrator, LOOK, [Chosen(content, "logo.png", "image/png")], sender="Oppvekst Nord")

    assert refused.status == 422
    assert "Filen ble ikke tatt imot" in refused.text
    assert 'value="Oppvekst Nord"' in refused.text
    assert await held(scene) is None


async def test_a_logo_goes_when_it_is_to_and_stays_when_only_words_are_changed(scene: Scene) -> None:
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    logo = io.BytesIO()
    Image.new("RGB", (60, 20), "green").save(logo, "PNG")
    await administrator.get(LOOK)
    await send_form(administrator, LOOK, [Chosen(logo.getvalue(), "logo.png", "image/png")], sender="En")

    await send_form(administrator, LOOK, sender="To")
    stays = await held(scene)
    await send_form(administrator, LOOK, sender="To", drop="yes")
    gone = await held(scene)

    assert stays is not None
    assert (stays.sender, stays.logo is None) == ("To", False)
    assert gone is not None
    assert gone.logo is None


async def test_whoever_does_not_administer_the_owner_does_not_see_how_letters_look(scene: Scene) -> None:
    leader = await as_staff_of(scene.pages, LEADER)

    assert (await leader.get(LOOK)).status == 404
    await leader.get("/leave")
    assert (await send_form(leader, LOOK, sender="Andre")).status == 404
    assert not re.search(LOOK, (await leader.get("/leave/rules")).text)
    assert await held(scene) is None
