"""The gate's folder is its owner's alone, its hub is one that proved who it is, and `status` says what is wrong."""

import asyncio
import json
import shutil
import signal
import ssl
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nfc_gateway import clock, wire
from nfc_gateway.__main__ import main
from nfc_gateway.road import AwayError, Road
from nfc_gateway.spool import TOUCHES, Spool
from nfc_gateway.state import (
    Identity,
    InTheClearError,
    Status,
    check_url,
    make_folder,
    read_identity,
    spool_of,
    write_identity,
    write_status,
)

HUB = "https://hub.example.org"
GATE = Identity(HUB, "0" * 26, wire.new_key())
ANEW = Identity("https://other.example.org", "1" * 26, wire.new_key())


@pytest.mark.parametrize("url", ["http://hub.example.org", "ftp://hub.example.org", "hub.example.org", "https://", ""])
def test_nothing_is_sent_in_the_clear_but_to_this_computer(url: str) -> None:
    with pytest.raises(InTheClearError):
        check_url(url)

    assert check_url(f"{HUB}/") == HUB
    assert check_url("http://127.0.0.1:8000") == "http://127.0.0.1:8000"


def test_who_it_is_comes_back_and_only_its_owner_may_look(tmp_path: Path) -> None:
    folder = tmp_path / "gate"
    make_folder(folder)

    write_identity(folder, GATE)

    assert read_identity(folder) == GATE
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert GATE.secret not in repr(GATE)


def write_two_files(folder: Path, known: Identity) -> None:
    """As gates did that were paired long ago: the key apart."""
    (folder / "key").write_text(known.secret + "\n")
    (folder / "gate.json").write_text(json.dumps({"url": known.url, "reader": known.reader}) + "\n")


def test_a_gate_that_was_paired_long_ago_is_still_the_same_and_pairs_anew(tmp_path: Path) -> None:
    write_two_files(tmp_path, GATE)
    before = read_identity(tmp_path)

    write_identity(tmp_path, ANEW)

    assert before == GATE
    assert read_identity(tmp_path) == ANEW
    assert GATE.secret not in "".join(file.read_text() for file in tmp_path.iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
from nfc_gateway.state import Identity, write_identity

left = int(sys.argv[2])

def dies_at(name):
    done = getattr(os, name)
    def do(*given, **named):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return done(*given, **named)
    return do

for name in ("open", "fsync", "replace", "unlink"):
    setattr(os, name, dies_at(name))
write_identity(Path(sys.argv[1]), Identity(*sys.argv[3:6]))
"""
"""Writes who a gate is, and is killed after so many calls of the system."""


@pytest.mark.parametrize("was_long_ago", [False, True])
def test_a_gate_that_is_killed_while_it_is_paired_is_the_one_or_the_other(tmp_path: Path, was_long_ago: bool) -> None:
    ends = []
    for calls in range(20):
        folder = tmp_path / str(calls)
        make_folder(folder)
        (write_two_files if was_long_ago else write_identity)(folder, GATE)
        given = [str(folder), str(calls), ANEW.url, ANEW.reader, ANEW.secret]
        ended = subprocess.run([sys.executable, "-c", KILLED, *given], check=False).returncode
        ends.append((ended, read_identity(folder)))
        if ended == 0:
            break

    killed = [known for ended, known in ends if ended == -signal.SIGKILL]
    assert ends[-1] == (0, ANEW)
    assert len(killed) == len(ends) - 1
    assert killed == sorted(killed, key=lambda known: known == ANEW)
    assert {GATE, ANEW} == set(killed)


@pytest.mark.parametrize(
    ("problem", "off", "waiting", "said", "code"),
    [
        ("", 1.5, 0, "0 touches wait", 0),
        ("away", None, 7, "The hub cannot be reached", 1),
        ("refused", 0.0, 1, "The hub refuses this gate", 1),
        ("no room", 0.0, 9, "The disk is full", 1),
        ("400", 0.0, 1, "The hub answered 400", 1),
        ("", 86_400.0, 0, "The clock here is 1440 minutes slow", 1),
        ("", -180.0, 0, "The clock here is 3 minutes fast", 1),
    ],
)
def test_status_says_how_it_fares(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    problem: str,
    off: float | None,
    waiting: int,
    said: str,
    code: int,
) -> None:
    fare_well(tmp_path, 12)
    now = clock.now().isoformat(timespec="seconds")
    write_status(tmp_path, Status(now, waiting, 12, 0, now, off, problem))

    assert main(["--folder", str(tmp_path), "status"]) == code

    told = capsys.readouterr().out
    assert said in told
    assert GATE.secret not in told


def test_a_gate_that_has_fallen_silent_or_never_ran_or_is_none_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--folder", str(tmp_path), "status"]) == 2
    assert "not paired yet" in capsys.readouterr().err

    write_identity(tmp_path, GATE)
    assert main(["--folder", str(tmp_path), "status"]) == 1
    assert "has not run yet" in capsys.readouterr().out

    long_ago = (clock.now() - timedelta(hours=2)).isoformat(timespec="seconds")
    write_status(tmp_path, Status(long_ago, 0, 12, 1, long_ago, 0.0))
    assert main(["--folder", str(tmp_path), "status"]) == 1
    told = capsys.readouterr().out
    assert "does not seem to run" in told
    assert "1 line of " in told
    assert "could not be read" in told


def status_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of `status`, and all that it said."""
    code = main(["--folder", str(folder), "status"])
    told = capsys.readouterr()
    assert GATE.secret not in told.out + told.err
    return code, told.out + told.err


def fare_well(folder: Path, waiting: int = 3) -> Path:
    """A gate that runs, as far as its folder tells; its file of touches, of which all wait."""
    write_identity(folder, GATE)
    spool = Spool(spool_of(folder, GATE.reader))
    for _ in range(waiting):
        spool.keep("04a1b2c3d4e5f6", clock.now(), None)
    now = clock.now().isoformat(timespec="seconds")
    write_status(folder, Status(now, spool.count, spool.last_number, 0, now, 0.0))
    spool.close()
    return spool_of(folder, GATE.reader) / TOUCHES


def test_a_gate_that_fares_well_has_nothing_to_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fare_well(tmp_path)

    code, told = status_of(tmp_path, capsys)

    assert (code, len(told.splitlines())) == (0, 3)
    assert "3 touches wait for the hub" in told


def test_a_reader_that_was_pulled_out_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fare_well(tmp_path)
    now = clock.now().isoformat(timespec="seconds")
    write_status(tmp_path, Status(now, 3, 3, 0, now, 0.0, has_reader=False))

    code, told = status_of(tmp_path, capsys)

    assert code == 1
    assert "There is no reader, or it was pulled out: look at its cable." in told


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gate.json", b""),
        ("gate.json", b'{"url": "https://hub.ex'),
        ("gate.json", b"[]"),
        ("gate.json", b"\xff\x00"),
        ("gate.json", b'{"url": "https://hub.example.org", "reader": "../../etc"}'),
        ("gate.json", b'{"url": "https://hub.example.org", "reader": "00000000000000000000000000", "key": "04a1"}'),
        ("key", b""),
        ("key", b"04a1"),
        ("key", None),
    ],
)
def test_settings_that_were_damaged_are_named_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None
) -> None:
    fare_well(tmp_path)
    if name == "key":
        write_two_files(tmp_path, GATE)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)

    code, told = status_of(tmp_path, capsys)

    assert code == 2
    assert f"{tmp_path / name} cannot be read" in told
    assert "Pair this gate anew" in told
    assert main(["--folder", str(tmp_path), "run"]) == 2


@pytest.mark.parametrize("content", [b"", b'{"written_at": "20', b"{}", b"[1]", b'{"written_at": 3}'])
def test_a_note_of_how_it_fares_that_was_damaged_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    fare_well(tmp_path)
    (tmp_path / "status.json").write_bytes(content)

    code, told = status_of(tmp_path, capsys)

    assert code == 1
    assert f"{tmp_path / 'status.json'} cannot be read" in told


def test_touches_that_were_damaged_or_cut_off_are_named_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = fare_well(tmp_path)
    content = file.read_bytes()
    said = {}
    for what, changed in {
        "damaged": content.replace(b"04a1", b"04a2", 1),
        "cut off": content[: content.index(b"\n") + 1],
        "gone": None,
    }.items():
        file.unlink(missing_ok=True)
        if changed is not None:
            file.write_bytes(changed)
        said[what] = status_of(tmp_path, capsys)

    assert {code for code, _ in said.values()} == {1}
    assert f"1 line of {file} could not be read. Touches may be missing" in said["damaged"][1]
    for what in ("cut off", "gone"):
        assert f"{file} ends before what the gate had counted" in said[what][1]
        assert "ask the unit to look who came" in said[what][1]


def test_a_last_line_that_was_cut_off_is_named_while_no_gate_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = fare_well(tmp_path)
    with file.open("ab") as end:
        end.write(b'0123abcd {"n":4,"s":"04a1')
    code_running, running = status_of(tmp_path, capsys)
    long_ago = (clock.now() - timedelta(hours=2)).isoformat(timespec="seconds")
    write_status(tmp_path, Status(long_ago, 3, 3, 0, long_ago, 0.0))

    code, told = status_of(tmp_path, capsys)

    assert (code_running, code) == (0, 1)
    assert "last line" not in running
    assert f"{file} is cut off in its last line" in told


def test_a_full_disk_is_named_though_nothing_can_be_noted_on_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fare_well(tmp_path)
    long_ago = (clock.now() - timedelta(hours=2)).isoformat(timespec="seconds")
    write_status(tmp_path, Status(long_ago, 3, 3, 0, long_ago, 0.0))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))

    code, told = status_of(tmp_path, capsys)

    assert code == 1
    assert told.count("The disk is full") == 1
    assert "does not seem to run" not in told


def test_a_clock_that_was_set_back_does_not_make_a_dead_gate_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fare_well(tmp_path)
    tomorrow = (clock.now() + timedelta(days=1)).isoformat(timespec="seconds")
    write_status(tmp_path, Status(tomorrow, 3, 3, 0, tomorrow, 0.0))

    code, told = status_of(tmp_path, capsys)

    assert code == 1
    assert "a time that is yet to come" in told


def make_certificate(folder: Path) -> ssl.SSLContext:
    """For this computer, by nobody that anybody trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = clock.now()
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return context


async def test_a_hub_that_does_not_prove_who_it_is_hears_nothing(tmp_path: Path) -> None:
    heard = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=make_certificate(tmp_path))
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"

    with pytest.raises(AwayError):
        await asyncio.to_thread(
            Road(url).send,
            Identity(url, GATE.reader, GATE.secret),
            wire.write_batch([]),
            wire.write_moment(clock.now()),
        )

    server.close()
    assert heard == []
