"""Each service for digital post keeps what the mailroom counts on: those of the countries, and the pretended one."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from hub.mailroom.service import Fate, LetterService, Parcel, Reach, Way
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from tests.channels.letters import danish_scene, norway_scene, suomifi_scene, swedish_scene
from tests.channels.letters.contract import CODES, Bench, Memory, People, hand_over, read_on
from tests.hub.mailroom.pretend_post import PretendPost
from tests.rehearsal.post_faults import CUT, Fault
from tests.rehearsal.swedish_post import OPERATOR

NAMES = ["Áŋŋelas Čáhppe Đ Ŧ Ž", "Ella 🌻👩‍👧", "\u202bليلى\u202c", 'Ola "Nordmann" {{ 7 }} & <b>']


@dataclass
class NorwayBench:
    scene: norway_scene.Scene
    memory: Memory = Memory.CAN_BE_ASKED
    people: People = field(
        default_factory=lambda: People(norway_scene.MOTHER, norway_scene.FATHER, norway_scene.STRANGER)
    )

    @property
    def service(self) -> LetterService:
        return self.scene.service

    def without_post(self) -> LetterService:
        nowhere = {"url": "http://127.0.0.1:1"}
        return self.scene.build(eformidling=nowhere, krr=nowhere, maskinporten=nowhere)

    def write(self, national_id: str, number: int = 1, title: str = "Brev") -> Parcel:
        return norway_scene.parcel_of(national_id, number, title=title)

    def lose_answer(self, parcel: Parcel) -> None:
        self.scene.post.faults.append(Fault(norway_scene.path_of(parcel), CUT, method="POST", taken=True))

    def leave(self, national_id: str) -> None:
        self.scene.post.people[national_id].is_reserved = True

    def count(self, national_id: str) -> int:
        return len(self.scene.post.mailbox(national_id))

    def open(self, parcel: Parcel) -> None:
        self.scene.post.open_letter(parcel.id)

    def wait(self) -> None:
        self.scene.clock.move(timedelta(minutes=3))


@dataclass
class FinlandBench:
    scene: suomifi_scene.Scene
    memory: Memory = Memory.CAN_BE_ASKED
    people: People = field(default_factory=lambda: People(suomifi_scene.MOTHER, suomifi_scene.UNCLE, "040483-904C"))

    @property
    def service(self) -> LetterService:
        return self.scene.service

    def without_post(self) -> LetterService:
        return self.scene.build(url="http://127.0.0.1:1")

    def write(self, national_id: str, number: int = 1, title: str = "Kirje") -> Parcel:
        return suomifi_scene.parcel_of(national_id, number, title=title)

    def lose_answer(self, parcel: Parcel) -> None:
        self.scene.post.faults.append(Fault(suomifi_scene.MESSAGES, CUT, taken=True))

    def leave(self, national_id: str) -> None:
        self.scene.post.mailboxes[national_id] = False

    def count(self, national_id: str) -> int:
        return len([one for one in self.scene.letters if one.recipient == national_id])

    def open(self, parcel: Parcel) -> None:
        (letter_id,) = (id_ for id_, one in self.scene.post.letters.items() if one.external_id == parcel.id)
        self.scene.post.open_letter(letter_id)

    def wait(self) -> None:
        self.scene.clock.move(timedelta(minutes=3))


@dataclass
class DenmarkBench:
    scene: danish_scene.Scene
    memory: Memory = Memory.KNOWS_THE_SAME
    people: People = field(
        default_factory=lambda: People(danish_scene.MOTHER, danish_scene.UNCLE, danish_scene.STRANGER)
    )

    @property
    def service(self) -> LetterService:
        return self.scene.service

    def without_post(self) -> LetterService:
        return self.scene.build(url="https://127.0.0.1:1", access_url="https://127.0.0.1:1")

    def write(self, national_id: str, number: int = 1, title: str = "Brev") -> Parcel:
        return danish_scene.parcel_of(national_id, number, title=title)

    def lose_answer(self, parcel: Parcel) -> None:
        self.scene.post.faults.append(Fault(danish_scene.MEMOS, CUT, taken=True))

    def leave(self, national_id: str) -> None:
        self.scene.post.registered.remove(national_id)

    def count(self, national_id: str) -> int:
        return len([one for one in self.scene.letters if one.recipient == national_id])

    def open(self, parcel: Parcel) -> None:
        """Nobody tells of it."""

    def wait(self) -> None:
        self.scene.clock.move(timedelta(minutes=3))


@dataclass
class SwedenBench:
    scene: swedish_scene.Scene
    memory: Memory = Memory.NONE
    people: People = field(
        default_factory=lambda: People(swedish_scene.MOTHER, swedish_scene.UNCLE, swedish_scene.STRANGER)
    )

    @property
    def service(self) -> LetterService:
        return self.scene.service

    def without_post(self) -> LetterService:
        return self.scene.build(url="https://127.0.0.1:1")

    def write(self, national_id: str, number: int = 1, title: str = "Brev") -> Parcel:
        return swedish_scene.parcel_of(national_id, number, title=title)

    def lose_answer(self, parcel: Parcel) -> None:
        self.scene.post.faults.append(Fault(OPERATOR, CUT, taken=True))

    def leave(self, national_id: str) -> None:
        self.scene.post.accounts[national_id].accepts = False

    def count(self, national_id: str) -> int:
        return len([one for one in self.scene.post.letters if one.recipient == national_id])

    def open(self, parcel: Parcel) -> None:
        """Nobody tells of it."""

    def wait(self) -> None:
        self.scene.clock.move(timedelta(minutes=3))


class PretendBench:
    """Its post tells by itself what a real one would."""

    memory = Memory.CAN_BE_ASKED

    def __init__(self) -> None:
        self.people = People("15811550059", "55811550042", "55811500029")
        self.post = PretendPost(
            reaches={
                self.people.on_paper: Reach(Way.PAPER, "reserved"),
                self.people.nobody: Reach(Way.PAPER, "unknown"),
            }
        )

    @property
    def service(self) -> LetterService:
        for parcel in self.post.taken.values():
            if not any(told.parcel_id == parcel.id for told in self.post.told):
                self.post.tell(parcel.id, Fate.DELIVERED, norway_scene.MORNING)
        return self.post

    def without_post(self) -> LetterService:
        down = PretendPost(faults=["Nobody answers."])
        for script in (down.register_fails, down.before, down.cannot_find, down.no_news):
            script.append(TryLaterError("down"))
        return down

    def write(self, national_id: str, number: int = 1, title: str = "Brev") -> Parcel:
        return norway_scene.parcel_of(national_id, number, title=title)

    def lose_answer(self, parcel: Parcel) -> None:
        self.post.after.append(UnknownFateError("cut_off"))

    def leave(self, national_id: str) -> None:
        self.post.before.append(AddressGoneError("closed"))

    def count(self, national_id: str) -> int:
        return len([one for one in self.post.taken.values() if one.national_id == national_id])

    def open(self, parcel: Parcel) -> None:
        self.post.tell(parcel.id, Fate.OPENED, norway_scene.MORNING)

    def wait(self) -> None:
        """Nothing here takes time."""


@pytest.fixture(params=["norway", "finland", "denmark", "sweden", "pretended"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "norway":
        async with norway_scene.playing() as norway:
            yield NorwayBench(norway)
    elif request.param == "finland":
        async with suomifi_scene.playing() as finland:
            yield FinlandBench(finland)
    elif request.param == "denmark":
        async with danish_scene.playing() as denmark:
            yield DenmarkBench(denmark)
    elif request.param == "sweden":
        async with swedish_scene.playing() as sweden:
            yield SwedenBench(sweden)
    else:
        yield PretendBench()


async def test_it_says_for_which_country_it_is_and_answers_for_each_whom_it_is_asked_about(bench: Bench) -> None:
    people, service = bench.people, bench.service
    found = await service.look_up([people.reached, people.on_paper, people.nobody])

    assert len(service.country) == 2
    assert service.name.isidentifier()
    assert service.asked_at_once > 0
    assert [found[one].way for one in (people.reached, people.on_paper, people.nobody)] == [
        *(Way.MAILBOX, Way.PAPER, Way.PAPER)
    ]
    assert all(reach.why in CODES[reach.way] for reach in found.values())
    assert await service.look_up([]) == {}


async def test_a_parcel_that_is_handed_in_again_is_answered_as_the_first_time_and_arrives_once(bench: Bench) -> None:
    parcel, other = (bench.write(bench.people.reached, number) for number in (1, 2))
    first = await bench.service.send(parcel)

    if bench.memory is Memory.NONE:
        with pytest.raises(RejectedError):
            await bench.service.find(parcel)
    else:
        assert await bench.service.send(parcel) == first
        assert await bench.service.find(parcel) == (first if bench.memory is Memory.CAN_BE_ASKED else None)
        assert await bench.service.find(other) is None
    assert first.provider_id
    assert bench.count(bench.people.reached) == 1


async def test_an_answer_that_is_lost_loses_and_doubles_nothing(bench: Bench) -> None:
    parcel = bench.write(bench.people.reached)
    bench.lose_answer(parcel)
    with pytest.raises(UnknownFateError):
        await bench.service.send(parcel)

    await hand_over(bench, parcel, is_unknown=True)

    assert bench.count(bench.people.reached) == 1


async def test_who_left_since_the_register_was_asked_gets_nothing_digital_and_no_reason_names_them(
    bench: Bench,
) -> None:
    await bench.service.look_up([bench.people.reached])
    bench.leave(bench.people.reached)

    with pytest.raises(AddressGoneError) as raised:
        await bench.service.send(bench.write(bench.people.reached))

    assert bench.people.reached not in f"{raised.value} {raised.value.reason}"
    assert bench.count(bench.people.reached) == 0


async def test_while_nobody_answers_nothing_is_final_and_the_doctor_says_so(bench: Bench) -> None:
    parcel = bench.write(bench.people.reached)
    service = bench.without_post()

    asked: list[Awaitable[Any]] = [service.look_up([bench.people.reached]), service.send(parcel)]
    asked += [service.find(parcel)] if bench.memory is not Memory.NONE else []
    asked += [service.news("", [parcel.id])] if service.tells else []
    for one in asked:
        with pytest.raises(TryLaterError):
            await one

    assert await bench.service.check() == []
    assert await service.check()


async def test_what_became_of_a_parcel_is_told_from_where_it_was_read_last(bench: Bench) -> None:
    parcel = bench.write(bench.people.reached)
    await bench.service.send(parcel)
    delivered, cursor = await read_on(bench, parcel, "")

    bench.open(parcel)
    opened, last = await read_on(bench, parcel, cursor)

    if bench.service.tells:
        assert Fate.DELIVERED in delivered
        assert Fate.OPENED not in delivered
        assert opened[-1] is Fate.OPENED
    else:
        assert delivered == opened == []
    assert len(last) < 5000


@pytest.mark.parametrize("name", NAMES, ids=["sami", "emoji", "arabic", "signs"])
async def test_a_title_of_any_letters_is_taken_whole(bench: Bench, name: str) -> None:
    await bench.service.send(bench.write(bench.people.reached, title=f"Brev fra {name}"))

    assert bench.count(bench.people.reached) == 1


async def test_a_way_that_it_does_not_have_is_refused_for_good(bench: Bench) -> None:
    parcel = replace(bench.write(bench.people.reached), way=Way.PAPER)

    with pytest.raises(RejectedError):
        await bench.service.send(parcel)
