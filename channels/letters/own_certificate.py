"""Our organisation's own certificate: shown when a connection is made, and signed with. The key is kept in memory alone."""

import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from channels.letters.urls import host_of
from hub.config import SettingsError
from hub.outside import Answer, Outside

RSA_BITS = 2048
ENDS_SOON = timedelta(days=42)


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """`chain` begins with our own; those after it lead to whoever issued it. `table` is that of the settings."""

    chain: Sequence[x509.Certificate]
    key: RSAPrivateKey = field(repr=False)
    table: str

    @property
    def own(self) -> x509.Certificate:
        return self.chain[0]

    def make_context(self, authority: Path | None) -> ssl.SSLContext:
        """TLS that shows it, and checks the other side by the machine's authorities, or by those of a PEM file instead.

        Raises: SettingsError when that is none.
        """
        try:
            context = ssl.create_default_context(cafile=authority)
        except (OSError, ssl.SSLError):
            raise SettingsError(f"The setting {self.table}.authority is not right: it is no PEM file.") from None
        password = secrets.token_bytes(32)
        form = serialization.BestAvailableEncryption(password)
        sealed = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, form)
        with TemporaryDirectory() as folder:  # the library reads files only; what lies there opens for nobody
            file = Path(folder) / "own.pem"
            file.write_bytes(sealed + b"".join(one.public_bytes(Encoding.PEM) for one in self.chain))
            context.load_cert_chain(file, password=password)
        return context

    def check(self, now: datetime) -> list[str]:
        """A sentence for the doctor where it has ended or ends soon."""
        ends = self.own.not_valid_after_utc
        if ends <= now:
            return [f"The certificate in {self.table} ended on {ends.date()}: put the new one in, and its key."]
        if ends - now <= ENDS_SOON:
            return [f"The certificate in {self.table} ends on {ends.date()}: order a new one."]
        return []


def read_certificate(file: Path, key: str, table: str) -> OwnCertificate:
    """From a PEM file and a key as PEM, of the settings in `table`. Raises: SettingsError."""
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        raise SettingsError(
            f"The setting {table}.certificate is not right: it is no PEM file of a certificate."
        ) from None
    try:
        secret = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError):
        raise SettingsError(f"The setting {table}.key is not right: it is no private key as PEM.") from None
    if not isinstance(secret, RSAPrivateKey) or secret.key_size < RSA_BITS:
        raise SettingsError(f"The setting {table}.key is not right: it is no RSA key of {RSA_BITS} bits or more.")
    if secret.public_key() != chain[0].public_key():
        raise SettingsError(f"The setting {table}.key is not right: it is not the key of the certificate.")
    return OwnCertificate(chain, secret, table)


class CertifiedOutside:
    """The client to the outside, where a service asks whoever comes for a certificate. Raises: SettingsError."""

    def __init__(self, own: OwnCertificate, authority: Path | None, outside: Outside) -> None:
        self.own = own
        self._tls = own.make_context(authority)
        self._outside = outside

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float,
        most_bytes: int,
    ) -> Answer:
        """As that of hub.outside, to the host of `url` alone. Raises: OutsideError."""
        return await self._outside.request(
            method,
            url,
            hosts=(host_of(url),),
            params=params,
            headers=headers,
            body=body,
            tls=self._tls,
            seconds=seconds,
            most_bytes=most_bytes,
        )
