"""Signs what leaves, so that others can tell that it is ours. Source: RFC 6376."""

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.mail.quick_rsa import know

SIGNED = (
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"In-Reply-To", b"References", b"Auto-Submitted",
    b"MIME-Version", b"Content-Type", b"List-Unsubscribe", b"List-Unsubscribe-Post",
)  # fmt: skip


class Signer:
    """One key of one domain. Raises: ValueError when the key is no RSA key as PEM."""

    def __init__(self, domain: str, selector: str, key: str) -> None:
        loaded = load_pem_private_key(key.encode(), None)
        if not isinstance(loaded, RSAPrivateKey):
            raise ValueError("not an RSA key")
        know(loaded)
        self._domain, self._selector, self._key = domain.encode(), selector.encode(), key.encode()

    def sign(self, content: bytes) -> bytes:
        """The mail with a signature before it."""
        signer = dkim.DKIM(content)
        present = {name.lower() for name, _ in signer.headers}
        covered = [name for name in SIGNED if name.lower() in present]
        line = signer.sign(
            self._selector, self._domain, self._key, canonicalize=(b"relaxed", b"relaxed"), include_headers=covered
        )
        return bytes(line) + content
