"""How a chat is linked to a phone and let go, and everything that must not link one."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.address import CHAT, SMS, Address
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.language import WRITTEN
from hub.parts import count_parts
from hub.people.families import GuardianAddress, GuardianRight, Guardianship
from hub.post.answer_caps import SHORT_WHILE
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.channel import Inbound
from hub.post.chat_codes import CODE_LIFE, CODES_A_DAY, TRIES
from hub.post.chat_tidying import tidy_chats
from hub.post.chats import ChatLink, Says, find_linked, find_way, keep_roads
from hub.post.claims import claim
from hub.post.deliveries import Delivery, Status, end_addresses
from hub.post.due import Room
from hub.post.messages import NOT_ANSWERED, Message, Thread
from hub.talk.heard import Act, Heard, Intent
from hub.talk.listening import Understood
from hub.talk.receiving import receive
from hub.words import Words
from tests.hub.post.outboxes import TEST
from tests.village import Village

ANNE, OLA, LENE = "Anne Nordmann", "Ola Nordmann", "Lene Berg"
SEAT = "contact teacher 7A"
CHAT_A, CHAT_B = "telegram:700001", "telegram:700002"
HELP = Understood(here=Heard("nb", False, (Act(Intent.HELP),), listener="pretend"))
HOW_TO = "Hei! Denne chatten er ikke koblet"


@dataclass
class PretendRoad:
    """A road to a chat service, as its channel describes it."""

    says: Says = Says.ALL
    name: str = "telegram"
    handle: str = "fjordvik_skoler_bot"
    number: str = "+4759000001"
    says_of: Mapping[str, Says] = field(default_factory=dict)


@dataclass
class Talk:
    """Messages come in one by one; what goes out is read as text by address."""

    village: Village
    clock: StoppedClock
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def _come(self, kind: str, sender: str, recipient: str, text: str, opt_out: str | None = None) -> list[str]:
        number = next(self.numbers)
        inbound = Inbound(
            "telegram" if kind == CHAT else "twilio",
            f"key {number}",
            Address(kind, sender),
            Address(kind, recipient),
            text,
            f"id{number}",
            opt_out=opt_out,
        )

        def answer(work: Work) -> list[str]:
            before = set(work.session.scalars(sa.select(Delivery.id)))
            keep_arrivals(work, [(inbound, work.now)])
            arrival_id = work.session.scalars(sa.select(Arrival.id).where(Arrival.key == inbound.key)).one()
            receive(work, load_bots(), arrival_id, HELP)
            work.session.flush()
            found = work.session.scalars(sa.select(Delivery).order_by(Delivery.id))
            return [f"{each.recipient} < {each.text}" for each in found if each.id not in before]

        return await self.village.desk.work(TEST, answer)

    async def text(self, guardian: str, text: str, seat: str = SEAT) -> list[str]:
        """By SMS; what goes out because of it."""
        return await self._come(SMS, self.village.phone(guardian), self.village.number(seat).value, text)

    async def write(self, chat: str, text: str, *, behind: str = "", opt_out: str | None = None) -> list[str]:
        """In the chat."""
        front = self.village.number("office").value
        return await self._come(CHAT, chat, front + behind, text, opt_out)

    async def code(self, guardian: str, seat: str = SEAT) -> str:
        (sent,) = await self.text(guardian, "Telegram", seat)
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", sent)
        assert found is not None, sent
        return found.group()

    async def link(self, guardian: str, chat: str, seat: str = SEAT) -> list[str]:
        return await self.write(chat, await self.code(guardian, seat))

    async def is_linked(self, chat: str) -> bool:
        return await self.village.desk.look(TEST, lambda look: chat in find_linked(look, [chat]))

    async def set_says(self, says: Says) -> None:
        await self.village.desk.work(TEST, keep_roads, [PretendRoad(says)])


@pytest.fixture
async def talk(village: Village, clock: StoppedClock) -> Talk:
    talk = Talk(village, clock)
    await talk.set_says(Says.ALL)
    return talk


async def test_a_code_typed_in_the_chat_links_it_and_the_phone_is_told(talk: Talk) -> None:
    said = await talk.link(ANNE, CHAT_A)

    phone = talk.village.phone(ANNE)
    assert [each.partition(" < ")[0] for each in said] == [CHAT_A, phone]
    assert "Skriv hit" in said[0]
    assert "Var det ikke deg? Svar TELEGRAM STOPP." in said[1]
    assert await talk.is_linked(CHAT_A)


async def test_what_a_linked_chat_writes_is_answered_there(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)

    (said,) = await talk.write(CHAT_A, "hjelp")

    assert said.startswith(f"{CHAT_A} < ")
    assert not said.removeprefix(f"{CHAT_A} < ").startswith(HOW_TO)


@pytest.mark.parametrize(
    "text", ["/start", "Kari er syk i dag", "ABCD-EFGH", "BCDF-GHJK", "/start BCDFGHJK", "TELEGRAM", ""]
)
async def test_a_chat_that_is_linked_to_nobody_gets_the_same_whatever_it_writes(talk: Talk, text: str) -> None:
    await talk.code(ANNE)

    (said,) = await talk.write(CHAT_B, text)

    assert said.startswith(f"{CHAT_B} < {HOW_TO}")


async def test_what_a_stranger_writes_is_not_kept_and_in_nobodys_book(talk: Talk) -> None:
    await talk.write(CHAT_B, "Kari er syk i dag")

    def read(look: Look) -> tuple[list[str], list[str], list[str]]:
        arrivals = look.session.scalars(sa.select(Arrival)).all()
        said = look.session.scalars(sa.select(Message.text).where(Message.text.contains("Kari")))
        return [a.text for a in arrivals], [a.state for a in arrivals], list(said)

    assert await talk.village.desk.look(TEST, read) == ([""], [ArrivalState.FILED], [])


async def test_a_stranger_who_goes_on_writing_is_answered_a_few_times(talk: Talk) -> None:
    answers = [len(await talk.write(CHAT_B, "hallo")) for _ in range(6)]

    assert answers == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("text", ["Telegram", "Telegram stopp"])
async def test_a_phone_that_goes_on_texting_about_chats_is_answered_a_few_times(talk: Talk, text: str) -> None:
    answers = [len(await talk.text(ANNE, text)) for _ in range(6)]
    waits = await talk.village.desk.look(TEST, lambda look: set(look.session.scalars(sa.select(Thread.waits_why))))

    assert answers == [1, 1, 1, 0, 0, 0]
    assert NOT_ANSWERED in waits


async def test_a_code_counts_once_and_for_whoever_was_first(talk: Talk) -> None:
    code = await talk.code(ANNE)
    await talk.write(CHAT_A, code)

    again = await talk.write(CHAT_B, code)

    assert again[0].startswith(f"{CHAT_B} < {HOW_TO}")
    assert not await talk.is_linked(CHAT_B)
    assert await talk.is_linked(CHAT_A)


async def test_a_code_is_over_after_ten_minutes(talk: Talk) -> None:
    in_time, late = await talk.code(ANNE), ""
    talk.clock.move(CODE_LIFE - timedelta(seconds=1))
    await talk.write(CHAT_A, in_time.lower().replace("-", " "))
    late = await talk.code(OLA)
    talk.clock.move(CODE_LIFE)
    await talk.write(CHAT_B, late)

    assert await talk.is_linked(CHAT_A)
    assert not await talk.is_linked(CHAT_B)


async def test_a_newer_code_ends_the_one_before(talk: Talk) -> None:
    older, newer = await talk.code(ANNE), await talk.code(ANNE)

    await talk.write(CHAT_B, older)
    await talk.write(CHAT_A, newer)

    assert not await talk.is_linked(CHAT_B)
    assert await talk.is_linked(CHAT_A)


async def test_whoever_guesses_is_not_heard_even_when_they_are_right(talk: Talk) -> None:
    code = await talk.code(ANNE)
    for _ in range(TRIES):
        await talk.write(CHAT_B, "BCDF-GHJK")

    await talk.write(CHAT_B, code)
    await talk.write(CHAT_A, code)

    assert not await talk.is_linked(CHAT_B)
    assert await talk.is_linked(CHAT_A)


async def test_the_book_and_the_store_hold_no_code(talk: Talk) -> None:
    code = await talk.code(ANNE)
    await talk.write(CHAT_A, code)

    def read(look: Look) -> list[str]:
        texts = [*look.session.scalars(sa.select(Message.text)), *look.session.scalars(sa.select(Arrival.text))]
        return [text for text in texts if code in text]

    assert await talk.village.desk.look(TEST, read) == []


async def test_only_so_many_codes_go_to_a_phone_in_a_day(talk: Talk) -> None:
    for _ in range(CODES_A_DAY):
        await talk.code(ANNE)
        talk.clock.move(SHORT_WHILE)

    (said,) = await talk.text(ANNE, "TELEGRAM")

    assert "mange koder" in said
    talk.clock.move(timedelta(days=1, minutes=1))
    assert await talk.code(ANNE)


async def test_a_phone_that_nobody_knows_is_texted_no_code(talk: Talk) -> None:
    said = await talk._come(SMS, "+4740000999", talk.village.number(SEAT).value, "TELEGRAM")

    assert [re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", each) for each in said] == [None]


@pytest.mark.parametrize(
    ("guardian", "seat"), [("Ragnhild Lien", "contact teacher 1A"), ("Jorunn Tveit", "contact teacher 1A")]
)
async def test_neither_a_protected_family_nor_a_stale_phone_is_texted_a_code(
    talk: Talk, guardian: str, seat: str
) -> None:
    said = await talk.text(guardian, "TELEGRAM", seat)

    assert not any(re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", each) for each in said)


async def test_a_child_that_is_protected_meanwhile_is_told_of_nowhere(talk: Talk) -> None:
    code = await talk.code(ANNE)
    await _protect(talk.village, "Kari Nordmann")

    (said,) = await talk.write(CHAT_A, code)

    assert said.startswith(f"{CHAT_A} < {HOW_TO}")


async def test_two_guardians_have_chats_and_threads_of_their_own(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.link(OLA, CHAT_B)

    (to_anne,) = await talk.write(CHAT_A, "hjelp")
    (to_ola,) = await talk.write(CHAT_B, "hjelp")

    def threads(look: Look) -> set[tuple[str, str | None]]:
        found = look.session.execute(
            sa.select(Message.thread_id, Message.author_id).where(Message.text == "hjelp", Message.channel == CHAT)
        )
        return {(thread_id, author_id) for thread_id, author_id in found}

    assert to_anne.startswith(CHAT_A)
    assert to_ola.startswith(CHAT_B)
    assert len(await talk.village.desk.look(TEST, threads)) == 2


async def test_the_chat_of_a_phone_that_two_use_is_both_of_theirs(talk: Talk) -> None:
    await talk.link("Arne Moe", CHAT_A)

    await talk.write(CHAT_A, "hjelp")

    def read(look: Look) -> tuple[int, list[str | None]]:
        addresses = look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.kind == CHAT)).all()
        authors = look.session.scalars(sa.select(Message.author_id).where(Message.text == "hjelp"))
        return len(addresses), list(authors)

    assert await talk.village.desk.look(TEST, read) == (2, [None])


async def test_a_phone_has_one_chat_and_a_chat_one_phone(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.link(ANNE, CHAT_B)
    first_is_over = not await talk.is_linked(CHAT_A)
    await talk.link(OLA, CHAT_B)

    def links(look: Look) -> list[tuple[str, str]]:
        return [(link.value, link.phone) for link in look.session.scalars(sa.select(ChatLink))]

    assert first_is_over
    assert await talk.village.desk.look(TEST, links) == [(CHAT_B, talk.village.phone(OLA))]


@pytest.mark.parametrize("word", ["STOP", "stopp", "Seis!", "LOPETA", "/stop", "Sluta."])
async def test_a_stop_in_the_chat_ends_it_and_leaves_the_phone_alone(talk: Talk, word: str) -> None:
    await talk.link(ANNE, CHAT_A)

    (said,) = await talk.write(CHAT_A, word)
    (after,) = await talk.write(CHAT_A, "Kari er syk i dag")

    assert said == f"{CHAT_A} < Telegram er ikke koblet til telefonen din lenger. Skriv til oss på SMS som før."
    assert after.startswith(f"{CHAT_A} < {HOW_TO}")
    assert await talk.village.desk.look(TEST, _is_open, talk.village.phone(ANNE))


async def test_the_phone_ends_it_too_and_both_are_told(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)

    said = await talk.text(ANNE, "Telegram stopp")

    assert {each.partition(" < ")[0] for each in said} == {CHAT_A, talk.village.phone(ANNE)}
    assert not await talk.is_linked(CHAT_A)


async def test_whoever_blocks_the_bot_has_ended_it_and_nothing_is_said(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)

    said = await talk.write(CHAT_A, "", opt_out="STOP")

    assert said == []
    assert not await talk.is_linked(CHAT_A)


async def test_a_chat_ends_with_its_phone(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    (before,) = await talk.write(CHAT_A, "hjelp")
    await _end_phone(talk.village, talk.village.phone(ANNE))

    (after,) = await talk.write(CHAT_A, "Kari er syk i dag")

    assert not before.startswith(f"{CHAT_A} < {HOW_TO}")
    assert after.startswith(f"{CHAT_A} < {HOW_TO}")


async def test_a_link_whose_phone_is_over_is_let_go_and_another_stays(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.link(OLA, CHAT_B)
    await _end_phone(talk.village, talk.village.phone(ANNE))

    await talk.village.desk.work(TEST, tidy_chats)

    assert not await talk.is_linked(CHAT_A)
    assert await talk.is_linked(CHAT_B)


async def test_what_waits_for_a_chat_goes_no_more_once_the_phone_is_gone(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.write(CHAT_A, "hjelp")
    await _end_phone(talk.village, talk.village.phone(ANNE))

    assert await talk.village.desk.work(TEST, _claim_chats) == {(Status.DROPPED, "address_over")}


async def test_what_waits_for_a_chat_goes_while_the_phone_is_there(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.write(CHAT_A, "hjelp")

    assert await talk.village.desk.work(TEST, _claim_chats) == {(Status.CLAIMED, None)}


async def test_words_that_may_be_said_no_more_do_not_go(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.write(CHAT_A, "hjelp")
    await talk.set_says(Says.NOTICES)

    assert await talk.village.desk.work(TEST, _claim_chats) == {
        (Status.CLAIMED, None),  # that it is linked
        (Status.DROPPED, "discretion"),
    }


async def test_a_right_that_ended_ends_what_may_be_told_there(talk: Talk) -> None:
    await talk.link(LENE, CHAT_A, "contact teacher 4B")
    before = await talk.write(CHAT_A, "hjelp")
    await _end_rights(talk.village, LENE)

    after = await talk.write(CHAT_A, "hjelp")

    assert "Jakob" in before[0]
    assert not any("Jakob" in each for each in after)


async def test_where_only_notices_may_be_said_the_phone_gets_the_answer(talk: Talk) -> None:
    await talk.set_says(Says.NOTICES)
    await talk.link(ANNE, CHAT_A)

    said = dict(each.split(" < ") for each in await talk.write(CHAT_A, "hjelp"))

    assert said[CHAT_A] == "Takk. Du har fått svar på SMS."
    assert len(said[talk.village.phone(ANNE)]) > 40


@pytest.mark.parametrize(("says", "seat"), [(Says.NOTICES, "office"), (Says.ALL, SEAT)])
async def test_where_only_notices_may_be_said_words_in_the_chat_are_to_whoever_wrote_to_the_phone_last(
    talk: Talk, says: Says, seat: str
) -> None:
    await talk.set_says(says)
    await talk.link(ANNE, CHAT_A)
    await talk.text(ANNE, "hjelp", "office")

    found = await talk.village.desk.look(TEST, find_way, CHAT_A, talk.village.number("contact teacher 4B").value)

    assert found.number == talk.village.number(seat).value


async def test_a_button_made_up_by_somebody_is_none(talk: Talk) -> None:
    await talk.link(ANNE, CHAT_A)
    await talk.link(OLA, CHAT_B)
    await talk.write(CHAT_B, "hjelp")
    ids = await talk.village.desk.look(TEST, _list_ids, CHAT_B)

    for delivery_id in (ids[-1], "0" * 26, "x"):
        (said,) = await talk.write(CHAT_A, "1", behind=f"/{delivery_id}")

        assert (
            said == f"{CHAT_A} < Det spørsmålet er ikke åpent lenger. Skriv gjerne hva det gjelder, så hjelper vi deg."
        )


async def test_without_a_road_the_word_is_a_text_like_any_other(talk: Talk) -> None:
    await talk.village.desk.work(TEST, keep_roads, [])

    said = await talk.text(ANNE, "TELEGRAM")

    assert not any(re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", each) for each in said)


def _is_open(look: Look, phone: str) -> bool:
    address = look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.value == phone)).one()
    return address.stopped_at is None and address.gone_at is None


async def _end_phone(village: Village, phone: str) -> None:
    def end(work: Work) -> None:
        delivery = work.session.scalars(sa.select(Delivery).where(Delivery.recipient == phone).limit(1)).one()
        end_addresses(work, delivery, "30005")

    await village.desk.work(TEST, end)


async def _protect(village: Village, child: str) -> None:
    def protect(work: Work) -> None:
        work.session.merge(village.child(child)).protected = True

    await village.desk.work(TEST, protect)


async def _end_rights(village: Village, guardian: str) -> None:
    def end(work: Work) -> None:
        own = sa.select(Guardianship.id).where(Guardianship.guardian_id == village.guardian(guardian).id)
        work.session.execute(sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own)))

    await village.desk.work(TEST, end)


def _claim_chats(work: Work) -> set[tuple[str, str | None]]:
    """What becomes of everything that waits for a chat when it is claimed."""
    claim(work, Room(limit=50))
    work.session.flush()
    return {(d.status, d.reason) for d in work.session.scalars(sa.select(Delivery).where(Delivery.kind == CHAT))}


def _list_ids(look: Look, chat: str) -> list[str]:
    return list(look.session.scalars(sa.select(Delivery.id).where(Delivery.recipient == chat).order_by(Delivery.id)))


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("utterance", ["code_text", "linked_to_phone", "ended", "often"])
def test_what_goes_to_the_phone_fits_one_text(language: str, utterance: str) -> None:
    about = {"code_text": {"code": "MMMM-WWWW", "handle": "a_school_with_a_longer_name_bot"}, "often": {}}
    road = {} if utterance == "often" else {"road": "Telegram"}

    said = Words(language).say(f"chat.{utterance}", **about.get(utterance, {}), **road)

    assert (count_parts(said).encoding, count_parts(said).parts) == ("gsm7", 1), said
