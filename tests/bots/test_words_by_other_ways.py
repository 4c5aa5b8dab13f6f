"""A word counts for the way it came by: STOP and START by mail or in the app are none about texts, and a new number that is
told anywhere but on a phone waits for a person. Source: security rules S1.2 and S5.4.
"""

import pytest
import sqlalchemy as sa

from bots.absence_echo import AbsenceEchoBot, EchoFacts
from bots.contact import ContactBot
from bots.contact_facts import ContactFacts, Matter
from bots.keywords import KeywordFacts, KeywordsBot
from hub.address import APP, CHAT, MAIL, SMS
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.audience import list_addresses
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import Delivery, Status, end_badly
from hub.post.messages import Author, Lane, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post
from hub.post.reach_wishes import Reserved, find_wish, reserve
from hub.post.running_kinds import keep_kinds
from hub.talk.bot import Occasion
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.standing import get_standing
from tests.hub.post.outboxes import TEST
from tests.village import Village

LENE = "Lene Berg"
VALUES = {APP: "app:lene", CHAT: "telegram:700001", MAIL: "lene@other.example"}


def speaker(work: Work, village: Village, kind: str) -> Speaker:
    """Lene Berg, writing from her phone or another address of hers."""
    guardian = village.guardian(LENE)
    value = village.phone(LENE)
    if kind != SMS:
        value = VALUES[kind]
        work.session.add(
            GuardianAddress(
                id=work.new_id(),
                owner_id=guardian.owner_id,
                guardian_id=guardian.id,
                kind=kind,
                value=value,
                confirmed_at=work.now,
            )
        )
        work.session.flush()
    return get_speaker(work, village.unit("school"), list_addresses(work, kind, value, guardian.owner_id))


@pytest.mark.one_store
@pytest.mark.parametrize(
    ("kind", "intent", "said"),
    [
        (SMS, Intent.STOP, "på denne telefonen"),
        (MAIL, Intent.STOP, "på e-post"),
        (MAIL, Intent.START, "på e-post"),
        (APP, Intent.STOP, "en av våre SMS"),
        (APP, Intent.START, "en av våre SMS"),
    ],
)
async def test_what_is_said_of_a_stop_is_true_of_the_way_it_came_by(
    village: Village, kind: str, intent: Intent, said: str
) -> None:
    def stop(work: Work) -> tuple[str, bool]:
        lene, unit = speaker(work, village, kind), village.unit("school")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, lene.guardian_ids, ThreadKind.PRIVATE)
        settled = KeywordsBot().settle(work, lene, KeywordFacts(intent, None), Occasion("", thread, ""))
        (word,) = settled.says
        words = work.words.in_language("nb").say(word.utterance, **word.parameters)
        return words, lene.addresses[0].stopped_at is not None

    words, stopped = await village.desk.work(TEST, stop)

    assert said in words
    assert stopped is (intent is Intent.STOP and kind != APP)


@pytest.mark.one_store
@pytest.mark.parametrize(("kind", "left"), [(SMS, {}), (MAIL, {SMS: "all"}), (APP, {SMS: "all"})])
async def test_a_start_brings_back_what_was_reserved_on_its_own_way_alone(
    village: Village, kind: str, left: dict[str, str]
) -> None:
    def start(work: Work) -> dict[str, str]:
        reserve(work, village.guardian(LENE), SMS, Reserved.ALL, "test")
        lene, unit = speaker(work, village, kind), village.unit("school")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, lene.guardian_ids, ThreadKind.PRIVATE)
        KeywordsBot().settle(work, lene, KeywordFacts(Intent.START, None), Occasion("", thread, ""))
        wish = find_wish(work, lene.guardian_ids[0])
        return dict(wish.reserved) if wish is not None else {}

    assert await village.desk.work(TEST, start) == left


@pytest.mark.one_store
@pytest.mark.parametrize(("kind", "is_taken"), [(SMS, True), (CHAT, False), (APP, False)])
async def test_a_new_number_is_taken_from_a_phone_alone(village: Village, kind: str, is_taken: bool) -> None:
    def gather(work: Work) -> bool:
        act = Act(Intent.CONTACT_CHANGE, phone="+4740000777")
        return ContactBot().gather(work, speaker(work, village, kind), act) is not None

    assert await village.desk.work(TEST, gather) is is_taken


@pytest.mark.one_store
@pytest.mark.parametrize(("kind", "is_taken"), [(SMS, True), (MAIL, False)])
async def test_whether_a_phone_is_still_theirs_is_said_on_that_phone(
    village: Village, kind: str, is_taken: bool
) -> None:
    def may_go_on(work: Work) -> bool:
        return ContactBot().may_go_on(work, speaker(work, village, kind), ContactFacts(Matter.RENEWAL))

    assert await village.desk.work(TEST, may_go_on) is is_taken


@pytest.mark.parametrize(("went_on", "found"), [(True, 1), (False, 0)])
async def test_what_went_on_by_mail_is_answered_there(village: Village, went_on: bool, found: int) -> None:
    """One "no" to an echo brings the alarm back, whichever way the echo took. Source: security rule S1.3."""

    def count(work: Work) -> tuple[int, int]:
        lene, unit = village.guardian(LENE), village.unit("school")
        keep_kinds(work, {SMS, MAIL})
        by_mail = speaker(work, village, MAIL).addresses[0]
        thread = get_or_open_thread(work, unit.owner_id, unit.id, [lene.id], ThreadKind.PRIVATE)
        what = Post("Jakob er meldt borte.", "nb", Author.BOT, "absence_echo", lane=Lane.SAFETY)
        what.number, what.to = village.number("contact teacher 4B"), village.addresses[lene.id][:1]
        message = post(work, thread, what)
        facts = EchoFacts((), (), (), unit.today(work.now))
        phone = village.phone(LENE)
        open_conversation(work, AbsenceEchoBot(), facts, message, phone, ConversationState.TOLD)
        work.session.flush()
        if went_on:
            first = work.session.scalars(sa.select(Delivery).where(Delivery.message_id == message.id)).one()
            end_badly(work, first, Status.FAILED, "30003")
            climb_on(work, list_climbing(work))
            work.session.flush()
        by_phone = len(get_standing(work, thread.id, phone).conversations)
        mails = work.session.scalars(sa.select(GuardianAddress.value).where(GuardianAddress.kind == MAIL))
        answered = [len(get_standing(work, thread.id, value).conversations) for value in {*mails, by_mail.value}]
        return by_phone, sum(answered)

    assert await village.desk.work(TEST, count) == (1, found)
