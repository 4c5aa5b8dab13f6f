"""A private key of the rehearsal's own, as an installer makes one."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048


def make_key() -> str:
    """As PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, bare).decode()
