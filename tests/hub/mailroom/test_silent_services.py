"""A service that tells nothing once it has a letter: nothing counts as opened, nothing is lost, and doubt goes on paper."""

import pytest

from bots import leave_news
from hub.mailroom.sendings import SendingState, WhySending
from hub.post.channel import RejectedError, UnknownFateError
from tests.hub.mailroom.letters_day import ANNE, OLA, LettersDay
from tests.hub.sign_in.school import TEST

pytestmark = pytest.mark.one_store("sqlite")


@pytest.fixture
def silent(day: LettersDay) -> LettersDay:
    day.post.tells = False
    return day


async def test_what_it_has_lies_there_unopened_and_is_announced_again_or_goes_on_paper(silent: LettersDay) -> None:
    await silent.decide()
    await silent.tell_by_text(ANNE)
    await silent.tell_by_text(OLA, why_not="no_address")
    await silent.send()
    await silent.trace()
    silent.wait(days=4)
    await silent.send()
    in_four_days = [(await silent.sending(one)).state for one in (ANNE, OLA)]

    silent.wait(days=4)
    again = await silent.desk.look(TEST, leave_news.list_due)
    await silent.send()

    assert in_four_days == [SendingState.HANDED_OVER] * 2
    assert again == [(await silent.letter(ANNE)).id]
    assert await silent.fate(ANNE) == (SendingState.HANDED_OVER, "mailbox")
    assert (await silent.sending(ANNE)).due is None
    assert await silent.fate(OLA) == (SendingState.PAPER, WhySending.UNOPENED)
    assert [(await silent.letter(one)).opened_at for one in (ANNE, OLA)] == [None, None]
    assert silent.post.open_ids == []


async def test_what_it_says_at_once_to_lie_there_is_delivered(silent: LettersDay) -> None:
    silent.post.status = "delivered"
    await silent.decide()
    await silent.send()

    one = await silent.sending()
    assert (one.state, one.delivered_at, one.handed_over_at) == (SendingState.DELIVERED, *[silent.clock.now()] * 2)
    assert (await silent.letter()).opened_at is None


async def test_where_nobody_can_ever_tell_whether_it_got_through_it_goes_on_paper_and_not_in_again(
    silent: LettersDay,
) -> None:
    silent.post.after.append(UnknownFateError("cut_off"))
    silent.post.cannot_find.append(RejectedError("cannot_be_told"))
    await silent.decide()
    await silent.send()
    tried = list(silent.post.tried)

    silent.wait(minutes=5)
    await silent.send()

    fates = {await silent.fate(ANNE), await silent.fate(OLA)}
    assert fates == {(SendingState.HANDED_OVER, "mailbox"), (SendingState.PAPER, WhySending.NO_WORD)}
    assert silent.post.tried == tried
