"""What staff write goes to exactly those who were shown, is held, can be taken back, and is stopped when a right has ended."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.absence_echo import AbsenceEchoBot, EchoFacts
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Block, GuardianAddress, GuardianRight, Guardianship, Right
from hub.people.staff import Staff
from hub.post.claims import claim
from hub.post.deliveries import Delivery, Status
from hub.post.drafts import find_health_words, find_other_names
from hub.post.due import Room
from hub.post.inboxes import Only, list_inbox, settle
from hub.post.messages import Message, ReadMark, Thread
from hub.post.posting import NobodyToReachError, TooLateToUndoError
from hub.post.reading import get_reader, get_thread
from hub.post.recipients import Way
from hub.post.shown_readers import READERS_GREW
from hub.post.takers import assign, list_takers
from hub.safety.access import NotThereError
from hub.safety.audit import AuditRow
from hub.talk.conversations import Conversation, ConversationState, open_conversation
from hub.talk.notes import NothingWrittenError, ReadersChangedError, TooLongError, write_note
from hub.talk.planning import list_plans, plan_answer
from hub.talk.writing import HOLD, Draft, LookAgainError, answer, let_go, take_back, write_about
from tests.hub.post.spoken import TEST, as_staff, heard
from tests.village import SAARELA, Village


async def waiting_thread(village: Village, who: str = "Anne Nordmann", child: str = "Kari Nordmann") -> str:
    def talk(work: Work) -> str:
        seat = {"Ada Lien": "contact teacher 1A"}.get(child, "contact teacher 7A")
        said = heard(
            work,
            village,
            village.guardian(who),
            "school",
            "Kan hun gå hjem med bestemor?",
            [village.child(child)],
            seat=seat,
            waits="not_understood",
        )
        return said.thread_id

    return await village.desk.work(TEST, talk)


async def shown(village: Village, staff: Staff, thread_id: str) -> str:
    """The key of the readers whom the page shows."""

    def ask(look: Look) -> str:
        return plan_answer(look, get_reader(look), thread_id).key

    return await village.desk.look(as_staff(staff), ask)


async def deliveries(village: Village, message_id: str) -> list[Delivery]:
    def ask(look: Look) -> list[Delivery]:
        question = sa.select(Delivery).where(Delivery.message_id == message_id).order_by(Delivery.id)
        return list(look.session.scalars(question))

    return await village.desk.look(TEST, ask)


async def thread_of(village: Village, thread_id: str) -> Thread:
    return await village.desk.look(TEST, lambda look: look.session.get_one(Thread, thread_id))


async def leaving(village: Village) -> int:
    """How many deliveries the outbox takes now."""
    return len((await village.desk.work(TEST, claim, Room(limit=10))).claimed)


async def send(village: Village, staff: str, thread_id: str, text: str, **more: bool) -> Message:
    person = village.staff(staff)
    draft = Draft(text, await shown(village, person, thread_id), **more)
    return await village.desk.work(as_staff(person), answer, thread_id, (), draft)


async def test_an_answer_goes_to_exactly_the_one_who_was_shown_after_its_hold(
    village: Village, clock: StoppedClock
) -> None:
    thread_id = await waiting_thread(village)

    message = await send(village, "Kari Lunde", thread_id, "Ja, det er greit.")

    sent = await deliveries(village, message.id)
    assert [d.recipient for d in sent] == [village.phone("Anne Nordmann")]
    assert sent[0].sender == village.number("contact teacher 7A").value
    assert sent[0].due == clock.now() + HOLD
    assert await leaving(village) == 0
    clock.move(HOLD)
    assert await leaving(village) == 1


async def test_an_answer_ends_the_waiting_and_marks_the_thread_read(village: Village) -> None:
    thread_id = await waiting_thread(village)

    message = await send(village, "Kari Lunde", thread_id, "Ja, det er greit.")

    def ask(look: Look) -> tuple[Thread, ReadMark | None]:
        lunde = village.staff("Kari Lunde").id
        return look.session.get_one(Thread, thread_id), look.session.get(ReadMark, (lunde, thread_id))

    thread, mark = await village.desk.look(TEST, ask)
    assert thread.waits_since is None
    assert mark is not None
    assert mark.message_id == message.id


async def test_after_an_answer_a_bare_no_is_to_staff_and_to_nothing_that_was_told_before(village: Village) -> None:
    thread_id = await waiting_thread(village)

    def tell(work: Work) -> str:
        began = work.session.scalars(sa.select(Message).where(Message.thread_id == thread_id)).one()
        facts = EchoFacts((), (), (), work.now.date())
        bot, phone, told = AbsenceEchoBot(), village.phone("Anne Nordmann"), ConversationState.TOLD
        return open_conversation(work, bot, facts, began, phone, told).id

    told = await village.desk.work(TEST, tell)

    await send(village, "Kari Lunde", thread_id, "Skal hun gå hjem alene?")

    state = await village.desk.look(TEST, lambda look: look.session.get_one(Conversation, told).state)
    assert state == ConversationState.LEFT


async def test_an_answer_taken_back_never_leaves_and_the_family_waits_as_long_as_before(
    village: Village, clock: StoppedClock
) -> None:
    thread_id = await waiting_thread(village)
    waited_since = clock.now()
    clock.move(timedelta(minutes=3))
    message = await send(village, "Kari Lunde", thread_id, "Ja, det er greit.")

    await village.desk.work(as_staff(village.staff("Kari Lunde")), take_back, message.id)

    clock.move(HOLD)
    assert await leaving(village) == 0
    assert [d.status for d in await deliveries(village, message.id)] == [Status.UNDONE]
    thread = await village.desk.look(TEST, lambda look: look.session.get_one(Thread, thread_id))
    assert (thread.waits_since, thread.waits_why) == (waited_since, "not_understood")


async def test_an_answer_that_has_left_cannot_be_taken_back(village: Village, clock: StoppedClock) -> None:
    thread_id = await waiting_thread(village)
    message = await send(village, "Kari Lunde", thread_id, "Ja, det er greit.")
    clock.move(HOLD)
    await leaving(village)

    with pytest.raises(TooLateToUndoError):
        await village.desk.work(as_staff(village.staff("Kari Lunde")), take_back, message.id)


async def test_only_its_writer_takes_an_answer_back_or_lets_it_go(village: Village) -> None:
    thread_id = await waiting_thread(village)
    message = await send(village, "Kari Lunde", thread_id, "Ja, det er greit.")

    for verb in (take_back, let_go):
        with pytest.raises(NotThereError):
            await village.desk.work(as_staff(village.staff("Ingrid Solberg")), verb, message.id)
    await village.desk.work(as_staff(village.staff("Kari Lunde")), let_go, message.id)

    assert await leaving(village) == 1


@pytest.mark.parametrize(
    ("staff", "owner"),
    [
        ("Jonas Dahl", "fjordvik"),
        ("Mette Strand", "fjordvik"),
        ("Tuula Heikkinen", SAARELA),
        ("Rolf Engen", "fjordvik"),
    ],
)
async def test_a_thread_is_not_there_for_other_groups_units_owners_and_who_left(
    village: Village, staff: str, owner: str
) -> None:
    thread_id = await waiting_thread(village)
    asker = as_staff(village.staff(staff, owner))

    for verb, arguments in (
        (answer, (thread_id, (), Draft("Hei", village.guardian("Anne Nordmann").id))),
        (write_note, (thread_id, (), "Hei")),
        (settle, (thread_id,)),
        (assign, (thread_id, asker.id)),
    ):
        with pytest.raises(NotThereError):
            await village.desk.work(asker, verb, *arguments)


@pytest.mark.parametrize("ends", ["the right", "the phone", "the way through the provider", "a block"])
async def test_nothing_is_sent_when_a_right_ends_between_what_was_shown_and_the_sending(
    village: Village, clock: StoppedClock, ends: str
) -> None:
    anne, kari = village.guardian("Anne Nordmann"), village.child("Kari Nordmann")
    thread_id = await waiting_thread(village)
    key = await shown(village, village.staff("Kari Lunde"), thread_id)

    def end(work: Work) -> None:
        ties = sa.select(Guardianship.id).where(Guardianship.guardian_id == anne.id, Guardianship.child_id == kari.id)
        yesterday = clock.now().date() - timedelta(days=1)
        own = sa.update(GuardianAddress).where(GuardianAddress.guardian_id == anne.id)
        if ends == "the right":
            right = sa.update(GuardianRight).where(
                GuardianRight.guardianship_id.in_(ties), GuardianRight.kind == Right.INFORM
            )
            work.session.execute(right.values(to_day=yesterday))
        elif ends == "the phone":
            work.session.execute(own.values(gone_at=work.now))
        elif ends == "the way through the provider":
            work.session.execute(own.values(stopped_at=work.now, stopped_by="provider"))
        else:
            leader = village.staff("Ingrid Solberg").id
            work.session.add(
                Block(
                    id=work.new_id(),
                    owner_id=anne.owner_id,
                    guardian_id=anne.id,
                    child_id=kari.id,
                    reason="test",
                    set_by=leader,
                    set_at=work.now,
                )
            )

    await village.desk.work(TEST, end)

    draft = Draft("Ja, det er greit.", key)
    with pytest.raises((ReadersChangedError, NobodyToReachError)):
        await village.desk.work(as_staff(village.staff("Kari Lunde")), answer, thread_id, (kari.id,), draft)
    count = sa.select(sa.func.count()).select_from(Delivery)
    assert await village.desk.look(TEST, lambda look: look.session.scalar(count)) == 0


@pytest.mark.capability("N-10")
async def test_an_answer_never_reaches_more_people_than_were_shown(village: Village) -> None:
    """A shared thread was shown as the mother's alone."""
    nora = village.child("Nora Bakken")
    parents = [village.guardian("Marte Bakken"), village.guardian("Lars Bakken")]

    def talk(work: Work) -> str:
        return heard(work, village, parents, "school", "Vi er sene", [nora], seat="contact teacher 1A").thread_id

    thread_id = await village.desk.work(TEST, talk)
    nygard = as_staff(village.staff("Maria Nygård"))

    with pytest.raises(ReadersChangedError):
        await village.desk.work(nygard, answer, thread_id, (nora.id,), Draft("Fint.", parents[0].id))
    both = ",".join(sorted(parent.id for parent in parents))
    message = await village.desk.work(nygard, answer, thread_id, (nora.id,), Draft("Fint.", both))

    assert {d.guardian_id for d in await deliveries(village, message.id)} == {parent.id for parent in parents}


def join_phone(work: Work, village: Village, whose: str, also: str) -> None:
    """The register tells that somebody else, who may know of the child too, has the same number."""
    own, other = village.addresses[village.guardian(whose).id][0], village.guardian(also)
    work.session.add(
        GuardianAddress(
            id=work.new_id(),
            owner_id=other.owner_id,
            guardian_id=other.id,
            kind=own.kind,
            value=own.value,
            confirmed_at=work.now,
        )
    )


@pytest.mark.parametrize("joins", ["before it is shown", "while it is held", "never"])
async def test_who_comes_to_an_address_while_an_answer_is_held_does_not_get_it(
    village: Village, clock: StoppedClock, joins: str
) -> None:
    thread_id = await waiting_thread(village)
    if joins == "before it is shown":
        await village.desk.work(TEST, join_phone, village, "Anne Nordmann", "Ola Nordmann")
    message = await send(village, "Kari Lunde", thread_id, "Ja, det er fint.")
    if joins == "while it is held":
        await village.desk.work(TEST, join_phone, village, "Anne Nordmann", "Ola Nordmann")
    clock.move(HOLD)

    left = await leaving(village)
    [delivery] = await deliveries(village, message.id)
    is_dropped = joins == "while it is held"

    assert left == (0 if is_dropped else 1)
    assert (delivery.status, delivery.reason) == (
        (Status.DROPPED, READERS_GREW) if is_dropped else (Status.CLAIMED, None)
    )
    assert ((await thread_of(village, thread_id)).waits_why == "not_delivered") is is_dropped


async def test_a_blocked_father_is_never_among_those_one_may_write_to_but_is_for_his_other_child(
    village: Village,
) -> None:
    def ask(look: Look, child: str) -> set[str]:
        return {
            name
            for plan in list_plans(look, get_reader(look), village.child(child).id)
            for _, name in plan.recipients.readers
        }

    brekke = as_staff(village.staff("Tuva Brekke"))
    assert await village.desk.look(brekke, ask, "Tiril Sand") == {"Wenche Sand"}
    assert await village.desk.look(brekke, ask, "Fredrik Sand") == {"Wenche Sand", "Roger Sand"}


async def test_a_shared_phone_is_shown_with_both_names_and_gets_nothing_that_one_may_not_know(
    village: Village, clock: StoppedClock
) -> None:
    iselin, gerd = village.child("Iselin Moe"), village.guardian("Gerd Moe")
    dahl = as_staff(village.staff("Jonas Dahl"))

    def ask(look: Look) -> list[tuple[list[str], list[Way]]]:
        plans = list_plans(look, get_reader(look), iselin.id)
        return [
            ([name for _, name in plan.recipients.readers], [person.way for person in plan.recipients.people])
            for plan in plans
        ]

    assert await village.desk.look(dahl, ask) == [(["Arne Moe", "Gerd Moe"], [Way.WORDS, Way.WORDS])]

    def end(work: Work) -> None:
        ties = sa.select(Guardianship.id).where(Guardianship.guardian_id == gerd.id)
        yesterday = clock.now().date() - timedelta(days=1)
        work.session.execute(
            sa.update(GuardianRight).where(GuardianRight.guardianship_id.in_(ties)).values(to_day=yesterday)
        )

    await village.desk.work(TEST, end)

    assert await village.desk.look(dahl, ask) == [([], [Way.SHARED_PHONE, Way.NO_RIGHT])]


async def test_the_phone_of_a_protected_childs_mother_gets_a_notice_without_names_or_places(village: Village) -> None:
    thread_id = await waiting_thread(village, "Ragnhild Lien", "Ada Lien")

    message = await send(village, "Maria Nygård", thread_id, "Ada har det fint i 1A i dag.")

    (sent,) = await deliveries(village, message.id)
    assert message.text == "Ada har det fint i 1A i dag."
    assert not any(word in sent.text for word in ("Ada", "1A", "Fjordvik", "skole"))


async def test_an_old_number_gets_a_notice_and_the_page_says_so_beforehand(village: Village) -> None:
    thread_id = await waiting_thread(village, "Jorunn Tveit", "Eirik Tveit")

    def ask(look: Look) -> list[Way]:
        plan = plan_answer(look, get_reader(look), thread_id)
        return [person.way for person in plan.recipients.people]

    assert await village.desk.look(as_staff(village.staff("Kari Lunde")), ask) == [Way.NOTICE]
    message = await send(village, "Kari Lunde", thread_id, "Eirik glemte sekken.")

    (sent,) = await deliveries(village, message.id)
    assert "Eirik" not in sent.text


async def test_health_words_ask_first_then_go_as_a_notice_or_recorded_as_they_are(village: Village) -> None:
    thread_id = await waiting_thread(village)
    text = "Kari fikk feber, kan du hente?"

    with pytest.raises(LookAgainError) as asked:
        await send(village, "Kari Lunde", thread_id, text)
    notice = await send(village, "Kari Lunde", thread_id, text, as_words=False)
    words = await send(village, "Kari Lunde", thread_id, text, as_words=True)

    assert asked.value.health == ("feber",)
    assert "feber" not in (await deliveries(village, notice.id))[0].text
    assert (await deliveries(village, words.id))[0].text == text
    assert notice.sensitive
    assert words.sensitive

    def overrides(look: Look) -> list[list[str]]:
        return list(look.session.scalars(sa.select(AuditRow.ids).where(AuditRow.what == "message.override")))

    assert await village.desk.look(TEST, overrides) == [[words.id]]


async def test_an_answer_to_something_sensitive_keeps_its_class(village: Village) -> None:
    silje, henrik = village.guardian("Silje Strøm"), village.child("Henrik Strøm")

    def talk(work: Work) -> str:
        said = heard(work, village, silje, "school", "Han har vannkopper", [henrik], sensitive=True)
        return said.thread_id

    thread_id = await village.desk.work(TEST, talk)

    with pytest.raises(LookAgainError):
        await send(village, "Kari Lunde", thread_id, "Takk for beskjed")
    message = await send(village, "Kari Lunde", thread_id, "Takk for beskjed", as_words=False)

    assert message.sensitive
    assert "Takk" not in (await deliveries(village, message.id))[0].text


async def test_naming_another_child_asks_first_and_is_recorded(village: Village) -> None:
    thread_id = await waiting_thread(village)

    with pytest.raises(LookAgainError) as asked:
        await send(village, "Kari Lunde", thread_id, "Hun lekte med Henrik. Hilsen Kari")
    await send(village, "Kari Lunde", thread_id, "Hun lekte med Henrik. Hilsen Kari", names_meant=True)

    assert asked.value.names == ("Henrik",)


async def test_the_hint_on_names_does_not_tell_of_children_whom_the_writer_may_not_know_of(village: Village) -> None:
    unit = village.unit("school")

    def ask(look: Look) -> list[str]:
        text = "Ada og Amina lekte"
        return find_other_names(look, get_reader(look).reach, unit, text, [village.child("Nora Bakken").id])

    assert await village.desk.look(as_staff(village.staff("Maria Nygård")), ask) == ["Ada", "Amina"]
    assert await village.desk.look(as_staff(village.staff("Sindre Moen")), ask) == ["Amina"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hun kastet opp to ganger", ["kastet opp"]),
        ("Feberen er borte", ["Feberen"]),
        ("Hon har vattkoppor", ["vattkoppor"]),
        ("Hänellä on kuumetta ja hän oksensi", ["kuumetta", "oksensi"]),
        ("He takes his medication at ten", ["medication"]),
        ("Vi sees i morgen, ta med lunsj og plusstegn", []),
        ("Kari er syk i dag", []),
    ],
)
def test_words_of_health_are_found_in_each_language(text: str, found: list[str]) -> None:
    assert find_health_words(text) == found


async def test_an_empty_text_and_one_over_six_parts_are_not_sent(village: Village) -> None:
    thread_id = await waiting_thread(village)

    with pytest.raises(NothingWrittenError):
        await send(village, "Kari Lunde", thread_id, "  \n ")
    with pytest.raises(TooLongError):
        await send(village, "Kari Lunde", thread_id, "a" * 919)
    await send(village, "Kari Lunde", thread_id, "a" * 918)


async def test_a_note_stays_with_staff_and_the_family_still_waits(village: Village) -> None:
    thread_id = await waiting_thread(village)

    message = await village.desk.work(as_staff(village.staff("Kari Lunde")), write_note, thread_id, (), "Ring far")

    assert message.note
    assert await deliveries(village, message.id) == []
    thread = await village.desk.look(TEST, lambda look: look.session.get_one(Thread, thread_id))
    assert thread.waits_since is not None


async def test_one_may_begin_to_write_to_a_guardian_who_never_wrote(village: Village) -> None:
    kari, ola = village.child("Kari Nordmann"), village.guardian("Ola Nordmann")

    message = await village.desk.work(
        as_staff(village.staff("Kari Lunde")), write_about, kari.id, Draft("Husk gymtøy.", ola.id)
    )

    (sent,) = await deliveries(village, message.id)
    assert (sent.recipient, sent.sender) == (village.phone("Ola Nordmann"), village.number("contact teacher 7A").value)


async def test_the_inbox_holds_what_waits_first_and_only_what_one_serves(village: Village) -> None:
    def talk(work: Work) -> None:
        for who, child, seat, waits in (
            ("Anne Nordmann", "Kari Nordmann", "contact teacher 7A", "not_understood"),
            ("Hanne Olsen", "Mia Dahlby Olsen", "contact teacher 7A", None),
            ("Ragnhild Lien", "Ada Lien", "contact teacher 1A", "protected"),
            ("Kristin Foss", "Emil Foss", "contact teacher 4B", None),
        ):
            heard(work, village, village.guardian(who), "school", child, [village.child(child)], seat=seat, waits=waits)

    await village.desk.work(TEST, talk)

    def ask(look: Look) -> tuple[list[tuple[str, bool, bool]], int]:
        inbox = list_inbox(look, get_reader(look), Only.ALL)
        return [(row.last.text, row.unread, row.waits_since is not None) for row in inbox.rows], inbox.waiting

    assert await village.desk.look(as_staff(village.staff("Kari Lunde")), ask) == (
        [("Kari Nordmann", True, True), ("Mia Dahlby Olsen", True, False)],
        1,
    )
    rows, waiting = await village.desk.look(as_staff(village.staff("Per Haugen")), ask)
    assert ({text for text, _, _ in rows}, waiting) == ({"Kari Nordmann", "Mia Dahlby Olsen", "Emil Foss"}, 1)
    rows, waiting = await village.desk.look(as_staff(village.staff("Maria Nygård")), ask)
    assert (rows, waiting) == ([("Ada Lien", True, True)], 1)
    assert await village.desk.look(as_staff(village.staff("Sindre Moen")), ask) == ([], 0)


async def test_a_thread_is_given_only_to_somebody_who_may_read_it(village: Village) -> None:
    thread_id = await waiting_thread(village, "Ragnhild Lien", "Ada Lien")
    nygard = as_staff(village.staff("Maria Nygård"))

    def takers(look: Look) -> set[str]:
        reader = get_reader(look)
        return {name for _, name in list_takers(look, reader, get_thread(look, reader, thread_id))}

    assert await village.desk.look(nygard, takers) == {"Maria Nygård", "Ingrid Solberg"}
    with pytest.raises(NotThereError):
        await village.desk.work(nygard, assign, thread_id, village.staff("Sindre Moen").id)
    await village.desk.work(nygard, assign, thread_id, village.staff("Ingrid Solberg").id)

    def mine(look: Look) -> int:
        return len(list_inbox(look, get_reader(look), Only.MINE).rows)

    assert await village.desk.look(as_staff(village.staff("Ingrid Solberg")), mine) == 1
    assert await village.desk.look(nygard, mine) == 0


async def test_one_who_said_stop_to_us_still_gets_the_answer(village: Village) -> None:
    """STOP closes what is not essential; an answer to what they wrote themselves is."""
    anne = village.guardian("Anne Nordmann")
    thread_id = await waiting_thread(village)

    def stop(work: Work) -> None:
        own = sa.update(GuardianAddress).where(GuardianAddress.guardian_id == anne.id)
        work.session.execute(own.values(stopped_at=work.now, stopped_by="guardian"))

    await village.desk.work(TEST, stop)

    message = await send(village, "Kari Lunde", thread_id, "Ja, det er greit.")

    assert [delivery.guardian_id for delivery in await deliveries(village, message.id)] == [anne.id]
