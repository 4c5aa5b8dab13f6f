"""What stands of a child is asked about once a year, of those who decide; who may fetch is told once, as far as it can be."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.care_list import CARE, CareListBot
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Block, Child, GuardianAddress
from hub.post.messages import Message
from hub.privacy.over import list_over
from hub.privacy.terms import Kind
from hub.school.care_checks import say_it_holds
from hub.school.care_notes import Matter, NoteKind, Teller, list_notes, tell_note
from hub.school.fetchers import Standing
from hub.school.fetching import report_fetching
from hub.school.going_home import judge_all
from hub.school.trusted_people import TrustedPerson, Whom, dispute_person, end_person, list_counted, trust_person
from tests.hub.post.outboxes import TEST
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
YEAR = timedelta(days=366)


def kari(work: Work, village: Village) -> Child:
    return work.session.get_one(Child, village.child(KARI).id)


def tell(work: Work, village: Village, words: str = "Tåler ikke nøtter") -> str:
    teller = Teller(village.guardian(ANNE).id, Trust.CONFIRMED)
    return tell_note(work, kari(work, village), Matter(NoteKind.ALLERGY, words), teller).id


def trust(work: Work, village: Village, person: str = "Eva Berg") -> TrustedPerson:
    told_by = village.guardian(ANNE).id
    row = trust_person(work, kari(work, village), Whom(person), told_by=told_by, trust=Trust.CONFIRMED)
    work.session.flush()
    return row


def refresh_phones(work: Work) -> None:
    work.session.execute(sa.update(GuardianAddress).values(confirmed_at=work.now))


async def wake(village: Village) -> list[str]:
    """Let the bot look once, and do what is due; the ids."""
    bot = CareListBot()
    due = await village.desk.look(TEST, bot.list_due)
    await village.desk.work(TEST, bot.prompt_due, due)
    return due


async def said(village: Village) -> list[str]:
    def read(look: Look) -> list[str]:
        ours = sa.select(Message.text).where(Message.author_id == CARE).order_by(Message.id)
        return list(look.session.scalars(ours))

    return await village.desk.look(TEST, read)


async def test_after_a_year_each_who_decides_is_asked_once_without_a_word_of_health(
    village: Village, clock: StoppedClock
) -> None:
    await village.desk.work(TEST, tell, village)
    before = await wake(village)
    clock.move(YEAR)
    await village.desk.work(TEST, refresh_phones)

    await wake(village)
    await wake(village)

    assert before == []
    texts = await said(village)
    assert len(texts) == 2
    assert all(text.startswith("Stemmer det dere har fortalt om Kari fremdeles") for text in texts)
    assert not any("nøtter" in text or "llergi" in text for text in texts)


async def test_whoever_said_it_holds_lately_is_not_asked(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, tell, village)
    clock.move(YEAR)
    await village.desk.work(
        TEST, lambda work: say_it_holds(work, kari(work, village), village.guardian(ANNE).id, Trust.CONFIRMED)
    )

    assert await wake(village) == []
    assert await said(village) == []


async def test_at_night_nobody_is_asked(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, tell, village)
    clock.move(YEAR + timedelta(hours=16))
    await village.desk.work(TEST, refresh_phones)

    await wake(village)

    assert await said(village) == []


async def test_the_other_guardian_is_told_once_and_until_then_the_name_counts_for_nothing(village: Village) -> None:
    row = await village.desk.work(TEST, trust, village)

    def counted(look: Look) -> int:
        return len(list_counted(look, [village.child(KARI).id], look.now.date()))

    before = await village.desk.look(TEST, counted)
    first, second = await wake(village), await wake(village)

    assert (before, await village.desk.look(TEST, counted)) == (0, 1)
    assert (first, second) == ([row.id], [])
    assert sorted(text.split()[0] for text in await said(village)) == ["Du", "En"]


async def test_whoever_is_blocked_is_told_of_nobody(village: Village) -> None:
    def shut_out(work: Work) -> None:
        work.session.add(
            Block(
                id=work.new_id(),
                owner_id=village.owner().id,
                guardian_id=village.guardian(OLA).id,
                child_id=village.child(KARI).id,
                reason="a test",
                set_by=village.staff("Ingrid Solberg").id,
                set_at=work.now,
            )
        )
        trust(work, village)

    await village.desk.work(TEST, shut_out)
    await wake(village)

    assert [text.split()[0] for text in await said(village)] == ["Du"]


async def test_a_name_whose_teller_has_lost_the_right_counts_no_more(village: Village) -> None:
    def both(work: Work) -> tuple[int, int]:
        row = trust(work, village)
        row.announced_at = work.now
        work.session.flush()
        ids, day = [village.child(KARI).id], work.now.date()
        before = len(list_counted(work, ids, day))
        work.session.add(
            Block(
                id=work.new_id(),
                owner_id=village.owner().id,
                guardian_id=village.guardian(ANNE).id,
                child_id=ids[0],
                reason="a test",
                set_by=village.staff("Ingrid Solberg").id,
                set_at=work.now,
            )
        )
        work.session.flush()
        return before, len(list_counted(work, ids, day))

    assert await village.desk.work(TEST, both) == (1, 0)


async def test_what_was_denied_stays_denied_when_told_again(village: Village) -> None:
    def again(work: Work) -> tuple[bool, Standing]:
        row = trust(work, village)
        row.announced_at = work.now
        dispute_person(work, row, village.guardian(OLA).id)
        end_person(work, row, village.guardian(ANNE).id)
        work.session.flush()
        fresh = trust(work, village)
        fresh.announced_at = work.now
        told, _ = report_fetching(
            work,
            [kari(work, village)],
            [work.now.date()],
            "Eva Berg",
            None,
            told_by=village.guardian(ANNE).id,
            trust=Trust.CONFIRMED,
        )
        work.session.flush()
        return fresh.disputed_at is not None, judge_all(work, told)[told[0].id]

    assert await village.desk.work(TEST, again) == (True, Standing.UNKNOWN)


async def test_the_same_told_twice_is_one(village: Village) -> None:
    first, second = [await village.desk.work(TEST, tell, village) for _ in range(2)]
    people = [(await village.desk.work(TEST, trust, village)).id for _ in range(2)]

    assert first == second
    assert people[0] == people[1]


@pytest.mark.one_store
async def test_what_holds_is_kept_as_long_as_the_child_is_here(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, tell, village)
    clock.move(timedelta(days=900))

    def over(look: Look) -> tuple[int, int]:
        left = list_over(look, Kind.CARE_NOTES, look.now - timedelta(days=90), 10)
        return len(left), len(list_notes(look, [village.child(KARI).id]))

    assert await village.desk.look(TEST, over) == (0, 1)
