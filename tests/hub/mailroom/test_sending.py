"""A letter goes as the register says at that moment: by digital post, on paper, or by hand, and each exactly once."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.desk import Work
from hub.mailroom.outcomes import settle_receipt
from hub.mailroom.sending import AT_A_TIME
from hub.mailroom.sendings import SendingState, SendingWay, WhySending, begin_sendings
from hub.mailroom.service import Fate, LetterService, OtherReceiverError, Reach, Way
from hub.people.families import Child, Guardian, Guardianship
from hub.people.places import Owner
from hub.post.channel import AddressGoneError, Receipt, RejectedError, SendError, TryLaterError, UnknownFateError
from hub.safety.audit import AuditRow
from hub.safety.starts import Function, set_start
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper
from tests.blocks import block
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, KARI, OLA, OLAS_ID, LettersDay, count_states
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST

ANOTHER_ID = "55811500029"
HANDED_OVER = (SendingState.HANDED_OVER, WhySending.MAILBOX)


def paper(why: str) -> tuple[SendingState, str]:
    return SendingState.PAPER, why


@pytest.mark.capability("H-09", "H-63")
async def test_each_guardian_with_a_mailbox_has_their_own_letter_there_once(day: LettersDay) -> None:
    await day.decide()

    await day.send()
    await day.send()

    assert await day.fate(ANNE) == await day.fate(OLA) == HANDED_OVER
    assert sorted(day.post.tried) == sorted(day.post.taken) == sorted([await day.parcel_id(), await day.parcel_id(OLA)])
    assert {parcel.national_id: parcel.pdf for parcel in day.post.taken.values()} == {
        ANNES_ID: await day.pdf(ANNE),
        OLAS_ID: await day.pdf(OLA),
    }
    one = await day.sending()
    assert (one.way, one.provider_id, one.service) == (Way.MAILBOX, f"theirs-{one.parcel_id}", "pretend")
    assert one.attempted_at is not None
    assert one.handed_over_at is not None


@pytest.mark.capability("H-08")
async def test_what_is_shown_before_anybody_signs_in_names_the_sender_and_nothing_else(day: LettersDay) -> None:
    await day.decide()
    await day.send()

    parcel = day.post.taken[await day.parcel_id()]

    assert (parcel.title, parcel.file_name) == ("Brev fra Fjordvik kommune", "brev.pdf")
    assert parcel.notice == "Du har fått et brev fra Fjordvik kommune. Logg inn for å lese det."
    shown = f"{parcel.title} {parcel.notice} {parcel.body} {parcel.file_name} {parcel.sender}"
    assert not [word for word in ("Anne", "Kari", "Nordmann", "fri", "skole") if word in shown.split()]
    assert ANNES_ID not in repr(parcel)


async def test_where_a_protected_child_is_in_the_family_not_even_the_sender_is_shown(day: LettersDay) -> None:
    await protect(day)
    await day.decide()
    await day.send()

    parcel = day.post.taken[await day.parcel_id()]

    assert (parcel.title, parcel.notice) == ("Brev", "Du har fått et brev. Logg inn for å lese det.")


@pytest.mark.capability("H-09", "H-32")
@pytest.mark.parametrize("why", ["reserved", "not_notifiable", "no_mailbox", "unknown"])
async def test_whoever_the_register_has_no_mailbox_for_gets_paper(day: LettersDay, why: str) -> None:
    day.post.reaches[ANNES_ID] = Reach(Way.PAPER, why)
    await day.decide()

    await day.send()

    assert await day.fate(ANNE) == paper(why)
    assert await day.fate(OLA) == HANDED_OVER
    assert await day.parcel_id() not in day.post.tried


@pytest.mark.capability("H-31", "N-20")
async def test_a_reservation_made_between_two_tries_is_heeded_at_the_next(day: LettersDay) -> None:
    day.post.before.extend([TryLaterError("busy"), TryLaterError("busy")])
    await day.decide()
    await day.send()

    day.post.reaches[ANNES_ID] = Reach(Way.PAPER, "reserved")
    day.wait(minutes=5)
    await day.send()

    assert await day.fate(ANNE) == paper("reserved")
    assert await day.fate(OLA) == HANDED_OVER
    assert await day.parcel_id() not in day.post.taken


async def test_a_guardian_without_a_national_id_gets_paper_and_nobody_is_asked(day: LettersDay) -> None:
    await day.decide(child="Nora Bakken", guardian="Marte Bakken")

    await day.send()

    assert await day.fate("Marte Bakken") == paper(WhySending.NO_NATIONAL_ID)
    assert day.post.asked == []


async def test_on_aland_digital_post_is_that_of_finland(day: LettersDay) -> None:
    day.post.country = "FI"
    await day.know("Marte Bakken", "131052-308T", "AX")
    await day.desk.work(TEST, lambda work: work.session.execute(sa.update(Owner).values(country="AX")))
    await day.decide(child="Nora Bakken", guardian="Marte Bakken")

    await day.send()

    assert await day.fate("Marte Bakken") == HANDED_OVER
    assert day.post.asked == [["131052-308T"]]


async def test_a_number_of_another_country_is_not_told_to_this_ones_register(day: LettersDay) -> None:
    await day.know("Marte Bakken", "131052-308T", "FI")
    await day.decide(child="Nora Bakken", guardian="Marte Bakken")

    await day.send()

    assert await day.fate("Marte Bakken") == paper(WhySending.NO_NATIONAL_ID)
    assert day.post.asked == []


@pytest.mark.parametrize(
    ("error", "why"),
    [(AddressGoneError("closed"), WhySending.GONE), (RejectedError("too_large"), WhySending.REJECTED)],
)
async def test_what_can_never_go_that_way_goes_on_paper(day: LettersDay, error: SendError, why: str) -> None:
    day.post.before.append(error)
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    await day.decide()

    await day.send()

    one = await day.sending()
    assert (one.state, one.why, one.error) == (SendingState.PAPER, why, error.reason)
    assert one.failed_at is not None
    day.wait(days=3)
    await day.send()
    assert len(day.post.tried) == 1


async def test_a_service_that_is_down_is_tried_ever_more_seldom_and_then_it_goes_on_paper(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.before.extend([TryLaterError("down", whole_channel=True)] * 1000)
    await day.decide()

    for _ in range(49 * 6):
        await day.send()
        day.wait(minutes=10)

    assert await day.fate() == paper(WhySending.TOO_LATE)
    assert 40 < len(day.post.tried) < 120


async def test_what_the_service_asks_to_wait_is_waited(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.before.append(TryLaterError("slowly", after=3600))
    await day.decide()
    await day.send()

    day.wait(minutes=59)
    await day.send()
    early = len(day.post.tried)
    day.wait(minutes=2)
    await day.send()

    assert (early, len(day.post.tried)) == (1, 2)
    assert await day.fate() == HANDED_OVER


async def test_an_attempt_of_unknown_fate_that_got_through_is_found_and_not_repeated(day: LettersDay) -> None:
    day.post.after.extend([UnknownFateError("cut_off"), UnknownFateError("cut_off")])
    await day.decide()
    await day.send()
    in_doubt = await day.fate()

    day.wait(minutes=2)
    await day.send()

    assert in_doubt == (SendingState.TRIED, WhySending.MAILBOX)
    assert await day.fate(ANNE) == await day.fate(OLA) == HANDED_OVER
    assert len(day.post.tried) == len(day.post.taken) == 2


async def test_an_attempt_of_unknown_fate_that_did_not_is_repeated_under_the_same_name(day: LettersDay) -> None:
    day.post.before.extend([UnknownFateError("cut_off"), UnknownFateError("cut_off")])
    await day.decide()
    await day.send()

    day.wait(minutes=2)
    await day.send()

    assert await day.fate(ANNE) == await day.fate(OLA) == HANDED_OVER
    assert len(day.post.tried) == 4
    assert set(day.post.tried) == set(day.post.taken)


async def test_while_nobody_can_tell_whether_it_got_through_it_is_not_handed_in_again(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.after.append(UnknownFateError("cut_off"))
    day.post.cannot_find.extend([TryLaterError("down")] * 1000)
    await day.decide()

    for _ in range(49 * 6):
        await day.send()
        day.wait(minutes=10)

    assert await day.fate() == paper(WhySending.NO_WORD)
    assert len(day.post.tried) == 1


async def test_a_fault_in_the_services_own_code_stops_nobody_and_is_logged_without_a_name(
    day: LettersDay, caplog: pytest.LogCaptureFixture
) -> None:
    day.post.before.append(ValueError(f"no such person: {ANNES_ID}"))
    await day.decide()

    await day.send()
    day.wait(minutes=2)
    await day.send()

    assert await day.fate(ANNE) == await day.fate(OLA) == HANDED_OVER
    assert "digital post failed" in caplog.messages
    assert ANNES_ID not in caplog.text


@pytest.mark.parametrize(
    "error", [TryLaterError("http_503"), UnknownFateError("no_answer")], ids=["was not taken", "unknown fate"]
)
async def test_what_was_tried_with_another_number_goes_to_its_guardian_and_never_to_whoever_has_that(
    day: LettersDay, error: SendError
) -> None:
    """The service knows it by the parcel's name, with the receiver of the first attempt; so it goes by another."""
    await day.decide()
    day.post.before.extend([error] * 2)
    await day.send()
    tried = await day.sending()
    day.wait(minutes=1)

    await day.know(ANNE, ANOTHER_ID)
    day.wait(minutes=10)
    await day.send()

    assert tried.tries == 1
    assert await day.fate(ANNE) == await day.fate(OLA) == HANDED_OVER
    assert tried.parcel_id not in day.post.taken
    assert day.post.taken[await day.parcel_id()].national_id == ANOTHER_ID
    assert ((await day.sending()).astray_at is not None) == isinstance(error, UnknownFateError)


@pytest.mark.parametrize("fate", [None, Fate.DELIVERED, Fate.OPENED])
async def test_what_went_to_a_number_that_is_corrected_is_marked_and_goes_to_its_guardian_anew(
    day: LettersDay, fate: Fate | None
) -> None:
    await day.decide()
    await day.send()
    first = await day.parcel_id()
    if fate is not None:
        day.post.tell(first, fate, day.clock.now())
        await day.trace()
    day.wait(days=20)

    await day.know(ANNE, ANOTHER_ID)
    await day.send()
    day.post.tell(first, Fate.OPENED, day.clock.now())
    await day.trace()

    one = await day.sending()
    assert (one.state, one.provider_id) == (SendingState.HANDED_OVER, f"theirs-{await day.parcel_id()}")
    assert day.post.taken[await day.parcel_id()].national_id == ANOTHER_ID
    assert (one.astray_at, one.astray_state) == (day.clock.now(), fate or SendingState.HANDED_OVER)
    assert (await day.letter()).opened_at is None
    assert (await day.sending(OLA)).astray_at is None


async def test_what_is_on_paper_by_now_stays_there_when_its_number_is_corrected_and_is_marked(day: LettersDay) -> None:
    await day.decide()
    await day.send()
    day.post.tell(await day.parcel_id(), Fate.FAILED, day.clock.now())
    await day.trace()

    await day.know(ANNE, ANOTHER_ID)
    await day.send()

    assert await day.fate() == paper(WhySending.FAILED)
    assert (await day.sending()).astray_state == SendingState.HANDED_OVER
    assert len(day.post.tried) == 2


async def test_a_receipt_for_a_number_that_was_corrected_meanwhile_tells_that_it_went_astray(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.before.append(TryLaterError("busy"))
    await day.decide()
    await day.send()
    first = await day.parcel_id()
    await day.know(ANNE, ANOTHER_ID)
    await day.send()
    before = (await day.sending()).astray_at

    await day.desk.work(TEST, settle_receipt, (await day.sending()).id, first, Receipt("late"))

    one = await day.sending()
    assert before is None
    assert (one.state, one.provider_id) == (SendingState.HANDED_OVER, f"theirs-{await day.parcel_id()}")
    assert one.astray_state == SendingState.HANDED_OVER


async def test_a_receipt_that_comes_late_keeps_a_letter_from_being_handed_in_again(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.before.append(TryLaterError("busy"))
    await day.decide()
    await day.send()

    await day.desk.work(TEST, settle_receipt, (await day.sending()).id, await day.parcel_id(), Receipt("late"))
    day.wait(hours=1)
    await day.send()

    assert await day.fate() == HANDED_OVER
    assert len(day.post.tried) == 1


async def test_a_store_that_was_put_back_never_takes_a_letter_to_another_number_for_its_guardians_own(
    day: LettersDay,
) -> None:
    await day.decide()
    await day.send()

    await day.put_store_back()
    await day.know(ANNE, ANOTHER_ID)
    await day.send()

    assert day.post.taken[await day.parcel_id()].national_id == ANOTHER_ID
    assert (await day.sending()).provider_id == f"theirs-{await day.parcel_id()}"


async def test_what_a_service_has_for_somebody_else_goes_on_paper_and_is_marked(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "no_mailbox")
    day.post.after.append(OtherReceiverError(may_have_gone=True))
    await day.decide()

    await day.send()

    one = await day.sending()
    assert (one.state, one.why, one.error) == (SendingState.PAPER, WhySending.REJECTED, "other_receiver")
    assert one.astray_at is not None


async def test_a_number_that_is_told_again_as_it_was_keeps_no_letter_from_going(day: LettersDay) -> None:
    await day.decide()
    day.post.before.extend([TryLaterError("http_503")] * 2)
    await day.send()
    day.wait(minutes=1)

    await day.know(ANNE, ANNES_ID)
    day.wait(minutes=10)
    await day.send()

    assert await day.fate() == (SendingState.HANDED_OVER, WhySending.MAILBOX)


async def test_whose_right_ended_while_it_waited_gets_nothing(day: LettersDay) -> None:
    await day.decide()

    await day.desk.work(TEST, block, day.village, OLA, KARI)
    await day.send()

    assert await day.fate(OLA) == (SendingState.OVER, WhySending.NO_RIGHT)
    assert await day.fate(ANNE) == HANDED_OVER
    assert await day.parcel_id(OLA) not in day.post.tried


async def test_a_right_that_ends_between_the_question_and_the_sending_is_heeded(day: LettersDay) -> None:
    async def block_meanwhile() -> None:
        await day.desk.work(TEST, block, day.village, OLA, KARI)

    await day.decide()
    day.post.on_answer = block_meanwhile

    await day.send()

    assert await day.fate(OLA) == (SendingState.OVER, WhySending.NO_RIGHT)
    assert await day.parcel_id(OLA) not in day.post.tried


async def test_a_decision_that_was_withdrawn_is_not_sent(day: LettersDay) -> None:
    await day.decide()

    def withdraw(work: Work) -> None:
        work.session.execute(sa.update(LeaveApplication).values(state=LeaveState.WITHDRAWN))

    await day.desk.work(TEST, withdraw)
    await day.send()

    assert await day.fate() == (SendingState.OVER, WhySending.ENDED)
    assert day.post.tried == []


async def test_where_decisions_are_not_told_electronically_yet_they_go_on_paper(day: LettersDay) -> None:
    school = day.village.unit("school")
    later = school.today(day.clock.now()) + timedelta(days=30)
    await day.desk.work(TEST, set_start, school, Function.DECISIONS, later, "x")
    await day.decide()

    await day.send()

    assert await day.fate() == paper(WhySending.NOT_BEGUN)
    assert day.post.asked == []


async def test_a_guardian_of_any_protected_child_gets_no_paper(day: LettersDay) -> None:
    day.post.reaches[ANNES_ID] = Reach(Way.PAPER, "reserved")
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "reserved")
    ada, anne = day.village.child("Ada Lien"), day.village.guardian(ANNE)

    def tie(work: Work) -> None:
        tied = Guardianship(
            id=work.new_id(), owner_id=ada.owner_id, guardian_id=anne.id, child_id=ada.id, source_id="x"
        )
        work.session.add(tied)

    await day.decide()
    await day.desk.work(TEST, tie)

    await day.send()

    one = await day.sending()
    assert (one.state, one.way, one.why) == (SendingState.NOBODY, SendingWay.HAND, WhySending.PROTECTED)
    assert await day.fate(OLA) == paper("reserved")


async def protect(day: LettersDay) -> None:
    def write(work: Work) -> None:
        work.session.get_one(Child, day.village.child(KARI).id).protected = True

    await day.desk.work(TEST, write)


async def test_a_letter_that_is_not_as_it_was_made_is_not_sent_and_stands_on_the_list(day: LettersDay) -> None:
    await day.decide()
    await day.desk.work(TEST, lambda work: work.session.execute(sa.update(LeavePaper).values(body=b"%PDF-1.7 other")))

    await day.send()

    assert await day.fate() == (SendingState.NOBODY, WhySending.BROKEN)
    assert day.post.tried == []


class TestWithoutAService:
    """In Saarela's country no digital post is used here."""

    async def test_whoever_was_told_by_their_own_channel_reads_it_on_the_pages(self, day: LettersDay) -> None:
        day.post.country = "FI"
        await day.decide()
        await day.send()
        waits = await day.fate()

        await day.tell_by_text()
        day.wait(minutes=1)
        await day.send()

        assert waits == (SendingState.WAITING, None)
        assert await day.fate() == (SendingState.PAGES, WhySending.TOLD)

    @pytest.mark.parametrize("why_not", ["no_address", "guarded", "shared_phone"])
    async def test_whoever_could_not_be_told_gets_paper(self, day: LettersDay, why_not: str) -> None:
        day.post.country = "FI"
        await day.decide()
        await day.tell_by_text(why_not=why_not)

        await day.send()

        assert await day.fate() == paper(WhySending.NOT_TOLD)

    async def test_whoever_wants_no_digital_post_gets_paper(self, day: LettersDay) -> None:
        def reserve(work: Work) -> None:
            work.session.get_one(Guardian, day.village.guardian(ANNE).id).reserved = True

        day.post.country = "FI"
        await day.desk.work(TEST, reserve)
        await day.decide()
        await day.tell_by_text()

        await day.send()

        assert await day.fate() == paper(WhySending.RESERVED)

    async def test_a_letter_that_nobody_tells_of_goes_on_paper_in_the_end(self, day: LettersDay) -> None:
        day.post.country = "FI"
        await day.decide()
        await day.send()

        day.wait(days=3)
        await day.send()

        assert await day.fate() == paper(WhySending.NOT_TOLD)


async def test_a_batch_of_hundreds_goes_some_at_a_time_and_each_once(day: LettersDay) -> None:
    day.post.asked_at_once = 70
    day.post.seconds = 0.001
    await day.decide_many(230)

    await day.send()

    assert await day.desk.look(TEST, count_states) == {SendingState.HANDED_OVER: 230}
    assert len(day.post.tried) == len(set(day.post.tried)) == len(day.post.taken) == 230
    assert 1 < day.post.most_at_once <= AT_A_TIME
    assert max(len(ids) for ids in day.post.asked) <= 70


async def test_a_certificate_that_ends_in_the_middle_of_a_batch_holds_the_rest_and_it_goes_on_later(
    day: LettersDay,
) -> None:
    day.post.before.extend([None] * 30 + [TryLaterError("token", whole_channel=True)] * AT_A_TIME)
    await day.decide_many(100)

    await day.send()
    first = len(day.post.taken)
    day.post.before.clear()
    day.wait(minutes=10)
    await day.send()

    assert 30 <= first < 100
    assert await day.desk.look(TEST, count_states) == {SendingState.HANDED_OVER: 100}
    assert len(day.post.taken) == 100
    assert len(day.post.tried) <= 100 + AT_A_TIME


async def test_a_register_that_does_not_answer_is_asked_again_and_no_letter_goes_meanwhile(day: LettersDay) -> None:
    day.post.register_fails.append(TryLaterError("down"))
    await day.decide()
    await day.send()
    meanwhile = list(day.post.tried)

    day.wait(minutes=5)
    await day.send()

    assert meanwhile == []
    assert await day.fate() == HANDED_OVER


async def test_one_whom_the_register_refuses_keeps_no_other_from_their_letter(day: LettersDay) -> None:
    day.post.refused.add(OLAS_ID)
    await day.decide()

    await day.send()

    assert await day.fate(ANNE) == HANDED_OVER
    assert await day.fate(OLA) == paper(WhySending.REJECTED)


async def test_a_register_that_refuses_everybody_puts_nobody_on_paper_before_their_time(day: LettersDay) -> None:
    day.post.refused.update([ANNES_ID, OLAS_ID])
    await day.decide()
    await day.send()
    early = await day.fate(), await day.fate(OLA)

    day.wait(days=3)
    await day.send()

    assert early == ((SendingState.WAITING, None), (SendingState.WAITING, None))
    assert await day.fate() == paper(WhySending.TOO_LATE)


async def test_a_slow_service_is_acted_on_by_a_register_that_was_asked_lately(day: LettersDay) -> None:
    day.post.on_send = lambda: day.wait(seconds=20)
    await day.decide_many(60)

    await day.send()

    assert len(day.post.taken) == 60
    assert len(day.post.asked) > 3


async def test_two_hubs_that_send_at_once_hand_each_letter_over_once(day: LettersDay) -> None:
    day.post.seconds = 0.001
    await day.decide_many(40)

    await asyncio.gather(day.send(), day.send())

    assert len(day.post.tried) == len(day.post.taken) == 40


async def test_a_store_that_was_put_back_hands_no_letter_in_under_another_name(day: LettersDay) -> None:
    await day.decide()
    await day.send()

    await day.put_store_back()
    await day.send()

    assert len(day.post.tried) == 4
    assert len(day.post.taken) == 2
    assert await day.fate() == HANDED_OVER


async def test_each_handing_over_and_each_fall_to_paper_stands_in_the_audit_with_ids_alone(day: LettersDay) -> None:
    day.post.reaches[OLAS_ID] = Reach(Way.PAPER, "reserved")
    await day.decide()
    await day.send()

    asked = sa.select(AuditRow).where(AuditRow.what.like("letters.%")).order_by(AuditRow.number)
    rows = await day.desk.look(TEST, lambda look: list(look.session.scalars(asked)))

    assert sorted((row.what, row.why) for row in rows) == [
        ("letters.hand_over", "does what is due"),
        ("letters.paper", "reserved"),
    ]
    assert not [id_ for row in rows for id_ in row.ids if len(id_) != 26]


async def test_a_letter_is_begun_to_be_sent_once(day: LettersDay) -> None:
    await day.decide()

    def begin_again(work: Work) -> int:
        work.session.execute(sa.update(LeaveLetter).values(sending_due=work.now))
        return begin_sendings(work)

    begun = [await day.desk.work(TEST, verb) for verb in (begin_sendings, begin_sendings, begin_again)]

    assert begun == [2, 0, 0]
    assert len(await day.sendings()) == 2


def test_the_pretended_post_fits_the_shape() -> None:
    post: LetterService = PretendPost()
    assert post.name == "pretend"
