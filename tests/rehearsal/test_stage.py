"""The rehearsal's stage: whoever tries it finds a week to book, on whichever day that is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.mailroom.sendings import LetterSending
from hub.mailroom.service import Reach, Way
from hub.people.families import Guardian
from hub.people.places import Unit
from hub.school.care_rules import WEEK, first_open_week, get_rules, monday_of
from tests.hub.mailroom.letters_day import ANNES_ID, OLAS_ID, LettersDay
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.village import Village

from .norwegian_people import list_people
from .stage import open_next_week
from .third_guardian import BY_HAND, BY_MAILBOX, CHILD, RESERVED, tell_third_guardian


async def test_next_week_can_be_booked_at_one_unit_at_any_hour(village: Village, clock: StoppedClock) -> None:
    unit = village.unit("preschool")
    await village.desk.work(TEST, open_next_week, unit.id)
    hours = [clock.now() + timedelta(hours=n) for n in range(24 * 7)]

    def opens(look: Look) -> bool:
        here = look.session.get_one(Unit, unit.id)
        rules = get_rules(look, here)
        return all(first_open_week(rules, here, now) <= monday_of(here.today(now)) + WEEK for now in hours)

    assert await village.desk.look(TEST, opens)


@pytest.mark.one_store
async def test_three_guardians_of_one_child_get_a_decision_by_three_ways(village: Village, clock: StoppedClock) -> None:
    reserved = {person.name: person.is_reserved for person in list_people(village).values()}
    day = LettersDay(village, clock, PretendPost(reaches={OLAS_ID: Reach(Way.PAPER, "reserved")}))
    for _ in range(2):
        await village.desk.work(TEST, tell_third_guardian, village)
    await day.know(BY_MAILBOX, ANNES_ID)
    await day.know(RESERVED, OLAS_ID)

    await day.decide(CHILD, BY_MAILBOX)
    await day.send()

    def tell(look: Look) -> dict[str, tuple[str, str | None]]:
        asked = sa.select(LetterSending, Guardian).join(Guardian, Guardian.id == LetterSending.guardian_id)
        return {guardian.name: (sending.state, sending.why) for sending, guardian in look.session.execute(asked)}

    assert await village.desk.look(TEST, tell) == {
        BY_MAILBOX: ("handed_over", "mailbox"),
        RESERVED: ("paper", "reserved"),
        BY_HAND: ("nobody", "protected"),
    }
    assert (reserved[BY_MAILBOX], reserved[RESERVED]) == (False, True)
