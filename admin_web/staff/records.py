"""*The archive*, for administrators: how much waits for it and what left, and what goes there at all. It names no child."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked
from admin_web.staff.visiting import Visit
from hub.archive.exports import ArchiveExport, find_open, list_exports
from hub.archive.records import RecordKind, count_waiting
from hub.archive.rules import MAY_BE, Keep, Matter, rules_of, set_rules
from hub.desk import Look
from hub.people.places import Owner, list_units_of
from hub.safety.roles import get_administered

pages = Pages()
HERE = "/records"


class RulesWished(Asked):
    leave: Keep
    consents: Keep
    guardian_words: Keep
    staff_words: Keep
    notes: Keep
    bot_words: Keep

    def as_rules(self) -> dict[Matter, Keep]:
        return {matter: getattr(self, matter.value) for matter in Matter}


@dataclass(frozen=True, slots=True)
class Found:
    """`exports` are the last ones that are whole, the newest first, each beside its moment where the owner's units are."""

    owner: Owner
    waiting: Mapping[RecordKind, int]
    rules: Mapping[Matter, Keep]
    exports: list[ArchiveExport]
    is_open: bool


def gather_archive(look: Look) -> Found:
    """Raises: NotThereError for whoever does not administer the owner."""
    owner = get_administered(look)
    return Found(
        owner,
        count_waiting(look, owner.id),
        rules_of(look, owner.id),
        list_exports(look, owner.id),
        find_open(look, owner.id) is not None,
    )


@pages.get(HERE)
async def show_archive(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As it is."""
    found = await visit.look(gather_archive)
    units = await visit.look(list_units_of, found.owner.id)
    return visit.show(
        "staff/records.j2",
        here=HERE,
        owner=found.owner,
        waiting=[(kind, found.waiting[kind]) for kind in RecordKind if kind in found.waiting],
        n=sum(found.waiting.values()),
        is_open=found.is_open,
        exports=[(units[0].local(each.ended_at), each) for each in found.exports if units and each.ended_at],
        rules=[
            (
                matter,
                found.rules[matter],
                [(keep, visit.say("records_page.keep", keep=keep)) for keep in MAY_BE[matter]],
            )
            for matter in Matter
        ],
    )


@pages.post(f"{HERE}/rules", fresh=True)
async def keep_rules(visit: Visit, asked: RulesWished) -> web.StreamResponse:
    """From now on; what is kept already stays kept."""
    await visit.work(set_rules, asked.as_rules())
    return visit.go(HERE)
