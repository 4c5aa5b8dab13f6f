"""What became of letters: nothing is missed that the integration point told, told late, told twice, or never told by itself."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.mailroom.service import Fate, Told
from hub.post.channel import TryLaterError
from tests.channels.letters.norway_scene import MORNING, MOTHER, Scene, parcel_of, playing
from tests.rehearsal.norwegian_letters import Letter
from tests.rehearsal.post_faults import CUT, Fault

PARCEL = parcel_of()
ID = PARCEL.id
LIST = "/api/statuses"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


async def test_a_letter_is_delivered_and_then_opened(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    told, cursor = await scene.fates()
    assert told[-1] == (ID, Fate.DELIVERED)
    assert {fate for _, fate in told} == {Fate.HANDED_OVER, Fate.DELIVERED}

    scene.clock.move(timedelta(hours=2))
    scene.post.open_letter(ID)
    news = await scene.service.news(cursor, (ID,))

    assert Told(ID, ID, Fate.OPENED, MORNING + timedelta(hours=2)) in news.told


async def test_a_letter_that_failed_is_told_by_its_code_and_not_by_the_words_about_it(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    scene.post.fail(ID)

    news = await scene.service.news("", ())

    assert news.told[-1] == Told(ID, ID, Fate.FAILED, MORNING, "FEIL")
    assert MOTHER not in str(news)


async def test_a_letter_whose_time_is_over_has_failed(scene: Scene) -> None:
    scene.post.holds = True
    await scene.service.send(PARCEL)
    scene.clock.move(timedelta(hours=49))
    scene.post.let_go()

    told, _ = await scene.fates()

    assert told == [(ID, Fate.FAILED)]
    assert scene.post.mailbox(MOTHER) == []


async def test_many_statuses_are_read_page_by_page(scene: Scene) -> None:
    scene.post.statuses.page_at_most = 7
    ids = [parcel_of(number=number).id for number in range(1, 11)]
    for number in range(1, 11):
        await scene.service.send(parcel_of(number=number))

    told, _ = await scene.fates()

    assert [parcel_id for parcel_id, fate in told if fate is Fate.DELIVERED] == ids


async def test_what_comes_while_pages_are_read_is_not_missed(scene: Scene) -> None:
    scene.post.statuses.page_at_most = 3
    await scene.service.send(PARCEL)
    first = await scene.service.news("", ())
    assert first.more
    await scene.service.send(parcel_of(number=2))

    told, _ = await scene.fates(first.cursor)

    assert (parcel_of(number=2).id, Fate.DELIVERED) in told


async def test_an_entry_that_was_written_late_is_told_still(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    _, cursor = await scene.fates()
    scene.post.statuses.tell("LEST", scene.letters[0], MORNING - timedelta(minutes=9))

    told, _ = await scene.fates(cursor)

    assert (ID, Fate.OPENED) in told


async def test_what_is_old_is_not_read_again_and_again(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    scene.clock.move(timedelta(minutes=30))
    await scene.service.send(parcel_of(number=2))
    _, cursor = await scene.fates()

    told, _ = await scene.fates(cursor)

    assert {parcel_id for parcel_id, _ in told} == {parcel_of(number=2).id}


async def test_what_is_told_twice_is_told_twice_and_nothing_more(scene: Scene) -> None:
    scene.post.statuses.tells_twice = True
    await scene.service.send(PARCEL)

    told, _ = await scene.fates()

    assert told.count((ID, Fate.DELIVERED)) == 2


async def test_a_status_that_the_list_lost_is_found_by_asking_for_its_letter(scene: Scene) -> None:
    scene.post.statuses.loses = {"LEST", "LEVERT"}
    await scene.service.send(PARCEL)
    scene.post.open_letter(ID)

    told, _ = await scene.fates()
    assert {fate for _, fate in told} == {Fate.HANDED_OVER}

    told, _ = await scene.fates(open_ids=(ID,))
    assert told[-2:] == [(ID, Fate.DELIVERED), (ID, Fate.OPENED)]


async def test_each_open_letter_has_its_turn(scene: Scene) -> None:
    scene.post.statuses.loses = {"LEVERT"}
    ids = tuple(parcel_of(number=number).id for number in range(1, 51))
    for number in range(1, 51):
        await scene.service.send(parcel_of(number=number))
    found: set[str] = set()
    cursor = ""

    for _ in range(3):
        told, cursor = await scene.fates(cursor, ids)
        found |= {parcel_id for parcel_id, fate in told if fate is Fate.DELIVERED}

    assert found == set(ids)


async def test_a_letter_about_which_nothing_can_be_told_holds_up_no_other(scene: Scene) -> None:
    scene.post.statuses.loses = {"LEVERT"}
    for number in (1, 2):
        await scene.service.send(parcel_of(number=number))
    scene.post.faults.append(Fault(f"{LIST}/{ID}", 500, times=9))

    told, _ = await scene.fates(open_ids=(ID, parcel_of(number=2).id))

    assert (parcel_of(number=2).id, Fate.DELIVERED) in told


async def test_nothing_is_told_of_a_letter_that_was_never_taken_in(scene: Scene) -> None:
    assert (await scene.fates(open_ids=(ID,)))[0] == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(LIST, CUT, times=2),
        Fault(LIST, 500),
        Fault(LIST, 401),
        Fault(LIST, 400),
        Fault(LIST, 200, body="<html>"),
        Fault(LIST, 200, body='{"content": null}'),
        Fault(LIST, 200, body='{"content": [], "content": []}'),
    ],
)
async def test_while_the_list_cannot_be_read_it_is_asked_again_from_the_same_place(scene: Scene, fault: Fault) -> None:
    await scene.service.send(PARCEL)
    scene.post.faults.append(fault)

    with pytest.raises(TryLaterError):
        await scene.service.news("", ())

    assert (ID, Fate.DELIVERED) in (await scene.fates())[0]


async def test_an_integration_point_that_goes_while_letters_are_asked_for_is_asked_again(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    scene.post.faults.append(Fault(f"{LIST}/{ID}", CUT, times=2))

    with pytest.raises(TryLaterError):
        await scene.service.news("", (ID,))


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "a b c d", "2026-11-23T07:00:00+00:00 -1 x ", "1 2 3 4 5", "\u0000", "2026 99999999 2026 x"],
)
async def test_a_cursor_that_is_none_reads_from_two_days_back(scene: Scene, cursor: str) -> None:
    await scene.service.send(PARCEL)

    assert (ID, Fate.DELIVERED) in (await scene.fates(cursor))[0]


async def test_entries_that_make_no_sense_are_left_out(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    good = scene.post.statuses.rows[-1]
    for odd in (
        {**good, "messageId": None},
        {**good, "messageId": "x" * 100},
        {**good, "messageId": "a b"},
        {**good, "status": 7},
        {**good, "status": "NOE_NYTT"},
        {**good, "status": "ANNET"},
    ):
        scene.post.statuses.rows.append(odd)

    told, _ = await scene.fates()

    assert told.count((ID, Fate.DELIVERED)) == 1
    assert {parcel_id for parcel_id, _ in told} == {ID}


async def test_a_status_without_a_moment_that_makes_sense_is_of_now(scene: Scene) -> None:
    await scene.service.send(PARCEL)
    scene.clock.move(timedelta(minutes=1))
    letter: Letter = scene.letters[0]
    scene.post.statuses.tell("LEST", letter, scene.clock.now())
    page = scene.post.statuses.page(ID, None, 0, 100)
    page["content"][-1] = {**page["content"][-1], "lastUpdate": "just now"}
    scene.post.faults.append(Fault(LIST, 200, body=json.dumps(page)))

    news = await scene.service.news("", ())

    assert news.told[-1].at == MORNING + timedelta(minutes=1)


async def test_the_newest_entry_moves_the_place_forward_by_the_list_s_own_clock(scene: Scene) -> None:
    """A clock of theirs that is wrong by hours misses nothing."""
    await scene.service.send(PARCEL)
    _, cursor = await scene.fates()
    for hours in (1, 2, 3):
        scene.post.statuses.tell("LEST", scene.letters[0], MORNING + timedelta(hours=hours, minutes=-5))
        told, cursor = await scene.fates(cursor)
        assert (ID, Fate.OPENED) in told
