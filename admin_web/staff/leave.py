"""*Leave*: who waits for days off, what each application needs to be decided, and what was decided.

Contact teachers see their own groups, leaders their units; what a family wrote stands here and nowhere else.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from yarl import URL

from admin_web.files import WHOLE, get_staff_letter
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.leave_board import Listed, Shown, gather_leave, gather_one
from admin_web.staff.leave_words import pill_of, say_answer, say_fate
from admin_web.staff.letters_by_hand import say_steps
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal
from hub.mailroom.sendings import SendingState
from hub.mailroom.status import list_steps
from hub.safety.access import get_reach, list_units, visible_children
from hub.school.leave_decisions import Outcome
from hub.school.leave_queue import LeaveRow, decide_one, withdraw_one
from hub.school.leave_verdicts import LONGEST_REASON, Verdict
from hub.school.leave_voices import LeaveVoice

pages = Pages()


class LeaveAsked(Asked):
    only: Shown = Shown.WAITING
    unit: PublicId | None = None


class OneAsked(Asked):
    application_id: PublicId


class LetterAsked(Asked):
    letter_id: PublicId


class Decided(OneAsked):
    outcome: Outcome
    days: tuple[date, ...] = ()
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


@pages.get("/leave")
async def show_leave(visit: Visit, asked: LeaveAsked) -> web.StreamResponse:
    """The applications of my groups, or of the units I lead."""
    listed = await visit.look(gather_leave, asked.only, asked.unit)
    await visit.note_reading([row.application.id for row in listed.rows])
    return visit.show("staff/leave.j2", live="/leave/live", **_list_facts(visit, listed, asked.only))


@pages.get("/leave/rows")
async def show_rows(visit: Visit, asked: LeaveAsked) -> web.StreamResponse:
    """The rows alone, for a page that is open."""
    if not visit.is_partial:
        return visit.go("/leave")
    listed = await visit.look(gather_leave, asked.only, asked.unit)
    await visit.note_reading([row.application.id for row in listed.rows])
    return visit.show("staff/leave_rows.j2", **_list_facts(visit, listed, asked.only))


@pages.live("/leave/live")
async def follow(visit: Visit) -> web.StreamResponse:
    """Tells an open page that something about a child of mine has changed."""
    return await visit.live(concerns_leave)


def concerns_leave(look: Look, ids: frozenset[str]) -> bool:
    """Whether any of these ids is a child or a unit of the viewer's. Raises: NotThereError."""
    reach = get_reach(look)
    units = list_units(look, reach)
    return any(
        unit.id in ids or (ids and visible_children(look, reach, ids, unit.id, unit.today(look.now))) for unit in units
    )


@pages.get("/leave/{application_id}")
async def show_one(visit: Visit, asked: OneAsked) -> web.StreamResponse:
    """One application, and what it takes to decide it."""
    return await _show_one(visit, asked.application_id)


@pages.get("/leave/letters/{letter_id}")
async def fetch_letter(visit: Visit, asked: LetterAsked) -> web.StreamResponse:
    """The way to a letter as a PDF."""
    await visit.look(get_staff_letter, asked.letter_id)
    return web.Response(status=303, headers={"Location": visit.files.link(visit.signed_in.id, asked.letter_id, WHOLE)})


@pages.post("/leave/{application_id}/decide")
async def decide(visit: Visit, asked: Decided) -> web.StreamResponse:
    """Decide it; the family is told at once."""
    verdict = Verdict(asked.outcome, asked.reason, asked.days)
    decided = await visit.try_work(decide_one, asked.application_id, verdict)
    if isinstance(decided, Refusal):
        return await _show_one(visit, asked.application_id, decided, asked)
    return visit.go(f"/leave/{asked.application_id}")


@pages.post("/leave/{application_id}/withdraw")
async def withdraw(visit: Visit, asked: OneAsked) -> web.StreamResponse:
    """The family wants it no longer."""
    ended = await visit.try_work(withdraw_one, asked.application_id)
    if isinstance(ended, Refusal):
        return await _show_one(visit, asked.application_id, ended)
    return visit.go(f"/leave/{asked.application_id}")


async def _show_one(
    visit: Visit, application_id: str, wrong: Refusal | None = None, typed: Decided | None = None
) -> web.Response:
    whole = await visit.look(gather_one, application_id)
    row, may_know = whole.row, {guardian.id for guardian in whole.told}
    await visit.note_reading([row.application.id, row.child.id])
    return visit.show(
        "staff/leave_one.j2",
        status=422 if wrong else 200,
        here=f"/leave/{application_id}",
        row=row,
        pill=pill_of(row.application, row.decision, waits_for_others=row.waits_for_others),
        today=whole.today,
        told=[guardian.name for guardian in whole.told],
        voices=[(guardian.name, _said_by(visit, row, voice, whole.today)) for guardian, voice in row.voices],
        letters=[
            (guardian.name, letter, say_fate(visit, row.unit, letter, whole.today))
            for guardian, letter in whole.letters
        ],
        answers={
            letter.id: say_answer(visit, row.unit, row.decision, letter, whole.today) for _, letter in whole.letters
        },
        sent={
            letter_id: say_steps(visit, row.unit, list_steps(sending), whole.today)
            for letter_id, sending in whole.sendings.items()
        },
        by_hand=[sending.letter_id for sending in whole.sendings.values() if sending.state == SendingState.NOBODY],
        end_untold=[
            one.letter_id for one in whole.sendings.values() if one.is_end_untold and one.guardian_id in may_know
        ],
        on_paper=whole.on_paper,
        decider=whole.decider.name if whole.decider is not None else "",
        decided_on=row.unit.today(row.decision.decided_at) if row.decision is not None else None,
        applied_on=row.unit.today(row.application.applied_at),
        can_withdraw=row.waits or bool(row.application.granted),
        days=_days(visit, row.application.days_off, whole.today),
        typed=typed,
        outcomes=[(outcome.value, visit.say(f"leave_page.choose_{outcome}")) for outcome in Outcome],
        wrong=visit.explain(wrong) if wrong else "",
    )


def _days(visit: Visit, days: Sequence[date], today: date) -> list[tuple[str, str]]:
    return [(day.isoformat(), visit.say("leave_page.one_day", day=day, today=today)) for day in days]


def _list_facts(visit: Visit, listed: Listed, only: Shown) -> dict[str, Any]:
    unit = {"unit": listed.unit.id} if listed.unit is not None else {}
    return {
        "waiting": listed.waiting,
        "can_set": listed.can_set,
        "by_hand": listed.by_hand,
        "unseen": listed.unseen,
        "astray": listed.astray,
        "ended": listed.ended,
        "to_print": listed.to_print,
        "rows": [_row(visit, listed, row) for row in listed.rows],
        "fresh_rows": str(URL("/leave/rows").with_query({"only": only.value} | unit)),
        "only": only.value,
        "not_yet": [
            (each.name, listed.begins[each.id], listed.days[each.id])
            for each in listed.units
            if each.id in listed.begins
        ],
        "ways": [
            {"href": str(URL("/leave").with_query({"only": way.value} | unit)), "word": visit.say(f"leave_page.{way}")}
            | ({"current": True} if way is only else {})
            | ({"count": listed.waiting} if way is Shown.WAITING else {})
            for way in Shown
        ],
        "units": [
            {"href": str(URL("/leave").with_query({"only": only.value, "unit": each.id})), "word": each.name}
            | ({"current": True} if listed.unit is not None and each.id == listed.unit.id else {})
            for each in listed.units
        ]
        if len(listed.units) > 1
        else [],
    }


def _row(visit: Visit, listed: Listed, row: LeaveRow) -> dict[str, Any]:
    application, today = row.application, listed.days[row.unit.id]
    return {
        "id": f"l-{application.id}",
        "href": f"/leave/{application.id}",
        "who": row.child.name,
        "about": row.group.name,
        "days": application.days_off,
        "count": len(application.days),
        "reason": application.reason,
        "today": today,
        "pill": pill_of(application, row.decision, waits_for_others=row.waits_for_others),
        "doubts": row.doubts,
        "waits_for_others": row.waits_for_others,
        "for_leader": row.waits and not row.may_decide,
        "used": row.used,
        "limit": row.terms.most_a_year,
        "not_accepted": application.id in listed.not_accepted,
        "overdue": row.waits and application.first_day <= today,
    }


def _said_by(visit: Visit, row: LeaveRow, voice: LeaveVoice, today: date) -> str:
    """What another guardian has said, as a sentence."""
    if voice.agrees is not None and voice.answered_at is not None:
        code = "voice_agrees" if voice.agrees else "voice_disagrees"
        return visit.say(f"leave_page.{code}", day=row.unit.today(voice.answered_at), today=today)
    if voice.why_not is not None:
        return visit.say("leave_page.voice_not_asked")
    if row.waits_for_others and row.application.waits_until is not None:
        until = row.unit.local(row.application.waits_until)
        return visit.say("leave_page.voice_has_time", day=until.date(), today=today)
    return visit.say("leave_page.voice_silent")
