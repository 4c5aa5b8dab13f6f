"""A word counts for the way it came by: STOP and START by mail or in the app are none about texts, and a new number that is
told anywhere but on a phone waits for a person. Source: security rules S1.2 and S5.4.
"""

import pytest

from bots.contact import ContactBot
from bots.keywords import KeywordFacts, KeywordsBot
from hub.address import APP, CHAT, MAIL, SMS
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.audience import list_addresses
from hub.post.messages import ThreadKind, get_or_open_thread
from hub.post.reach_wishes import Reserved, find_wish, reserve
from hub.talk.bot import Occasion
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker, get_speaker
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
