"""What families are told of their leave, and who is not."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bots.leave import LeaveBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.mailroom.sendings import SendingState, WhySending
from hub.mailroom.service import Fate
from hub.people.families import GuardianAddress
from hub.post.messages import Message
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import Outcome, withdraw
from hub.school.leave_letters import LeaveLetter, open_letter
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_voices import answer
from tests.blocks import block
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, OLA, OLAS_ID, LettersDay
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for, days_from, grant
from tests.hub.sign_in.school import TEST
from tests.village import Village

BOT = LeaveBot()


async def granted(village: Village, child: str = "Kari Nordmann", guardian: str = "Anne Nordmann") -> str:
    def both(work: Work) -> str:
        id_ = apply_for(work, village, child, guardian, [FAR])
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        grant(work, village, id_)
        return id_

    return await village.desk.work(TEST, both)


async def wake(village: Village) -> list[str]:
    """Let the bot tell what is due; the texts it wrote."""

    def texts(look: Look) -> list[str]:
        return list(
            look.session.scalars(sa.select(Message.text).where(Message.author_id == "leave").order_by(Message.id))
        )

    before = len(await village.desk.look(TEST, texts))
    due = await village.desk.look(TEST, BOT.list_due)
    await village.desk.work(TEST, BOT.prompt_due, due)
    return (await village.desk.look(TEST, texts))[before:]


async def lose_ways(village: Village, guardian: str) -> None:
    """No phone and no other address of theirs is known any more."""
    id_ = village.guardian(guardian).id
    gone = sa.delete(GuardianAddress).where(GuardianAddress.guardian_id == id_)
    await village.desk.work(TEST, lambda work: work.session.execute(gone))


async def letters(village: Village) -> list[LeaveLetter]:
    return await village.desk.look(
        TEST, lambda look: list(look.session.scalars(sa.select(LeaveLetter).order_by(LeaveLetter.id)))
    )


async def test_each_guardian_is_told_once_however_often_the_bot_is_woken(village: Village) -> None:
    await granted(village)
    due = await village.desk.look(TEST, BOT.list_due)

    told = await wake(village)
    await village.desk.work(TEST, BOT.prompt_due, due)

    assert len(told) == 2
    assert await wake(village) == []
    assert all(letter.told_at is not None and letter.why_not is None for letter in await letters(village))


async def test_whoever_had_said_no_is_told_that_it_was_granted_all_the_same(village: Village) -> None:
    other = village.guardian("Ola Nordmann").id

    def said_no_but_granted(work: Work) -> None:
        id_ = apply_for(work, village, "Kari Nordmann", "Anne Nordmann", [FAR])
        answer(work, id_, [other], agrees=False)
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        grant(work, village, id_)

    await village.desk.work(TEST, said_no_but_granted)

    told = sorted(await wake(village), key=lambda text: "selv om du sa nei" in text)

    assert "Søknaden er innvilget: Kari" in told[0]
    assert "Kari har fått fri" in told[1]
    assert "selv om du sa nei" in told[1]


async def test_a_letter_that_nobody_opened_within_a_week_is_told_once_more(
    village: Village, clock: StoppedClock
) -> None:
    await granted(village)
    await wake(village)
    anne = village.guardian("Anne Nordmann").id

    def open_hers(work: Work) -> None:
        for letter in work.session.scalars(sa.select(LeaveLetter).where(LeaveLetter.guardian_id == anne)):
            open_letter(work, letter)

    await village.desk.work(TEST, open_hers)
    clock.move(timedelta(days=6, hours=23))
    early = await wake(village)
    clock.move(timedelta(hours=2))
    again = await wake(village)
    clock.move(timedelta(days=30))

    assert early == []
    assert len(again) == 1
    assert "ikke åpnet ennå" in again[0]
    assert await wake(village) == []


async def test_a_guardian_who_was_blocked_after_the_decision_is_told_nothing(village: Village) -> None:
    await granted(village)
    ola = village.guardian("Ola Nordmann")

    await village.desk.work(TEST, block, village, "Ola Nordmann", "Kari Nordmann")
    told = await wake(village)

    assert len(told) == 1
    assert {letter.why_not for letter in await letters(village) if letter.guardian_id == ola.id} == {"no_right"}


async def test_of_a_protected_child_an_open_channel_tells_only_that_there_is_something(village: Village) -> None:
    def refuse(work: Work) -> None:
        id_ = apply_for(work, village, "Ada Lien", "Ragnhild Lien", [FAR], asked=False)
        application = work.session.get_one(LeaveApplication, id_)
        decide(work, application, village.unit("school"), Verdict(Outcome.REFUSED, "Prøver."))

    await village.desk.work(TEST, refuse)
    await wake(village)

    (letter,) = await letters(village)
    assert letter.why_not == "guarded"
    assert "Ada Lien" in letter.text


async def test_a_decision_withdrawn_before_it_was_told_is_told_as_withdrawn(village: Village) -> None:
    id_ = await granted(village)

    def take_back(work: Work) -> None:
        withdraw(work, work.session.get_one(LeaveApplication, id_), "staff")

    await village.desk.work(TEST, take_back)
    told = await wake(village)

    assert len(told) == 2
    assert all("er trukket" in text for text in told)


async def test_the_other_guardian_is_told_of_days_that_another_leave_took_the_place_of_and_no_longer_holds(
    village: Village,
) -> None:
    def decide_about(work: Work, days: Sequence[date], replaces: Sequence[str] = ()) -> str:
        id_ = apply_for(work, village, "Kari Nordmann", "Anne Nordmann", days, replaces=replaces)
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        grant(work, village, id_)
        return id_

    later = days_from(FAR + timedelta(days=1), 2)
    first = await village.desk.work(TEST, decide_about, days_from(FAR, 2))
    await wake(village)
    second = await village.desk.work(TEST, decide_about, later, [first])
    told = await wake(village)
    await village.desk.work(TEST, decide_about, days_from(FAR, 4), [second])
    held = await wake(village)

    ended = "Søknaden om fri for Kari mandag 24. mars er trukket. Kari ventes som vanlig."
    assert [text for text in told if "trukket" in text] == [ended]
    assert len(told) == 3
    assert [text for text in held if "trukket" in text] == []


class TestByDigitalPost:
    """A letter that went into a mailbox is told again as any other: once, and not where it was opened."""

    @pytest.fixture
    async def day(self, village: Village, clock: StoppedClock) -> LettersDay:
        """Both guardians were told of the decision, and have it in their mailboxes."""
        day = LettersDay(village, clock, PretendPost())
        await day.know(ANNE, ANNES_ID)
        await day.know(OLA, OLAS_ID)
        await day.decide()
        await wake(village)
        await day.send()
        for guardian in (ANNE, OLA):
            day.post.tell(await day.parcel_id(guardian), Fate.DELIVERED, clock.now())
        await day.trace()
        return day

    @pytest.mark.capability("N-20", "H-08")
    async def test_what_was_opened_there_is_not_told_again_and_what_was_not_is_once(self, day: LettersDay) -> None:
        day.wait(days=2)
        day.post.tell(await day.parcel_id(ANNE), Fate.OPENED, day.clock.now())
        await day.trace()
        day.wait(days=5, hours=1)
        again = await wake(day.village)
        day.wait(days=2)
        await day.send()

        assert len(again) == 1
        assert "ikke åpnet ennå" in again[0]
        assert (await day.letter(OLA)).told_again_at is not None
        assert (await day.letter(ANNE)).told_again_at is None
        assert await wake(day.village) == []
        assert (await day.sending(OLA)).state == SendingState.DELIVERED

    async def test_whoever_cannot_be_told_once_more_gets_it_on_paper(self, day: LettersDay) -> None:
        day.wait(days=2)
        day.post.tell(await day.parcel_id(ANNE), Fate.OPENED, day.clock.now())
        await day.trace()
        for guardian in (ANNE, OLA):
            await lose_ways(day.village, guardian)
        day.wait(days=5, hours=1)
        again = await wake(day.village)
        await day.send()

        assert again == []
        assert await day.fate(OLA) == (SendingState.PAPER, WhySending.UNOPENED)
        assert await day.fate(ANNE) == (SendingState.OPENED, "mailbox")


async def test_whoever_read_of_it_on_the_pages_and_cannot_be_told_once_more_gets_it_on_paper(
    village: Village, clock: StoppedClock
) -> None:
    """Also where the mailroom has looked after it before the bot found nobody to tell."""
    day = LettersDay(village, clock, PretendPost(country="SE"))
    await day.decide()
    await wake(village)
    await day.send()
    at_first = await day.fate(OLA)

    await lose_ways(village, OLA)
    day.wait(days=7, hours=1)
    await day.send()
    again = await wake(village)
    await day.send()

    assert at_first == (SendingState.PAGES, WhySending.TOLD)
    assert len(again) == 1
    assert await day.fate(OLA) == (SendingState.PAPER, WhySending.UNOPENED)
    assert await day.fate(ANNE) == at_first
