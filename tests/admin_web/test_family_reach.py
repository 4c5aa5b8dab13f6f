"""*How you reach me*: a guardian sets it for themselves, is told what no SMS means, and sees why nothing came."""

from datetime import timedelta

import pytest

from hub.address import MAIL, SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.audience import list_live
from hub.post.reach_wishes import ReachWish, find_wish
from hub.post.running_kinds import keep_kinds
from hub.school.attendance_wishes import Moved, list_wished
from tests.admin_web.family_pages import FamilyPages
from tests.living_hub import OPERATOR
from tests.village import FJORDVIK

ANNE, REACH = "Anne Nordmann", "/family/reach"


async def wish(pages: FamilyPages, guardian: str = ANNE) -> ReachWish | None:
    return await pages.living.hub.desk.look(OPERATOR, find_wish, pages.living.village.guardian(guardian).id)


@pytest.mark.capability("H-33")
async def test_no_sms_at_all_is_said_to_stop_emergencies_before_it_is_saved_and_can_be_ended(
    pages: FamilyPages,
) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(REACH)

    warned = await browser.post(REACH, reserved="sms:all")
    before = await wish(pages)
    saved_page = await browser.post(REACH, reserved="sms:all", sure="yes")
    saved = await wish(pages)
    await browser.post(REACH, reserved="sms:")
    ended = await wish(pages)

    assert "Det kommer ikke noe mer på SMS" in warned.text
    assert "Heller ikke i en nødssituasjon" in warned.text
    assert "bare det som haster" in warned.text
    assert before is None
    assert saved is not None
    assert saved.reserved == {SMS: "all"}
    assert saved.changed_by == pages.living.village.guardian(ANNE).id
    assert "Vi når deg ikke nå" in saved_page.text
    assert ended is not None
    assert ended.reserved == {}


@pytest.mark.capability("H-60")
async def test_the_way_for_each_matter_the_milder_no_and_the_quiet_hours_hold_at_once(pages: FamilyPages) -> None:
    await pages.living.hub.desk.work(OPERATOR, keep_kinds, {SMS, MAIL})
    browser = await pages.signed_in(ANNE)
    await browser.get(REACH)

    page = await browser.post(
        REACH, reserved="sms:not_urgent", way=["daily:mail", "notice:sms"], quiet_from="20:00", quiet_to="08:00"
    )
    kept = await wish(pages)

    assert (page.status, page.path) == (200, REACH)
    assert kept is not None
    assert kept.reserved == {SMS: "not_urgent"}
    assert kept.choices == {"daily": [MAIL], "notice": [SMS]}
    assert [at.hour for at in kept.quiet] == [20, 8]


@pytest.mark.capability("N-14")
async def test_to_hear_when_the_child_comes_and_leaves_is_off_until_it_is_chosen(pages: FamilyPages) -> None:
    guardian_id = pages.living.village.guardian(ANNE).id
    browser = await pages.signed_in(ANNE)

    page = await browser.get(REACH)
    before = await pages.living.hub.desk.look(OPERATOR, list_wished, guardian_id)
    await browser.post(REACH, told=["came:yes", "left:yes"])
    both = await pages.living.hub.desk.look(OPERATOR, list_wished, guardian_id)
    await browser.post(REACH, told=["came:", "left:yes"])
    one = await pages.living.hub.desk.look(OPERATOR, list_wished, guardian_id)
    await browser.post(REACH, way="notice:sms")
    kept = await pages.living.hub.desk.look(OPERATOR, list_wished, guardian_id)

    assert "Når barnet kommer og går" in page.text
    assert (before, both) == (frozenset(), frozenset(Moved))
    assert one == kept == frozenset({Moved.LEFT})


async def test_a_kind_that_nobody_has_heard_of_changes_nothing(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(REACH)

    answer = await browser.post(REACH, way="daily:pigeon")

    assert answer.status == 409
    assert await wish(pages) is None


async def test_behind_a_phone_that_several_use_nothing_is_shown_or_set(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Gerd Moe")

    shown = await browser.get(REACH)
    answer = await browser.post(REACH, reserved="sms:all", sure="yes")

    assert "Flere bruker denne telefonen" in shown.text
    assert 'name="reserved"' not in shown.text
    assert "Flere bruker denne telefonen" in answer.text
    assert answer.status == 409
    assert await wish(pages, "Gerd Moe") is None
    assert await wish(pages, "Arne Moe") is None


async def test_why_nothing_came_is_told_for_each_number(pages: FamilyPages, clock: StoppedClock) -> None:
    await pages.living.text(ANNE, "contact teacher 7A", "Kari er syk i dag")
    await pages.living.settled()
    browser = await pages.signed_in(ANNE)
    works = await browser.get(REACH)
    ending = pages.living.village.phone(ANNE, FJORDVIK)[-2:]

    await pages.living.hub.desk.work(OPERATOR, stop, pages)
    stopped = await browser.get(REACH)
    clock.move(timedelta(hours=14))
    late = await (await pages.signed_in(ANNE)).get(REACH)

    assert f"•••{ending}" in works.text
    assert "Virker" in works.text
    assert "sist" in works.text
    assert "Du har svart STOPP" in stopped.text
    assert "Nå er det stilletid" not in stopped.text
    assert "Nå er det stilletid" in late.text


def stop(work: Work, pages: FamilyPages) -> None:
    for address in own_phones(work, pages):
        address.stopped_at, address.stopped_by = work.now, "guardian"


def own_phones(look: Look, pages: FamilyPages) -> list[GuardianAddress]:
    return list(list_live(look, pages.living.village.guardian(ANNE).id, SMS))
