"""Absences that are told and then asked for: "Ada is away on Friday, is that all right?" applies for leave."""

from collections.abc import Sequence
from dataclasses import replace

from bots.hearing.clauses import Clause
from bots.hearing.joining import Placed
from hub.talk.heard import Intent

_SHORT = 8


def as_asked_leave(placed: Sequence[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Turns an absence of days that are told, and of no illness, into an application where a short question for leave,
    which tells nothing itself, stands right behind it."""
    return [_asked_for(item) if _is_asked_for(item, parts) else item for item in placed]


def _asked_for(item: Placed) -> Placed:
    return replace(item, act=replace(item.act, intent=Intent.LEAVE_APPLICATION, ill=None))


def _is_asked_for(item: Placed, parts: Sequence[Clause]) -> bool:
    told = item.act.intent is Intent.ABSENCE and item.told and not item.act.ill and not item.back
    at = next((number for number, clause in enumerate(parts) if clause is item.clause), len(parts))
    after = parts[at + 1] if at + 1 < len(parts) else None
    if not told or after is None or not after.asks or after.days or after.clocks or after.mentions:
        return False
    opens = any(tag.name in {"permit", "ask"} and tag.start <= after.start + 1 for tag in after.tags)
    return opens and after.has("permit") and after.end - after.start <= _SHORT and not item.clause.asks
