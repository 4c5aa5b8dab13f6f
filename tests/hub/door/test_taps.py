"""Taps are kept once, with what they prove, and with a clock that is checked and not trusted."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.door.taps import Proof, Tap, TapState, keep_tap
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.post.spoken import as_staff
from tests.village import Village


async def test_a_touch_is_kept_as_pending_and_a_static_tag_is_a_hint(village: Village) -> None:
    def tap(work: Work) -> Tap:
        gate = pair_gate(work, village)
        hang_tag(work, village, "Noah Bakken")
        return keep_tap(work, gate, touch(1, work.now, ago=timedelta(seconds=4)))

    kept = await village.desk.work(as_staff(village.staff("Astrid Vik")), tap)

    assert (kept.state, kept.proof, kept.unit_id) == (TapState.PENDING, Proof.HINT, village.unit("preschool").id)
    assert kept.at == kept.touched_at == kept.kept_at - timedelta(seconds=4)


async def test_the_same_number_sent_again_changes_nothing(village: Village) -> None:
    def tap_twice(work: Work) -> tuple[Tap, Tap, int]:
        gate = pair_gate(work, village)
        first = keep_tap(work, gate, touch(7, work.now))
        again = keep_tap(work, gate, touch(7, work.now, serial="04ffffffffffff"))
        return first, again, gate.counted

    first, again, counted = await village.desk.work(as_staff(village.staff("Astrid Vik")), tap_twice)

    assert (again.id, again.serial, counted) == (first.id, first.serial, 7)


async def test_a_tag_that_nobody_knows_or_that_is_blocked_says_so(village: Village) -> None:
    def tap_both(work: Work) -> tuple[str, str]:
        gate = pair_gate(work, village)
        tag = hang_tag(work, village, "Noah Bakken")
        tag.blocked_at = work.now
        return keep_tap(work, gate, touch(1, work.now, serial="04ffffffffffff")).proof, keep_tap(
            work, gate, touch(2, work.now)
        ).proof

    proofs = await village.desk.work(as_staff(village.staff("Astrid Vik")), tap_both)

    assert proofs == (Proof.UNKNOWN, Proof.BLOCKED)


@pytest.mark.parametrize(
    ("ago", "waited", "is_doubted"),
    [
        (timedelta(minutes=4), False, False),
        (timedelta(minutes=6), False, True),
        (timedelta(hours=23), True, False),
        (timedelta(hours=25), True, True),
        (timedelta(minutes=-6), True, True),
    ],
)
async def test_a_device_s_clock_is_checked_and_not_trusted(
    village: Village, clock: StoppedClock, ago: timedelta, waited: bool, is_doubted: bool
) -> None:
    def tap(work: Work) -> Tap:
        return keep_tap(work, pair_gate(work, village), touch(1, work.now, ago=ago, waited=waited))

    kept = await village.desk.work(as_staff(village.staff("Astrid Vik")), tap)

    assert kept.is_clock_doubted is is_doubted
    assert kept.at == (clock.now() if is_doubted else clock.now() - ago)
