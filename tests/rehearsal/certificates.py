"""Certificates of the rehearsal's own authority: of services on loopback, and of whoever comes to them."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
PUBLIC_EXPONENT, KEY_BITS = 65537, 2048


@dataclass(frozen=True)
class Made:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def authority() -> Made:
    return _make("Rehearsal authority", _quick_key(), None)


@cache
def somebody(name: str, until: datetime = UNTIL) -> Made:
    """An organisation of this name, with an RSA key as most have; the same for each who asks."""
    return _make(name, rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS), authority(), until)


@cache
def _service() -> Made:
    return _make("A service on loopback", _quick_key(), authority())


def _quick_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make_server_context(folder: Path) -> ssl.SSLContext:
    """For a service on loopback that lets nobody in without a certificate of the authority."""
    made = _service()
    file, trusted = folder / "service.pem", write_authority(folder)
    file.write_text(made.pem + made.key_pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trusted)
    context.load_cert_chain(file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def write_authority(folder: Path) -> Path:
    """The file by which its certificates are known."""
    file = folder / "authority.pem"
    file.write_text(authority().pem)
    return file


def write_certificate(folder: Path, made: Made) -> Path:
    file = folder / "own.pem"
    file.write_text(made.pem)
    return file


def _make(
    name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, issuer: Made | None, until: datetime = UNTIL
) -> Made:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by, signer = (subject, key) if issuer is None else (issuer.certificate.subject, issuer.key)
    builder = x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number(), FROM, until)
    builder = builder.add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
    builder = builder.add_extension(_usage(issuer is None), critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    subject_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(names, critical=False).add_extension(subject_key, critical=False)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return Made(builder.add_extension(issuer_key, critical=False).sign(signer, hashes.SHA256()), key)


def _usage(signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        encipher_only=False,
        decipher_only=False,
    )
