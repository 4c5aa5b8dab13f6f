"""*Cost reimbursement*: what a family day carer gets back for a month, line by line and day by day, for carer and leader, on
paper and as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.csv_cells import Table, send_csv
from admin_web.staff.export_asking import PrintWay, ask_first, hold_print, open_print
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.door.tag_terms import currency_of
from hub.people.places import Owner
from hub.safety.access import get_reach
from hub.safety.export_wishes import ExportKind, Wish
from hub.school.day_care_homes import CarerMonth, HomeMonth, get_home, list_homes, read_home_month
from hub.school.reimbursement import Line, ReckonedDay, total
from hub.school.reimbursement_rates import Part

pages = Pages()

ONE_DAY = timedelta(days=1)
LINES = (
    "home",
    "carer",
    "rates_from",
    "what",
    "meal",
    "from_years",
    "under_years",
    "count",
    "minutes",
    "rate",
    "amount",
)
DAYS = ("home", "carer", "child", "day", "minutes", "meals", "special_diets", "rates_from", "amount", "not_reckoned")


class MonthAsked(Asked):
    unit_id: PublicId
    day: Day | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A month in a home, and in all those that the reader may see."""

    home: HomeMonth
    all: Sequence[HomeMonth]
    currency: str

    @property
    def first(self) -> date:
        return self.home.first

    @property
    def before(self) -> date:
        return (self.home.first - ONE_DAY).replace(day=1)

    @property
    def after(self) -> date:
        return self.home.last + ONE_DAY

    @property
    def open_days(self) -> int:
        return sum(bool(day.gaps) for day in self.home.days)


def gather_month(look: Look, unit_id: str, day: date | None, *, of_all: bool = True) -> Found:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_home(look, reach, unit_id)
    asked = day or unit.today(look.now)
    home = read_home_month(look, reach, unit, asked)
    others = [one for one in list_homes(look, reach) if one.id != unit.id] if of_all else []
    every = [home, *(read_home_month(look, reach, one, asked) for one in others)]
    owner = look.session.get_one(Owner, unit.owner_id)
    return Found(home, sorted(every, key=lambda one: one.unit.name), currency_of(owner))


@pages.get("/home/{unit_id}/month")
async def show_month(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """One month of a home."""
    found = await visit.look(gather_month, asked.unit_id, asked.day)
    wish = _wish_of(found, ExportKind.ON_PAPER_HOME)
    return await _show(visit, found, hold_print(wish, _count_rows(found)))


@pages.get("/home/{unit_id}/month/print", fresh=True)
async def print_month(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """The same for paper."""
    found = await visit.look(gather_month, asked.unit_id, asked.day)
    wish, rows = _wish_of(found, ExportKind.ON_PAPER_HOME), _count_rows(found)
    if (asks := await ask_first(visit, wish, rows)) is not None:
        return asks
    return await _show(visit, found, open_print(wish, rows))


async def _show(visit: Visit, found: Found, prints: PrintWay) -> web.Response:
    await visit.note_reading(_ids_of(found.all))
    return visit.show("staff/home_month.j2", prints=prints, **_facts(visit, found))


def _count_rows(found: Found) -> int:
    """Lines, days and homes, as they stand on the page."""
    lines = sum(len(one.lines) + len(one.days) for one in found.home.carers)
    return lines + (len(found.all) if len(found.all) > 1 else 0)


def _wish_of(found: Found, kind: ExportKind) -> Wish:
    """All homes are the same list, from whichever of them it is asked for."""
    homes = tuple(sorted(home.unit.id for home in found.all)) if kind is ExportKind.HOMES else ()
    unit_id = homes[0] if homes else found.home.unit.id
    return Wish(kind, unit_id, found.first, found.home.last, homes)


@pages.get("/home/{unit_id}/month/lines.csv", fresh=True)
async def download_lines(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """The lines of a month as a file."""
    found = await visit.look(gather_month, asked.unit_id, asked.day, of_all=False)
    return await _send(visit, found, ExportKind.HOME_LINES, [found.home], "reimbursement")


@pages.get("/home/{unit_id}/month/homes.csv", fresh=True)
async def download_homes(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """The lines of all the homes that the reader may see."""
    found = await visit.look(gather_month, asked.unit_id, asked.day)
    return await _send(visit, found, ExportKind.HOMES, found.all, "reimbursement-homes")


@pages.get("/home/{unit_id}/month/days.csv", fresh=True)
async def download_days(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """What the lines are made of: each child's days."""
    found = await visit.look(gather_month, asked.unit_id, asked.day, of_all=False)
    return await _send(visit, found, ExportKind.HOME_DAYS, [found.home], "reimbursement-days")


async def _send(
    visit: Visit, found: Found, kind: ExportKind, homes: Sequence[HomeMonth], name: str
) -> web.StreamResponse:
    table = (
        Table(DAYS, list(_list_days(found.home)))
        if kind is ExportKind.HOME_DAYS
        else Table(LINES, list(_list_lines(homes)))
    )
    return await send_csv(visit, _wish_of(found, kind), table, _ids_of(homes), f"{name}-{found.first:%Y-%m}")


def _ids_of(homes: Iterable[HomeMonth]) -> list[str]:
    return [id_ for home in homes for id_ in (home.unit.id, *home.children)]


def _facts(visit: Visit, found: Found) -> dict[str, Any]:
    home = found.home
    path = f"/home/{home.unit.id}"
    amount = total([line for one in home.carers for line in one.lines])
    names = {child.id: f"{child.called} {child.last_name}" for child in home.children.values()}
    return {
        "found": found,
        "path": path,
        "here": f"{path}/month?day={found.first}",
        "answer": visit.say("home.month_answer", first=found.first, amount=amount, currency=found.currency),
        "lead": visit.say("home.month_lead", unit=home.unit.name, carers=_carers(home.carers)),
        "name_of": lambda day: names[day.care.child_id],
        "names_of": lambda one: [staff.name for staff in one.carers],
        "line_said": lambda line: _line(visit, line),
        "money": lambda amount: visit.say("home.amount", amount=amount, currency=found.currency),
        "hows": [(dated.from_day, _how(visit, dated.rates)) for dated in _used(home)],
        "sum_of": lambda one: total([line for carer in one.carers for line in carer.lines]),
        "carers_of": lambda one: _carers(one.carers),
        "rows": _rows,
    }


def _carers(months: Iterable[CarerMonth]) -> list[str]:
    return list(dict.fromkeys(staff.name for one in months for staff in one.carers))


def _line(visit: Visit, line: Line) -> str:
    return visit.say("home.line", what=line.what, kind=line.kind or "", ages=line.ages, minutes=line.minutes)


def _how(visit: Visit, rates: Any) -> str:
    return visit.say(
        "home.how",
        minutes=rates.whole_minutes,
        by_time=rates.part is Part.BY_TIME,
        percent=rates.part_percent,
        diet=rates.diet_percent,
    )


def _used(home: HomeMonth) -> list[Any]:
    """The rates of the month, the oldest first."""
    used = {day.dated.from_day: day.dated for day in home.days if day.dated is not None}
    return [used[from_day] for from_day in sorted(used)]


def _rows(one: CarerMonth) -> list[tuple[date, list[Line]]]:
    """The lines under the rates that they are reckoned by."""
    found: dict[date, list[Line]] = {}
    for line in one.lines:
        found.setdefault(line.from_day, []).append(line)
    return list(found.items())


def _list_lines(homes: Iterable[HomeMonth]) -> Iterator[list[str]]:
    """One row for each line. Amounts have a point and two places, whatever the language."""
    for home in homes:
        for one in home.carers:
            for line in one.lines:
                start, end = line.ages or ("", "")
                yield [
                    home.unit.name,
                    ", ".join(staff.name for staff in one.carers),
                    line.from_day.isoformat(),
                    line.what,
                    line.kind or "",
                    str(start),
                    "" if end is None else str(end),
                    str(line.count),
                    str(line.minutes) if line.minutes else "",
                    str(line.rate),
                    str(line.amount),
                ]


def _list_days(home: HomeMonth) -> Iterator[list[str]]:
    for one in home.carers:
        for day in one.days:
            child = home.children[day.care.child_id]
            yield [
                home.unit.name,
                ", ".join(staff.name for staff in one.carers),
                f"{child.called} {child.last_name}",
                day.care.day.isoformat(),
                "" if day.care.minutes is None else str(day.care.minutes),
                " ".join(eaten.kind for eaten in day.care.eaten),
                " ".join(eaten.kind for eaten in day.care.eaten if eaten.is_special),
                "" if day.dated is None else day.dated.from_day.isoformat(),
                str(day.amount),
                _gaps(day),
            ]


def _gaps(day: ReckonedDay) -> str:
    return " ".join(day.gaps)
