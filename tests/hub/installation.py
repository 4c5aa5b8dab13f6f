"""An installation of the hub as `budbok init` leaves it, and empty places for a store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.beginning import init
from hub.operations.building_site import Place
from tests.conftest import drop_database, make_database

TOKEN = "a token for rehearsals only, nothing real"
BACKUP_KEY = "b" * 48


@dataclass(slots=True)
class Installation:
    """Settings, secrets and a store. `run` is the command `budbok`, and gives back its code and what it printed."""

    config: Path
    data: Path
    url: str
    run: Callable[..., tuple[int, list[str]]]

    @property
    def secrets(self) -> Path:
        return self.config.parent / "secrets"

    @property
    def place(self) -> Place:
        return Place(self.data, self.url)

    def set(self, section: str, name: str, value: str) -> None:
        set_setting(self.config, section, name, value)


def set_setting(config: Path, section: str, name: str, value: str) -> None:
    """Change a setting in a settings file; `value` is TOML."""
    lines, inside = [], False
    for line in config.read_text("utf-8").splitlines():
        inside = line == f"[{section}]" if line.startswith("[") else inside
        lines.append(f"{name} = {value}" if inside and line.startswith(f"{name} = ") else line)
    config.write_text("\n".join(lines) + "\n", "utf-8")


def install(folder: Path) -> Path:
    """What `budbok init` and a first edit leave in a folder; the settings file."""
    init(folder, lambda _: None)
    for name, value in (("BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN", TOKEN), ("BUDBOK_HUB__BACKUP_KEY", BACKUP_KEY)):
        (folder / "secrets" / name).touch(mode=0o600)
        (folder / "secrets" / name).write_text(value, "utf-8")
    return folder / "config.toml"


@contextmanager
def make_place(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    if kind == "sqlite":
        yield Place(folder)
        return
    address: str = request.getfixturevalue("postgresql_server")
    keeper: sa.Connection = request.getfixturevalue("postgresql_keeper")
    name = f"place_{abs(hash(str(folder)))}"
    make_database(keeper, name, "template1")
    yield Place(folder, address.format(database=name))
    drop_database(keeper, name)
