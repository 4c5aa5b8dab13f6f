"""Sessions of the family pages: they end with what they rest on, by hand, and everywhere; and are none on the staff's site."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.sign_in.family_sessions import FamilySession
from tests.admin_web.family_pages import SESSION, FamilyPages, block
from tests.living_hub import OPERATOR


@pytest.mark.parametrize("why", ["rest", "time", "gone", "blocked", "another's phone too", "ended"])
async def test_a_session_ends_with_what_it_rests_on(pages: FamilyPages, clock: StoppedClock, why: str) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    guardian, other = pages.living.village.guardian("Anne Nordmann"), pages.living.village.guardian("Roger Sand")
    before = await browser.get("/family")

    def change(work: Work) -> None:
        if why == "gone":
            work.session.execute(
                sa.update(GuardianAddress)
                .where(GuardianAddress.guardian_id == guardian.id, GuardianAddress.kind == "sms")
                .values(gone_at=work.now)
            )
        elif why == "blocked":
            block(work, pages.living.village, "Anne Nordmann", "Kari Nordmann")
        elif why == "ended":
            work.session.execute(sa.update(FamilySession).values(ended_at=work.now))
        elif why == "another's phone too":
            phone = pages.living.village.phone("Anne Nordmann")
            shared = GuardianAddress(
                id=work.new_id(),
                owner_id=other.owner_id,
                guardian_id=other.id,
                kind="sms",
                value=phone,
                confirmed_at=work.now,
            )
            work.session.add(shared)

    await pages.living.hub.desk.work(OPERATOR, change)
    if why == "rest":
        clock.move(timedelta(minutes=30))
    for _ in range(31 if why == "time" else 0):
        clock.move(timedelta(minutes=25))
        await browser.get("/family")
    after = await browser.get("/family")

    assert before.path == "/family"
    assert after.path.startswith("/family/sign-in")
    assert "Kari" not in after.text


async def test_one_signs_out_here_or_everywhere_and_ends_another_browser(pages: FamilyPages) -> None:
    first, second, third = [await pages.signed_in("Anne Nordmann") for _ in range(3)]
    listed = await first.get("/family/sessions")
    others = listed.text.count("Avslutt</button>")

    found = re.search(r'action="(/family/sessions/\w+/end)"', listed.text)
    assert found is not None
    ended = await first.post(found[1])
    alive = [(await one.get("/family")).path == "/family" for one in (first, second, third)]
    gone = await first.post("/family/sign-out/everywhere")

    assert others == 2
    assert ended.path == "/family/sessions"
    assert sorted(alive) == [False, True, True]
    assert gone.path == "/family/sign-in"
    assert all([(await one.get("/family")).path.startswith("/family/sign-in") for one in (first, second, third)])


async def test_signing_out_asks_the_browser_to_forget(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    await browser.get("/family")

    answer = await browser.post("/family/sign-out", follow=False)

    assert answer.status == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.cookie(SESSION) is None


async def test_staff_and_family_sessions_are_apart(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    token = browser.cookie(SESSION) or ""
    staff = pages.living.hub.settings.staff.url

    browser.session.cookie_jar.update_cookies({"budbok-staff": token})
    async with browser.session.get(f"{staff}/threads", allow_redirects=False) as answer:
        status, way = answer.status, answer.headers["Location"]

    assert status == 303
    assert way.startswith("/sign-in")
