"""An installation with the village in its store, and empty places to restore to or to begin in."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli import main
from hub.operations.building_site import Place
from tests.hub.installation import Installation, install, make_place


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A hub that was run in this process has turned the logs to a stream that ends with its test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def installation(village_store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installation:
    config = install(tmp_path / "etc")
    data = config.parent / "data"
    data.mkdir(mode=0o700)

    def run(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = main([*arguments, "--config", str(config)])
        told = capsys.readouterr()
        return code, (told.out + told.err).splitlines()

    installed = Installation(config, data, village_store_url, run)
    installed.set("hub", "database", f'"{village_store_url}"')
    return installed


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
