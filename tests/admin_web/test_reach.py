"""*How is this guardian reached?* on behalf of the family; *Ring these*; and *Which way first?* of an owner."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import LETTER, MAIL, SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.claims import claim
from hub.post.climbing import climb_on
from hub.post.deliveries import Delivery, Status, end_badly
from hub.post.due import Room
from hub.post.messages import Author, Lane, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post
from hub.post.reach_plans import Plan, Rung, Sign, find_budgets, get_plans, set_plan
from hub.post.reach_wishes import ReachWish, Reserved, choose, find_wish, reserve
from hub.post.running_kinds import keep_kinds
from hub.post.topics import Topic
from hub.post.unreached import Unreached
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

LEADER, ADMINISTRATOR, TEACHER = "Ingrid Solberg", "Tora Myklebust", "Kari Lunde"
ANNE, KARI = "Anne Nordmann", "Kari Nordmann"
pytestmark = pytest.mark.one_store


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        await day.site.desk.work(TEST, keep_kinds, {SMS, MAIL})
        yield day


def path(day: SchoolDay, child: str = KARI, guardian: str = ANNE) -> str:
    return f"/children/{day.village.child(child).id}/reach/{day.village.guardian(guardian).id}"


async def wish(day: SchoolDay, guardian: str = ANNE) -> ReachWish | None:
    return await day.site.desk.look(TEST, find_wish, day.village.guardian(guardian).id)


@pytest.mark.capability("H-33")
async def test_no_sms_at_all_is_shown_to_stop_emergencies_before_it_holds_and_can_be_ended(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(path(day))

    warned = shown(await teacher.post(path(day), reserved="sms:all"))
    before = await wish(day)
    await teacher.post(path(day), reserved="sms:all", sure="yes")
    saved = await wish(day)
    await teacher.post(path(day), reserved="sms:")
    ended = await wish(day)

    assert "Det kommer ikke noe mer på SMS" in warned
    assert "Heller ikke i en nødssituasjon" in warned
    assert before is None
    assert saved is not None
    assert saved.reserved == {SMS: "all"}
    assert ended is not None
    assert ended.reserved == {}
    assert len(await day.audited("reach.reserve", TEACHER)) == 1
    assert len(await day.audited("reach.end_reservation", TEACHER)) == 1


async def test_the_milder_no_and_the_ways_and_the_quiet_hours_hold_at_once(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(path(day))

    await teacher.post(path(day), reserved="sms:not_urgent", way="daily:mail", quiet_from="20:00", quiet_to="08:00")
    kept = await wish(day)

    assert kept is not None
    assert (kept.reserved, kept.choices) == ({SMS: "not_urgent"}, {"daily": [MAIL]})
    assert [at.hour for at in kept.quiet] == [20, 8]


async def test_who_serves_another_group_or_owner_finds_no_such_page(day: SchoolDay) -> None:
    elsewhere, stranger = await day.as_("Mette Strand"), await day.as_("Tuula Heikkinen", SAARELA)
    await elsewhere.get("/")
    await stranger.get("/")

    assert (await stranger.get(path(day))).status == 404
    assert (await stranger.post(path(day), reserved="sms:all", sure="yes")).status == 404
    assert (await elsewhere.get(path(day))).status == 404
    assert await wish(day) is None


async def test_a_guardian_of_another_child_is_not_found_behind_this_one(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    assert (await teacher.get(path(day, guardian="Lene Berg"))).status == 404


def fail(work: Work, day: SchoolDay, why: str) -> str:
    guardian, unit = day.village.guardian(ANNE), day.village.unit("school")
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [guardian.id], ThreadKind.PRIVATE)
    message = post(
        work,
        thread,
        Post(
            text="Det er kommet et brev.",
            language="nb",
            author=Author.BOT,
            author_id="leave",
            child_ids=[day.village.child(KARI).id],
            lane=Lane.ORDINARY,
            topic=Topic.LETTER,
            number=day.village.number("contact teacher 7A"),
        ),
    )
    work.session.flush()
    delivery = work.session.scalars(sa.select(Delivery).where(Delivery.message_id == message.id)).one()
    end_badly(work, delivery, Status.FAILED, why)
    work.session.flush()
    climb_on(work, [delivery.id])
    return message.id


async def listed(day: SchoolDay) -> list[Unreached]:
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Unreached))))


async def test_whom_nothing_reached_is_rung_and_leaves_the_list_when_reached(day: SchoolDay) -> None:
    await day.site.desk.work(TEST, fail, day, "30005")
    teacher = await day.as_(TEACHER)
    page = shown(await teacher.get("/unreached"))
    row = (await listed(day))[0]

    await teacher.post(f"/unreached/{row.id}", how="not_reached")
    tried = shown(await teacher.get("/unreached"))
    await teacher.post(f"/unreached/{row.id}", how="reached")
    twice = await teacher.post(f"/unreached/{row.id}", how="not_reached")
    done = shown(await teacher.get("/unreached"))

    assert "Ring 1 person" in page
    assert "Anne Nordmann" in page
    assert "Nummeret er ikke i bruk" in page
    assert "+47 40 00 01 01" in page
    assert "Ringt uten svar" in tried
    assert twice.status == 200
    assert "Ingen å ringe" in done
    assert len(await day.audited("unreached.called", TEACHER)) == 2


async def test_whom_a_letter_is_for_stands_on_the_list_until_it_is_printed_and_posted(day: SchoolDay) -> None:
    by_letter = Plan(Topic.LETTER, (Rung(SMS, 30), Rung(LETTER, 60)), Sign.READ, calls=False)
    await day.site.desk.work(TEST, set_plan, day.village.owner().id, by_letter, "test")
    await day.site.desk.work(TEST, fail, day, "30005")
    row = (await listed(day))[0]
    teacher, stranger = await day.as_(TEACHER), await day.as_("Mette Strand")
    page = shown(await teacher.get("/unreached"))

    letter = shown(await teacher.get(f"/unreached/{row.id}/letter"))
    elsewhere = await stranger.get(f"/unreached/{row.id}/letter")
    await teacher.post(f"/unreached/{row.id}", how="posted")

    assert "De skal ha brev" in page
    assert "Brev til Anne Nordmann" in letter
    assert "Det er kommet et brev." in letter
    assert elsewhere.status == 404
    assert "Ingen å ringe" in shown(await teacher.get("/unreached"))
    assert (await teacher.get(f"/unreached/{row.id}/letter")).status == 404


async def test_who_may_not_read_the_message_sees_nobody_to_ring(day: SchoolDay) -> None:
    await day.site.desk.work(TEST, fail, day, "30005")
    row = (await listed(day))[0]
    stranger = await day.as_("Mette Strand")

    assert "Anne Nordmann" not in shown(await stranger.get("/unreached"))
    assert (await stranger.post(f"/unreached/{row.id}", how="reached")).status == 404
    assert (await listed(day))[0].settled_at is None


async def test_an_owner_sees_what_a_plan_does_before_it_holds(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/ways?topic=letter")
    wished: dict[str, Any] = {
        "topic": "letter",
        "kind": ["mail", "sms", ""],
        "wait": ["60", "30", "30"],
        "until": "read",
    }

    seen = shown(await administrator.post("/ways", **wished))
    before = await day.site.desk.look(TEST, letter_plan, day)
    await administrator.post("/ways", **wished, sure="yes")
    after = await day.site.desk.look(TEST, letter_plan, day)

    assert "Først e-post (vent 1 t), så SMS (vent 30 min). Til den er lest." in seen
    assert "Ingen ringer til slutt." in seen
    assert "først på SMS" in seen
    assert before == ([SMS, MAIL], Sign.DELIVERED, True)
    assert after == ([MAIL, SMS], Sign.READ, False)


def letter_plan(look: Look, day: SchoolDay) -> tuple[list[str], Sign, bool]:
    plan = get_plans(look, day.village.owner().id)[Topic.LETTER]
    return plan.kinds, plan.until, plan.calls


async def test_a_plan_without_a_way_is_refused_in_words(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/ways?topic=letter")

    refused = await administrator.post("/ways", topic="letter", kind="", wait="0", until="read", sure="yes")

    assert refused.status == 422
    assert "En plan trenger minst én vei" in shown(refused)


async def test_a_budget_is_set_by_an_administrator_alone(day: SchoolDay) -> None:
    administrator, leader = await day.as_(ADMINISTRATOR), await day.as_(LEADER)
    await administrator.get("/ways")
    await leader.get("/ways")

    refused = await leader.post("/ways/budget", money="1")
    await administrator.post("/ways/budget", money="500")

    owner = day.village.owner().id
    assert refused.status == 404
    assert await day.site.desk.look(TEST, find_budgets, [owner]) == {owner: 500}


async def test_a_teacher_finds_no_plans(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    assert (await teacher.get("/ways")).status == 404


@pytest.mark.capability("N-10")
async def test_staff_see_by_which_way_each_is_reached_and_who_lives_in_another_home(day: SchoolDay) -> None:
    lene, sara = day.village.guardian("Lene Berg"), day.village.child("Sara Hansen")
    await day.site.desk.work(TEST, choose, lene, [Topic.DAILY], [MAIL], lene.id)
    leader = await day.as_(LEADER)

    mailed = shown(await leader.get(f"/children/{day.village.child('Jakob Berg').id}"))
    other_home = shown(await leader.get(f"/children/{sara.id}"))

    assert "Lene Berg på e-post (•••le)" in mailed
    assert "Thomas Vestby (annet hjem)" in other_home
    assert "Camilla Hansen (annet hjem)" not in other_home


@pytest.mark.capability("H-43")
async def test_what_a_teacher_writes_goes_by_mail_to_who_chose_it_and_by_sms_to_the_others(day: SchoolDay) -> None:
    lene = day.village.guardian("Lene Berg")
    await day.site.desk.work(TEST, choose, lene, [Topic.DAILY], [MAIL], lene.id)
    leader = await day.as_(LEADER)

    for child, guardian in (("Jakob Berg", "Lene Berg"), (KARI, ANNE)):
        page = f"/children/{day.village.child(child).id}"
        await leader.get(page)
        await leader.post(f"{page}/message", text="Hei fra skolen", readers=day.village.guardian(guardian).id)
    sent = await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Delivery))))

    assert {(each.guardian_id, each.kind, each.text) for each in sent} == {
        (lene.id, MAIL, "Hei fra skolen"),
        (day.village.guardian(ANNE).id, SMS, "Hei fra skolen"),
    }


@pytest.mark.capability("H-33")
@pytest.mark.parametrize("how", Reserved)
async def test_staff_are_told_before_they_write_to_who_said_no_to_sms(day: SchoolDay, how: Reserved) -> None:
    anne = day.village.guardian(ANNE)
    await day.site.desk.work(TEST, reserve, anne, SMS, how, anne.id)
    teacher = await day.as_(TEACHER)

    page = shown(await teacher.get(f"/children/{day.village.child(KARI).id}"))

    assert "Anne Nordmann har sagt nei til slike SMS, og får ikke denne. Ring i stedet." in page


async def test_what_staff_write_at_night_says_that_it_waits_for_the_morning(day: SchoolDay) -> None:
    day.move_to(22, 0)
    teacher, page = await day.as_(TEACHER), f"/children/{day.village.child(KARI).id}"
    await teacher.get(page)
    await teacher.post(f"{page}/message", text="Husk ski i morgen", readers=day.village.guardian(ANNE).id)
    day.clock.move(timedelta(seconds=10))
    claimed = await day.site.desk.work(TEST, claim, Room(10))

    seen = shown(await teacher.get(page))

    assert claimed.claimed == []
    assert "venter til familiens stilletid er over" in seen
