"""On a child's page, its applications for leave beside the letters of their decisions, for whoever decides about them."""

from typing import Any

from admin_web.staff.leave_words import pill_of, say_answer, say_fate
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.mailroom.cases import LeaveCase, read_cases
from hub.safety.access import get_reach
from hub.school.leave_queue import list_of_one


def gather_child_documents(look: Look, child_id: str) -> list[LeaveCase]:
    """The newest first; none for whoever decides about none of them. Raises: NotThereError."""
    return read_cases(look, list_of_one(look, get_reach(look), child_id))


def lay_out_documents(visit: Visit, cases: list[LeaveCase]) -> list[dict[str, Any]]:
    return [_lay_out(visit, case) for case in cases]


def _lay_out(visit: Visit, case: LeaveCase) -> dict[str, Any]:
    today = case.unit.today(visit.house.parts.clock.now())
    look, code = pill_of(case.application, case.decision)
    return {
        "href": f"/leave/{case.application.id}",
        "days": visit.say("own_leave.days", days=case.application.days_off, today=today),
        "pill": look,
        "word": visit.say("leave_page.state", state=code),
        "letters": [
            " · ".join(
                filter(
                    None,
                    (
                        f"{one.guardian.name}: {say_fate(visit, case.unit, one.letter, today)}",
                        say_answer(visit, case.unit, case.decision, one.letter, today),
                    ),
                )
            )
            for one in case.letters
        ],
    }
