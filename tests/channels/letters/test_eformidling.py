"""Letters by an integration point for eFormidling: each arrives once and whole, whatever goes wrong on the way."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hub.mailroom.service import OtherReceiverError, Parcel, Way
from hub.post.channel import AddressGoneError, Receipt, RejectedError, SendError, TryLaterError, UnknownFateError
from tests.channels.letters.norway_scene import (
    AUNT,
    FATHER,
    MOTHER,
    OUT,
    PDF,
    STRANGER,
    Scene,
    parcel_of,
    path_of,
    playing,
)
from tests.rehearsal.post_faults import CUT, SILENT, Fault

PARCEL = parcel_of()
TO_ALTINN = parcel_of(AUNT, 2, way=Way.INBOX)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


async def test_a_letter_lies_in_its_mailbox_behind_the_strongest_sign_in_and_its_opening_will_be_told(
    scene: Scene,
) -> None:
    receipt = await scene.service.send(PARCEL)

    (letter,) = scene.post.mailbox(MOTHER)
    assert receipt == Receipt(PARCEL.id)
    assert letter.message_id == PARCEL.id
    assert letter.conversation["identifier"] == "urn:no:difi:profile:digitalpost:vedtak:ver1.0"
    assert letter.content == {
        "sikkerhetsnivaa": 4,
        "hoveddokument": "brev.pdf",
        "tittel": "Brev fra Fjordvik kommune",
        "spraak": "nb",
        "digitalPostInfo": {"virkningsdato": "2026-11-23", "aapningskvittering": True},
        "varsler": {"epostTekst": PARCEL.notice, "smsTekst": PARCEL.notice},
        "metadataFiler": {},
    }
    (file,) = letter.files
    assert (file.name, file.title, file.content_type, file.content) == (
        "brev.pdf",
        "Brev fra Fjordvik kommune",
        "application/pdf",
        PDF,
    )


async def test_who_has_no_mailbox_gets_it_at_altinn(scene: Scene) -> None:
    await scene.service.send(TO_ALTINN)

    (letter,) = scene.post.mailbox(AUNT)
    assert letter.kind == "digital_dpv"
    assert letter.content == {
        "tittel": TO_ALTINN.title,
        "sammendrag": TO_ALTINN.title,
        "innhold": TO_ALTINN.body,
        "dpv": {"varselTransportType": "EpostOgSMS", "varselTekst": TO_ALTINN.notice},
    }
    assert [file.content for file in letter.files] == [PDF]


async def test_before_somebody_has_signed_in_no_more_is_said_than_the_parcel_s_title_and_notice(scene: Scene) -> None:
    for parcel in (PARCEL, TO_ALTINN):
        await scene.service.send(parcel)

    for letter in scene.letters:
        shown = str({name: value for name, value in letter.content.items() if name != "innhold"})
        shown += str([(file.name, file.title) for file in letter.files])
        assert parcel_of().body not in shown
        assert "Vedtaket" not in shown
        assert "permisjon" not in shown


async def test_a_sender_s_own_id_goes_along_where_there_is_one() -> None:
    async with playing(eformidling={"sender_id": "skole-01"}) as scene:
        await scene.service.send(PARCEL)

        assert scene.letters[0].content["avsenderId"] == "skole-01"


async def test_the_same_parcel_handed_in_again_is_answered_as_the_first_time(scene: Scene) -> None:
    first = await scene.service.send(PARCEL)

    for service in (scene.service, scene.build()):
        assert await service.send(PARCEL) == first
        assert await service.find(PARCEL) == first

    assert len(scene.post.mailbox(MOTHER)) == 1


@pytest.mark.parametrize("parcel", [PARCEL, TO_ALTINN], ids=["mailbox", "altinn"])
@pytest.mark.parametrize("taken", [True, False], ids=["done", "not_done"])
@pytest.mark.parametrize("status", [CUT, SILENT, 500, 502, 503, 429], ids=str)
@pytest.mark.parametrize(
    ("method", "is_last"), [("create", False), ("attach", False), ("start", True)], ids=["create", "attach", "start"]
)
async def test_wherever_an_attempt_breaks_off_the_letter_arrives_once_and_whole(
    parcel: Parcel, taken: bool, status: int, method: str, is_last: bool
) -> None:
    path, verb = {"create": (OUT, "POST"), "attach": (path_of(parcel), "PUT"), "start": (path_of(parcel), "POST")}[
        method
    ]
    async with playing(eformidling={"answer_seconds": 0.3}) as scene:
        scene.post.faults.append(Fault(path, status, method=verb, taken=taken))
        with pytest.raises(SendError) as raised:
            await scene.service.send(parcel)
        is_in_doubt = is_last and status != 429
        assert isinstance(raised.value, UnknownFateError if is_in_doubt else TryLaterError)
        scene.clock.move(timedelta(minutes=3))

        assert await scene.persist(parcel) == Receipt(parcel.id)

        (letter,) = scene.post.mailbox(parcel.national_id)
        assert [file.content for file in letter.files] == [PDF]
        assert scene.post.statuses.names_of(parcel.id) == ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]


@pytest.mark.parametrize("parcel", [PARCEL, TO_ALTINN], ids=["mailbox", "altinn"])
async def test_an_integration_point_that_names_no_exceptions_is_understood(scene: Scene, parcel: Parcel) -> None:
    scene.post.tells_exceptions = False
    for method in ("PUT", "POST"):
        scene.post.faults.append(Fault(path_of(parcel), CUT, method=method))

    await scene.persist(parcel)

    (letter,) = scene.post.mailbox(parcel.national_id)
    assert len(letter.files) == 1


@pytest.mark.parametrize("verb", ["create", "attach", "start"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "bare"])
async def test_an_integration_point_that_has_it_already_and_says_409_has_the_same_letter(
    scene: Scene, verb: str, named: bool
) -> None:
    scene.post.same_again, scene.post.tells_exceptions = 409, named
    path, method = {"create": (OUT, "POST"), "attach": (path_of(PARCEL), "PUT"), "start": (path_of(PARCEL), "POST")}[
        verb
    ]
    scene.post.faults.append(Fault(path, CUT, method=method, taken=True))

    assert await scene.persist(PARCEL) == await scene.build().send(PARCEL) == Receipt(PARCEL.id)

    (letter,) = scene.post.mailbox(MOTHER)
    assert [file.content for file in letter.files] == [PDF]
    assert scene.post.statuses.names_of(PARCEL.id) == ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]


async def test_a_409_to_the_last_step_says_that_it_may_have_gone_and_its_statuses_tell(scene: Scene) -> None:
    scene.post.faults.append(Fault(path_of(PARCEL), 409, method="POST", taken=True))
    with pytest.raises(UnknownFateError):
        await scene.service.send(PARCEL)

    assert await scene.service.find(PARCEL) == Receipt(PARCEL.id)
    assert scene.count("POST", path_of(PARCEL)) == 1


@pytest.mark.parametrize("status", [400, 409])
async def test_what_is_there_without_any_status_waits_and_is_not_sent_a_second_time(scene: Scene, status: int) -> None:
    scene.post.same_again = status
    await scene.service.send(PARCEL)
    scene.post.statuses.rows.clear()

    with pytest.raises(TryLaterError) as raised:
        await scene.service.send(PARCEL)

    assert raised.value.reason == "there_without_status"
    assert (scene.count("POST", path_of(PARCEL)), len(scene.post.mailbox(MOTHER))) == (1, 1)


async def test_what_waits_in_the_queue_is_not_sent_a_second_time_before_it_has_had_its_time(scene: Scene) -> None:
    scene.post.holds = True
    scene.post.faults.append(Fault(path_of(PARCEL), CUT, method="POST", taken=True))
    with pytest.raises(UnknownFateError):
        await scene.service.send(PARCEL)

    for ask in (scene.service.find, scene.service.send):
        with pytest.raises(TryLaterError) as raised:
            await ask(PARCEL)
        assert (raised.value.reason, raised.value.after) == ("not_settled", 120.0)
    assert scene.count("POST", path_of(PARCEL)) == 1

    scene.post.let_go()

    assert await scene.service.find(PARCEL) == Receipt(PARCEL.id)
    assert len(scene.post.mailbox(MOTHER)) == 1


async def test_what_lies_there_unsent_for_another_receiver_is_deleted_and_reaches_nobody(scene: Scene) -> None:
    for_another = replace(PARCEL, national_id=AUNT, way=Way.INBOX)
    scene.post.faults.append(Fault(path_of(PARCEL), CUT, method="PUT", taken=True))
    with pytest.raises(TryLaterError):
        await scene.service.send(for_another)

    with pytest.raises(OtherReceiverError) as raised:
        await scene.service.send(PARCEL)

    assert (raised.value.reason, raised.value.may_have_gone) == ("other_receiver", False)
    assert scene.letters[0].is_deleted
    assert scene.post.mailbox(AUNT) == scene.post.mailbox(MOTHER) == []


@pytest.mark.parametrize("ask", ["send", "find"])
async def test_what_was_sent_to_another_receiver_is_no_receipt_for_this_one(scene: Scene, ask: str) -> None:
    await scene.service.send(replace(PARCEL, national_id=AUNT, way=Way.INBOX))

    with pytest.raises(OtherReceiverError) as raised:
        await getattr(scene.service, ask)(PARCEL)

    assert raised.value.may_have_gone
    assert AUNT not in str(raised.value)


@pytest.mark.parametrize("is_sent", [True, False])
async def test_while_nobody_tells_for_whom_a_letter_lies_there_it_is_neither_sent_nor_taken_for_sent(
    scene: Scene, is_sent: bool
) -> None:
    if not is_sent:
        scene.post.faults.append(Fault(path_of(PARCEL), CUT, method="PUT", taken=True))
    with suppress(TryLaterError):
        await scene.service.send(PARCEL)
    scene.post.tells_receivers = False
    scene.post.faults.append(Fault(path_of(PARCEL), 503, method="GET"))

    with pytest.raises(TryLaterError):
        await scene.service.send(PARCEL)

    assert scene.count("POST", path_of(PARCEL)) == is_sent


async def test_nothing_is_found_of_what_was_never_taken_in(scene: Scene) -> None:
    assert await scene.service.find(PARCEL) is None

    scene.post.faults.append(Fault(OUT, CUT))
    with pytest.raises(TryLaterError):
        await scene.service.send(PARCEL)
    assert await scene.service.find(PARCEL) is None


async def test_while_the_statuses_cannot_be_read_nobody_says_that_a_letter_is_not_there(scene: Scene) -> None:
    await scene.service.send(PARCEL)

    for status in (CUT, 500, 503, 401, 404, 400):
        scene.post.faults.append(Fault("/api/statuses", status, times=2 if status == CUT else 1))
        with pytest.raises(TryLaterError):
            await scene.service.find(PARCEL)
    scene.post.faults.append(Fault("/api/statuses", 200, body='{"content": {}}'))
    with pytest.raises(TryLaterError):
        await scene.service.find(PARCEL)

    assert await scene.service.find(PARCEL) == Receipt(PARCEL.id)


async def test_who_reserved_themselves_after_the_register_was_asked_gets_no_digital_letter(scene: Scene) -> None:
    assert (await scene.service.look_up([MOTHER]))[MOTHER].way is Way.MAILBOX
    scene.post.people[MOTHER].is_reserved = True

    with pytest.raises(AddressGoneError) as raised:
        await scene.service.send(PARCEL)

    assert MOTHER not in str(raised.value)
    assert scene.letters == []
    assert await scene.service.find(PARCEL) is None


@pytest.mark.parametrize("national_id", [FATHER, AUNT, STRANGER], ids=["reserved", "no_mailbox", "unknown"])
async def test_who_takes_no_digital_post_is_gone_and_the_letter_is_for_paper(scene: Scene, national_id: str) -> None:
    with pytest.raises(AddressGoneError):
        await scene.service.send(parcel_of(national_id))

    assert scene.post.mailbox(national_id) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"way": Way.PAPER}, "no_such_way"),
        ({"body": "\ud800", "way": Way.INBOX, "national_id": AUNT}, "not_unicode"),
        ({"title": "\udfff"}, "not_unicode"),
        ({"file_name": 'a"; filename="b.pdf'}, "file_name"),
        ({"file_name": "brev\r\n.pdf"}, "file_name"),
        ({"file_name": "../brev.pdf"}, "file_name"),
        ({"file_name": "bréf.pdf"}, "file_name"),
        ({"file_name": ""}, "file_name"),
        ({"language": "norsk"}, "ConstraintViolationException"),
        ({"title": " "}, "ConstraintViolationException"),
        ({"national_id": "12345"}, "ConstraintViolationException"),
    ],
)
async def test_what_can_never_be_sent_is_refused_and_nothing_leaves(
    scene: Scene, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RejectedError) as raised:
        await scene.service.send(parcel_of(**changed))

    assert raised.value.reason == reason
    assert scene.letters == []


@pytest.mark.parametrize(
    "name",
    [
        "N" * 80,
        "Áŋŋelas Čáhppe Đ Ŧ Ž",
        "Ella 🌻👩‍👧",
        "محمد العربي",
        "\u202eSnu\u202cdd",
        'Ola "Nordmann" \\ {{ 7 }} & <b>',
    ],
    ids=["long", "sami", "emoji", "arabic", "turned", "signs"],
)
@pytest.mark.parametrize("way", [Way.MAILBOX, Way.INBOX])
async def test_names_of_all_kinds_arrive_as_they_are_written(scene: Scene, name: str, way: Way) -> None:
    parcel = parcel_of(AUNT if way is Way.INBOX else MOTHER, way=way, title=f"Brev fra {name}", body=name, notice=name)

    await scene.service.send(parcel)

    (letter,) = scene.letters
    assert letter.content["tittel"] == f"Brev fra {name}"
    assert letter.files[0].title == f"Brev fra {name}"
    assert name in str(letter.content.get("innhold", name))


@pytest.mark.parametrize("file_name", ["brev.pdf", "brev-2026_11.pdf", "B.PDF"])
async def test_a_file_is_called_what_the_hub_calls_it(scene: Scene, file_name: str) -> None:
    await scene.service.send(parcel_of(file_name=file_name))

    assert scene.letters[0].files[0].name == file_name


async def test_a_large_letter_arrives_whole(scene: Scene) -> None:
    await scene.service.send(parcel_of(pdf=PDF * 20_000))

    assert scene.letters[0].files[0].content == PDF * 20_000


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_an_integration_point_that_does_not_let_us_in_rests_as_a_whole(scene: Scene, status: int) -> None:
    scene.post.faults.append(Fault(OUT, status, times=2))

    with pytest.raises(TryLaterError) as raised:
        await scene.service.send(PARCEL)

    assert (raised.value.reason, raised.value.whole_channel) == (f"http_{status}", True)


@pytest.mark.parametrize("status", [429, 503])
async def test_an_integration_point_that_asks_for_time_gets_it(scene: Scene, status: int) -> None:
    scene.post.faults.append(Fault(OUT, status, headers={"Retry-After": "40"}))

    with pytest.raises(TryLaterError) as raised:
        await scene.service.send(PARCEL)

    assert (raised.value.reason, raised.value.after) == (f"http_{status}", 40.0)


async def test_a_401_in_the_middle_of_a_letter_leaves_it_to_be_finished(scene: Scene) -> None:
    scene.post.faults.append(Fault(path_of(PARCEL), 401, method="PUT"))

    await scene.persist(PARCEL)

    assert len(scene.post.mailbox(MOTHER)) == 1


async def test_a_wrong_password_sends_nothing_and_the_doctor_says_so() -> None:
    async with playing(eformidling={"password": "not-it"}) as scene:
        with pytest.raises(TryLaterError) as raised:
            await scene.service.send(PARCEL)
        assert raised.value.whole_channel

        (said,) = await scene.service.check()
        assert "password in channels.letters.eformidling" in said
        assert "not-it" not in said


async def test_an_integration_point_that_is_down_is_tried_later_and_the_doctor_says_so(scene: Scene) -> None:
    nowhere = scene.build(eformidling={"url": "http://127.0.0.1:1"})

    with pytest.raises(TryLaterError) as raised:
        await nowhere.send(PARCEL)
    assert raised.value.reason == "no_connection"

    (said,) = await nowhere.check()
    assert "cannot be reached now" in said


async def test_an_address_that_is_no_integration_point_is_told_by_the_doctor(scene: Scene) -> None:
    elsewhere = scene.build(eformidling={"url": f"{scene.post.url}/elsewhere"})

    (said,) = await elsewhere.check()

    assert "no integration point" in said


async def test_the_doctor_has_nothing_to_say_when_all_is_well(scene: Scene) -> None:
    assert await scene.service.check() == []


async def test_a_letter_that_is_too_late_is_refused_and_never_sent(scene: Scene) -> None:
    scene.post.faults.append(Fault(path_of(PARCEL), CUT, method="PUT", taken=True))
    with pytest.raises(TryLaterError):
        await scene.service.send(PARCEL)
    scene.clock.move(timedelta(hours=49))

    with pytest.raises(RejectedError) as raised:
        await scene.service.send(PARCEL)

    assert raised.value.reason == "TimeToLiveException"
    assert scene.post.mailbox(MOTHER) == []


async def test_how_long_it_may_take_begins_with_the_first_attempt(scene: Scene) -> None:
    scene.clock.move(timedelta(hours=5))

    await scene.service.send(PARCEL)

    assert PARCEL.attempted_at is not None
    assert scene.letters[0].gives_up_at == PARCEL.attempted_at + timedelta(hours=48)


async def test_no_reason_repeats_whom_it_is_about(scene: Scene) -> None:
    body = f'{{"exception": "no.difi.{MOTHER}", "message": "{MOTHER}"}}'
    for status in (400, 404, 409, 500):
        scene.post.faults.append(Fault(OUT, status, method="POST", body=body))
        with pytest.raises(SendError) as raised:
            await scene.service.send(PARCEL)
        assert raised.value.reason == ("there_without_status" if status == 409 else f"http_{status}")
    assert MOTHER not in repr(PARCEL)
