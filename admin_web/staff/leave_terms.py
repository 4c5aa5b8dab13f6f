"""The form of the rules of leave, wherever they are set: what may be typed, and how it is shown."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from admin_web.parameters import Asked
from admin_web.staff.visiting import Visit
from hub.school.leave_rules import LONGEST_APPEAL, PLACEHOLDERS, Both, Terms, read_blocked

Days = Annotated[int, Field(ge=0, le=999)]
Appeal = Annotated[str, Field(max_length=LONGEST_APPEAL)]


class TermsWished(Asked):
    """An empty limit is none; an empty text is the one that comes with Budbok."""

    both: Both
    teacher_days: Days
    deadline_days: Days
    answer_days: Days
    most_at_once: Days | None = None
    most_a_year: Days | None = None
    religious_is_free: bool = False
    practice: Annotated[str, Field(max_length=120)] = ""
    blocked: Annotated[str, Field(max_length=1000)] = ""
    appeal_nb: Appeal = ""
    appeal_nn: Appeal = ""
    appeal_sv: Appeal = ""
    appeal_fi: Appeal = ""
    appeal_en: Appeal = ""
    appeal_da: Appeal = ""

    def terms(self) -> Terms:
        """Raises: BlockedUnreadableError."""
        return replace(self.without_blocked(), blocked=read_blocked(self.blocked))

    def without_blocked(self) -> Terms:
        texts = {name.removeprefix("appeal_"): value.strip() for name, value in self if name.startswith("appeal_")}
        return Terms(
            self.both,
            self.teacher_days,
            self.deadline_days,
            self.most_at_once,
            self.most_a_year,
            self.religious_is_free,
            self.answer_days,
            self.practice.strip(),
            {language: text for language, text in texts.items() if text},
        )


def show_terms(visit: Visit, shown: Terms, blocked: str | None = None) -> dict[str, Any]:
    """What the form is filled with; `blocked` as it was typed, where it could not be read."""
    return {
        "shown": shown,
        "blocked": "\n".join(f"{b.name}: {b.first} {b.last}" for b in shown.blocked) if blocked is None else blocked,
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS],
        "both": [(way.value, visit.say(f"leave_page.both_{way}")) for way in Both],
        "is_fresh": visit.signed_in.is_fresh,
    }
