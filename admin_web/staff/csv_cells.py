"""Tables as files. Cells that a spreadsheet could take for a formula are made text. Source: security rule S7.9."""

import csv
import io
from collections.abc import Iterable

from aiohttp import web

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Each cell in quotes."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(head)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def send_csv(written: str, name: str) -> web.Response:
    """A file to be kept under this name, which has no extension yet."""
    return web.Response(
        body=written.encode("utf-8-sig"),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        },
    )
