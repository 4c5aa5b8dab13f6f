"""Statements are compiled once in a run, not once for each of its thousands of stores.

An engine keeps what it compiled, and each test has engines of its own; a hub has one pair of them for years. So all engines
of a kind of store share what was compiled, as the hub's own do from their second request on.
"""

from typing import Any

import sqlalchemy as sa

_DIALECTS: dict[str, sa.Dialect] = {}
_COMPILED: dict[str, dict[Any, Any]] = {}


def share_what_is_compiled() -> None:
    """For every engine of this process, from now on."""
    sa.event.listen(sa.Engine, "engine_connect", _share)


def _share(connection: sa.Connection) -> None:
    """What was compiled is found by the dialect that compiled it, so that is shared too: the first to have met its server."""
    name = connection.dialect.name
    connection.dialect = connection.engine.dialect = _DIALECTS.setdefault(name, connection.dialect)
    connection.execution_options(compiled_cache=_COMPILED.setdefault(name, {}))
