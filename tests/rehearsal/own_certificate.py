"""Certificates of the rehearsal's own for this machine: one that holds, one that has ended, and who trusts whom."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
LASTS, ENDED = timedelta(days=365 * 100), timedelta(days=365)
_PEM = serialization.Encoding.PEM


class OwnCertificate:
    """`server` is for whoever listens on 127.0.0.1, `trust` for whoever speaks to it. The certificate of `server` holds until
    it is ended, and after it is renewed; who is connected by then stays so. The files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("An authority of the rehearsal")
        root = _certify(self._name, self._name, self._authority, self._authority, LASTS, is_authority=True)
        self.trust = ssl.create_default_context(cadata=root.public_bytes(_PEM).decode())
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.renew()

    def renew(self) -> None:
        self._load(LASTS)

    def end(self) -> None:
        self._load(ENDED)

    def _load(self, lasts: timedelta) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        own = _certify(_name("The rehearsal"), self._name, key, self._authority, lasts)
        bare = serialization.NoEncryption()
        private = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, bare)
        file = self._folder / "own.pem"
        file.write_bytes(private + own.public_bytes(_PEM))
        self.server.load_cert_chain(file)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certify(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    lasts: timedelta,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    uses = x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(YEAR_2000)
        .not_valid_after(YEAR_2000 + lasts)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(uses, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not is_authority:
        builder = builder.add_extension(here, critical=False)
    return builder.sign(signer, hashes.SHA256())
