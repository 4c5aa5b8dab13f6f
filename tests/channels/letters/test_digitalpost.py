"""Denmark's Digital Post: who is registered is asked anew, a letter is a message of MeMo, and a token is not forever."""

import pytest

from channels.letters.digitalpost_token import EXCHANGE, ISSUE
from hub.mailroom.service import Reach, Way
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from tests.channels.letters.danish_scene import MEMOS, MOTHER, PDF, UNCLE, parcel_of, playing
from tests.rehearsal.post_faults import Fault

REGISTERED = "/service/PostForespoerg_1/digitalpost"


async def test_a_letter_arrives_as_a_message_of_the_schema_with_its_pdf_and_no_matter_in_its_title() -> None:
    async with playing() as scene:
        parcel = parcel_of(sender="Fjordvig & Omegn <Kommune>")
        receipt = await scene.service.send(parcel)
        (letter,) = scene.letters

    assert (receipt.provider_id, receipt.status) == (parcel.id, "accepted")
    assert (letter.message_uuid, letter.recipient, letter.pdf) == (parcel.id, MOTHER, PDF)
    assert (letter.label, letter.sender) == (parcel.title, parcel.sender)


async def test_each_of_many_is_asked_for_and_what_is_no_number_of_denmark_is_not() -> None:
    async with playing() as scene:
        found = await scene.service.look_up([MOTHER, UNCLE, "15811550059", *(f"01018{at:05}" for at in range(30))])
        asked = scene.count(REGISTERED)

    assert found[MOTHER] == Reach(Way.MAILBOX, "mailbox")
    assert found[UNCLE] == Reach(Way.PAPER, "no_mailbox")
    assert found["15811550059"] == Reach(Way.PAPER, "unknown")
    assert (len(found), asked) == (33, 32)


async def test_a_token_is_fetched_once_for_each_service_and_anew_where_it_is_no_longer_known() -> None:
    async with playing() as scene:
        for number in range(3):
            await scene.service.send(parcel_of(number=number))
        first = (scene.count(ISSUE), scene.count(EXCHANGE))
        scene.post.end_tokens()
        await scene.service.send(parcel_of(number=9))
        anew = (scene.count(ISSUE), scene.count(EXCHANGE))

    assert (first, anew) == ((2, 2), (4, 4))
    assert len(scene.letters) == 4


async def test_who_is_refused_a_token_is_told_so_and_does_not_ask_again_at_once() -> None:
    async with playing() as scene:
        service = scene.build(cvr="87654321")
        with pytest.raises(TryLaterError) as raised:
            await service.send(parcel_of())
        sentences = await service.check()
        asked = scene.count(ISSUE)

    assert raised.value.whole_channel
    assert ["KombiPostAfsend" in one for one in sentences] == [False, True]
    assert all("channels.letters.digitalpost" in one for one in sentences)
    assert asked == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(MEMOS, 429, headers={"Retry-After": "7"}), TryLaterError),
        (Fault(MEMOS, 403), TryLaterError),
        (Fault(MEMOS, 400), RejectedError),
        (Fault(MEMOS, 503), TryLaterError),
        (Fault(MEMOS, 502), UnknownFateError),
        (Fault(MEMOS, 200, body="<kombi_response><Result>maybe</Result></kombi_response>"), UnknownFateError),
        (Fault(MEMOS, 200, body="<!DOCTYPE a [<!ENTITY b 'true'>]><a><Result>&b;</Result></a>"), UnknownFateError),
        (Fault(MEMOS, 200, body="<a>" * 50 + "</a>" * 50), UnknownFateError),
        (Fault(REGISTERED, 200, body='{"result": "true"}'), TryLaterError),
        (Fault(REGISTERED, 500), TryLaterError),
        (Fault(EXCHANGE, 200, body='{"token_type": "a b", "access_token": "x"}'), TryLaterError),
        (Fault(ISSUE, 200, body='{"RequestedSecurityToken": []}'), TryLaterError),
    ],
    ids=lambda told: f"{told.path.rpartition('/')[2]} {told.status} {told.body[:9]}" if isinstance(told, Fault) else "",
)
async def test_an_answer_is_believed_as_far_as_it_goes(fault: Fault, error: type[Exception]) -> None:
    async with playing() as scene:
        scene.post.faults.append(fault)
        with pytest.raises(error) as raised:
            await scene.service.send(parcel_of())
        letters = scene.letters

    assert type(raised.value) is error
    assert MOTHER not in str(raised.value)
    assert letters == []


async def test_a_no_under_a_good_status_is_a_no_and_a_good_status_without_a_word_a_yes() -> None:
    async with playing() as scene:
        scene.post.says_no = True
        with pytest.raises(RejectedError):
            await scene.service.send(parcel_of())
        scene.post.says_no = False
        scene.post.faults.append(Fault(MEMOS, 202, taken=True))
        receipt = await scene.service.send(parcel_of())
        scene.post.same_again = 409
        again = await scene.service.send(parcel_of())

    assert receipt == again
    assert len(scene.letters) == 1


async def test_what_no_message_can_hold_is_refused_for_good() -> None:
    async with playing() as scene:
        for title in ("a bell \a", "half a sign \ud83c"):
            with pytest.raises(RejectedError):
                await scene.service.send(parcel_of(title=title))
        with pytest.raises(AddressGoneError):
            await scene.service.send(parcel_of(UNCLE))

    assert scene.letters == []
