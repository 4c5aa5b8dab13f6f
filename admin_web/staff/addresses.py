"""New phones and mail addresses that wait to act, as the page of a child shows them: whose, what, since when, and how sure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from admin_web.page import Visit
from hub.address import shown_phone
from hub.people.places import Unit
from hub.post.families import Known
from hub.safety.address_changes import AddressChange


def lay_out_pending(
    visit: Visit, pending: Sequence[tuple[Known, AddressChange]], unit: Unit, today: date, path: str
) -> list[dict[str, Any]]:
    """One row a change, with where its two buttons lead."""
    return [_row(visit, known, change, unit, today, path) for known, change in pending]


def _row(visit: Visit, known: Known, change: AddressChange, unit: Unit, today: date, path: str) -> dict[str, Any]:
    told = unit.local(change.told_at)
    acts = None if change.acts_from is None else unit.local(change.acts_from)
    return {
        "name": known.name,
        "value": shown_phone(change.value),
        "told": visit.say("child.change_told", at=told, today=today),
        "state": visit.say("child.change_state", code=change.state, acts=acts, today=today),
        "confirm": f"{path}/addresses/{change.id}/confirm",
        "refuse": f"{path}/addresses/{change.id}/refuse",
    }
