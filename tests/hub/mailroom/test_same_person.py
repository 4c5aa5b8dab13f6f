"""A letter stays its guardian's own where the same person has a new number, and where the hub's key is another than it was."""

import pytest

from hub.mailroom.sendings import SendingState, WhySending
from hub.mailroom.service import Reach, Way
from hub.post.channel import TryLaterError, UnknownFateError
from hub.seal import Seal
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, OLAS_ID, LettersDay

pytestmark = pytest.mark.one_store("sqlite")
D_NUMBER, SOMEBODY_ELSES, OTHER_BIRTHDAY = "55811500029", "15811500035", "16811550004"
OLD, NEW = "a key for tests, and for tests alone", "another key for tests, and for tests alone"
HANDED_OVER = (SendingState.HANDED_OVER, WhySending.MAILBOX)


@pytest.fixture
async def by_d_number(day: LettersDay) -> LettersDay:
    """Anne has a D-number still, and Ola gets paper."""
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    await day.know(ANNE, D_NUMBER)
    await day.send()
    return day


@pytest.mark.capability("H-09")
async def test_what_went_by_a_d_number_is_not_astray_when_its_guardian_gets_a_number_of_their_own(
    by_d_number: LettersDay,
) -> None:
    day = by_d_number
    await day.decide()
    await day.send()

    await day.know(ANNE, ANNES_ID, former=D_NUMBER)
    await day.send()

    one = await day.sending()
    assert (one.state, one.astray_at, len(day.post.tried)) == (SendingState.HANDED_OVER, None, 1)


async def test_what_was_not_taken_yet_goes_by_the_number_that_took_its_place(by_d_number: LettersDay) -> None:
    day = by_d_number
    day.post.before.append(TryLaterError("http_503"))
    await day.decide()
    await day.send()

    await day.know(ANNE, ANNES_ID, former=D_NUMBER)
    day.wait(minutes=10)
    await day.send()

    assert [one.national_id for one in day.post.taken.values()] == [ANNES_ID]
    assert (await day.sending()).astray_at is None


@pytest.mark.parametrize("is_taken", [True, False])
async def test_what_may_have_gone_by_the_d_number_is_looked_for_by_it_and_goes_once(
    by_d_number: LettersDay, is_taken: bool
) -> None:
    day = by_d_number
    (day.post.after if is_taken else day.post.before).append(UnknownFateError("no_answer"))
    await day.decide()
    await day.send()

    await day.know(ANNE, ANNES_ID, former=D_NUMBER)
    day.wait(minutes=10)
    await day.send()

    one = await day.sending()
    assert (one.state, one.why, one.astray_at) == (*HANDED_OVER, None)
    assert [one.national_id for one in day.post.taken.values()] == [D_NUMBER if is_taken else ANNES_ID]


@pytest.mark.parametrize(
    ("number", "former"),
    [
        (ANNES_ID, None),
        (SOMEBODY_ELSES, "55811500037"),
        (OTHER_BIRTHDAY, D_NUMBER),
        ("55811500037", D_NUMBER),
    ],
    ids=["the same birth date alone", "another D-number's place", "another birth date", "another D-number"],
)
@pytest.mark.capability("H-09")
async def test_a_d_number_of_which_nobody_says_that_it_was_replaced_may_have_been_somebody_elses(
    by_d_number: LettersDay, number: str, former: str | None
) -> None:
    day = by_d_number
    await day.decide()
    await day.send()

    await day.know(ANNE, number, former=former)
    await day.send()

    assert (await day.sending()).astray_state == SendingState.HANDED_OVER
    assert {one.national_id for one in day.post.taken.values()} == {D_NUMBER, number}


async def test_a_letter_that_went_by_the_d_number_is_astray_once_its_guardian_turns_out_to_be_somebody_else(
    by_d_number: LettersDay,
) -> None:
    day = by_d_number
    await day.decide()
    await day.send()
    await day.know(ANNE, ANNES_ID, former=D_NUMBER)
    await day.send()

    await day.know(ANNE, SOMEBODY_ELSES)
    await day.send()

    assert (await day.sending()).astray_state == SendingState.HANDED_OVER


async def test_a_store_that_was_put_back_after_the_key_was_changed_hands_no_letter_in_under_another_name(
    day: LettersDay,
) -> None:
    await day.decide()
    await day.send()

    await day.put_store_back()
    day.seal = Seal([NEW, OLD])
    await day.send()

    assert (len(day.post.tried), len(day.post.taken)) == (4, 2)
    assert await day.fate() == HANDED_OVER


@pytest.mark.parametrize("error", [TryLaterError("http_503"), UnknownFateError("no_answer")])
async def test_an_old_key_that_is_taken_away_while_a_letter_is_on_its_way_makes_it_no_other_letter(
    day: LettersDay, error: Exception
) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.after.append(error)
    await day.decide()
    await day.send()

    day.seal = Seal([NEW, OLD])
    await day.know(ANNE, ANNES_ID)
    day.seal = Seal([NEW])
    day.wait(minutes=10)
    await day.send()

    one = await day.sending()
    assert (one.state, one.why, one.astray_at, len(day.post.taken)) == (*HANDED_OVER, None, 1)


async def test_a_key_that_is_lost_makes_no_letter_go_again(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    await day.decide()
    await day.send()

    day.seal = Seal([NEW])
    await day.know(ANNE, ANNES_ID)
    await day.send()

    one = await day.sending()
    assert (one.state, one.astray_at, len(day.post.tried)) == (SendingState.HANDED_OVER, None, 1)
