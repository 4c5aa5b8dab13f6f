"""How a guardian wishes to be reached, by text: mail where there is an address for it, and nobody's wish but one's own."""

import pytest

from bots.reach import ReachAgreed, ReachBot, ReachFacts
from hub.address import MAIL, SMS
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.audience import list_addresses
from hub.post.messages import ThreadKind, get_or_open_thread
from hub.post.running_kinds import keep_kinds
from hub.post.topics import Topic
from hub.post.ways import list_ways
from hub.talk.bot import Occasion
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker, get_speaker
from tests.hub.post.outboxes import TEST
from tests.village import Village

BOT = ReachBot()
ONLY_MAIL = Act(Intent.REACH, change="only_mail")


def speaker(work: Work, village: Village, name: str, kind: str = SMS) -> Speaker:
    """Whoever writes from the first address of a kind that this guardian has."""
    own = next(a for a in village.addresses[village.guardian(name).id] if a.kind == kind)
    return get_speaker(work, village.unit("school"), list_addresses(work, kind, own.value, own.owner_id))


def kinds(work: Work, village: Village, name: str, topic: Topic) -> list[str]:
    return [way.kind for way in list_ways(work, village.guardian(name).id, topic)]


async def test_only_mail_holds_for_all_but_what_is_urgent_and_is_undone(village: Village) -> None:
    def wish(work: Work) -> tuple[list[list[str]], list[str]]:
        keep_kinds(work, {SMS, MAIL})
        lene, unit = speaker(work, village, "Lene Berg"), village.unit("school")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, lene.guardian_ids, ThreadKind.PRIVATE)
        occasion = Occasion("", thread, "")
        facts = BOT.gather(work, lene, ONLY_MAIL)
        assert facts == ReachFacts("only_mail", has_mail=True)

        settled = BOT.settle(work, lene, ReachAgreed(facts), occasion)
        work.session.flush()
        after = [kinds(work, village, "Lene Berg", topic) for topic in (Topic.DAILY, Topic.LETTER, Topic.URGENT)]
        assert settled.undo is not None
        BOT.undo(work, lene, settled.undo, occasion)
        work.session.flush()
        return after, kinds(work, village, "Lene Berg", Topic.DAILY)

    after, undone = await village.desk.work(TEST, wish)

    assert after == [[MAIL], [MAIL], [SMS, MAIL]]
    assert undone == [SMS, MAIL]


@pytest.mark.one_store
@pytest.mark.parametrize("change", ["reserve", "only_urgent", "only_mail", "as_usual"])
async def test_behind_a_shared_phone_by_mail_and_from_a_stale_number_a_person_asks_first(
    village: Village, change: str
) -> None:
    def gather(work: Work) -> list[ReachFacts | None]:
        act = Act(Intent.REACH, change=change)
        stale = work.session.get_one(GuardianAddress, village.addresses[village.guardian("Anne Nordmann").id][0].id)
        fresh = BOT.gather(work, speaker(work, village, "Anne Nordmann"), act)
        stale.confirmed_at = stale.confirmed_at.replace(year=stale.confirmed_at.year - 1)
        work.session.flush()
        assert fresh is not None
        return [
            BOT.gather(work, speaker(work, village, "Arne Moe"), act),
            BOT.gather(work, speaker(work, village, "Lene Berg", MAIL), act),
            BOT.gather(work, speaker(work, village, "Anne Nordmann"), act),
        ]

    assert await village.desk.work(TEST, gather) == [None, None, None]
