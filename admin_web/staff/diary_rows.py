"""A child's row on *Diary*: all that it shows, in words, and how rows are drawn."""

from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from admin_web.staff.diary_board import Diary, DiaryGroup, Line
from admin_web.staff.morning_rows import PILL
from admin_web.staff.morning_rows import Standing as Stands
from admin_web.staff.morning_words import care_word, doubt_said, home_said, pill_word
from admin_web.staff.visiting import Visit
from admin_web.staff.week_words import hours_said
from hub.school.care_plans import Plan, Standing
from hub.spoken import say_clock


class RowSaid(NamedTuple):
    """Everything that goes into a row beside what its group shares; "" where there is nothing. A tuple, since hundreds are made
    for a page and each is looked up. `act` is what one tap does: left, undo or here;
    `shown` is how the child stands, where that is what would be undone."""

    child_id: str
    name: str
    care: str
    is_grave: bool
    pill: str
    state: str
    trip: str
    booked: str
    times: str
    home: str
    rings: bool
    act: str
    shown: str


def draw_rows(visit: Visit, diary: Diary, group: DiaryGroup, trip_of: dict[str, str]) -> Markup:
    """A group's rows, each that has not changed lately as it was drawn before."""
    said = Said(visit, diary, trip_of)
    drawn = visit.house.drawing.draw_rows(
        "staff/diary_row.j2",
        visit.house.rows,
        [said.read(line) for line in group.lines],
        visit.words,
        visit.form_token,
        path=f"/diary/{diary.unit.id}",
        group_id=group.on_board.id,
        chosen=diary.chosen,
    )
    return visit.inlay.put(drawn)


class Said:
    """Puts rows in words; what many of them share is said once."""

    def __init__(self, visit: Visit, diary: Diary, trip_of: dict[str, str]) -> None:
        self._visit, self._board, self._trip_of = visit, diary.board, trip_of
        self._clock = lru_cache(maxsize=None)(lambda at: say_clock(at, visit.language))
        self._state = lru_cache(maxsize=None)(lambda pill, time: visit.say(f"pages.state_{pill}", time=time))
        self._was_here = lru_cache(maxsize=None)(
            lambda came, left, who: visit.say("diary.was_here", came=came, left=left, who=who)
        )
        self._hours = lru_cache(maxsize=None)(lambda hours: hours_said(visit.language, hours))

    def read(self, line: Line) -> RowSaid:
        row, care, act = line.row, line.row.care, _act_of(line)
        return RowSaid(
            row.child_id,
            row.name,
            care_word(self._visit, row),
            care is not None and care.is_serious,
            PILL[row.standing],
            self._say_state(line),
            self._trip_of.get(row.child_id) or doubt_said(self._visit, row),
            "" if line.plan is None else self._say_booked(line.plan),
            self._say_times(line),
            "" if row.home is None else " · ".join(home_said(self._visit, row.home)),
            row.rings,
            act,
            row.on.presence if act == "undo" else "",
        )

    def _say_state(self, line: Line) -> str:
        """The pill's own word, or the usual one of its state with the time that goes with it."""
        row = line.row
        if word := pill_word(self._visit, self._board, row):
            return word
        pill = PILL[row.standing]
        if pill not in ("here", "late"):
            return self._visit.say(f"pages.state_{pill}")
        at = row.left_at or (row.came_at if row.is_marked else row.comes_at)
        return self._state(pill, "" if at is None else self._clock(at))

    def _say_booked(self, plan: Plan) -> str:
        if plan.standing in (Standing.BOOKED, Standing.CLASH):
            return self._hours(plan.hours)
        return self._visit.say(f"week.standing_{plan.standing}")

    def _say_times(self, line: Line) -> str:
        """ "08.02-15.30", and with whom it left, where the door knows."""
        row = line.row
        if row.came_at is None:
            return ""
        left = "" if row.left_at is None else self._clock(row.left_at)
        return self._was_here(self._clock(row.came_at), left, row.on.left_with or "")


def _act_of(line: Line) -> str:
    if line.may_leave:
        return "left"
    if line.row.standing is Stands.LEFT:
        return "undo"
    return "here" if line.row.may_be_marked else ""
