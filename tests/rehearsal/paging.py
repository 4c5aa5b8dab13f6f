"""One page of a list, with the links Twilio's SDK follows to the next.

A page token names the last item shown, so that what comes meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import dropwhile, islice
from typing import Protocol, TypeVar
from urllib.parse import urlencode

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000
TOKEN_PREFIX = "PA"


class Listed(Protocol):
    @property
    def sid(self) -> str: ...


Item = TypeVar("Item", bound=Listed)


def page(
    path: str, key: str, items: Iterable[Item], query: Mapping[str, str], show: Callable[[Item], dict[str, object]]
) -> dict[str, object]:
    """The asked page as JSON: the items stand under `key`, each as `show` shows it."""
    size, number = _whole(query, "PageSize", DEFAULT_SIZE), _whole(query, "Page", 0)
    size = min(max(size, 1), LARGEST_SIZE)
    found = list(islice(_after(query.get("PageToken"), items, number * size), size + 1))
    shown, more = found[:size], len(found) > size
    filters = {name: value for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")}

    def link(page_number: int, last: str | None = None) -> str:
        token = {"PageToken": TOKEN_PREFIX + last} if last else {}
        return f"{path}?{urlencode({**filters, 'PageSize': str(size), 'Page': str(page_number), **token})}"

    return {
        key: [show(item) for item in shown],
        "end": number * size + max(len(shown) - 1, 0),
        "first_page_uri": link(0),
        "next_page_uri": link(number + 1, shown[-1].sid) if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": number * size,
        "uri": link(number),
    }


def _after(token: str | None, items: Iterable[Item], offset: int) -> Iterable[Item]:
    if token is None:
        return islice(items, offset, None)
    last = token.removeprefix(TOKEN_PREFIX)
    return islice(dropwhile(lambda item: item.sid != last, items), 1, None)


def _whole(query: Mapping[str, str], name: str, otherwise: int) -> int:
    written = query.get(name, "")
    return int(written) if written.isdecimal() else otherwise
