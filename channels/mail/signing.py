"""Signs what leaves, so that others can tell that it is ours. Source: RFC 6376; RFC 8301.

A mail of ours is plain enough to be signed in one pass. The signature's own line is the one that dkimpy, which judges what
comes in, finds to hold.
"""

import base64
import hashlib
import re
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"auto-submitted",
    b"mime-version", b"content-type", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
LINE = 72
_NEXT_FIELD = re.compile(rb"\r\n(?![ \t])")
_SPACES = re.compile(rb"[ \t]{2,}|\t")
"""Only where it is no single space already: most are."""


class Signer:
    """One key of one domain. Raises: ValueError when the key is no RSA key as PEM."""

    def __init__(self, domain: str, selector: str, key: str) -> None:
        loaded = load_pem_private_key(key.encode(), None)
        if not isinstance(loaded, RSAPrivateKey):
            raise ValueError("not an RSA key")
        self._key = loaded
        self._begin = f"v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d={domain}; s={selector};".encode()

    def sign(self, content: bytes, at: datetime) -> bytes:
        """The mail, whose lines end with CRLF and whose headers stand once each, with a signature before it."""
        head, _, body = content.partition(b"\r\n\r\n")
        fields = _read_fields(head)
        covered = [name for name in SIGNED if name in fields]
        value = b"%s t=%d;\r\n h=%s;\r\n bh=%s;\r\n b=" % (
            self._begin,
            int(at.timestamp()),
            b":\r\n ".join((b":".join(covered[:5]), b":".join(covered[5:]))),
            base64.b64encode(hashlib.sha256(relax_body(body)).digest()),
        )
        told = [b"%s:%s" % (name, fields[name]) for name in covered]
        told.append(b"dkim-signature:" + relax_field(value))
        proof = base64.b64encode(self._key.sign(b"\r\n".join(told), PKCS1v15(), SHA256()))
        return b"DKIM-Signature: %s%s\r\n%s" % (value, _fold(proof), content)


def _read_fields(head: bytes) -> dict[bytes, bytes]:
    """By name in small letters, relaxed."""
    fields = {}
    for field in _NEXT_FIELD.split(head):
        name, _, value = field.partition(b":")
        fields[name.lower()] = relax_field(value)
    return fields


def compress_spaces(content: bytes) -> bytes:
    """Each run of spaces and tabs as one space."""
    if b"  " not in content and b"\t" not in content:
        return content
    return _SPACES.sub(b" ", content)


def relax_field(value: bytes) -> bytes:
    """Unfolded, with single spaces. Source: RFC 6376 section 3.4.2."""
    return compress_spaces(value.replace(b"\r\n", b"")).strip(b" ")


def relax_body(body: bytes) -> bytes:
    """With single spaces, and none that ends a line; without empty lines at its end. Source: RFC 6376 section 3.4.4."""
    body = compress_spaces(body).replace(b" \r\n", b"\r\n")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n" if end > 0 else b""


def _fold(proof: bytes) -> bytes:
    return b"\r\n ".join(proof[at : at + LINE] for at in range(0, len(proof), LINE))
