"""A guardian answers the letter of a decision: what is granted is used or given up, a refusal is accepted or not, and staff see
each guardian's answer beside their letter."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from admin_web.family.letters import answer_known
from hub.address import SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress, GuardianRight, Guardianship, Right
from hub.school.absences import list_of_child
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_answers import LetterAnswer
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_verdicts import Verdict, decide
from hub.sign_in.family_sessions import FamilySession
from hub.words import Words
from tests.admin_web.family_pages import FamilyPages
from tests.admin_web.windows import check, open_window
from tests.blocks import block
from tests.hub.at_once import at_once
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for, days_from
from tests.living_hub import ANSWER_SECONDS, OPERATOR
from tests.sent_files import as_staff_of

ANNE, OLA, KARI, LEADER = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann", "Ingrid Solberg"


async def decided(pages: FamilyPages, outcome: Outcome, reason: str = "", *, told: bool = True) -> str:
    """Anne applied for Kari, it is decided, and both guardians are told where they are to be; the application's id."""
    village = pages.living.village

    def both(work: Work) -> str:
        id_ = apply_for(work, village, KARI, ANNE, days_from(FAR, 2))
        work.asker = as_staff(village.staff(LEADER))
        verdict = Verdict(outcome, reason, (FAR,) if outcome is Outcome.PARTLY else ())
        decide(work, work.session.get_one(LeaveApplication, id_), village.unit("school"), verdict)
        return id_

    application = await pages.living.hub.desk.work(OPERATOR, both)
    for guardian in (ANNE, OLA) if told else ():
        await pages.living.phone(guardian).next_text(ANSWER_SECONDS)
    return application


async def letter_to(pages: FamilyPages, guardian: str) -> LeaveLetter:
    asked = sa.select(LeaveLetter).where(LeaveLetter.guardian_id == pages.living.village.guardian(guardian).id)
    return await pages.living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())


async def state_of(pages: FamilyPages, application: str) -> str:
    asked = sa.select(LeaveApplication.state).where(LeaveApplication.id == application)
    return await pages.living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())


@pytest.mark.capability("W-20", "L-07")
async def test_granted_days_are_used_or_given_up_and_each_guardian_answers_alone(
    pages: FamilyPages, clock: StoppedClock
) -> None:
    application = await decided(pages, Outcome.PARTLY, "Prøver.")
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    annes, olas = [f"/family/letters/{(await letter_to(pages, one)).id}" for one in (ANNE, OLA)]
    staff = await as_staff_of(pages, LEADER)

    closed = await mother.get(annes)
    too_early = await mother.post(f"{annes}/answer", answer="accepted")
    opened = await mother.post(f"{annes}/open")
    used = await mother.post(f"{annes}/answer", answer="accepted")
    fathers = await father.post(f"{olas}/open")
    not_his = await father.post(f"{olas}/answer", answer="declined")
    agreed = await father.post(f"{olas}/answer", answer="accepted")
    seen = await staff.get(f"/leave/{application}")
    kept = await letter_to(pages, ANNE)
    clock.move(timedelta(days=1))
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    staff = await as_staff_of(pages, LEADER)
    await mother.get(annes)
    given_up = await mother.post(f"{annes}/answer", answer="declined")
    heard = await pages.living.phone(OLA).next_text(ANSWER_SECONDS)
    once_more = await mother.post(f"{annes}/answer", answer="accepted")
    after = await father.get(olas)

    assert "Vil dere bruke dagene?" not in closed.text
    assert too_early.status == 404
    assert "Vi bruker dem ikke" in opened.text
    assert "Da trekkes permisjonen" in opened.text
    assert "Du svarte at dere bruker dagene" in used.text
    assert "Du kan endre svaret før man. 24. mars" in used.text
    assert (kept.answer, kept.answered_at, kept.answer_road) == ("accepted", kept.opened_at, "code")
    assert "Bare den som søkte, kan gi fra seg dagene" in fathers.text
    assert "Du svarte" not in fathers.text
    assert not_his.status == 404
    assert agreed.status == 200
    assert seen.text.count("Bruker dagene, svarte") == 2
    assert "Du ga fra deg dagene" in given_up.text
    assert "Søk om fri på nytt" in given_up.text
    assert "trukket" in heard.body
    assert once_more.status == 404
    assert await state_of(pages, application) == LeaveState.WITHDRAWN
    assert await count_absences(pages) == 0
    assert "Ga fra seg dagene" in (await staff.get(f"/leave/{application}")).text
    assert "ga fra" not in after.text


async def count_absences(pages: FamilyPages) -> int:
    child = pages.child(KARI)

    def count(look: Look) -> int:
        return len([one for one in list_of_child(look, child, days_from(FAR, 2)) if one.ceased_at is None])

    return await pages.living.hub.desk.look(OPERATOR, count)


@pytest.mark.capability("W-20")
@pytest.mark.one_store("postgresql")
async def test_an_answer_that_comes_while_the_days_are_given_up_is_no_answer_any_more(pages: FamilyPages) -> None:
    application = await decided(pages, Outcome.GRANTED)
    mother = await pages.signed_in(ANNE)
    letter = await letter_to(pages, ANNE)
    path, hub = f"/family/letters/{letter.id}", pages.living.hub
    await mother.post(f"{path}/open")
    await mother.get(path)
    session = await hub.desk.look(OPERATOR, lambda look: look.session.scalars(sa.select(FamilySession.id)).one())

    def give_up(work: Work) -> None:
        answer_known(work, hub.bots, session, letter.id, LetterAnswer.DECLINED, Words("nb"))

    _, accepted = await at_once(hub.desk, OPERATOR, give_up, mother.post(f"{path}/answer", answer="accepted"))

    assert accepted.status == 404
    assert (await letter_to(pages, ANNE)).answer == LetterAnswer.DECLINED
    assert await state_of(pages, application) == LeaveState.WITHDRAWN


async def test_a_refusal_is_accepted_or_not_and_neither_is_an_appeal(pages: FamilyPages) -> None:
    application = await decided(pages, Outcome.REFUSED, "Prøver.")
    mother = await pages.signed_in(ANNE)
    annes = f"/family/letters/{(await letter_to(pages, ANNE)).id}"
    await mother.get(annes)
    await mother.post(f"{annes}/open")

    accepted = await mother.post(f"{annes}/answer", answer="accepted")
    not_accepted = await mother.post(f"{annes}/answer", answer="declined")
    leader = await as_staff_of(pages, LEADER)
    seen, listed = await leader.get(f"/leave/{application}"), await leader.get("/leave?only=decided")

    assert "Foresatt godtar ikke avslaget" in listed.text
    assert "Begrunnelse: Prøver." in seen.text
    assert "Du svarte at du godtar avslaget" in accepted.text
    assert "Du svarte at du ikke godtar avslaget" in not_accepted.text
    assert "Svaret er ikke en klage. Hvordan du klager, og fristen, står nederst i brevet." in not_accepted.text
    assert "Du kan klage innen tre uker" in not_accepted.text
    assert "Godtar ikke avslaget, svarte" in seen.text
    assert await state_of(pages, application) == LeaveState.DECIDED


async def test_on_a_phone_that_two_answer_neither_answers_in_the_others_name(pages: FamilyPages) -> None:
    await decided(pages, Outcome.REFUSED, "Prøver.")
    phone = pages.living.village.phone(ANNE)
    fathers = GuardianAddress.guardian_id == pages.living.village.guardian(OLA).id
    share = sa.update(GuardianAddress).where(fathers, GuardianAddress.kind == SMS).values(value=phone)
    await pages.living.hub.desk.work(OPERATOR, lambda work: work.session.execute(share) and None)
    mother = await pages.signed_in(ANNE)
    annes = f"/family/letters/{(await letter_to(pages, ANNE)).id}"
    await mother.get(annes)
    read = await mother.post(f"{annes}/open")

    answered = await mother.post(f"{annes}/answer", answer="accepted")

    assert "Søknaden er avslått" in read.text
    assert 'name="answer"' not in read.text
    assert answered.status == 404
    assert (await letter_to(pages, ANNE)).answer is None


async def test_whoever_may_not_decide_about_leave_answers_nothing(pages: FamilyPages) -> None:
    await decided(pages, Outcome.GRANTED)
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    annes, olas = [f"/family/letters/{(await letter_to(pages, one)).id}" for one in (ANNE, OLA)]
    await father.get(olas)
    await father.post(f"{olas}/open")
    await mother.get(annes)
    await mother.post(f"{annes}/open")

    def take_right(work: Work) -> None:
        own = sa.select(Guardianship.id).where(Guardianship.guardian_id == pages.living.village.guardian(OLA).id)
        held = sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.LEAVE)
        work.session.execute(held)
        block(work, pages.living.village, ANNE, KARI)

    await pages.living.hub.desk.work(OPERATOR, take_right)
    without = await father.get(olas)
    fathers = await father.post(f"{olas}/answer", answer="accepted")
    mothers = await mother.post(f"{annes}/answer", answer="declined")

    assert "Vil dere bruke dagene?" not in without.text
    assert fathers.status == 404
    assert mothers.path.startswith("/family/sign-in")
    assert [(await letter_to(pages, one)).answer for one in (ANNE, OLA)] == [None, None]


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_a_letter_is_answered(browser: Browser, pages: FamilyPages, width: int) -> None:
    await decided(pages, Outcome.PARTLY, "Prøver.")
    signed_in = await pages.signed_in(ANNE)
    context, page, complaints = await open_window(browser, pages.url, width)
    for cookie in signed_in.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])

    await page.goto(f"/family/letters/{(await letter_to(pages, ANNE)).id}")
    await page.get_by_role("button", name="Åpne brevet").click()
    await page.get_by_text("Vi bruker dem ikke").click()
    await expect(page.get_by_text("Da trekkes permisjonen")).to_be_visible()
    await check(page, complaints, f"family-letter-{width}")
    await page.get_by_text("Ja, vi bruker dagene").click()
    await page.get_by_role("button", name="Send svaret").click()
    await expect(page.get_by_text("Du svarte at dere bruker dagene")).to_be_visible()
    await check(page, complaints, f"family-letter-answered-{width}")
    await context.close()
