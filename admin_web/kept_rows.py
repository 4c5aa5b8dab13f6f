"""Rows of long lists as they were drawn before: a page of two hundred children is drawn anew at each tap, and one of them has
changed.

A row is known by everything that goes into it, which is asked of the store each time, with the rights of whoever looks; so what
has changed, or may not be seen any more, is never answered from here. Rows lie in memory alone, there is a bound to them, and
they are dropped some minutes after they were drawn, whether anybody looks or not. Source: security rules S0.4, S3.4 and S10.3.
"""

import asyncio
import secrets
from collections.abc import Callable, Hashable, Iterable

MOST_ROWS = 4000
"""Some ten megabytes."""
KEPT_SECONDS = 300
TOKEN_PLACE = secrets.token_hex(16)
"""Stands in a row where the token of a form belongs, which is each session's own. Nobody can guess it, so no name can be it."""

Draw = Callable[[Hashable], str]


class KeptRows:
    """Those of one site, used by the loop's thread alone."""

    def __init__(self, most: int = MOST_ROWS, seconds: float = KEPT_SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._rows: dict[Hashable, str] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def draw(self, shared: Hashable, rows: Iterable[Hashable], prepare: Callable[[], Draw], token: str) -> str:
        """All rows in their order, as markup. `shared` goes into each; `prepare` makes what draws those that are new."""
        known = self._rows
        drawn: list[str] = []
        draw: Draw | None = None
        for row in rows:
            key = (shared, row)
            found = known.get(key)
            if found is None:
                draw = draw or prepare()
                found = self._keep(key, draw(row))
            drawn.append(found)
        return "".join(drawn).replace(TOKEN_PLACE, token)

    def _keep(self, key: Hashable, drawn: str) -> str:
        if not self._rows:
            asyncio.get_running_loop().call_later(self._seconds, self._rows.clear)
        if len(self._rows) >= self._most:
            del self._rows[next(iter(self._rows))]
        self._rows[key] = drawn
        return drawn
