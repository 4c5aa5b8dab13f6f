"""*Letters to print*, for the office and the leaders of a unit: letters on paper, fetched for a printer and posted, and whom
digital post does not reach."""

from datetime import date
from functools import partial
from typing import Any

from aiohttp import web

from admin_web.files import WHOLE
from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.mailroom.not_digital import NotDigital
from hub.mailroom.print_batches import MADE_AT, PrintBatch, make_batches
from hub.mailroom.printing import check_batch, get_batch, list_prints, order_batch, post_batch, take_back
from hub.people.places import Unit

pages = Pages()
PATH = "/prints"
PILLS = {"made": "waiting", "printed": "late", "posted": "here", "empty": "away"}


class UnitAsked(Asked):
    unit_id: PublicId


class BatchAsked(Asked):
    batch_id: PublicId


class LetterAsked(BatchAsked):
    sending_id: PublicId


@pages.get(PATH)
async def show_prints(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """What waits, and the batches there are, the newest first."""
    found = await visit.look(list_prints)
    await visit.note_reading([one.guardian.id for one in found.not_digital])
    units = {unit.id: unit for unit in found.units}
    rows = [
        _row(visit, batch, units[batch.unit_id], found.left.get(batch.id, 0), found.names) for batch in found.batches
    ]
    return visit.show(
        "staff/prints.j2",
        here=PATH,
        count=found.to_print,
        at=MADE_AT,
        waiting=[(unit.id, unit.name, found.waiting[unit.id]) for unit in found.units if found.waiting.get(unit.id)],
        rows=rows,
        has_several=len(units) > 1,
        not_digital=[_say_not_digital(visit, one) for one in found.not_digital],
    )


@pages.post("/prints/units/{unit_id}")
async def gather(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """What waits goes into a batch at once."""
    await make_batches(visit.house.parts.desk, visit.asker, partial(order_batch, unit_id=asked.unit_id))
    return visit.go(PATH)


@pages.get("/prints/{batch_id}")
async def show_batch(visit: Visit, asked: BatchAsked) -> web.StreamResponse:
    """One batch, with whom its letters are for."""
    return await _show(visit, asked.batch_id)


@pages.get("/prints/{batch_id}/pdf")
async def fetch(visit: Visit, asked: BatchAsked) -> web.StreamResponse:
    """The way to the PDF, which is bound as it is saved, and counts as fetched only then; where nothing is left, the page."""
    if not await visit.work(check_batch, asked.batch_id):
        return await _show(visit, asked.batch_id, visit.say("prints.none_left"))
    return web.Response(status=303, headers={"Location": visit.files.link(visit.signed_in.id, asked.batch_id, WHOLE)})


@pages.post("/prints/{batch_id}/posted")
async def say_posted(visit: Visit, asked: BatchAsked) -> web.StreamResponse:
    """All of it is posted; where something may not go any more, the page says which first."""
    done = await visit.try_work(post_batch, asked.batch_id)
    if isinstance(done, Refusal):
        return await _show(visit, asked.batch_id, visit.explain(done))
    return visit.go(f"{PATH}/{asked.batch_id}")


@pages.post("/prints/{batch_id}/letters/{sending_id}/back")
async def take_out(visit: Visit, asked: LetterAsked) -> web.StreamResponse:
    """The address is wrong: a person gives it, or it is printed anew where another is known by now."""
    await visit.work(take_back, asked.batch_id, asked.sending_id)
    return visit.go(f"{PATH}/{asked.batch_id}")


async def _show(visit: Visit, batch_id: str, wrong: str = "") -> web.Response:
    found = await visit.look(get_batch, batch_id)
    await visit.note_reading([batch_id, *(guardian.id for _, guardian in found.letters)])
    path = f"{PATH}/{batch_id}"
    return visit.show(
        "staff/prints_one.j2",
        status=422 if wrong else 200,
        here=path,
        path=path,
        row=_row(visit, found.batch, found.unit, len(found.letters), found.names),
        letters=[
            (
                sending.batch_number,
                guardian.name,
                visit.say("letter_status.why", why=sending.why or ""),
                f"{path}/letters/{sending.id}/back",
                sending.id in found.moved,
            )
            for sending, guardian in found.letters
        ],
        moved=[
            f"{found.batch.number}-{sending.batch_number}" for sending, _ in found.letters if sending.id in found.moved
        ],
        missing=[f"{found.batch.number}-{number}" for number in found.missing],
        wrong=wrong,
    )


def _say_not_digital(visit: Visit, one: NotDigital) -> tuple[str, str, str]:
    """Who, at which unit and as asked when, and why."""
    today = one.unit.today(visit.house.parts.clock.now())
    asked = visit.say("letter_status.step", code="asked", day=one.unit.today(one.at), today=today, detail="")
    return one.guardian.name, f"{one.unit.name} · {asked}", visit.say("letter_status.why", why=one.why)


def _row(visit: Visit, batch: PrintBatch, unit: Unit, left: int, names: dict[str, str]) -> dict[str, Any]:
    """A batch as both pages show it."""
    today = unit.today(visit.house.parts.clock.now())
    state = _state(batch, left)
    return {
        "id": batch.id,
        "href": f"{PATH}/{batch.id}",
        "number": batch.number,
        "unit": unit.name,
        "left": left,
        "state": state,
        "pill": PILLS[state],
        "was_printed": batch.was_printed,
        "told": _tell(visit, batch, unit, today, names),
    }


def _state(batch: PrintBatch, left: int) -> str:
    if batch.posted_at is not None:
        return "posted"
    if not left:
        return "empty"
    return "printed" if batch.was_printed else "made"


def _tell(visit: Visit, batch: PrintBatch, unit: Unit, today: date, names: dict[str, str]) -> list[str]:
    """Who did what with it, and when."""
    steps = [
        ("made_by" if batch.made_by else "made", batch.made_at, batch.made_by),
        ("printed", batch.printed_at, batch.printed_by),
        ("posted", batch.posted_at, batch.posted_by),
    ]
    told = []
    for code, at, by in steps:
        if at is not None:
            named = {"by": names.get(by, "")} if by is not None else {}
            told.append(visit.say(f"prints.{code}", at=unit.local(at), today=today, **named))
    return told
