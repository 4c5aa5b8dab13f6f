"""A day under way at the door of the village's preschool, to look at: tags are out, a child waits, some are here."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path

from hub.desk import Work
from hub.door.taps import keep_tap
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.adult_plans import plan_adults, read_adults
from hub.school.attendance import mark_here
from hub.school.care_hours import read_hours
from hub.school.care_patterns import set_week
from nfc_gateway.lamp import Sign
from tests.hub.door.devices import pair_gate, touch
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub
from tests.rehearsal.door import Door
from tests.rehearsal.door_form import LAMP, DoorForm
from tests.rehearsal.wall_gate import WallGate

HEAD, WAITS = "Astrid Vik", "Noah Bakken"
WEEKS = {
    "Mathias Berg": "7.30-15.30",
    "Noah Bakken": "8-16",
    "Otso Lindqvist": "7-15",
    "Sol Engebretsen": "8.30-14",
    "Sander Ness": "7.45-16",
    "Filip Nowak": "7-16.30",
    "Odin Fjeld": "8-15",
    "Tuva Fjeld": "8-15",
}
CAME: Mapping[str, time] = {
    "Otso Lindqvist": time(7, 2),
    "Filip Nowak": time(7, 10),
    "Mathias Berg": time(7, 31),
    "Sander Ness": time(7, 58),
}
ADULTS = {"Blåbær": "7-16.45: 2", "Tyttebær": "7-16.45: 1"}


async def open_door(living: LivingHub, folder: Path) -> str:
    """Play it, also on the page of phones; the id of the touch that waits."""
    door = Door(living.hub.desk, living.hub.settings, living.village, WallGate(folder / "gate", 0))
    await door.prepare()
    page = living.provider.page
    page.door = DoorForm(door, living.provider.network.bulletin, lambda: living.provider.count, lambda number: None)
    page.door.gate = LAMP[Sign.READY]
    head = as_staff(living.village.staff(HEAD))
    await living.hub.desk.work(head, _come, living)
    serial = next(chip.serial for chip in door.chips.values() if living.village.child(WAITS).id in chip.child_ids)
    return await living.hub.desk.work(OPERATOR, _touch, living, serial)


def _come(work: Work, living: LivingHub) -> None:
    unit = work.session.get_one(Unit, living.village.unit("preschool").id)
    today = unit.today(work.now)
    for name, hours in WEEKS.items():
        child = work.session.get_one(Child, living.village.child(name).id)
        set_week(work, unit, child, [read_hours(hours)] * 5, from_day=today, by=work.asker.id)
    for group in living.village.groups.values():
        if group.name in ADULTS:
            plan_adults(work, unit, group, today, read_adults(ADULTS[group.name]), work.asker.id, is_weekly=False)
    for name, at in CAME.items():
        child = work.session.get_one(Child, living.village.child(name).id)
        mark_here(work, unit, [child], work.asker.id, came_at=unit.moment(today, at))


def _touch(work: Work, living: LivingHub, serial: str) -> str:
    gate = pair_gate(work, living.village)
    return keep_tap(work, gate, touch(1, work.now, serial=serial)).id
