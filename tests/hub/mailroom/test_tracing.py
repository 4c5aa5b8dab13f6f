"""What became of a letter is told as the service tells it: it only climbs, and what never arrives goes on paper."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.desk import Work
from hub.mailroom import tracing
from hub.mailroom.print_batches import PrintBatch, make_batch
from hub.mailroom.sendings import LetterSending, SendingState, WhySending
from hub.mailroom.service import Fate, Told
from hub.mailroom.ways import give_to_nobody, put_on_paper
from hub.people.postal_addresses import PostalAddress, keep_told_post
from hub.post.channel import TryLaterError
from tests.hub.mailroom.letters_day import ANNE, OLA, SEAL, LettersDay
from tests.hub.sign_in.school import TEST


@pytest.fixture
async def sent(day: LettersDay) -> LettersDay:
    """Both letters were handed over."""
    await day.decide()
    await day.send()
    return day


async def tell(day: LettersDay, *fates: Fate, guardian: str = ANNE) -> None:
    for fate in fates:
        day.post.tell(await day.parcel_id(guardian), fate, day.clock.now())
    await day.trace()


async def test_it_is_delivered_and_opened_at_the_moments_that_are_told(sent: LettersDay) -> None:
    delivered = sent.clock.now()
    await tell(sent, Fate.DELIVERED)
    sent.wait(hours=5)
    opened = sent.clock.now()
    await tell(sent, Fate.OPENED)

    one = await sent.sending()

    assert (one.state, one.delivered_at, one.opened_at) == (SendingState.OPENED, delivered, opened)
    assert (await sent.letter()).opened_at == opened
    assert (await sent.sending(OLA)).state == SendingState.HANDED_OVER


async def test_news_in_another_order_or_twice_changes_nothing_that_is_settled(sent: LettersDay) -> None:
    await tell(sent, Fate.OPENED, Fate.OPENED, Fate.DELIVERED, Fate.HANDED_OVER, Fate.FAILED)

    one = await sent.sending()

    assert one.state == SendingState.OPENED
    assert one.failed_at is not None


async def test_what_never_arrives_goes_on_paper(sent: LettersDay) -> None:
    sent.post.tell(await sent.parcel_id(), Fate.FAILED, sent.clock.now(), "LEVETID_UTLOPT")
    await sent.trace()

    one = await sent.sending()

    assert (one.state, one.why, one.error) == (SendingState.PAPER, WhySending.FAILED, "LEVETID_UTLOPT")


async def test_a_letter_of_which_nothing_is_ever_told_goes_on_paper(sent: LettersDay) -> None:
    await tell(sent, Fate.DELIVERED, guardian=OLA)

    sent.wait(days=4)
    await sent.send()

    assert await sent.fate(ANNE) == (SendingState.PAPER, WhySending.NO_WORD)
    assert (await sent.sending(OLA)).state == SendingState.DELIVERED


async def test_a_letter_that_is_opened_after_all_needs_no_paper_while_none_is_printed(sent: LettersDay) -> None:
    sent.wait(days=4)
    await sent.send()
    before = await sent.fate()

    await tell(sent, Fate.OPENED)

    one = await sent.sending()
    assert before == (SendingState.PAPER, WhySending.NO_WORD)
    assert (one.state, one.way) == (SendingState.OPENED, "mailbox")


@pytest.mark.parametrize("is_fetched", [False, True])
async def test_one_that_is_opened_after_all_leaves_its_batch_until_that_is_fetched(
    sent: LettersDay, is_fetched: bool
) -> None:
    def gather(work: Work) -> None:
        for sending in work.session.scalars(sa.select(LetterSending)):
            guardian = (sending.owner_id, sending.guardian_id)
            keep_told_post(work, SEAL, guardian, PostalAddress(("Fjellveien 3",), "0001", "Fjordvik", "NO"))
            put_on_paper(work, sending, WhySending.NO_WORD)
        work.session.flush()
        make_batch(work, sent.village.unit("school").id)
        for batch in work.session.scalars(sa.select(PrintBatch)):
            batch.printed_at = work.now if is_fetched else None

    await sent.desk.work(TEST, gather)
    await tell(sent, Fate.DELIVERED)
    delivered = (await sent.sending()).state
    await tell(sent, Fate.OPENED)

    one = await sent.sending()
    assert delivered == SendingState.PRINTED
    assert one.state == (SendingState.PRINTED if is_fetched else SendingState.OPENED)
    assert (one.batch_id is not None) == is_fetched
    assert (await sent.letter()).opened_at == sent.clock.now()
    assert (await sent.sending(OLA)).state == SendingState.PRINTED


async def test_an_unopened_letter_whose_guardian_cannot_be_told_again_goes_on_paper_once(sent: LettersDay) -> None:
    await sent.tell_by_text(ANNE, why_not="no_address")
    await sent.tell_by_text(OLA)
    await tell(sent, Fate.DELIVERED)
    await tell(sent, Fate.DELIVERED, guardian=OLA)

    sent.wait(days=8)
    await sent.send()

    assert await sent.fate(ANNE) == (SendingState.PAPER, WhySending.UNOPENED)
    assert (await sent.sending(OLA)).state == SendingState.DELIVERED


async def test_a_letter_that_was_opened_on_the_pages_is_not_printed_as_unopened(sent: LettersDay) -> None:
    await sent.tell_by_text(ANNE, why_not="no_address")
    await tell(sent, Fate.DELIVERED)

    def open_it(work: Work) -> None:
        work.session.merge(letter).opened_at = work.now

    letter = await sent.letter()
    await sent.desk.work(TEST, open_it)
    sent.wait(days=8)
    await sent.send()

    assert (await sent.sending()).state == SendingState.DELIVERED


async def test_a_telling_of_many_pages_is_read_to_its_end_and_not_again(sent: LettersDay) -> None:
    sent.post.page = 1
    for guardian in (ANNE, OLA):
        sent.post.tell(await sent.parcel_id(guardian), Fate.DELIVERED, sent.clock.now())
    await sent.trace()
    pages = len(sent.post.open_ids)
    await sent.trace()

    assert (await sent.sending(OLA)).state == SendingState.DELIVERED
    assert (pages, len(sent.post.open_ids)) == (2, 3)


async def test_a_service_that_cannot_tell_now_is_asked_later_from_the_same_place(
    sent: LettersDay, caplog: pytest.LogCaptureFixture
) -> None:
    sent.post.tell(await sent.parcel_id(), Fate.DELIVERED, sent.clock.now())
    sent.post.no_news.append(TryLaterError("down"))
    await sent.trace()
    meanwhile = await sent.sending()

    await sent.trace()

    assert meanwhile.state == SendingState.HANDED_OVER
    assert (await sent.sending()).state == SendingState.DELIVERED
    assert "no news of letters" in caplog.messages


async def test_news_by_the_services_own_name_alone_finds_its_letter_and_of_a_stranger_none(sent: LettersDay) -> None:
    at = sent.clock.now()
    own = f"theirs-{await sent.parcel_id()}"
    sent.post.told += [Told("", own, Fate.DELIVERED, at), Told("nobody", "nothing", Fate.OPENED, at)]

    await sent.trace()

    assert (await sent.sending()).state == SendingState.DELIVERED
    assert (await sent.sending(OLA)).state == SendingState.HANDED_OVER


async def test_a_moment_that_is_not_right_yet_is_no_later_than_now(sent: LettersDay) -> None:
    ahead = sent.clock.now() + timedelta(days=400)
    bare = datetime.fromisoformat("2025-03-03T07:00:00")
    sent.post.told += [
        Told(await sent.parcel_id(ANNE), "", Fate.DELIVERED, ahead),
        Told(await sent.parcel_id(OLA), "", Fate.DELIVERED, bare),
    ]

    await sent.trace()

    assert (await sent.sending(ANNE)).delivered_at == (await sent.sending(OLA)).delivered_at == sent.clock.now()


async def test_a_service_that_must_be_asked_for_each_is_asked_for_all_of_many(
    sent: LettersDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "OPEN_AT_ONCE", 1)
    tracer = sent.tracer()

    for _ in range(4):
        await tracer.trace()

    both = {await sent.parcel_id(ANNE), await sent.parcel_id(OLA)}
    assert {ids[0] for ids in sent.post.open_ids if ids} == both


async def test_nobody_asks_any_more_for_a_letter_that_was_opened(sent: LettersDay) -> None:
    await tell(sent, Fate.OPENED)
    sent.post.open_ids.clear()

    await sent.trace()

    assert sent.post.open_ids == [[await sent.parcel_id(OLA)]]


async def test_one_that_was_opened_after_all_is_given_by_nobody(sent: LettersDay) -> None:
    def give_up(work: Work) -> None:
        for sending in work.session.scalars(sa.select(LetterSending)):
            give_to_nobody(work, sending, WhySending.NO_WORD)

    await sent.desk.work(TEST, give_up)
    await tell(sent, Fate.DELIVERED)
    delivered = (await sent.sending()).state
    await tell(sent, Fate.OPENED)

    assert delivered == SendingState.NOBODY
    assert (await sent.sending()).state == SendingState.OPENED
    assert (await sent.sending(OLA)).state == SendingState.NOBODY
