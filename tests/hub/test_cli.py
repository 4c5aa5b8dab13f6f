"""The command `budbok`: every part of it opens on both stores, and says what is wrong in a sentence."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.cli import main
from tests.hub.installation import Installation, install
from tests.patience import START_PATIENCE
from tests.village import FJORDVIK, FOLDER

TEACHER = "kari.lunde@fjordvik.example"


def test_every_command_opens(installation: Installation, tmp_path: Path) -> None:
    commands = {
        "ledger": ["ledger", "--json"],
        "verify": ["verify"],
        "corrections": ["corrections", "--export", str(tmp_path / "cases.jsonl")],
        "book": ["book", "c-kari-nordmann", "--as", TEACHER, "--json"],
        "invite": ["invite", TEACHER],
        "records": ["records", "list"],
        "register": ["register", "load", str(FOLDER / "village.json")],
        "backup": ["backup", str(tmp_path / "one")],
        "restore": ["restore", str(tmp_path / "one"), "--into", str(tmp_path / "restored")],
    }

    codes = {name: installation.run(*arguments)[0] for name, arguments in commands.items()}

    assert codes == dict.fromkeys(commands, 0)


def test_a_command_that_writes_does_so_in_a_process_of_its_own(installation: Installation, tmp_path: Path) -> None:
    """Nothing but the command has been imported there, so it has to know of every table that its rows refer to."""
    writes = {
        "hold": ["c-kari-nordmann", "--reason", "a complaint"],
        "retention": ["--apply"],
        "invite": [TEACHER],
        "records": ["export", "--owner", FJORDVIK, "--to", str(tmp_path / "records")],
        "register": ["load", str(FOLDER / "village.json"), "--apply"],
    }

    done = {name: run_alone(installation, name, *arguments) for name, arguments in writes.items()}

    assert {name: (one.returncode, one.stderr) for name, one in done.items()} == dict.fromkeys(writes, (0, ""))
    assert done["hold"].stdout == "It is held.\n"


def run_alone(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hub", *arguments, "--config", str(installation.config)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_PATIENCE)


def test_a_file_that_is_not_there_is_a_sentence(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere" / "one"
    into = str(tmp_path / "restored")

    for arguments in (
        ["backup", str(nowhere)],
        ["restore", str(nowhere), "--into", into],
        ["corrections", "--export", str(nowhere)],
    ):
        assert installation.run(*arguments)[0] == 1
    assert main(["understand", "--file", str(nowhere)]) == 1

    told = capsys.readouterr().err.splitlines()
    assert f"{nowhere}: No such file or directory" in told
    assert not any("Errno" in line for line in told)


def test_a_scene_that_cannot_be_read_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["talk", "--scene", "somewhere"]) == 1
    assert capsys.readouterr().err.startswith("The scene cannot be read: no date at the beginning")


def test_an_invitation_is_a_link_to_the_staff_site(installation: Installation) -> None:
    _, lines = installation.run("invite", TEACHER)

    assert len(lines) == 1
    assert lines[0].startswith("https://staff.hub.example.org/welcome/")


def test_a_store_is_read_by_its_owner_alone_whatever_folder_it_lies_in(tmp_path: Path) -> None:
    config = install(tmp_path)
    data = tmp_path / "data"
    data.mkdir(mode=0o755, exist_ok=True)

    assert main(["verify", "--config", str(config)]) == 0

    assert {file.stat().st_mode & 0o077 for file in data.rglob("*") if file.is_file()} == {0}


def test_nobody_by_that_name_is_a_sentence(installation: Installation) -> None:
    code, lines = installation.run("invite", "nobody")

    assert code == 1
    assert len(lines) == 1


def test_a_store_that_is_away_is_a_sentence(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    installation.set("hub", "database", '"postgresql+psycopg://somebody@127.0.0.1:1/none"')

    for arguments in (["ledger"], ["backup", "x"], ["run"]):
        code, lines = installation.run(*arguments)
        assert code == 1
        assert "Traceback" not in "\n".join(lines)
        assert "somebody" not in "\n".join(lines)


def test_a_newer_store_is_refused_by_every_command(installation: Installation) -> None:
    engine = sa.create_engine(installation.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    for arguments in (["ledger"], ["verify"], ["backup", "x"], ["run"], ["invite", TEACHER]):
        code, lines = installation.run(*arguments)
        assert code == 1
        assert "9999" in lines[-1]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    told = capsys.readouterr().out
    for command in (
        "init", "run", "register", "invite", "doctor", "backup", "restore", "verify", "ledger", "book", "talk",
        "understand",
    ):  # fmt: skip
        assert command in told.split()


@pytest.mark.parametrize("asked", [["Kari er syk i dag"], ["--explain", "Kari er syk i dag"]])
def test_a_part_may_bring_a_command_of_its_own(capsys: pytest.CaptureFixture[str], asked: list[str]) -> None:
    assert main(["understand", *asked, "--children", "Kari, Ola", "--at", "2025-03-03T07:12+01:00"]) == 0

    told = capsys.readouterr().out
    assert "act: absence · children: ['Kari'] · days: ['2025-03-03']" in told


@pytest.mark.parametrize(("option", "value"), [("--zone", "Mars/Base"), ("--zone", "../etc"), ("--at", "igår")])
def test_a_moment_or_zone_that_is_none_is_named(capsys: pytest.CaptureFixture[str], option: str, value: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["understand", "Kari er syk i dag", option, value])

    assert ended.value.code == 2
    assert f"argument {option}: {value} is no" in capsys.readouterr().err


def test_talk_holds_a_conversation(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ella er syk i dag\n\n"))

    assert main(["talk", "--language", "nb"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "> Ella er syk i dag"
    assert lines[2].startswith("< Notert: Ella")
    assert "= absence: Ella, 2025-03-03, sick" in lines
