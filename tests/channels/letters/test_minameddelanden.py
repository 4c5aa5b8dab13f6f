"""Sweden's Mina meddelanden: FaR says who is reached where, letters are signed and sealed, and answers are looked at."""

import logging

import pytest

from channels.letters.minameddelanden_message import write_delivery
from channels.letters.minameddelanden_settings import TABLE, MinameddelandenSettings
from channels.letters.own_certificate import read_certificate
from hub.mailroom.service import Reach, Way
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from tests.channels.letters.swedish_scene import MOTHER, PDF, STRANGER, UNCLE, parcel_of, playing
from tests.rehearsal.certificates import somebody
from tests.rehearsal.post_faults import Fault
from tests.rehearsal.swedish_letters import parse, read_delivery
from tests.rehearsal.swedish_post import FAR, OPERATOR, Account

NO_MAILBOX, RESERVED = Reach(Way.PAPER, "no_mailbox"), Reach(Way.PAPER, "reserved")
FAR_NONSENSE = "<E><isReachableResponse><return><Pending>no</Pending></return></isReachableResponse></E>"
DELIVERED = "<E><Status><RecipientId>{}</RecipientId><Delivered>{}</Delivered></Status></E>"


async def test_a_letter_arrives_signed_and_sealed_and_is_delivered_by_its_operators_word() -> None:
    async with playing() as scene:
        parcel = parcel_of(sender="Fjordvik & <co>", title='Brev från "Fjordvik" \r\n& 🌻', body="Hej\r\n& välkommen!")
        receipt = await scene.service.send(parcel)
        (letter,) = scene.post.letters

    assert receipt.status == "delivered"
    assert (letter.message_id, letter.recipient, letter.pdf) == (parcel.id, MOTHER, PDF)
    assert (letter.sender, letter.subject, letter.text) == (parcel.sender, parcel.title, parcel.body)


async def test_who_is_reached_is_who_takes_our_post_at_an_operator_that_we_know(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = {
        "198001019804": (Account(), Reach(Way.MAILBOX, "mailbox")),
        "198001019812": (Account(accepts=False), RESERVED),
        "198001019820": (Account(pending=True), NO_MAILBOX),
        "198001019838": (Account(address=None), NO_MAILBOX),
        "198001019846": (Account(address=" "), NO_MAILBOX),
        "198001019853": (Account(address="https://operator.example.com/x"), NO_MAILBOX),
        "198001619876": (Account(), Reach(Way.MAILBOX, "mailbox")),
        "200811249812": (Account(), NO_MAILBOX),
        "200811239813": (Account(), Reach(Way.MAILBOX, "mailbox")),
        STRANGER: (None, Reach(Way.PAPER, "unknown")),
        "15811550059": (None, Reach(Way.PAPER, "unknown")),
    }
    async with playing() as scene:
        scene.post.accounts = {one: account for one, (account, _) in told.items() if account is not None}
        with caplog.at_level(logging.WARNING):
            found = await scene.service.look_up(list(told))
        (asked,) = scene.post.asked_about

    assert found == {one: reach for one, (_, reach) in told.items()}
    assert set(told) - set(asked) == {"200811249812", "15811550059"}
    assert [record.__dict__["host"] for record in caplog.records] == ["operator.example.com"]


async def test_what_far_tells_of_one_and_makes_no_sense_sends_nobody_elses_letters_to_paper() -> None:
    async with playing() as scene:
        scene.post.accounts = {MOTHER: Account(), UNCLE: Account(address="https://[broken")}
        both = await scene.service.look_up([MOTHER, UNCLE])
        with pytest.raises(TryLaterError):
            await scene.service.look_up([UNCLE])

    assert both == {MOTHER: Reach(Way.MAILBOX, "mailbox"), UNCLE: Reach(Way.PAPER, "unknown")}


async def test_many_are_asked_for_by_the_thousand() -> None:
    async with playing() as scene:
        found = await scene.service.look_up([f"1980{at:08}" for at in range(1001)])

    assert len(found) == 1001
    assert [len(ids) for ids in scene.post.asked_about] == [1000, 1]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(OPERATOR, 429, headers={"Retry-After": "7"}), TryLaterError),
        (Fault(OPERATOR, 403), TryLaterError),
        (Fault(OPERATOR, 503), TryLaterError),
        (Fault(OPERATOR, 502), UnknownFateError),
        (Fault(OPERATOR, 500, body="<E><faultcode>S:Client</faultcode></E>"), RejectedError),
        (Fault(OPERATOR, 500, body="<E><faultcode>S:Server</faultcode></E>"), UnknownFateError),
        (Fault(OPERATOR, 200, body=DELIVERED.format(MOTHER, "perhaps")), UnknownFateError),
        (Fault(OPERATOR, 200, body=DELIVERED.format(UNCLE, "true")), UnknownFateError),
        (Fault(OPERATOR, 200, body="<!DOCTYPE a [<!ENTITY b 'c'>]>" + DELIVERED.format(MOTHER, "true")), UnknownFateError),
        (Fault(OPERATOR, 200, body="<E>"), UnknownFateError),
        (Fault(FAR, 500), TryLaterError),
        (Fault(FAR, 200, body="<E/>"), TryLaterError),
        (Fault(FAR, 200, body=FAR_NONSENSE), TryLaterError),
        (Fault(FAR, 200, body="<E><isReachableResponse/></E>"), AddressGoneError),
    ],
    ids=lambda told: f"{told.path.rpartition('/')[0]} {told.status} {told.body[:60]}" if isinstance(told, Fault) else "",
)  # fmt: skip
async def test_an_answer_is_believed_as_far_as_it_goes(fault: Fault, error: type[Exception]) -> None:
    async with playing() as scene:
        scene.post.faults.append(fault)
        with pytest.raises(error) as raised:
            await scene.service.send(parcel_of())

    assert type(raised.value) is error
    if isinstance(raised.value, TryLaterError):
        assert raised.value.whole_channel == (fault.path == FAR and fault.body != FAR_NONSENSE)
    assert MOTHER not in str(raised.value)
    assert scene.post.letters == []


async def test_what_an_operator_does_not_deliver_or_what_is_too_large_for_it_goes_on_paper() -> None:
    async with playing() as scene:
        scene.post.delivers = False
        with pytest.raises(RejectedError, match="not_delivered"):
            await scene.service.send(parcel_of())
        with pytest.raises(RejectedError, match="too_large"):
            await scene.service.send(parcel_of(pdf=b"%PDF-1.7 " + bytes(1_600_000)))
        with pytest.raises(RejectedError, match="not_in_xml"):
            await scene.service.send(parcel_of(title="a bell \a"))

    assert scene.post.letters == []
    assert scene.post.asked.count(OPERATOR) == 1


async def test_what_was_changed_on_its_way_or_is_signed_by_somebody_else_is_no_delivery_of_ours() -> None:
    async with playing() as scene:
        settings, made = MinameddelandenSettings.model_validate(scene.post.settings()), scene.post.own
        own = read_certificate(settings.certificate, made.key_pem, TABLE)
        request = write_delivery(parcel_of(), settings, own, parcel_of().day)
        with pytest.raises(RejectedError, match="soap_client"):
            await scene.build(organisation="2120009999").look_up([MOTHER])

    assert read_delivery(parse(request), settings.sender_id, made.certificate).pdf == PDF
    for changed, certificate, why in (
        (request.replace(b"brev.pdf", b"brov.pdf"), made.certificate, "the digest"),
        (request.replace(b"2026-11-23", b"2026-11-24"), made.certificate, "the digest"),
        (request, somebody("Another").certificate, "by whom"),
    ):
        with pytest.raises(ValueError, match=why):
            read_delivery(parse(changed), settings.sender_id, certificate)


async def test_the_doctor_says_whether_far_lets_us_in_and_asks_about_nobody() -> None:
    async with playing() as scene:
        well = await scene.service.check()
        scene.post.faults += [Fault(FAR, 403), Fault(FAR, 503)]
        refused, down = await scene.service.check(), await scene.service.check()

    assert well == []
    assert "does not let us in" in refused[0]
    assert "cannot be reached now" in down[0]
    assert scene.post.asked_about == [[]]
