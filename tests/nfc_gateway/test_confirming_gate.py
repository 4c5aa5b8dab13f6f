"""A gate that may confirm by itself marks a coming that a tag proves; what needs a person waits, as at every other gate."""

from collections.abc import AsyncIterator

import pytest

from hub.desk import Work
from hub.door.readers import TagReader
from hub.door.tags import TagKind
from hub.door.taps import Proof, TapState
from hub.school.day_board import Presence
from nfc_gateway import wire
from nfc_gateway.state import Identity
from tests.hub.door.at_door import NOAH, presence
from tests.hub.door.devices import SERIAL, hang_tag
from tests.hub.door.proving_tags import ProvingTag, write_tag
from tests.nfc_gateway.gates import TEST, Hubside, hub_side
from tests.village import Village


@pytest.fixture
async def hub(village: Village) -> AsyncIterator[Hubside]:
    async with hub_side(village) as running:
        yield running


@pytest.fixture
async def tag(village: Village) -> ProvingTag:
    """Noah's, written with the owner's keys."""
    await village.desk.work(TEST, hang_tag, village, NOAH, kind=TagKind.PROVING)
    return (await write_tag(village, SERIAL))[0]


async def pair(hub: Hubside, *, confirms_itself: bool) -> Identity:
    gate = await hub.paired()

    def let(work: Work) -> None:
        work.session.get_one(TagReader, gate.reader).confirms_itself = confirms_itself

    await hub.village.desk.work(TEST, let)
    return gate


def touched(hub: Hubside, number: int, address: str) -> wire.Told:
    """As a gate tells it: what stands behind the question mark."""
    return wire.Told(number, SERIAL, hub.now, address.partition("?")[2])


@pytest.mark.parametrize("confirms_itself", [True, False])
async def test_a_proven_coming_counts_at_a_gate_that_may_confirm_and_waits_at_another(
    hub: Hubside, tag: ProvingTag, confirms_itself: bool
) -> None:
    gate = await pair(hub, confirms_itself=confirms_itself)

    said = await hub.send(gate, [touched(hub, 1, tag.encrypted(7))])

    (tap,) = await hub.taps()
    assert said.answer.kept == 1
    assert tap.proof == Proof.PROVEN
    assert tap.state == (TapState.CONFIRMED if confirms_itself else TapState.PENDING)
    assert await presence(hub.village, NOAH) is (Presence.HERE if confirms_itself else Presence.NOT_HEARD)


async def test_a_photographed_address_proves_nothing_the_second_time(hub: Hubside, tag: ProvingTag) -> None:
    gate = await pair(hub, confirms_itself=False)

    await hub.send(gate, [touched(hub, 1, tag.encrypted(7)), touched(hub, 2, tag.encrypted(7))])

    assert [tap.proof for tap in await hub.taps()] == [Proof.PROVEN, Proof.REPLAYED]


async def test_a_second_touch_of_who_came_by_itself_waits_for_staff(hub: Hubside, tag: ProvingTag) -> None:
    gate = await pair(hub, confirms_itself=True)

    for number in (1, 2):
        await hub.send(gate, [touched(hub, number, tag.encrypted(6 + number))])

    assert [tap.state for tap in await hub.taps()] == [TapState.CONFIRMED, TapState.PENDING]
    assert await presence(hub.village, NOAH) is Presence.HERE


async def test_what_a_phone_may_play_that_a_tag_once_said_waits_for_staff(hub: Hubside, tag: ProvingTag) -> None:
    """It was read at home, so that no gate has heard it; a phone that plays a tag draws its serial anew."""
    gate = await pair(hub, confirms_itself=True)
    played = wire.Told(1, "08a1b2c3", hub.now, tag.encrypted(7).partition("?")[2])

    await hub.send(gate, [played])

    (tap,) = await hub.taps()
    assert (tap.proof, tap.state, tap.serial) == (Proof.PROVEN, TapState.PENDING, SERIAL)
    assert await presence(hub.village, NOAH) is Presence.NOT_HEARD
