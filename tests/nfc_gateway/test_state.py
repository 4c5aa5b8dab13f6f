"""The gate's folder is its owner's alone, its hub is one that proved who it is, and `status` says what is wrong."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nfc_gateway import clock, wire
from nfc_gateway.__main__ import main
from nfc_gateway.road import AwayError, Road
from nfc_gateway.state import (
    Identity,
    InTheClearError,
    Status,
    check_url,
    make_folder,
    read_identity,
    write_identity,
    write_status,
)

HUB = "https://hub.example.org"
GATE = Identity(HUB, "0" * 26, wire.new_key())


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
    write_identity(tmp_path, GATE)
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
    assert "1 lines of its file could not be read" in told


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
