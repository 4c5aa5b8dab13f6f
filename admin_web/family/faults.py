"""What is wrong with a form, in words beside its fields."""

from collections.abc import Iterable

from admin_web.family.visiting import FamilyVisit
from hub.desk import Refusal
from hub.faults import FormNotRightError


def say_faults(visit: FamilyVisit, refusal: Refusal | None, fields: Iterable[str], utterance: str) -> dict[str, str]:
    """By field; empty where nothing is wrong with one."""
    faults = refusal.faults if isinstance(refusal, FormNotRightError) else {}
    return {field: visit.say(utterance, fault=faults[field]) if field in faults else "" for field in fields}
