"""What an NTAG 424 DNA says of itself when it is read: Secure Dynamic Messaging, in the mode with AES.

At each reading the tag mirrors into its address who it is, a number that only rises, and a code over both that nobody makes
without its key. These are pure functions: they know no store and no clock. Tags in LRP mode use another cipher and are refused,
as is every other form. Source: NXP AN12196 sections 3 and 5; RFC 4493.
"""

import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

KEY_BYTES = BLOCK = 16
UID_BYTES, COUNTER_BYTES, MAC_BYTES = 7, 3, 8
LONGEST_ADDRESS = 500
"""Letters; what is longer was not mirrored by a tag of ours."""
_MIRRORS_BOTH_OF_SEVEN = 0xC7
_MAC = bytes.fromhex("3CC300010080")
_FOR_128_BITS = b"\x01"
_HEX = re.compile(r"[0-9A-Fa-f]+")
_ENCRYPTED = (["picc_data", "cmac"], ["picc_data", "enc", "cmac"])
_PLAIN = ["uid", "ctr", "cmac"]


class NotMirroredError(Exception):
    """It is nothing that a tag of ours mirrors, or not with this key. The text is a short code, never what was read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who the tag says it is, seven bytes, and how often it was read."""

    uid: bytes
    counter: int

    @property
    def vector(self) -> bytes:
        """As the key of one reading is made from: the counter's lowest byte first."""
        return self.uid + self.counter.to_bytes(COUNTER_BYTES, "little")


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What stood in an address, before anything of it is believed. One of `picc_data` and `plain` is there. `signed` is the
    part of the address that the code is over."""

    mac: bytes
    signed: bytes
    picc_data: bytes | None = None
    plain: Seen | None = None


def read_address(address: str) -> Mirrored:
    """Take apart `...?picc_data=&cmac=`, `...?picc_data=&enc=&cmac=` or `...?uid=&ctr=&cmac=`, in this order and with nothing
    else; what is in `enc` is signed and never opened. Raises: NotMirroredError."""
    if len(address) > LONGEST_ADDRESS or not address.isascii():
        raise NotMirroredError("form")
    try:
        pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True, max_num_fields=3)
    except ValueError:
        raise NotMirroredError("form") from None
    names, told = [name for name, _ in pairs], dict(pairs)
    if names == _PLAIN:
        counter = int.from_bytes(_bytes(told["ctr"], COUNTER_BYTES), "big")
        return Mirrored(_bytes(told["cmac"], MAC_BYTES), b"", plain=Seen(_bytes(told["uid"], UID_BYTES), counter))
    if names not in _ENCRYPTED:
        raise NotMirroredError("form")
    enc = told.get("enc")
    return Mirrored(
        _bytes(told["cmac"], MAC_BYTES),
        b"" if enc is None else _check_blocks(enc) + b"&cmac=",
        picc_data=_bytes(told["picc_data"], BLOCK),
    )


def _bytes(text: str, count: int) -> bytes:
    if len(text) != 2 * count or _HEX.fullmatch(text) is None:
        raise NotMirroredError("form")
    return bytes.fromhex(text)


def _check_blocks(text: str) -> bytes:
    """The text itself. Raises: NotMirroredError."""
    if len(text) % (2 * BLOCK) or _HEX.fullmatch(text) is None:
        raise NotMirroredError("form")
    return text.encode()


def open_picc(meta_key: bytes, picc_data: bytes) -> Seen:
    """Who the tag is, by the key that all tags of an owner share. A wrong key may still open it: the code decides.

    Raises: NotMirroredError where it is not a seven-byte UID with its counter.
    """
    if len(picc_data) != BLOCK:
        raise NotMirroredError("form")
    opened = _decrypt(meta_key, bytes(BLOCK), picc_data)
    if opened[0] != _MIRRORS_BOTH_OF_SEVEN:
        raise NotMirroredError("picc")
    uid, counter = opened[1 : 1 + UID_BYTES], opened[1 + UID_BYTES : 1 + UID_BYTES + COUNTER_BYTES]
    return Seen(uid, int.from_bytes(counter, "little"))


def derive_mac_key(file_key: bytes, seen: Seen) -> bytes:
    """The key of the code of this one reading."""
    return cmac(file_key, _MAC + seen.vector)


def is_signed(mac_key: bytes, signed: bytes, mac: bytes) -> bool:
    """Whether the tag made this code; compared in constant time."""
    return hmac.compare_digest(cmac(mac_key, signed)[1::2], mac)


def verify(mirrored: Mirrored, seen: Seen, file_key: bytes) -> bool:
    """Whether a reading is what the tag of this key made."""
    return is_signed(derive_mac_key(file_key, seen), mirrored.signed, mirrored.mac)


def cmac(key: bytes, *parts: bytes) -> bytes:
    """AES-CMAC, 16 bytes. Source: RFC 4493."""
    code = CMAC(algorithms.AES(key))
    for part in parts:
        code.update(part)
    return code.finalize()


def diversify(master: bytes, uid: bytes, *more: bytes) -> bytes:
    """A key for this tag alone. Raises: ValueError where the whole is not 17 to 32 bytes, for which the standard has another
    rule than a plain CMAC. Source: NXP AN10922 section 2.2."""
    whole = b"".join((_FOR_128_BITS, uid, *more))
    if not BLOCK < len(whole) <= 2 * BLOCK:
        raise ValueError("what a key is made from is 17 to 32 bytes")
    return cmac(master, whole)


def _decrypt(key: bytes, start: bytes, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()
