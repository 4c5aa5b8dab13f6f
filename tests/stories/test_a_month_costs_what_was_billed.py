"""Everything that leaves in a month costs, to the last digit, what the provider billed for it; what stands on one side alone is
named."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from admin_web.staff.cost_differences import gather_differences
from admin_web.staff.costs import gather_costs, gather_family, gather_overview
from hub.clock import StoppedClock
from hub.desk import Look
from hub.people.families import GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import list_units_of
from hub.people.staff import Role
from hub.post.bills import PRICES_COME_WITHIN
from hub.post.broadcasts import Written
from hub.post.cost_differences import Compared
from hub.post.costs import Cost, Handed, list_handed, this_month
from hub.post.prices import Prices
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.rehearsal.manners import Manners
from tests.rehearsal.texts import Text
from tests.stories.sent_to_many import ask_old_numbers, let_all_go_at_once, send_to_7a, sent_by

LEADER = "Ingrid Solberg"
PRICES = Prices({"NO": Decimal("0.39")})
BILLED = Manners(prices={"+47": Decimal("0.37513"), "+": Decimal("1.00007")}, currency="NOK")
SKI = Written({"nb": "{child} og resten av {group} går på ski. " + "Ta med ski, varme klær og mat. " * 4}, "nb")
TEXTS = ["Kari er syk i dag", "Kari kommer for sent", "Hvem henter Kari?"]


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    clock.move(timedelta(hours=3))
    async with living_hub(tmp_path, village_store_url, clock, manners=BILLED) as hub:
        await hub.hub.desk.work(OPERATOR, let_all_go_at_once)
        await ask_old_numbers(hub)
        yield hub


async def live_a_month(living: LivingHub, clock: StoppedClock) -> list[Text]:
    """Until its last week; all that the provider took."""
    for day in range(20):
        if day in (1, 8):
            await send_to_7a(living, clock, PRICES, SKI)
        if day % 7 == 3:
            for text in TEXTS:
                await living.text("Anne Nordmann", "contact teacher 7A", text)
        await living.settled()
        clock.move(timedelta(days=1))
    return sent_by(living)


async def read_bills(living: LivingHub, clock: StoppedClock) -> None:
    clock.move(PRICES_COME_WITHIN)
    await living.hub.routines.read_bills()


def sum_of(texts: list[Text]) -> Decimal:
    return sum((text.price for text in texts if text.price is not None), Decimal(0))


async def compare(living: LivingHub) -> Compared:
    leader = as_staff(living.village.staff(LEADER))
    found, _ = await living.hub.desk.look(leader, gather_differences, None, PRICES)
    return found


@pytest.mark.capability("N-40")
async def test_a_months_sums_by_message_family_use_and_unit_are_the_providers_ledger(
    living: LivingHub, clock: StoppedClock
) -> None:
    sent = await live_a_month(living, clock)
    await read_bills(living, clock)
    leader, unit = as_staff(living.village.staff(LEADER)), living.village.unit("school")

    def handed(look: Look) -> list[Handed]:
        units = [
            each for owner in {u.owner_id for u in living.village.units.values()} for each in list_units_of(look, owner)
        ]
        month = this_month(units[0], look.now)
        return [row for each in units for row in list_handed(look, each, month, PRICES)]

    def owners(look: Look) -> dict[str, str]:
        rows = look.session.execute(sa.select(GuardianAddress.value, GuardianAddress.guardian_id))
        return {row[0]: row[1] for row in rows}

    rows = await living.hub.desk.look(OPERATOR, handed)
    by_message = {row.provider_id: sum((c.money or Decimal(0) for c in row.charges), Decimal(0)) for row in rows}
    assert len(sent) > 20
    assert by_message == {text.sid: text.price for text in sent}
    owner_of = await living.hub.desk.look(OPERATOR, owners)
    school = await living.hub.desk.look(leader, gather_costs, unit.id, None, PRICES)
    ledger = school.ledger
    for costs in (ledger.by_use, ledger.by_family):
        assert sum((each.money for each in costs.values()), Decimal(0)) == ledger.total.money
    assert ledger.total.billed == ledger.total.texts > 0
    assert ledger.total.unpriced == 0
    for id_, cost in ledger.by_family.items():
        if id_:
            theirs = [text for text in sent if owner_of[text.recipient] == id_]
            family = await living.hub.desk.look(leader, gather_family, unit.id, id_, None, PRICES)
            assert family.total == cost
            assert sum((c.money for *_, c in family.rows), Decimal(0)) == cost.money <= sum_of(theirs)
    overview = await living.hub.desk.look(leader, gather_overview, None, PRICES)
    assert [one.total for one in overview.units if one.unit.id == unit.id] == [ledger.total]
    assert sum(by_message.values(), Decimal(0)) == sum_of(sent)


@pytest.mark.capability("N-40")
async def test_what_was_billed_and_is_not_ours_and_what_was_not_billed_are_each_named(
    living: LivingHub, clock: StoppedClock
) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await send_to_7a(living, clock, PRICES, SKI)
    free = next(text for text in sent_by(living) if text.recipient == living.village.phone("Anne Nordmann"))
    free.price = None
    stranger = await send_beside_the_hub(living)
    await read_bills(living, clock)

    found = await compare(living)

    (unbilled,), (unknown,) = found.unbilled, found.unknown
    assert (unbilled.handed.provider_id, unbilled.name) == (free.sid, "Anne Nordmann")
    assert (unknown.bill.provider_id, unknown.name) == (stranger.sid, "Anne Nordmann")
    assert found.reckoned.money - unbilled.cost.money + unknown.cost.money == found.billed.money
    ledger = [text for text in sent_by(living) if text.sender in await numbers_of_school(living)]
    assert found.billed.money == sum_of(ledger)


async def test_before_the_ledger_is_read_the_settings_prices_count_and_a_price_that_comes_later_is_taken(
    living: LivingHub, clock: StoppedClock
) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await living.settled()
    before = await cost_of_school(living)
    texts = [text for text in sent_by(living) if text.sender in await numbers_of_school(living)]
    prices = {text.sid: text.price for text in texts}
    for text in texts:
        text.price = None
    await living.hub.routines.read_bills()
    unpriced, waiting = await cost_of_school(living), (await compare(living)).waiting
    for text in texts:
        text.price = prices[text.sid]
    await read_bills(living, clock)
    after = await cost_of_school(living)

    assert before.money == unpriced.money == Decimal("0.39") * before.parts
    assert (before.billed, unpriced.billed, after.billed) == (0, 0, after.texts)
    assert waiting == before.texts == after.texts
    assert after.money == sum_of(texts)
    assert (await compare(living)).unbilled == []


async def cost_of_school(living: LivingHub) -> Cost:
    leader, unit = as_staff(living.village.staff(LEADER)), living.village.unit("school")
    found = await living.hub.desk.look(leader, gather_costs, unit.id, None, PRICES)
    return found.ledger.total


async def numbers_of_school(living: LivingHub) -> set[str]:
    school = living.village.unit("school").id

    def ask(look: Look) -> set[str]:
        allocated = sa.select(NumberAllocation.number_id).join(Role).where(Role.unit_id == school)
        return set(look.session.scalars(sa.select(VirtualNumber.value).where(VirtualNumber.id.in_(allocated))))

    return await living.hub.desk.look(OPERATOR, ask)


async def send_beside_the_hub(living: LivingHub) -> Text:
    """Somebody with the account's token sends from a number of ours."""
    provider = living.provider
    sent = Text(
        provider.log.new_sid("SM"),
        living.village.number("contact teacher 7A").value,
        living.village.phone("Anne Nordmann"),
        "Dette sendte ikke Budbok.",
        "outbound-api",
        living.hub.desk.clock.now(),
        "queued",
    )
    provider.log.keep(sent)
    await provider.network.send(sent)
    await provider.at_rest()
    return sent
