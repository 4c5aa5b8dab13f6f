"""An installation as `budbok init` leaves it, with the village in its store, and an empty place to restore to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.beginning import SECRETS, init
from hub.cli import main
from hub.operations.building_site import Place

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
        """Change a setting in the file; `value` is TOML."""
        lines, inside = [], False
        for line in self.config.read_text("utf-8").splitlines():
            inside = line == f"[{section}]" if line.startswith("[") else inside
            lines.append(f"{name} = {value}" if inside and line.startswith(f"{name} = ") else line)
        self.config.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def installation(village_store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installation:
    folder = tmp_path / "etc"
    init(folder, lambda _: None)
    config, data = folder / "config.toml", folder / "data"
    data.mkdir(mode=0o700)
    token = folder / "secrets" / "BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN"
    token.touch(mode=0o600)
    token.write_text(TOKEN, "utf-8")
    (folder / "secrets" / SECRETS[1]).write_text(BACKUP_KEY, "utf-8")

    def run(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = main([*arguments, "--config", str(config)])
        told = capsys.readouterr()
        return code, (told.out + told.err).splitlines()

    installed = Installation(config, data, village_store_url, run)
    installed.set("hub", "database", f'"{village_store_url}"')
    return installed


@contextmanager
def make_place(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    if kind == "sqlite":
        yield Place(folder)
        return
    address: str = request.getfixturevalue("postgresql_server")
    name = f"place_{abs(hash(str(folder)))}"
    engine = sa.create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield Place(folder, address.format(database=name))
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def empty_place(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Nothing yet: a folder, and on PostgreSQL an empty database."""
    with make_place(store_kind, tmp_path / "restored", request) as place:
        yield place


@pytest.fixture
def other_place(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty place of the other kind."""
    other = "postgresql" if store_kind == "sqlite" else "sqlite"
    with make_place(other, tmp_path / "moved", request) as place:
        yield place
