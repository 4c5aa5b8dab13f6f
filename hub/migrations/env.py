"""Where Alembic meets the store. It runs on a connection that hub/upgrade.py hands it."""

from typing import Any, Literal

from alembic import context

from hub.database import Utc
from hub.tables import METADATA


def render_own_types(kind: str, what: Any, _: Any) -> str | Literal[False]:
    """Our moments by their own name; everything else as Alembic knows it."""
    return "Utc()" if kind == "type" and isinstance(what, Utc) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=True,
    compare_type=True,
    render_item=render_own_types,
)
with context.begin_transaction():
    context.run_migrations()
