"""The consents of one child: what holds, who said what and when, what is missing, and where staff keep what they are told."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from admin_web.consent_pills import PILL, word_of
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.child_book import concerns_child
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.school.consent_board import ChildConsents, read_child
from hub.school.consent_kinds import Kind
from hub.school.consent_record import TRUST, record, unrecord
from hub.school.consent_standing import Position, Says, Standing, Verdict
from hub.school.consents import How

pages = Pages()


class ChildAsked(Asked):
    child_id: PublicId
    kept: PublicId | None = None


class WordAsked(Asked):
    child_id: PublicId
    guardian: PublicId
    consent: PublicId
    answer: str = ""
    how: How = How.PAPER


class UndoAsked(Asked):
    child_id: PublicId
    consent_id: PublicId


@dataclass(frozen=True, slots=True)
class Line:
    """One kind on the page: what holds, each guardian's word as a sentence, and the condition that is missing."""

    kind: Kind
    standing: Standing
    pill: str
    word: str
    said: list[str]
    missing: str
    missing_at: str


@pages.get("/children/{child_id}/consents")
async def show_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """All kinds for one child."""
    found = await visit.look(read_child, asked.child_id)
    return await _show(visit, found, kept=asked.kept)


@pages.post("/children/{child_id}/consents")
async def keep_word(visit: Visit, asked: WordAsked) -> web.StreamResponse:
    """Keep what a guardian told on paper or in person."""
    row = await visit.try_work(record, asked.child_id, asked.guardian, asked.consent, asked.answer == "yes", asked.how)
    if isinstance(row, Refusal):
        found = await visit.look(read_child, asked.child_id)
        return await _show(visit, found, typed=asked, refusal=row)
    return visit.go(f"/children/{asked.child_id}/consents?kept={row.id}")


@pages.post("/children/{child_id}/consents/{consent_id}/undo")
async def undo_word(visit: Visit, asked: UndoAsked) -> web.StreamResponse:
    """It was a slip of the pen."""
    await visit.work(unrecord, asked.child_id, asked.consent_id)
    return visit.go(f"/children/{asked.child_id}/consents")


@pages.live("/children/{child_id}/consents/live")
async def follow(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """Tells an open page that something about the child has changed."""
    return await visit.live(partial(concerns_child, child_id=asked.child_id))


async def _show(
    visit: Visit,
    found: ChildConsents,
    *,
    kept: str | None = None,
    typed: WordAsked | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    await visit.note_reading([found.child.id])
    path = f"/children/{found.child.id}/consents"
    lines = [_line(visit, found, kind) for kind in found.standings.kinds]
    counts = [sum(line.standing.verdict is verdict for line in lines) for verdict in Verdict]
    is_kept = any(row.id == kept and row.how in set(TRUST) and row.undoes is None for row, _ in found.history)
    toast = {"text": visit.say("consents.kept"), "undo": f"{path}/{kept}/undo", "seconds": 60}
    return visit.show(
        "staff/consents_child.j2",
        status=422 if refusal is not None else 200,
        here=path,
        path=path,
        live=f"{path}/live",
        child=found.child,
        place=visit.say("child.place", group=found.group.name, unit=found.unit.name),
        head=visit.say("consents.child_head", name=found.child.called, given=counts[0], no=counts[1], open=counts[2]),
        lines=lines,
        guardians=[(id_, found.names[id_]) for id_ in found.deciders],
        kinds=[(line.kind.id, line.kind.name(visit.language)) for line in lines],
        name=lambda kind: kind.name(visit.language),
        history=_history(visit, found),
        typed=typed,
        wrong=visit.explain(refusal) if refusal is not None else "",
        toasts=[toast] if is_kept else [],
    )


def _line(visit: Visit, found: ChildConsents, kind: Kind) -> Line:
    standing = found.standings.of(found.child.id, kind)
    positions = found.standings.positions(found.child.id, kind)
    missing, at = _missing(visit, found, kind, standing)
    return Line(
        kind=kind,
        standing=standing,
        pill="missing" if standing.is_conflict else PILL[standing.verdict],
        word=word_of(visit, standing),
        said=[_said(visit, found, position) for position in positions],
        missing=missing,
        missing_at=at,
    )


def _said(visit: Visit, found: ChildConsents, position: Position) -> str:
    word = position.word
    return visit.say(
        f"consents.says_{position.says}",
        name=found.names[position.guardian_id],
        at=found.unit.local(word.at) if word is not None else None,
        today=found.today,
        how=word.how if word is not None else "",
        ends=position.ends,
    )


def _missing(visit: Visit, found: ChildConsents, kind: Kind, standing: Standing) -> tuple[str, str]:
    """Which condition is missing, as a sentence, and the kind on this page that it leads to; both "" where none is."""
    parent = next((each for each in found.standings.kinds if each.id == standing.follows), None)
    if parent is not None:
        return visit.say("consents.needs_parent", parent=parent.name(visit.language)), parent.id
    general = next((each for each in found.standings.kinds if each.is_general), None)
    waiting = [
        found.names[p.guardian_id] for p in found.standings.positions(found.child.id, kind) if p.says is Says.WAITING
    ]
    if waiting and general is not None:
        return visit.say("consents.needs_general", names=waiting, general=general.name(visit.language)), general.id
    without = [found.names[who] for who in found.deciders if not found.standings.has_general(found.child.id, who)]
    if standing.verdict is Verdict.OPEN and without and general is not None and not kind.is_general:
        return visit.say("consents.needs_general", names=without, general=general.name(visit.language)), general.id
    if not found.deciders:
        return visit.say("consents.nobody_decides"), ""
    silent = [p for p in found.standings.positions(found.child.id, kind) if p.says is not Says.YES]
    if standing.verdict is Verdict.OPEN and kind.rules.both_needed and silent:
        return visit.say("consents.needs_all", names=[found.names[p.guardian_id] for p in silent]), ""
    return "", ""


def _history(visit: Visit, found: ChildConsents) -> list[dict[str, Any]]:
    """Every row of the ledger as a sentence, the newest first."""
    kinds = {kind.id: kind.name(visit.language) for kind in found.standings.kinds}
    undone = {row.undoes for row, _ in found.history}
    return [
        {
            "at": visit.say("consents.when", at=found.unit.local(row.at), today=found.today),
            "text": visit.say(
                "consents.row",
                name=found.names.get(row.guardian_id, ""),
                kind=kinds.get(row.kind_id) or text.names.get(visit.language) or next(iter(text.names.values())),
                granted=row.granted,
                undoes=row.undoes is not None,
                undone=row.id in undone,
                how=row.how,
                number=text.number,
            ),
        }
        for row, text in found.history
    ]
