"""Suomi.fi Messages: who has a mailbox, a letter handed over once whatever happens on the way, and what each no means."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.logs import JsonLines
from hub.mailroom.service import Reach, Way
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError
from tests.channels.letters.suomifi_scene import FATHER, MESSAGES, MOTHER, PDF, UNCLE, Scene, parcel_of, playing
from tests.rehearsal.post_faults import CUT, SILENT, Fault

LONG_NAME = "Áŋŋelij-Ravdna Čáhppesnjárgga-Guovdageainnu Ođđajohtolat Šállanvárri Žáhkáluoktaeana"
FROM_THE_RIGHT = "\u202bليلى الحسيني\u202c"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as played:
        yield played


async def test_who_has_a_mailbox_in_use_is_reached_there_and_everybody_else_on_paper(scene: Scene) -> None:
    nobody = "040483-904C"

    found = await scene.service.look_up([MOTHER, UNCLE, nobody])

    assert found == {
        MOTHER: Reach(Way.MAILBOX, "mailbox"),
        UNCLE: Reach(Way.PAPER, "no_mailbox"),
        nobody: Reach(Way.PAPER, "no_mailbox"),
    }
    assert await scene.service.look_up([]) == {}


async def test_a_mailbox_is_asked_about_each_time_and_no_answer_is_kept(scene: Scene) -> None:
    before = await scene.service.look_up([MOTHER])
    scene.post.mailboxes[MOTHER] = False

    assert before[MOTHER].way is Way.MAILBOX
    assert (await scene.service.look_up([MOTHER]))[MOTHER].way is Way.PAPER


async def test_more_people_than_one_question_takes_are_asked_about_in_several(scene: Scene) -> None:
    many = [f"{number:06d}-9015" for number in range(scene.service.asked_at_once)]

    found = await scene.service.look_up([*many, MOTHER])

    assert len(found) == len(many) + 1
    assert found[MOTHER].way is Way.MAILBOX
    assert scene.count("/v1/mailboxes/active") == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("active", 500),
        Fault("active", 503),
        Fault("active", 429),
        Fault("active", 403),
        Fault("active", CUT),
        Fault("active", 200, body="no JSON"),
        Fault("active", 200, body="[]"),
        Fault("active", 200, body='{"endUsersWithActiveMailbox": "all"}'),
        Fault("active", 200, body='{"endUsersWithActiveMailbox": [], "endUsersWithActiveMailbox": []}'),
        Fault("token", 500),
        Fault("token", 200, body='{"access_token": "with\\nline"}'),
    ],
    ids=lambda fault: f"{fault.path} {fault.status} {fault.body[-20:]}",
)
async def test_a_register_that_cannot_tell_now_sends_nobody_to_paper(scene: Scene, fault: Fault) -> None:
    scene.post.meet(fault)

    with pytest.raises(TryLaterError):
        await scene.service.look_up([MOTHER])


async def test_people_whom_an_answer_adds_are_nobodys_business(scene: Scene) -> None:
    told = {"endUsersWithActiveMailbox": [{"id": FATHER}, {"id": None}, {}, "x", {"id": MOTHER.lower()}]}
    scene.post.meet(Fault("active", 200, body=json.dumps(told)))

    found = await scene.service.look_up([MOTHER, UNCLE])

    assert {one: reach.way for one, reach in found.items()} == {MOTHER: Way.MAILBOX, UNCLE: Way.PAPER}


async def test_a_letter_is_handed_over_whole_and_for_its_receiver_alone(scene: Scene) -> None:
    parcel = parcel_of()

    receipt = await scene.service.send(parcel)

    letter = scene.letters[0]
    assert receipt.provider_id == str(letter.message_id)
    assert (letter.recipient, letter.external_id, letter.files) == (MOTHER, parcel.id, [PDF])
    assert {**letter.electronic, "attachments": [], "notifications": {}} == {
        "title": parcel.title,
        "body": parcel.body,
        "bodyFormat": "Text",
        "messageServiceType": "Normal",
        "replyAllowedBy": "No one",
        "visibility": "Recipient only",
        "attachments": [],
        "notifications": {},
    }
    file = next(iter(scene.post.attachments.values()))
    assert (file.file_name, file.content_type, file.is_used) == ("kirje.pdf", "application/pdf", True)


@pytest.mark.parametrize("name", ["Kirje 2026-11-23.pdf", "päätös.pdf", "reive-áŋŋel.pdf"])
async def test_a_file_is_called_what_we_call_it(scene: Scene, name: str) -> None:
    await scene.service.send(parcel_of(file_name=name))

    assert [one.file_name for one in scene.post.attachments.values()] == [name]


async def test_a_notice_says_what_we_say_in_each_language_and_not_which_service_sent_it(scene: Scene) -> None:
    parcel = parcel_of()

    await scene.service.send(parcel)

    told = scene.letters[0].electronic["notifications"]
    assert told["senderDetailsInNotifications"] == "None"
    assert told["unreadMessageNotification"] == {"reminder": "Default reminder"}
    assert told["customisedNewMessageNotification"] == {
        "title": {"fi": parcel.title, "sv": parcel.title, "en": parcel.title},
        "content": {"fi": parcel.notice, "sv": parcel.notice, "en": parcel.notice},
    }


async def test_an_owner_may_ask_that_a_letter_is_confirmed_when_it_is_opened() -> None:
    async with playing(verifiable=True) as scene:
        await scene.service.send(parcel_of())

        assert scene.letters[0].electronic["messageServiceType"] == "Verifiable"


@pytest.mark.parametrize("name", [LONG_NAME, "Aino 🌻👩‍👧", FROM_THE_RIGHT, 'Åke "x" \\ </p>\n\t'])
async def test_every_name_arrives_as_it_is_written(scene: Scene, name: str) -> None:
    parcel = parcel_of(body=f"Hei {name}!", notice=f"{name}: kirje", title=f"Kirje: {name}")

    await scene.service.send(parcel)

    letter = scene.letters[0].electronic
    assert (letter["body"], letter["title"]) == (parcel.body, parcel.title)


async def test_a_title_that_is_too_long_is_cut_and_half_a_letter_is_refused_here(scene: Scene) -> None:
    await scene.service.send(parcel_of(title="K" * 300))

    assert scene.letters[0].electronic["title"] == "K" * 256
    with pytest.raises(RejectedError, match="not_unicode"):
        await scene.service.send(parcel_of(number=2, body="\ud83d"))


async def test_a_way_that_finland_does_not_have_is_refused_before_anything_leaves(scene: Scene) -> None:
    with pytest.raises(RejectedError, match="no_such_way"):
        await scene.service.send(parcel_of(way=Way.INBOX))

    assert scene.post.asked == []


async def test_the_same_parcel_handed_in_again_is_answered_as_the_first_time(scene: Scene) -> None:
    first = await scene.service.send(parcel_of())
    second = await scene.service.send(parcel_of())

    assert first == second
    assert len(scene.letters) == 1


async def test_a_409_without_a_number_that_can_be_read_is_no_doubt_and_is_known_by_our_own_id(scene: Scene) -> None:
    scene.post.meet(Fault(MESSAGES, 409, body='{"reason": "externalId", "messageId": true}'))

    receipt = await scene.service.send(parcel_of())

    assert receipt.provider_id == parcel_of().id


@pytest.mark.parametrize(
    "fault",
    [
        Fault(MESSAGES, CUT, taken=True),
        Fault(MESSAGES, 500, taken=True),
        Fault(MESSAGES, 502, taken=True),
        Fault(MESSAGES, 503, taken=True),
        Fault(MESSAGES, 200, body="no JSON", taken=True),
        Fault(MESSAGES, 200, body='{"messageId": 1.5}', taken=True),
        Fault(MESSAGES, 302, taken=True),
    ],
    ids=lambda fault: f"{fault.status} {fault.body}",
)
async def test_a_letter_whose_answer_is_lost_is_found_and_not_sent_twice(scene: Scene, fault: Fault) -> None:
    scene.post.meet(fault)

    with pytest.raises(UnknownFateError):
        await scene.service.send(parcel_of())
    found = await scene.service.find(parcel_of())

    assert found is not None
    assert found.provider_id == str(scene.letters[0].message_id)
    assert len(scene.letters) == 1


async def test_a_service_that_is_too_slow_may_have_taken_it() -> None:
    async with playing(answer_seconds=0.3) as scene:
        scene.post.meet(Fault(MESSAGES, SILENT, taken=True))

        with pytest.raises(UnknownFateError, match="no_answer"):
            await scene.service.send(parcel_of())

        assert await scene.service.find(parcel_of()) is not None


async def test_what_never_arrived_is_not_found_and_is_handed_in_again(scene: Scene) -> None:
    scene.post.meet(Fault(MESSAGES, CUT))

    with pytest.raises(UnknownFateError):
        await scene.service.send(parcel_of())

    assert await scene.service.find(parcel_of()) is None
    assert (await scene.service.send(parcel_of())).provider_id == str(scene.letters[0].message_id)


async def test_a_log_that_lags_behind_sends_no_second_letter(scene: Scene) -> None:
    scene.post.events.lags = True
    scene.post.meet(Fault(MESSAGES, CUT, taken=True))

    receipt = await scene.persist(parcel_of())

    assert receipt.provider_id == str(scene.letters[0].message_id)
    assert len(scene.letters) == 1


async def test_a_log_that_cannot_be_read_tells_neither_yes_nor_no(scene: Scene) -> None:
    scene.post.meet(Fault("events", 503))

    with pytest.raises(TryLaterError):
        await scene.service.find(parcel_of())


async def test_a_day_later_the_file_is_handed_in_anew(scene: Scene) -> None:
    scene.post.meet(Fault(MESSAGES, 429, headers={"Retry-After": "30"}))

    with pytest.raises(TryLaterError) as error:
        await scene.service.send(parcel_of())
    scene.clock.move(timedelta(hours=25))
    await scene.service.send(parcel_of())

    assert error.value.after == 30.0
    assert [one.is_used for one in scene.post.attachments.values()] == [False, True]
    assert len(scene.letters) == 1


async def test_a_mailbox_that_was_closed_after_it_was_asked_about_is_for_paper(scene: Scene) -> None:
    asked = await scene.service.look_up([MOTHER])
    scene.post.mailboxes[MOTHER] = False

    with pytest.raises(AddressGoneError, match="MAILBOX_NOT_IN_USE"):
        await scene.service.send(parcel_of())

    assert asked[MOTHER].way is Way.MAILBOX
    assert scene.letters == []


async def test_a_letter_that_got_through_before_its_mailbox_was_closed_is_not_printed_as_well(scene: Scene) -> None:
    scene.post.looks_for_mailbox_first = True
    scene.post.meet(Fault(MESSAGES, CUT, taken=True))
    with pytest.raises(UnknownFateError):
        await scene.service.send(parcel_of())
    scene.post.mailboxes[MOTHER] = False

    receipt = await scene.service.send(parcel_of())

    assert receipt.provider_id == str(scene.letters[0].message_id)


async def test_a_closed_mailbox_is_no_certainty_while_the_log_cannot_be_read(scene: Scene) -> None:
    scene.post.mailboxes[MOTHER] = False
    scene.post.meet(Fault("events", 500))

    with pytest.raises(TryLaterError):
        await scene.service.send(parcel_of())


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        (Fault(MESSAGES, 400, body='{"reason": "010180-9015"}'), RejectedError, "http_400"),
        (
            Fault(MESSAGES, 400, body='{"validationErrors": [{"errorCode": "BODY_LENGTH"}]}'),
            RejectedError,
            "BODY_LENGTH",
        ),
        (Fault(MESSAGES, 400, body='{"validationErrors": [{"errorCode": "x y"}, 7]}'), RejectedError, "http_400"),
        (Fault(MESSAGES, 400, body='{"errorCode": "MAILBOX_NOT_IN_USE"}'), AddressGoneError, "MAILBOX_NOT_IN_USE"),
        (Fault(MESSAGES, 413), RejectedError, "http_413"),
        (Fault(MESSAGES, 403), TryLaterError, "http_403"),
        (Fault(MESSAGES, 404), TryLaterError, "http_404"),
        (Fault(MESSAGES, 429), TryLaterError, "http_429"),
        (Fault(MESSAGES, 418), UnknownFateError, "http_418"),
        (Fault("attachments", 400), RejectedError, "http_400"),
        (Fault("attachments", 413), RejectedError, "http_413"),
        (Fault("attachments", 500), TryLaterError, "http_500"),
        (Fault("attachments", CUT), TryLaterError, "no_answer"),
        (Fault("attachments", 200, body='{"attachmentId": "../x"}'), TryLaterError, "nonsense"),
        (Fault("attachments", 200, body="{}"), TryLaterError, "nonsense"),
        (Fault("attachments", 200, body="no JSON"), TryLaterError, "nonsense"),
    ],
    ids=lambda case: f"{case.path} {case.status}" if isinstance(case, Fault) else "",
)
async def test_each_no_is_told_by_its_code_and_quotes_nobody(
    scene: Scene, fault: Fault, error: type[SendError], reason: str
) -> None:
    scene.post.meet(fault)

    with pytest.raises(error) as told:
        await scene.service.send(parcel_of())

    assert told.value.reason == reason
    assert scene.letters == []


@pytest.mark.parametrize(("status", "whole"), [(403, True), (404, True), (429, False)])
async def test_what_the_municipality_must_mend_holds_back_all_letters(scene: Scene, status: int, whole: bool) -> None:
    scene.post.meet(Fault(MESSAGES, status))

    with pytest.raises(TryLaterError) as told:
        await scene.service.send(parcel_of())

    assert told.value.whole_channel is whole


async def test_a_service_that_is_down_takes_nothing_and_is_tried_later() -> None:
    async with playing() as scene:
        url = scene.post.url
    async with playing(url=url) as later:
        with pytest.raises(TryLaterError):
            await later.service.send(parcel_of())


async def test_many_letters_at_once_each_arrive_once_and_at_their_own_receiver(scene: Scene) -> None:
    receivers = [MOTHER if number % 2 else FATHER for number in range(40)]
    scene.post.meet(
        Fault(MESSAGES, 500, times=3),
        Fault(MESSAGES, CUT, taken=True, times=4),
        Fault("attachments", 503, times=2),
        Fault("events", 500, times=2),
    )

    receipts = await asyncio.gather(
        *(scene.persist(parcel_of(one, number), times=20) for number, one in enumerate(receivers))
    )

    assert len({one.provider_id for one in receipts}) == len(receivers)
    assert {one.external_id: one.recipient for one in scene.letters} == {
        parcel_of(number=number).id: one for number, one in enumerate(receivers)
    }
    assert len(scene.letters) == len(receivers)


async def test_what_is_logged_has_the_services_own_trace_and_nothing_of_the_letter(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.post.meet(Fault(MESSAGES, 400, body=json.dumps({"reason": f"{MOTHER} {PDF[:20].decode()}"})))

    scene.post.name_trace = lambda: "12345678-1234-1234-1234-123456789012"
    with caplog.at_level(logging.DEBUG), pytest.raises(RejectedError) as error:
        await scene.service.send(parcel_of())

    told = [vars(record) for record in caplog.records if record.name.startswith("channels.letters")]
    assert [(one["doing"], one["status"]) for one in told] == [("/v2/attachments", 200), (MESSAGES, 400)]
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("channels.letters")]
    assert [json.loads(line)["trace"].replace(".", "") for line in lines] == scene.post.traces[-2:]
    for secret in (MOTHER, "Fjordvik", "Päätös", "decision", scene.post.password):
        assert secret not in f"{told} {error.value} {parcel_of(title='', notice='', sender='')}"
