"""What goes wrong on demand goes wrong as asked, and as Twilio would."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import pytest
from twilio.rest import Client

from .handsets import NotSent
from .manners import Allowance, Manners
from .pretend_hub import GUARDIAN, SCHOOL, PretendHub, post_text
from .problems import Problem
from .twilio_provider import RehearsalProvider


async def test_a_phone_that_is_off_gets_its_texts_in_order_when_it_is_on_again(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    phone = provider.phone(GUARDIAN)
    phone.switch_off()

    for body in ("1", "2", "3"):
        await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body=body, status_callback=f"{hub.url}/status")
    await provider.at_rest()
    before = list(hub.states)
    phone.switch_on()
    await provider.at_rest()

    assert sorted(before) == ["sending"] * 3 + ["sent"] * 3
    assert [text.body for text in phone.received] == ["1", "2", "3"]
    assert hub.states[6:] == ["delivered"] * 3


async def test_a_phone_off_too_long_ends_as_30003_and_an_unknown_one_as_30005(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    provider.phone(GUARDIAN).switch_off()
    provider.phone("+4740000002").become_unknown()

    for to in (GUARDIAN, "+4740000002"):
        await sdk.messages.create_async(to=to, from_=SCHOOL, body="Hei", status_callback=f"{hub.url}/status")
    await provider.at_rest()
    provider.let_validity_pass()
    await provider.at_rest()

    ends = {report["To"]: (report["MessageStatus"], report.get("ErrorCode")) for report in hub.reports}
    assert ends == {GUARDIAN: ("undelivered", "30003"), "+4740000002": ("undelivered", "30005")}


async def test_while_the_network_is_out_texts_wait_and_phones_cannot_send(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    provider.faults.network_down = True

    await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Hei")
    await provider.at_rest()
    with pytest.raises(NotSent):
        await provider.phone(GUARDIAN).text(SCHOOL, "Hei")
    nothing_yet = provider.phone(GUARDIAN).received
    provider.faults.network_down = False

    assert nothing_yet == []
    assert (await provider.phone(GUARDIAN).next_text()).body == "Hei"


async def test_callbacks_can_be_shuffled_doubled_and_lost(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    async def states(**trouble: float) -> list[str]:
        provider.faults.clear()
        for name, value in trouble.items():
            setattr(provider.faults, name, value)
        hub.reports.clear()
        await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Hei", status_callback=f"{hub.url}/status")
        await provider.at_rest()
        return hub.states

    shuffled = [await states(callbacks_shuffled=True) for _ in range(6)]

    assert any(order != ["sending", "sent", "delivered"] for order in shuffled)
    assert all(sorted(order) == ["delivered", "sending", "sent"] for order in shuffled)
    assert await states(callbacks_doubled=1) == ["sending", "sending", "sent", "sent", "delivered", "delivered"]
    assert await states(callbacks_lost=1) == []


async def test_callbacks_can_come_before_the_answer(provider: RehearsalProvider, hub: PretendHub, sdk: Client) -> None:
    provider.faults.callbacks_before_answer = True

    await sdk.messages.create_async(to=GUARDIAN, from_=SCHOOL, body="Hei", status_callback=f"{hub.url}/status")

    assert hub.states == ["sending", "sent", "delivered"]


async def test_webhooks_can_be_lost_and_doubled(provider: RehearsalProvider, hub: PretendHub) -> None:
    provider.faults.webhooks_lost = True
    await provider.phone(GUARDIAN).text(SCHOOL, "lost")
    provider.faults.clear()
    provider.faults.webhooks_doubled = True
    await provider.phone(GUARDIAN).text(SCHOOL, "twice")

    assert [text["Body"] for text in hub.texts] == ["twice", "twice"]
    assert hub.texts[0]["MessageSid"] == hub.texts[1]["MessageSid"]
    assert [text.body for text in provider.texts] == ["lost", "twice"]


async def test_trouble_comes_as_planned_and_then_ends(provider: RehearsalProvider, hub: PretendHub) -> None:
    provider.faults.too_many(retry_after=7)
    provider.faults.error()
    provider.faults.error(sent=True)
    provider.faults.nonsense()
    provider.faults.refuse(21611)

    answers = [await post_text(provider) for _ in range(6)]

    assert [status for status, _, _ in answers] == [429, 500, 500, 201, 429, 201]
    assert answers[0][1]["Retry-After"] == "7"
    assert answers[3][2].startswith("<html>")
    assert len(provider.texts) == 3


@pytest.mark.parametrize("sent", [True, False])
async def test_a_silent_provider_and_a_reset_connection_leave_the_fate_unknown(
    provider: RehearsalProvider, hub: PretendHub, sent: bool
) -> None:
    provider.faults.silence(sent=sent)
    provider.faults.reset(sent=sent)

    with pytest.raises(TimeoutError):
        await post_text(provider, timeout=2.0)
    with pytest.raises(aiohttp.ClientError):
        await post_text(provider)

    assert len(provider.texts) == (2 if sent else 0)


async def test_a_lasting_trouble_everywhere_befalls_lists_too(
    provider: RehearsalProvider, hub: PretendHub, sdk: Client
) -> None:
    provider.faults.error(times=None, everywhere=True)

    with pytest.raises(Exception, match="fetch"):
        await sdk.messages.list_async()
    provider.faults.clear()

    assert await sdk.messages.list_async() == []


async def test_a_provider_that_is_down_resets_every_connection(provider: RehearsalProvider, sdk: Client) -> None:
    provider.faults.provider_down = True

    with pytest.raises(aiohttp.ClientError):
        await sdk.messages.list_async()


async def test_more_than_the_allowance_is_refused(hub: PretendHub) -> None:
    async with RehearsalProvider(manners=Manners(texts_per_second=0.001)) as provider:
        provider.add_number(SCHOOL)

        first, second = await post_text(provider), await post_text(provider)

    assert (first[0], second[0]) == (201, 429)
    assert int(second[1]["Retry-After"]) > 900


def test_an_allowance_fills_again_with_time() -> None:
    now = 0.0
    allowance = Allowance(2, lambda: now)

    allowance.spend()
    allowance.spend()
    with pytest.raises(Problem):
        allowance.spend()
    now = 0.5

    allowance.spend()


async def test_a_provider_for_load_keeps_nothing_and_still_counts() -> None:
    async with RehearsalProvider(manners=Manners(keeps=False, reports=False)) as provider:
        provider.add_number(SCHOOL)

        answers = await asyncio.gather(*(post_text(provider) for _ in range(5)))

    assert {status for status, _, _ in answers} == {201}
    assert provider.count == 5
    assert provider.texts == []


async def test_the_same_seed_gives_the_same_rehearsal() -> None:
    async def sids() -> list[str]:
        async with RehearsalProvider(chance=random.Random(3)) as provider:
            provider.add_number(SCHOOL)
            await post_text(provider)
            await post_text(provider)
            return [text.sid for text in provider.texts]

    assert await sids() == await sids()
