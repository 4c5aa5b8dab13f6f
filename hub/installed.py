"""The parts that are installed, as their packages' entry points name them."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of one of Budbok's own groups ("bots", "channels", "sites" ...), by name. Read from the disk once in a
    process: what is installed while one runs is there from its next start."""
    return tuple(sorted(entry_points(group=f"budbok.{group}"), key=lambda point: point.name))
