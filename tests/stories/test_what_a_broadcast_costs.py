"""What a broadcast is said to take before it goes is what the provider took, and the month's ledger is the provider's own."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.people.families import Guardian, GuardianAddress
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Reply, Written
from hub.post.costs import Cost, Ledger, cost_of_messages, read_ledger, this_month
from hub.post.prices import Prices
from hub.safety.access import get_reach
from hub.talk.broadcasting import YES_OR_NO
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.rehearsal.texts import Text, segments
from tests.stories.sent_to_many import ask_old_numbers, let_all_go_at_once, send_to_7a, sent_by

LEADER = "Ingrid Solberg"
PRICE = Decimal("0.37")
PRICES = Prices({"NO": PRICE})
TEXTS = [
    Written({"nb": "Torsdag går {child} og resten av {group} på ski."}, "nb"),
    Written({"nb": "Máret og Čáppa ordner turen – husk drikke 😀"}, "nb", Reply.WORDS),
    Written({"nb": "Þórður kommer på besøk. " + "Ta med ski, varme klær og mat til hele dagen. " * 4}, "nb"),
    Written({"nb": "[Tur] {child}: 40€ ~ kan dere? " + "a" * 131, "nn": "Kan de?"}, "nb", Reply.CHOICES, YES_OR_NO),
    Written({"nb": "Hei", "en": "“Hello” " + "č" * 150}, "nb", Reply.CHOICES, ("Ski 😀", "Akebrett")),
]


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    clock.move(timedelta(hours=3))
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        await hub.hub.desk.work(OPERATOR, let_all_go_at_once)
        await ask_old_numbers(hub)
        yield hub


def count(texts: Iterable[Text]) -> tuple[int, int]:
    bodies = [text.body for text in texts]
    return len(bodies), sum(segments(body) for body in bodies)


@pytest.mark.capability("N-19")
@pytest.mark.parametrize("written", TEXTS, ids=range(len(TEXTS)))
async def test_what_was_shown_before_it_went_is_what_the_provider_took(
    living: LivingHub, clock: StoppedClock, written: Written
) -> None:
    before = len(sent_by(living))
    shown, _ = await send_to_7a(living, clock, PRICES, written)

    assert shown.cost.texts > 1
    assert as_pair(shown.cost) == count(sent_by(living)[before:])


def as_pair(cost: Cost) -> tuple[int, int]:
    return cost.texts, cost.parts


async def read_this_month(living: LivingHub) -> Ledger:
    unit = living.village.unit("school")

    def ask(look: Look) -> Ledger:
        return read_ledger(look, get_reach(look), unit, this_month(unit, look.now), PRICES)

    return await living.hub.desk.look(as_staff(living.village.staff(LEADER)), ask)


async def test_by_message_family_use_unit_and_month_it_is_the_providers_own_ledger(
    living: LivingHub, clock: StoppedClock
) -> None:
    before = len(sent_by(living))
    shown, ski = await send_to_7a(living, clock, PRICES, TEXTS[0])
    after_ski = len(sent_by(living))
    await send_to_7a(living, clock, PRICES, TEXTS[1])
    after_both = len(sent_by(living))
    await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    await living.settled()
    texts = sent_by(living)

    of_first, of_both = texts[before:after_ski], texts[before:after_both]
    others = [text for text in texts if text not in of_both]
    ledger = await read_this_month(living)

    def ask(look: Look) -> tuple[Cost, dict[str, str]]:
        of_ski = sa.select(BroadcastReceiver.message_id).where(BroadcastReceiver.broadcast_id == ski)
        rows = look.session.execute(sa.select(GuardianAddress.value, Guardian.id).join(Guardian))
        return cost_of_messages(look, PRICES, of_ski), {row[0]: row[1] for row in rows}

    by_message, owner_of = await living.hub.desk.look(OPERATOR, ask)
    assert as_pair(by_message) == count(of_first) == (shown.cost.texts, shown.cost.parts)
    assert as_pair(ledger.total) == count(texts)
    assert ledger.total.money == PRICE * count(texts)[1]
    assert as_pair(ledger.by_use["broadcast"]) == count(of_both)
    talks = [as_pair(cost) for use, cost in ledger.by_use.items() if use != "broadcast"]
    assert tuple(map(sum, zip(*talks, strict=True))) == count(others)
    by_family: Counter[str] = Counter()
    for text in texts:
        by_family[owner_of[text.recipient]] += segments(text.body)
    assert {id_: cost.parts for id_, cost in ledger.by_family.items()} == by_family
    for sums in (ledger.by_use, ledger.by_family):
        assert sum(cost.parts for cost in sums.values()) == ledger.total.parts
        assert sum(cost.money for cost in sums.values()) == ledger.total.money


async def test_a_text_belongs_to_the_month_in_which_it_was_handed_over(living: LivingHub, clock: StoppedClock) -> None:
    await send_to_7a(living, clock, PRICES, TEXTS[0])
    march = count(sent_by(living))
    clock.move(timedelta(days=31))
    await ask_old_numbers(living)
    await send_to_7a(living, clock, PRICES, TEXTS[1])
    april = tuple(all_ - before for all_, before in zip(count(sent_by(living)), march, strict=True))

    def ask(look: Look) -> list[tuple[int, int]]:
        unit, reach = living.village.unit("school"), get_reach(look)
        month = this_month(unit, look.now)
        before = (month - timedelta(days=1)).replace(day=1)
        return [as_pair(read_ledger(look, reach, unit, each, PRICES).total) for each in (before, month)]

    assert await living.hub.desk.look(as_staff(living.village.staff(LEADER)), ask) == [march, april]
