"""*Costs*, asked over HTTP as browsers do: who sees which sums, what work was saved, and where it differs from the provider."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.billing import BillLine
from hub.post.bills import Bill, forget_bills, keep_bills, mark_read
from hub.post.broadcasts import HOLD
from hub.saved_time import FUNCTIONS, Saved, count_saved, set_hand_times
from tests.admin_web.broadcast_day import deliver, form, send, wake
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_broadcasts import LEADER, TEACHER
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST

ADMINISTRATOR = "Tora Myklebust"
MARCH = date(2025, 3, 1)


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def send_to_7a(day: SchoolDay) -> None:
    await send(await day.as_(TEACHER), form(day))
    day.clock.move(HOLD + timedelta(seconds=1))
    await wake(day)
    await deliver(day)


async def bill(day: SchoolDay, *lines: BillLine) -> None:
    """The ledger is read, and has these lines; nothing else is billed any more."""

    def keep(work: Work) -> None:
        keep_bills(work, "twilio", lines)
        mark_read(work, "twilio", work.now)

    day.clock.move(timedelta(days=4))
    await day.site.desk.work(TEST, keep)


def line(day: SchoolDay, provider_id: str, amount: str) -> BillLine:
    sender = day.village.number("contact teacher 7A").value
    recipient = day.village.phone("Anne Nordmann")
    return BillLine(provider_id, day.clock.now(), sender, recipient, 1, Decimal(amount), "NOK")


@pytest.mark.capability("K-14")
async def test_a_leader_sees_families_an_administrator_sums_and_a_teacher_neither(day: SchoolDay) -> None:
    await send_to_7a(day)
    leader, administrator, teacher = await day.as_(LEADER), await day.as_(ADMINISTRATOR), await day.as_(TEACHER)
    unit = f"/costs/{day.village.unit('school').id}"
    family = f"{unit}/families/{day.village.guardian('Anne Nordmann').id}"

    seen = {path: await leader.get(path) for path in ("/costs", unit, family, "/cost-differences", "/cost-minutes")}
    summed, own, hidden = (
        await administrator.get("/costs"),
        await administrator.get(unit),
        await administrator.get(family),
    )

    assert {page.status for page in seen.values()} == {200}
    assert "Anne Nordmann" in seen[unit].text
    assert "Hver melding til Anne Nordmann" in unescape(seen[family].text)
    assert "Fellesmeldinger" in seen[family].text
    assert day.village.unit("preschool").name not in seen["/costs"].text
    assert (summed.status, own.status, hidden.status) == (200, 200, 404)
    assert day.village.unit("preschool").name in summed.text
    assert "Fellesmeldinger" in own.text
    assert "Nordmann" not in own.text + summed.text
    for path in seen:
        assert (await teacher.get(path)).status == 404


@pytest.mark.capability("N-40")
async def test_minutes_by_hand_are_dated_and_make_an_estimate_that_says_how_it_was_made(day: SchoolDay) -> None:
    await send_to_7a(day)
    administrator, leader = await day.as_(ADMINISTRATOR), await day.as_(LEADER)
    unit = f"/costs/{day.village.unit('school').id}"
    before = unescape((await leader.get(unit)).text)
    await administrator.get("/cost-minutes")

    kept = await administrator.post("/cost-minutes", from_day="2025-03-01", broadcast="4")
    refused = [
        await leader.post("/cost-minutes", from_day="2025-03-01", broadcast="9"),
        await administrator.post("/cost-minutes", from_day="2025-03-01", broadcast="900"),
    ]
    after, overview = unescape((await leader.get(unit)).text), unescape((await leader.get("/costs")).text)
    shown = unescape((await leader.get("/cost-minutes")).text)

    assert kept.status == 200
    assert [page.status for page in refused] == [404, 400]
    assert "Ingen har sagt det" in before
    assert "Anslag: omtrent" not in before
    assert "Et anslag: hvor mange ganger Budbok gjorde det selv" in after
    assert "Anslag: omtrent" in after
    assert "Anslag: omtrent" in overview
    assert "4 min, fra lør. 1. mars 2025" in shown


async def test_an_act_is_reckoned_by_what_was_said_for_its_day(day: SchoolDay) -> None:
    administrator = as_staff(day.village.staff(ADMINISTRATOR))
    unit = day.village.unit("school")
    await send_to_7a(day)

    async def saved() -> list[Saved]:
        return await day.site.desk.look(TEST, count_saved, unit, MARCH)

    (unsaid,) = await saved()
    await day.site.desk.work(administrator, set_hand_times, {"broadcast": 3}, MARCH)
    await day.site.desk.work(administrator, set_hand_times, {"broadcast": 5}, date(2025, 3, 4))
    (first,) = await saved()
    day.clock.move(timedelta(days=1))
    await send_to_7a(day)
    (both,) = await saved()
    await day.site.desk.work(administrator, set_hand_times, dict.fromkeys(FUNCTIONS), MARCH)
    (later_alone,) = await saved()

    n = unsaid.acts
    assert (unsaid.function, unsaid.each, unsaid.minutes, unsaid.unsaid) == ("broadcast", (), 0, n)
    assert (first.acts, first.each, first.minutes, first.unsaid) == (n, (3,), 3 * n, 0)
    assert (both.acts, both.each, both.minutes, both.unsaid) == (2 * n, (3, 5), 8 * n, 0)
    assert (later_alone.each, later_alone.minutes, later_alone.unsaid) == ((5,), 5 * n, n)


@pytest.mark.capability("N-40")
async def test_differences_name_what_stands_on_one_side_alone(day: SchoolDay) -> None:
    await send_to_7a(day)
    await bill(day, line(day, "SMstranger", "1.0251"))
    leader, elsewhere = await day.as_(LEADER), await day.as_("Astrid Vik")

    page = await leader.get("/cost-differences")
    other = await elsewhere.get("/cost-differences")

    text = unescape(page.text)
    unknown, _, unbilled = text.partition("Vi sendte dem, men operatøren tok ikke betalt")
    assert "SMstranger" in unknown
    assert "1,0251 kr" in unknown
    assert "Anne Nordmann" in unknown.partition("vi kjenner dem ikke")[2]
    assert "Anne Nordmann" in unbilled
    assert "Fellesmeldinger" in unbilled
    assert "SMstranger" not in other.text
    assert "Nordmann" not in other.text


async def test_where_no_provider_tells_its_ledger_the_page_says_so(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    seen = await leader.get("/cost-differences")

    assert "Ingen operatør har fortalt hva den tar betalt" in unescape(seen.text)


async def test_whom_a_line_that_nobody_knows_of_went_to_is_let_go_of_after_a_month(day: SchoolDay) -> None:
    await bill(day, line(day, "SM-of-nobody", "0.5"))
    leader = await day.as_(LEADER)
    path = "/cost-differences"
    before = await leader.get(path)

    day.clock.move(timedelta(days=31))
    await day.site.desk.work(TEST, forget_bills)

    def numbers(look: Look) -> list[str | None]:
        return list(look.session.scalars(sa.select(Bill.recipient)))

    assert "Anne Nordmann" in before.text
    assert await day.site.desk.look(TEST, numbers) == [None]
    assert (await (await day.as_(LEADER)).get(path)).status == 200
