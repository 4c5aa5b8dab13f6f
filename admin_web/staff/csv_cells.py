"""Tables as files. A large one is sent once a second person has said yes; cells that a spreadsheet could take for a formula are
made text. Source: security rule S7.9.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiohttp import web

from admin_web.staff.export_asking import ask_first
from admin_web.staff.visiting import Visit
from hub.safety.export_wishes import Wish

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """What stands in a file: a head, and its rows."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


async def send_csv(visit: Visit, wish: Wish, table: Table, ids: Sequence[str], name: str) -> web.Response:
    """A file to be kept under this name, which has no extension yet, or the page that asks for it first. `ids` are whom it
    tells of."""
    if (asks := await ask_first(visit, wish, len(table.rows))) is not None:
        return asks
    await visit.note_reading(ids)
    return web.Response(
        body=write_csv(table).encode("utf-8-sig"),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        },
    )


def write_csv(table: Table) -> str:
    """Each cell in quotes."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(table.head)
    writer.writerows(_plain_all(table.rows))
    return out.getvalue()


def _plain_all(rows: Iterable[Sequence[str]]) -> Iterable[list[str]]:
    return ([_plain(cell) for cell in row] for row in rows)


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
