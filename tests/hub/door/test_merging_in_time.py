"""When what a phone kept without a network was said: its own clock is checked, and nothing of another day counts today."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.marks import Clash
from hub.door.merging import Fate
from hub.door.tags import Tag, TagKind
from hub.door.taps import Proof, Tap, TapState, keep_tap
from hub.school.day_board import Presence
from tests.hub.door.at_door import NOAH, presence, rows_of
from tests.hub.door.devices import SERIAL, hang_tag, pair_gate, touch
from tests.hub.door.kept_phone import fates, phone_of, taps, waiting
from tests.hub.door.proving_tags import write_tag
from tests.hub.post.spoken import TEST
from tests.village import Village


async def test_a_touch_that_waited_is_kept_with_its_own_time_and_waits_for_staff(
    village: Village, clock: StoppedClock
) -> None:
    await village.desk.work(TEST, hang_tag, village, NOAH)
    phone = await phone_of(village)
    phone.touch(clock.now())
    clock.move(timedelta(hours=2))

    (taken,) = await phone.send()

    (tap,) = await taps(village)
    assert (taken.fate, taken.tap_id, tap.state, tap.proof) == (Fate.KEPT, tap.id, TapState.PENDING, Proof.HINT)
    assert tap.at == clock.now() - timedelta(hours=2)
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_tick_counts_from_when_it_was_made(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    ticked_at = clock.now()
    phone.tick(NOAH, "coming", ticked_at)
    clock.move(timedelta(hours=1))

    assert fates(await phone.send()) == [Fate.KEPT]

    (row,) = await rows_of(village, NOAH)
    assert (row.came_at, row.marked_at) == (ticked_at, clock.now())


async def test_a_phone_whose_clock_is_wrong_is_not_believed_about_when(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "coming", clock.now() - timedelta(days=1))
    clock.move(timedelta(hours=1))

    await phone.send(clock_off=timedelta(days=-1))

    assert (await rows_of(village, NOAH))[0].came_at == clock.now()


async def test_a_child_that_was_ticked_as_missing_before_midnight_is_missing_still(
    village: Village, clock: StoppedClock
) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "missing", clock.now())
    clock.move(timedelta(hours=20))

    assert fates(await phone.send()) == [Fate.CLASHED]

    assert await waiting(village) == [(NOAH, Clash.MISSING)]


@pytest.mark.parametrize(
    ("late", "clock_was_off", "clock_is_off"),
    [
        (timedelta(hours=25), timedelta(0), timedelta(0)),
        (timedelta(hours=14), timedelta(days=-1), timedelta(days=-1)),
        (timedelta(hours=14), timedelta(days=1), timedelta(days=1)),
        (timedelta(minutes=5), timedelta(hours=2), timedelta(0)),
    ],
)
async def test_a_tick_of_another_day_marks_nobody_today_whatever_the_phone_s_clock_says(
    village: Village, clock: StoppedClock, late: timedelta, clock_was_off: timedelta, clock_is_off: timedelta
) -> None:
    """Nobody has seen the child today. Where the clock was set meanwhile, nobody knows which day it was."""
    clock.move(timedelta(hours=11))
    phone = await phone_of(village)
    phone.tick(NOAH, "coming", clock.now() + clock_was_off)
    clock.move(late)

    assert fates(await phone.send(clock_off=clock_is_off)) == [Fate.CLASHED]

    assert await waiting(village) == [(NOAH, Clash.OTHERWISE)]
    assert await presence(village, NOAH) is Presence.NOT_HEARD


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_a_moment_that_no_clock_says_is_refused_and_stops_nothing_behind_it(
    village: Village, clock: StoppedClock, at: str
) -> None:
    phone = await phone_of(village)
    phone.touch(datetime.fromisoformat(at))
    phone.tick(NOAH, "coming", clock.now())

    assert fates(await phone.send()) == [Fate.REFUSED, Fate.KEPT]


@pytest.mark.parametrize(("late", "is_suspected"), [(timedelta(minutes=1), False), (timedelta(0), True)])
@pytest.mark.parametrize("clock_off", [timedelta(0), timedelta(hours=-3)])
async def test_only_what_was_not_sent_at_once_may_have_been_overtaken_whatever_the_phone_s_clock(
    village: Village, clock: StoppedClock, late: timedelta, is_suspected: bool, clock_off: timedelta
) -> None:
    """A number that another reader has heard since is late from a phone without network; else the tag may have a double."""
    await village.desk.work(TEST, hang_tag, village, NOAH, kind=TagKind.PROVING)
    tag, keys = await write_tag(village, SERIAL)
    phone = await phone_of(village)
    phone.touch(clock.now() + clock_off, told=tag.encrypted(1))

    def touch_gate(work: Work) -> None:
        keep_tap(work, pair_gate(work, village), touch(1, work.now, proven=tag.encrypted(2)), keys)

    clock.move(late)
    await village.desk.work(TEST, touch_gate)
    await phone.send(clock_off=clock_off)

    def read(look: Look) -> tuple[bool, bool]:
        tap = look.session.scalars(sa.select(Tap).where(Tap.reader_id == phone.reader_id)).one()
        return tap.is_clock_doubted, look.session.scalars(sa.select(Tag)).one().suspected_at is not None

    assert await village.desk.look(TEST, read) == (bool(clock_off), is_suspected)
