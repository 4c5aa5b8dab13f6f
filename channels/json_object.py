"""What another system told as JSON: one meaning for each name, or it is refused. Source: security rule S7.10."""

import json
from typing import Any


def read_object(body: bytes) -> dict[str, Any]:
    """Raises: ValueError for what is no object, or names something twice."""
    try:
        told = json.loads(body, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(told, dict):
        raise ValueError("not an object")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found
