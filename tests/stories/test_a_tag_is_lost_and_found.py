"""A tag is given to a guardian who says by text that she has it, is lost and blocked at once, and found again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.asker import Asker
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.facts import list_tag_facts
from hub.door.hand_outs import TagHandOut
from hub.door.lost_tags import find_again, lose_by_label
from hub.door.readers import TagReader
from hub.door.tags import Tag
from hub.door.taps import Proof, keep_tap
from hub.post.messages import Thread
from tests.hub.door.devices import pair_gate, touch
from tests.hub.door.handing import give
from tests.hub.post.spoken import as_staff
from tests.living_hub import ANSWER_SECONDS, OPERATOR, LivingHub, living_hub

MARTE, NOAH, ROLE = "Marte Bakken", "Noah Bakken", "teacher blabaer"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def leader(living: LivingHub) -> Asker:
    return as_staff(living.village.staff("Astrid Vik"))


async def hand_out(living: LivingHub) -> tuple[TagHandOut, str]:
    """A tag for Noah, and what his mother is asked."""
    given = await living.hub.desk.work(leader(living), lambda work: give(work, living.village, NOAH, signed=False))
    return given, (await living.phone(MARTE).next_text(ANSWER_SECONDS)).body


async def touch_door(living: LivingHub, gate: TagReader, number: int) -> str:
    def keep(work: Work) -> str:
        return keep_tap(work, work.session.get_one(TagReader, gate.id), touch(number, work.now)).proof

    return await living.hub.desk.work(OPERATOR, keep)


@pytest.mark.capability("L-14")
async def test_a_tag_is_confirmed_by_text_lost_found_and_opens_the_door_in_between(living: LivingHub) -> None:
    gate = await living.hub.desk.work(OPERATOR, pair_gate, living.village)
    given, asked = await hand_out(living)

    answer = await living.text(MARTE, ROLE, "Ja")
    confirmed = await living.hub.desk.look(OPERATOR, list_tag_facts)
    proofs = [await touch_door(living, gate, 1)]
    label = (await living.hub.desk.look(OPERATOR, lambda look: look.session.get_one(Tag, given.tag_id))).label
    await living.hub.desk.work(leader(living), lose_by_label, given.unit_id, label)
    proofs.append(await touch_door(living, gate, 2))
    await living.hub.desk.work(leader(living), find_again, given.tag_id)
    proofs.append(await touch_door(living, gate, 3))

    assert asked == "Har du fått en brikke til Noah fra Lerkeveien barnehage? Svar JA eller NEI."
    assert answer.startswith("Takk, det er notert.")
    assert confirmed == ["tag: Noah, texted"]
    assert proofs == [Proof.HINT, Proof.BLOCKED, Proof.HINT]


async def test_a_guardian_who_has_no_tag_has_it_blocked_and_staff_see_it(living: LivingHub) -> None:
    gate = await living.hub.desk.work(OPERATOR, pair_gate, living.village)
    await hand_out(living)

    answer = await living.text(MARTE, ROLE, "Nei")

    def reasons(look: Look) -> list[str | None]:
        return [thread.waits_why for thread in look.session.query(Thread) if thread.waits_why]

    assert "sperret nå" in answer
    assert await touch_door(living, gate, 1) == Proof.BLOCKED
    assert await living.hub.desk.look(OPERATOR, list_tag_facts) == ["tag: Noah, denied, lost"]
    assert await living.hub.desk.look(OPERATOR, reasons) == ["tag_denied"]
