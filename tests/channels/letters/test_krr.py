"""The contact and reservation register: asked for each sending anew, a thousand at a time; what is in doubt goes to paper."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from channels.letters.krr_person import read_person
from channels.letters.moments import read_moment
from hub.mailroom.service import Reach, Way
from hub.people.national_ids import parse_national_id
from hub.post.channel import RejectedError, TryLaterError
from tests.channels.letters.norway_scene import AUNT, FATHER, MORNING, MOTHER, STRANGER, UNCLE, Scene, playing
from tests.rehearsal.id_provider import synthetic_number
from tests.rehearsal.norwegian_registers import Person, Row
from tests.rehearsal.post_faults import CUT, SILENT, Fault

PEOPLE = "/rest/v2/personer"
TO_MAILBOX, UNKNOWN = Reach(Way.MAILBOX, "mailbox"), Reach(Way.PAPER, "unknown")


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


async def test_each_goes_the_way_that_the_register_tells(scene: Scene) -> None:
    assert await scene.service.look_up([MOTHER, FATHER, AUNT, UNCLE, STRANGER]) == {
        MOTHER: TO_MAILBOX,
        FATHER: Reach(Way.PAPER, "reserved"),
        AUNT: Reach(Way.INBOX, "inbox"),
        UNCLE: Reach(Way.PAPER, "not_notifiable"),
        STRANGER: UNKNOWN,
    }


async def test_who_has_no_mailbox_goes_to_paper_where_the_inbox_is_not_used() -> None:
    async with playing(eformidling={"inbox": False}) as scene:
        assert await scene.service.look_up([AUNT]) == {AUNT: Reach(Way.PAPER, "no_mailbox")}


async def test_a_reservation_made_or_undone_a_moment_ago_counts(scene: Scene) -> None:
    assert (await scene.service.look_up([MOTHER]))[MOTHER] == TO_MAILBOX

    scene.post.people[MOTHER].is_reserved = True
    assert (await scene.service.look_up([MOTHER]))[MOTHER] == Reach(Way.PAPER, "reserved")

    scene.post.people[MOTHER].is_reserved = False
    assert (await scene.service.look_up([MOTHER]))[MOTHER] == TO_MAILBOX


async def test_somebody_who_is_deleted_in_the_register_is_unknown(scene: Scene) -> None:
    scene.post.people[MOTHER].status = "SLETTET"

    assert await scene.service.look_up([MOTHER]) == {MOTHER: UNKNOWN}


async def test_many_are_asked_about_a_thousand_at_a_time_and_each_once(scene: Scene) -> None:
    many = [f"{number:011}" for number in range(2500)]
    scene.post.people |= {one: Person("Somebody") for one in many}

    found = await scene.service.look_up([*many, *many])

    assert [len(asked) for asked in scene.post.register.asked] == [1000, 1000, 500]
    assert found == dict.fromkeys(many, TO_MAILBOX)


async def test_a_token_that_ends_in_the_middle_is_renewed_once_and_nobody_is_left_out(scene: Scene) -> None:
    many = [f"{number:011}" for number in range(2500)]
    scene.post.people |= {one: Person("Somebody") for one in many}
    scene.post.faults.append(Fault(PEOPLE, 401, spared=1))

    found = await scene.service.look_up(many)

    assert found == dict.fromkeys(many, TO_MAILBOX)
    assert scene.count("POST", PEOPLE) == 4
    assert scene.count("POST", "/token") == 2


async def test_a_register_that_knows_no_token_of_ours_is_not_asked_for_ever(scene: Scene) -> None:
    scene.post.faults.append(Fault(PEOPLE, 401, times=9))

    with pytest.raises(TryLaterError) as raised:
        await scene.service.look_up([MOTHER])

    assert (raised.value.reason, raised.value.whole_channel) == ("krr_http_401", True)
    assert scene.count("POST", PEOPLE) == 2


async def test_a_number_that_none_can_have_is_not_sent_to_the_register(scene: Scene) -> None:
    wrong = ["", "1234", "010180-9015", "abcdefghijk", "１２３４５６７８９０１", MOTHER + "\n"]

    found = await scene.service.look_up([*wrong, MOTHER])

    assert found == {**dict.fromkeys(wrong, UNKNOWN), MOTHER: TO_MAILBOX}
    assert scene.post.register.asked == [[MOTHER]]
    assert await scene.service.look_up([]) == {}


async def test_an_answer_that_tells_twice_changes_nothing(scene: Scene) -> None:
    scene.post.register.tells_twice = True

    assert await scene.service.look_up([MOTHER, FATHER]) == {MOTHER: TO_MAILBOX, FATHER: Reach(Way.PAPER, "reserved")}


@pytest.mark.parametrize("first", ["JA", "NEI"])
async def test_an_answer_that_contradicts_itself_goes_to_paper(scene: Scene, first: str) -> None:
    said = iter([first, {"JA": "NEI", "NEI": "JA"}[first]])
    scene.post.register.tells_twice = True
    scene.post.register.bend = lambda row: {**row, "reservasjon": next(said)}

    assert await scene.service.look_up([MOTHER]) == {MOTHER: Reach(Way.PAPER, "reserved")}


async def test_of_whom_nobody_asked_nothing_is_told(scene: Scene) -> None:
    scene.post.register.bend = lambda row: {**row, "personidentifikator": FATHER}

    assert await scene.service.look_up([MOTHER]) == {MOTHER: UNKNOWN}


def without(name: str) -> Callable[[Row], Row]:
    return lambda row: {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    ("bend", "reach"),
    [
        (lambda row: {**without("digital_post")(row), "digitalPost": row["digital_post"]}, TO_MAILBOX),
        (lambda row: {**without("digital_post")(row), "digitalpost": row["digital_post"]}, TO_MAILBOX),
        (lambda row: {**without("digital_post")(row), **row["digital_post"]}, TO_MAILBOX),
        (lambda row: {**row, "digital_post": {"postkasseadresse": " "}}, Reach(Way.INBOX, "inbox")),
        (lambda row: {**row, "digital_post": None}, Reach(Way.INBOX, "inbox")),
        (lambda row: {**row, "digital_post": ["x"]}, Reach(Way.INBOX, "inbox")),
        (lambda row: {**row, "reservasjon": "nei"}, TO_MAILBOX),
        (without("reservasjon"), UNKNOWN),
        (lambda row: {**row, "reservasjon": "KANSKJE"}, UNKNOWN),
        (lambda row: {**row, "reservasjon": False}, UNKNOWN),
        (without("status"), UNKNOWN),
        (without("varslingsstatus"), TO_MAILBOX),
        (lambda row: {**row, "varslingsstatus": 1, "kontaktinformasjon": None}, Reach(Way.PAPER, "not_notifiable")),
        (without("personidentifikator"), UNKNOWN),
    ],
)
async def test_other_names_are_understood_and_what_is_not_understood_goes_to_paper(
    scene: Scene, bend: Callable[[Row], Row], reach: Reach
) -> None:
    scene.post.register.bend = bend

    assert await scene.service.look_up([MOTHER]) == {MOTHER: reach}


@pytest.mark.parametrize(
    ("contact", "is_notifiable"),
    [
        ({"epostadresse": "a@example.no", "epostadresse_oppdatert": "2025-05-23T09:00:00+02"}, True),
        ({"epostadresse": "a@example.no", "epostadresse_oppdatert": "2025-05-23T08:59:59+02"}, False),
        (
            {
                "mobiltelefonnummer": "+4740000001",
                "mobiltelefonnummer_oppdatert": "2019-01-01T00:00:00+01",
                "mobiltelefonnummer_sist_verifisert": "2026-11-01T00:00:00+01",
            },
            True,
        ),
        ({"epostadresse": "", "epostadresse_oppdatert": "2026-11-01T00:00:00+01"}, False),
        ({"epostadresse": "a@example.no"}, False),
        ({"epostadresse": "a@example.no", "epostadresse_oppdatert": "yesterday"}, False),
        ({"epostadresse": "a@example.no", "epostadresse_oppdatert": 20261101}, False),
        ("a@example.no", False),
        (None, False),
    ],
)
def test_where_the_register_does_not_say_whether_somebody_can_be_told_an_address_counts_for_eighteen_months(
    contact: object, is_notifiable: bool
) -> None:
    row = {"personidentifikator": MOTHER, "reservasjon": "NEI", "status": "AKTIV", "kontaktinformasjon": contact}

    person = read_person(row, MORNING)

    assert person is not None
    assert person.is_notifiable is is_notifiable


def test_a_moment_is_read_with_any_offset() -> None:
    told = ["2026-11-23T08:00:00+01", "2026-11-23T08:00:00.000+01:00", "2026-11-23T07:00:00Z", "2026-11-23T07:00:00"]

    assert {read_moment(one) for one in told} == {MORNING}
    assert [read_moment(one) for one in ("", "soon", None, 7, "0001-01-01T00:00:00+14")] == [None] * 5


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_question_that_is_refused_is_refused_and_the_number_in_it_not_repeated(
    scene: Scene, status: int
) -> None:
    scene.post.faults.append(Fault(PEOPLE, status, body=json.dumps({"feilmelding": f"{MOTHER} is wrong"})))

    with pytest.raises(RejectedError) as raised:
        await scene.service.look_up([MOTHER])

    assert raised.value.reason == f"krr_http_{status}"


@pytest.mark.parametrize(
    ("fault", "reason", "after"),
    [
        (Fault(PEOPLE, 429, headers={"Retry-After": "30"}), "krr_http_429", 30.0),
        (Fault(PEOPLE, 403), "krr_http_403", None),
        (Fault(PEOPLE, 500), "krr_http_500", None),
        (Fault(PEOPLE, 503), "krr_http_503", None),
        (Fault(PEOPLE, 302), "krr_http_302", None),
        (Fault(PEOPLE, CUT), "krr_no_answer", None),
        (Fault(PEOPLE, SILENT), "krr_no_answer", None),
        (Fault(PEOPLE, 200, body="<html>"), "krr_nonsense", None),
        (Fault(PEOPLE, 200, body="[]"), "krr_nonsense", None),
        (Fault(PEOPLE, 200, body='{"personer": "all of them"}'), "krr_nonsense", None),
        (Fault(PEOPLE, 200, body='{"personer": [], "personer": []}'), "krr_nonsense", None),
        (Fault(PEOPLE, 200, body="[" * 5000), "krr_nonsense", None),
    ],
)
async def test_while_the_register_is_in_trouble_nobody_goes_anywhere(
    fault: Fault, reason: str, after: float | None
) -> None:
    async with playing(krr={"answer_seconds": 0.3}) as scene:
        scene.post.faults.append(fault)

        with pytest.raises(TryLaterError) as raised:
            await scene.service.look_up([MOTHER])

        assert (raised.value.reason, raised.value.after) == (reason, after)
        assert await scene.service.look_up([MOTHER]) == {MOTHER: TO_MAILBOX}


@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"personidentifikator": 7}])
async def test_rows_that_make_no_sense_are_nobody(scene: Scene, row: Any) -> None:
    told = {"personer": [row, {"personidentifikator": MOTHER, "reservasjon": "JA"}]}
    scene.post.faults.append(Fault(PEOPLE, 200, body=json.dumps(told)))

    assert await scene.service.look_up([MOTHER]) == {MOTHER: Reach(Way.PAPER, "reserved")}


async def test_a_register_that_is_down_is_asked_again_later(scene: Scene) -> None:
    nowhere = scene.build(krr={"url": "http://127.0.0.1:1"})

    with pytest.raises(TryLaterError) as raised:
        await nowhere.look_up([MOTHER])

    assert raised.value.whole_channel


async def test_the_numbers_of_the_rehearsal_are_read_as_norwegian_ones() -> None:
    for at in range(60):
        number = synthetic_number(at)
        assert parse_national_id(number, "NO", (MORNING - timedelta(days=1)).date()) == f"NO:{number}"
