"""A service that asks for our certificate is shown it, by TLS as it is, and nobody gets in without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.letters.own_certificate import OwnCertificate, read_certificate
from hub.config import SettingsError
from hub.outside import NothingSentError, Outside, OutsideError
from tests.rehearsal import certificates
from tests.rehearsal.certificates import Made, somebody, write_authority, write_certificate

TABLE = "channels.letters.pretended"


def read(folder: Path, made: Made) -> OwnCertificate:
    return read_certificate(write_certificate(folder, made), made.key_pem, TABLE)


@asynccontextmanager
async def asking_for_certificates(folder: Path) -> AsyncIterator[tuple[str, list[str]]]:
    """A service on loopback; yields its "host:port", and the names of whoever came in."""
    came: list[str] = []

    async def greet(request: web.Request) -> web.Response:
        assert request.transport is not None
        came.append(dict(part[0] for part in request.transport.get_extra_info("peercert")["subject"])["commonName"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/", greet)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.make_server_context(folder)).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}", came
    finally:
        await runner.cleanup()


async def test_whoever_asks_for_our_certificate_is_shown_it_and_is_known_by_its_own(tmp_path: Path) -> None:
    own = read(tmp_path, somebody("Fjordvik"))
    async with (
        asking_for_certificates(tmp_path) as (host, came),
        Outside(frozenset({"127.0.0.1"})) as outside,
    ):
        tls = own.make_context(write_authority(tmp_path))
        answer = await outside.request("POST", f"https://{host}/", hosts=[host], tls=tls, body=b"x")
        with pytest.raises(NothingSentError):
            await outside.request("POST", f"https://{host}/", hosts=[host], tls=own.make_context(None), body=b"x")
        with pytest.raises(OutsideError):
            await outside.request("POST", f"https://{host}/", hosts=[host], body=b"x")

    assert answer.status == 200
    assert came == ["Fjordvik"]


async def test_tls_that_does_not_check_the_other_side_is_not_spoken(tmp_path: Path) -> None:
    tls = read(tmp_path, somebody("Fjordvik")).make_context(None)
    tls.check_hostname = False

    async with Outside(frozenset({"127.0.0.1"})) as outside:
        with pytest.raises(ValueError, match="does not check"):
            await outside.request("GET", "https://127.0.0.1/", hosts=["127.0.0.1"], tls=tls)


def test_a_certificate_or_a_key_that_is_not_right_stops_the_start_and_is_named(tmp_path: Path) -> None:
    made, other = somebody("Fjordvik"), somebody("Another")
    file = write_certificate(tmp_path, made)
    small = ec.generate_private_key(ec.SECP256R1())
    curve = small.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    for path, key, named in (
        (tmp_path / "nothing.pem", made.key_pem, f"{TABLE}.certificate"),
        (file, "", f"{TABLE}.key is not right: it is no private key"),
        (file, curve, f"{TABLE}.key is not right: it is no RSA key"),
        (file, other.key_pem, "it is not the key of the certificate"),
    ):
        with pytest.raises(SettingsError, match=named):
            read_certificate(path, key, TABLE)
    with pytest.raises(SettingsError, match=f"{TABLE}.authority"):
        read(tmp_path, made).make_context(tmp_path / "nothing.pem")


def test_the_doctor_says_when_it_ends(tmp_path: Path) -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    own = read(tmp_path, somebody("Fjordvik, for a year", ends))

    assert own.check(ends - timedelta(days=61)) == []
    assert "ends on 2027-01-01" in own.check(ends - timedelta(days=31))[0]
    assert "ended on 2027-01-01" in own.check(ends)[0]
