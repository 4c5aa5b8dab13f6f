"""The rehearsal's stage: whoever tries it finds a week to book, on whichever day that is."""

from datetime import timedelta

from hub.clock import StoppedClock
from hub.desk import Look
from hub.people.places import Unit
from hub.school.care_rules import WEEK, first_open_week, get_rules, monday_of
from tests.hub.sign_in.school import TEST
from tests.village import Village

from .stage import open_next_week


async def test_next_week_can_be_booked_at_one_unit_at_any_hour(village: Village, clock: StoppedClock) -> None:
    unit = village.unit("preschool")
    await village.desk.work(TEST, open_next_week, unit.id)
    hours = [clock.now() + timedelta(hours=n) for n in range(24 * 7)]

    def opens(look: Look) -> bool:
        here = look.session.get_one(Unit, unit.id)
        rules = get_rules(look, here)
        return all(first_open_week(rules, here, now) <= monday_of(here.today(now)) + WEEK for now in hours)

    assert await village.desk.look(TEST, opens)
