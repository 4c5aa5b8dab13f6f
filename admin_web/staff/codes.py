"""*Codes*: the four letters of each child, to print for the families at the start, and another where one has gone astray."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.export_asking import PrintWay, ask_first, hold_print, open_print
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.child_codes import give_codes, renew_code
from hub.people.families import Child
from hub.people.places import Group, Unit
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_children, list_groups
from hub.safety.audit import note
from hub.safety.export_wishes import ExportKind, Wish
from hub.words import Words

pages = Pages()


class CodesAsked(Asked):
    unit_id: PublicId


class RenewAsked(CodesAsked):
    child_id: PublicId


@dataclass(frozen=True, slots=True)
class Codes:
    """The children of a unit whom the reader serves, by group. `may_give`: whoever leads it makes codes."""

    unit: Unit
    groups: list[tuple[Group, list[Child]]]
    may_give: bool

    @property
    def children(self) -> list[Child]:
        return [child for _, children in self.groups for child in children]

    @property
    def without(self) -> int:
        return sum(child.code is None for child in self.children)


def gather_codes(look: Look, unit_id: str) -> Codes:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    placed = list_children(look, reach, unit, unit.today(look.now))
    groups = [
        (group, [child for child, group_id in placed if group_id == group.id])
        for group in list_groups(look, reach, unit.id)
    ]
    return Codes(unit, [(group, children) for group, children in groups if children], unit.id in reach.leads)


def _get_led(look: Look, unit_id: str) -> tuple[Reach, Unit]:
    """Raises: NotThereError unless the asker leads the unit."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if unit.id not in reach.leads:
        raise NotThereError
    return reach, unit


def give_all(work: Work, unit_id: str) -> None:
    """Every child of the unit without a code has one. Audited. Raises: NotThereError."""
    reach, unit = _get_led(work, unit_id)
    given = give_codes(work, [child for child, _ in list_children(work, reach, unit, unit.today(work.now))])
    note(work, "child_code.give", [unit.id, *(child.id for child in given)])


def renew_one(work: Work, unit_id: str, child_id: str) -> None:
    """Audited. Raises: NotThereError."""
    reach, unit = _get_led(work, unit_id)
    children = {child.id: child for child, _ in list_children(work, reach, unit, unit.today(work.now))}
    if child_id not in children:
        raise NotThereError
    renew_code(work, children[child_id])
    note(work, "child_code.renew", [child_id])


@pages.get("/codes/{unit_id}")
async def show_codes(visit: Visit, asked: CodesAsked) -> web.StreamResponse:
    """Each child and its code, with what families need to know, to be printed and cut."""
    codes = await visit.look(gather_codes, asked.unit_id)
    return await _show(visit, codes, hold_print(_wish_of(codes), len(codes.children)))


@pages.get("/codes/{unit_id}/print", fresh=True)
async def print_codes(visit: Visit, asked: CodesAsked) -> web.StreamResponse:
    """The same for paper."""
    codes = await visit.look(gather_codes, asked.unit_id)
    wish, rows = _wish_of(codes), len(codes.children)
    if (asks := await ask_first(visit, wish, rows)) is not None:
        return asks
    return await _show(visit, codes, open_print(wish, rows))


def _wish_of(codes: Codes) -> Wish:
    return Wish(ExportKind.ON_PAPER_CODES, codes.unit.id)


async def _show(visit: Visit, codes: Codes, prints: PrintWay) -> web.Response:
    await visit.note_reading([codes.unit.id, *(child.id for child in codes.children)])
    return visit.show(
        "staff/codes.j2",
        codes=codes,
        prints=prints,
        here=f"/codes/{codes.unit.id}",
        said=_say_how(codes.unit.languages),
    )


def _say_how(languages: list[str]) -> list[tuple[str, str]]:
    """What families need to know, in each of the languages, each way of saying it once."""
    said: dict[str, str] = {}
    for language in languages:
        said.setdefault(Words(language).say("codes.how"), language)
    return [(language, how) for how, language in said.items()]


@pages.post("/codes/{unit_id}")
async def give(visit: Visit, asked: CodesAsked) -> web.StreamResponse:
    """Codes for those who have none."""
    await visit.work(give_all, asked.unit_id)
    return visit.go(f"/codes/{asked.unit_id}")


@pages.post("/codes/{unit_id}/children/{child_id}")
async def renew(visit: Visit, asked: RenewAsked) -> web.StreamResponse:
    """Another code for one child; the one before is nobody's."""
    await visit.work(renew_one, asked.unit_id, asked.child_id)
    return visit.go(f"/codes/{asked.unit_id}#c-{asked.child_id}")
