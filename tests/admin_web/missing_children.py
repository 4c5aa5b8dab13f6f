"""Children at the school who have not arrived, on a school day that the staff's site shows."""

from datetime import time

from bots.whereabouts import WhereaboutsBot
from hub.desk import Work
from hub.people.places import Unit
from hub.school.attendance import mark_here
from hub.school.day_board import list_whole_board
from hub.school.ladders import LadderTimes, set_times
from tests.admin_web.school_day import SchoolDay
from tests.hub.sign_in.school import TEST


async def look_for(day: SchoolDay, *missing: str) -> None:
    """Everybody but these has come; at nine and at half past the ladder is climbed, and nobody answers."""
    day.move_to(8, 0)

    def begin(work: Work) -> None:
        unit = work.session.get_one(Unit, day.village.unit("school").id)
        set_times(work, unit, LadderTimes(is_on=True, asks_at=time(9, 0)), "test")
        board = {on.child.id: on.child for on in list_whole_board(work, unit, unit.today(work.now))}
        mark_here(work, unit, [child for child in board.values() if child.name not in missing], "test")

    await day.site.desk.work(TEST, begin)
    bot = WhereaboutsBot()
    for hour, minute in ((9, 0), (9, 15), (9, 30)):
        day.move_to(hour, minute)
        await wake(day, bot)


async def wake(day: SchoolDay, bot: WhereaboutsBot | None = None) -> None:
    bot = bot or WhereaboutsBot()
    due = await day.site.desk.look(TEST, bot.list_due)
    if due:
        await day.site.desk.work(TEST, bot.prompt_due, due)
