"""Touches at a preschool's door, and what its staff say of them: for tests."""

from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.door.confirming import (
    SaidOf,
    confirm_tap,
    say_of_children,
)
from hub.door.marks import Clash, DoorMark, Way, keep_mark
from hub.door.tags import TagKind
from hub.door.taps import keep_tap
from hub.door.who_fetches import (
    SaidFetcher,
)
from hub.safety.access import get_reach
from hub.school.attendance import Attendance
from hub.school.day_board import Presence, list_board
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

HEAD, TEACHER = "Astrid Vik", "Mette Strand"
NOAH, ODIN, TUVA = "Noah Bakken", "Odin Fjeld", "Tuva Fjeld"


async def tap_of(village: Village, *names: str, minutes_ago: int = 2, kind: TagKind = TagKind.STATIC) -> str:
    """The id of a touch at the gate, of a tag that stands for these children."""

    def tap(work: Work) -> str:
        tag = hang_tag(work, village, *names, kind=kind)
        ago = timedelta(minutes=minutes_ago)
        return keep_tap(work, pair_gate(work, village), touch(1, work.now, serial=tag.serial, ago=ago)).id

    return await village.desk.work(TEST, tap)


async def confirm(village: Village, tap_id: str, said: SaidOf, who: str = TEACHER) -> list[DoorMark]:
    def act(work: Work) -> list[DoorMark]:
        return confirm_tap(work, get_reach(work), village.unit("preschool"), tap_id, said)

    return await village.desk.work(as_staff(village.staff(who)), act)


async def say(village: Village, said: SaidOf, who: str = TEACHER) -> list[DoorMark]:
    def act(work: Work) -> list[DoorMark]:
        return say_of_children(work, get_reach(work), village.unit("preschool"), said)

    return await village.desk.work(as_staff(village.staff(who)), act)


def keep_clash(work: Work, village: Village, name: str, way: Way, clash: Clash) -> None:
    """A phone said so of the child, and a person must look."""
    unit = village.unit("preschool")
    mark = DoorMark(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        child_id=village.child(name).id,
        day=unit.today(work.now),
        way=way,
        at=work.now,
        said_at=work.now,
        said_by=village.staff(TEACHER).id,
        clash=clash,
    )
    keep_mark(work, mark)


async def presence(village: Village, name: str) -> Presence:
    def read(look: Look) -> Presence:
        unit = village.unit("preschool")
        board = list_board(look, get_reach(look), unit, unit.today(look.now))
        return next(on.presence for on in board if on.child.id == village.child(name).id)

    return await village.desk.look(as_staff(village.staff(HEAD)), read)


async def rows_of(village: Village, name: str) -> list[Attendance]:
    def read(look: Look) -> list[Attendance]:
        of_child = sa.select(Attendance).where(Attendance.child_id == village.child(name).id).order_by(Attendance.id)
        return list(look.session.scalars(of_child))

    return await village.desk.look(TEST, read)


def coming(village: Village, *names: str) -> SaidOf:
    return SaidOf(Way.COMING, [village.child(name).id for name in names])


def leaving(
    village: Village, who: str, *names: str, name: str = "", is_checked: bool = False, is_led: bool = False
) -> SaidOf:
    ids = [village.child(name).id for name in names]
    return SaidOf(Way.LEAVING, ids, fetcher=SaidFetcher(who, name, is_checked, is_led))
