"""Whatever ends the hub, between any two steps, loses no letter and hands none over twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.mailroom.sendings import SendingState
from hub.mailroom.service import Fate
from hub.post.channel import UnknownFateError
from tests.hub.mailroom.letters_day import ANNE, OLA, LettersDay, count_states
from tests.hub.mailroom.pretend_post import KilledError
from tests.hub.sign_in.school import TEST

STEPS = 12


@pytest.mark.parametrize("is_kept", [False, True], ids=["before its work", "after its work"])
@pytest.mark.parametrize("step", range(STEPS))
async def test_a_hub_that_dies_at_any_step_goes_on_with_each_letter_once(
    day: LettersDay, monkeypatch: pytest.MonkeyPatch, step: int, is_kept: bool
) -> None:
    await day.decide()
    with monkeypatch.context() as dying:
        dying.setattr(day.desk, "work", die_at(day, step, is_kept=is_kept))
        died = False
        try:
            await day.send()
        except KilledError:
            died = True

    await go_on(day)

    assert died or step >= 7
    assert await day.desk.look(TEST, count_states) == {SendingState.HANDED_OVER: 2}
    assert set(day.post.taken) == {await day.parcel_id(ANNE), await day.parcel_id(OLA)}
    assert len(day.post.tried) == 2


def die_at(day: LettersDay, step: int, *, is_kept: bool) -> Callable[..., Any]:
    """The desk's work, where the power goes out at its step'th and comes back with the next hub."""
    work, done = day.desk.work, 0

    async def dying_work(*arguments: Any) -> Any:
        nonlocal done
        done += 1
        if done - 1 < step:
            return await work(*arguments)
        if is_kept and done - 1 == step:
            await work(*arguments)
        raise KilledError

    return dying_work


async def go_on(day: LettersDay) -> None:
    """The next hub, for an hour."""
    for _ in range(12):
        await day.send()
        day.clock.move(timedelta(minutes=5))


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_hub_that_dies_while_a_letter_is_handed_over_asks_first_whether_it_was(
    day: LettersDay, where: str
) -> None:
    getattr(day.post, where).append(KilledError())
    await day.decide()
    with pytest.raises(KilledError):
        await day.send()

    await go_on(day)

    assert await day.desk.look(TEST, count_states) == {SendingState.HANDED_OVER: 2}
    assert len(day.post.taken) == 2
    assert len(day.post.tried) == (3 if where == "before" else 2)


async def test_a_hub_that_dies_in_the_middle_of_a_batch_goes_on_with_the_rest(day: LettersDay) -> None:
    day.post.seconds = 0.001
    day.post.before.extend([None] * 20 + [KilledError()] * 8)
    await day.decide_many(60)
    with pytest.raises(KilledError):
        await day.send()
    first = len(day.post.taken)

    await go_on(day)

    assert 20 <= first < 60
    assert await day.desk.look(TEST, count_states) == {SendingState.HANDED_OVER: 60}
    assert len(day.post.taken) == 60


async def test_what_is_told_of_a_letter_and_how_far_that_was_read_are_kept_together(
    day: LettersDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await day.decide()
    await day.send()
    day.post.tell(await day.parcel_id(), Fate.DELIVERED, day.clock.now())
    with monkeypatch.context() as dying:
        dying.setattr(day.desk, "work", die_at(day, 0, is_kept=False))
        with pytest.raises(KilledError):
            await day.trace()
    meanwhile = await day.sending()

    await day.trace()

    assert meanwhile.state == SendingState.HANDED_OVER
    assert (await day.sending()).state == SendingState.DELIVERED


async def test_a_word_that_comes_before_the_receipt_is_known_settles_the_doubt(day: LettersDay) -> None:
    day.post.after.extend([UnknownFateError("cut_off"), UnknownFateError("cut_off")])
    await day.decide()
    await day.send()

    day.post.tell(await day.parcel_id(), Fate.DELIVERED, day.clock.now())
    await day.trace()

    one = await day.sending()
    assert one.state == SendingState.DELIVERED
    assert one.handed_over_at is not None
    day.wait(hours=1)
    await day.send()
    assert day.post.tried.count(await day.parcel_id()) == 1
