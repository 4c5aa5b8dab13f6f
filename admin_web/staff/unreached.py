"""*Ring these*: whom no message reached, the most urgent first, each with why and whom to ring, or the letter to post; a tap
says what came of it."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked, PublicId
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.reading import Reader, get_reader
from hub.post.unreached import Called, ToCall, get_to_call, list_phones_of, list_to_call, list_told_of, tell_called
from hub.school.call_list import may_call
from hub.words import Words

pages = Pages()


class LetterAsked(Asked):
    unreached_id: PublicId


class CalledAsked(LetterAsked):
    how: Called


@dataclass(frozen=True, slots=True)
class Line:
    """One to ring. `phones` are E.164, and empty for whoever does not call families."""

    one: ToCall
    children: tuple[Child, ...]
    phones: tuple[str, ...]


def gather_lines(look: Look) -> tuple[Reader, list[Line]]:
    """Raises: NotThereError."""
    reader = get_reader(look)
    lines = []
    for one in list_to_call(look, reader):
        rings = may_call(look, reader.reach, one.unit)
        phones = list_phones_of(look, one.guardian.id, one.message.id) if rings else []
        lines.append(Line(one, tuple(list_told_of(look, one.message.id)), tuple(phones)))
    return reader, lines


def write_called(work: Work, id_: str, how: Called) -> None:
    """Raises: NotThereError."""
    tell_called(work, id_, how)


@pages.get("/unreached")
async def show_unreached(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """The list."""
    reader, lines = await visit.look(gather_lines)
    await visit.note_reading([part for line in lines for part in (line.one.row.id, line.one.guardian.id)])
    return visit.show("staff/unreached.j2", here="/unreached", lines=[_lay_out(visit, reader, line) for line in lines])


@pages.post("/unreached/{unreached_id}")
async def post_called(visit: Visit, asked: CalledAsked) -> web.StreamResponse:
    """What came of a call."""
    await visit.work(write_called, asked.unreached_id, asked.how)
    return visit.go("/unreached")


@pages.get("/unreached/{unreached_id}/letter")
async def show_letter(visit: Visit, asked: LetterAsked) -> web.StreamResponse:
    """The message as a letter, to print and post."""
    line = await visit.look(get_to_call, asked.unreached_id)
    await visit.note_reading([line.row.id, line.guardian.id])
    written = line.unit.local(line.message.at).date()
    return visit.show("staff/unreached_letter.j2", here="/unreached", line=line, written=written)


def _lay_out(visit: Visit, reader: Reader, line: Line) -> dict[str, object]:
    row, unit = line.one.row, line.one.unit
    today = reader.days[unit.id]
    tried = row.called_at
    return {
        "id": row.id,
        "name": line.one.guardian.name,
        "child": line.children[0] if line.children else None,
        "children": [child.called for child in line.children],
        "topic": visit.say("reach_page.topic", topic=row.topic),
        "why": say_why(visit.words, row.why),
        "since": visit.say("morning.when", at=unit.local(row.since), today=today),
        "tried": "" if tried is None else visit.say("unreached_page.tried", at=unit.local(tried), today=today),
        "story": f"/threads/{line.one.message.thread_id}",
        "by_post": row.by_post,
        "phones": [(phone, shown_phone(phone)) for phone in line.phones],
    }


def say_why(words: Words, code: str) -> str:
    """Why nobody was reached, in plain words where there are any."""
    known = f"unreached_page.because_{code}"
    if words.has(known):
        return words.say(known)
    known = f"numbers.because_{code}"
    return words.say(known) if words.has(known) else words.say("unreached_page.because_other")
