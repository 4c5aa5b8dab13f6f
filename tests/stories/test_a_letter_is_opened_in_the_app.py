"""A decision about leave lies among the letters of whom it was written to; opened there, it counts as opened, and only then."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_verdicts import Verdict, decide
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.living_hub import ANSWER_SECONDS, OPERATOR

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
SECRET = "Søskenet har astma"
"""What only the whole letter may say."""


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


async def refuse(pages: FamilyPages) -> None:
    """Kari's leave is refused, and both of her guardians are told."""
    village = pages.living.village

    def both(work: Work) -> None:
        id_ = apply_for(work, village, KARI, ANNE, [FAR])
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        application = work.session.get_one(LeaveApplication, id_)
        decide(work, application, village.unit("school"), Verdict(Outcome.REFUSED, SECRET))

    await pages.living.hub.desk.work(OPERATOR, both)
    for guardian in (ANNE, OLA):
        await pages.living.phone(guardian).next_text(ANSWER_SECONDS)


async def letter_to(pages: FamilyPages, guardian: str) -> LeaveLetter:
    asked = sa.select(LeaveLetter).where(LeaveLetter.guardian_id == pages.living.village.guardian(guardian).id)
    return await pages.living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())


async def test_a_letter_is_opened_there_and_kept_as_opened(pages: FamilyPages, clock: StoppedClock) -> None:
    await refuse(pages)
    browser = await pages.signed_in(ANNE)
    letter = await letter_to(pages, ANNE)
    path = f"/family/letters/{letter.id}"

    home, listed, closed = await browser.get("/family"), await browser.get("/family/letters"), await browser.get(path)
    before = await letter_to(pages, ANNE)
    opened = await browser.post(f"{path}/open")
    after, others = await letter_to(pages, ANNE), await letter_to(pages, OLA)

    assert "1 brev venter på deg" in home.text
    assert "Ikke åpnet" in listed.text
    assert "avslått" not in closed.text
    assert before.opened_at is None
    assert opened.path == path
    assert "Søknaden er avslått" in opened.text
    assert SECRET not in opened.text
    assert after.opened_at == clock.now()
    assert others.opened_at is None
    assert re.search(r"Åpnet \d\d\.\d\d", (await browser.get("/family/letters")).text)


async def test_the_other_guardians_letter_is_not_there(pages: FamilyPages) -> None:
    await refuse(pages)
    browser = await pages.signed_in(ANNE)
    theirs = await letter_to(pages, OLA)

    shown = await browser.get(f"/family/letters/{theirs.id}")
    await browser.get("/family/letters")
    opened = await browser.post(f"/family/letters/{theirs.id}/open")

    assert (shown.status, opened.status) == (404, 404)
    assert (await letter_to(pages, OLA)).opened_at is None
