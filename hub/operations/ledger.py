"""`budbok ledger`: every delivery and what became of it, by ids alone: no address, no name, no text."""

import json
from collections.abc import Callable

import sqlalchemy as sa

from hub.desk import Look
from hub.post.deliveries import Delivery

Say = Callable[[str], None]
COLUMNS = ("id", "provider_id", "state", "tries", "marks", "reason")


def tell_ledger(look: Look, say: Say, as_json: bool) -> int:
    """Say one delivery a line, oldest first, however many there are; returns how many."""
    rows = look.session.execute(
        sa.select(
            Delivery.id, Delivery.provider_id, Delivery.status, Delivery.tries, Delivery.marks, Delivery.reason
        ).order_by(Delivery.id),
        execution_options={"yield_per": 1000},
    )
    count = 0
    for id_, provider_id, state, tries, marks, reason in rows:
        values = (id_, provider_id, state, tries, marks or [], reason)
        if as_json:
            say(json.dumps(dict(zip(COLUMNS, values, strict=True))))
        else:
            say("\t".join([id_, provider_id or "-", state, str(tries), " ".join(marks or []) or "-", reason or "-"]))
        count += 1
    return count
