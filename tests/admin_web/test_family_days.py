"""*Days* on the family pages: what is noted of a week, whose it is, and what is not told there."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.calendars import close
from hub.desk import Work
from hub.people.families import GuardianRight, Guardianship, Right
from hub.people.places import Unit
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.lessons import InLesson, Seen, keep_lesson
from tests.admin_web.family_pages import FamilyPages
from tests.conftest import MONDAY_MORNING
from tests.living_hub import OPERATOR

ANNE, KARI = "Anne Nordmann", "Kari Nordmann"
MONDAY = MONDAY_MORNING.date()


def path(pages: FamilyPages, child: str = KARI) -> str:
    return f"/family/children/{pages.child(child)}/days"


async def test_what_is_told_by_text_stands_in_the_week(pages: FamilyPages) -> None:
    mother, father_there = await pages.signed_in(ANNE), await pages.signed_in("Ola Nordmann")
    await pages.living.text(ANNE, "contact teacher 7A", "Kari er syk i dag")
    await pages.living.settled()

    page, father = await mother.get(path(pages)), await father_there.get(path(pages))

    for seen in (page, father):
        assert "Kari, uke 10: noe er notert på én dag" in seen.text
        assert "Borte" in seen.text
        assert "syk" not in seen.text
    assert f"/family/children/{pages.child(KARI)}#write" in page.text
    assert "Som vanlig" in page.text


async def test_closed_days_are_called_by_their_name_and_weekends_are_left_out(pages: FamilyPages) -> None:
    def shut(work: Work) -> None:
        unit = work.session.get_one(Unit, pages.living.village.unit("school").id)
        close(work, unit, MONDAY + timedelta(days=8), MONDAY + timedelta(days=8), "Planleggingsdag", "test")

    await pages.living.hub.desk.work(OPERATOR, shut)
    browser = await pages.signed_in(ANNE)

    this, following = await browser.get(path(pages)), await browser.get(f"{path(pages)}?day={MONDAY + timedelta(7)}")

    assert "Planleggingsdag" not in this.text
    assert "Stengt: Planleggingsdag" in following.text
    assert "Kari, uke 11: ingenting er notert" in following.text
    assert this.text.count('<li id="d-') == 5


async def test_weeks_that_are_over_or_far_ahead_lead_to_the_nearest(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)

    past, far = await browser.get(f"{path(pages)}?day=2020-01-01"), await browser.get(f"{path(pages)}?day=2035-01-01")
    nonsense = await browser.get(f"{path(pages)}?day=soon")

    assert "Kari, uke 10" in past.text
    assert far.status == 200
    assert nonsense.status in (400, 404)


async def test_leave_is_shown_to_who_may_apply_and_a_decision_that_is_no_yes_stands_in_its_letter(
    pages: FamilyPages,
) -> None:
    await pages.living.hub.desk.work(OPERATOR, apply, pages)
    browser = await pages.signed_in(ANNE)

    waits = await browser.get(path(pages))
    await pages.living.hub.desk.work(OPERATOR, decide)
    decided = await browser.get(path(pages))
    await pages.living.hub.desk.work(OPERATOR, take_leave_right, pages)
    without = await browser.get(path(pages))

    assert "Søkt permisjon, ikke avgjort ennå" in waits.text
    assert "Permisjon er innvilget" in decided.text
    assert "Søknaden om permisjon er avgjort. Se brevet." in decided.text
    assert "ermisjon" not in without.text


def apply(work: Work, pages: FamilyPages) -> None:
    days = [(MONDAY + timedelta(days=n)).isoformat() for n in (2, 3)]
    work.session.add(
        LeaveApplication(
            id=work.new_id(),
            owner_id=pages.living.village.owner().id,
            child_id=pages.child(KARI),
            unit_id=pages.living.village.unit("school").id,
            applied_by=pages.living.village.guardian(ANNE).id,
            applied_at=work.now,
            trust=2,
            reason="other",
            days=days,
            first_day=MONDAY + timedelta(days=2),
            last_day=MONDAY + timedelta(days=3),
            doubts=[],
        )
    )


def decide(work: Work) -> None:
    one = work.session.scalars(sa.select(LeaveApplication)).one()
    one.state, one.granted = LeaveState.DECIDED, [one.days[0]]


def take_leave_right(work: Work, pages: FamilyPages) -> None:
    own = sa.select(Guardianship.id).where(Guardianship.guardian_id == pages.living.village.guardian(ANNE).id)
    work.session.execute(
        sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.LEAVE)
    )


async def test_the_hours_of_a_preschool_child_stand_beside_each_day(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Marte Bakken")

    page = await browser.get(path(pages, "Noah Bakken"))

    assert page.status == 200
    assert "Noah, uke 10" in page.text
    assert "ingen tider meldt ennå" in page.text


@pytest.mark.capability("H-69")
async def test_what_the_school_year_came_to_lesson_by_lesson_is_told_to_the_family(
    pages: FamilyPages,
) -> None:
    village = pages.living.village

    def note(work: Work) -> None:
        seen = {pages.child(KARI): Seen(InLesson.AWAY)}
        for lesson in (1, 2):
            keep_lesson(work, village.unit("school"), village.group("7A"), MONDAY, lesson, "Norsk", seen, "teacher")

    await pages.living.hub.desk.work(OPERATOR, note)
    mother = await pages.signed_in(ANNE)
    before = await mother.get(path(pages))
    await pages.living.text(ANNE, "contact teacher 7A", "Kari er syk i dag")
    await pages.living.settled()

    after = await mother.get(path(pages))

    assert "Timer borte i skoleåret: 2, 2 uten melding. Kom sent: 0." in before.text
    assert "Timer borte i skoleåret: 2, 0 uten melding. Kom sent: 0." in after.text
