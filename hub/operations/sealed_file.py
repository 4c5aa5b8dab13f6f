"""A sealed file: written and read as a stream of lines, compressed, and encrypted with a key that is not in the store.

The stream is cut into pieces of AES-256-GCM under a key of the file's own, drawn from the backup key and a fresh salt. The
nonce of a piece is its number and whether it is the last, so that none can be moved, left out or cut off at the end.
Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online authenticated-encryption and its nonce-reuse misuse-resistance"
(STREAM), 2015; security rule S10.4.
"""

import os
import secrets
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"budbok backup 1\n"
SALT_BYTES = 16
PIECE_BYTES = 1024 * 1024
TAG_BYTES = 16
LENGTH_BYTES = 4


class BrokenFileError(Exception):
    """The file is no backup, was changed or cut, or none of the keys opens it."""


class SealedWriter:
    """Writes lines into a new file that only its owner may read. It counts as whole only once it is closed without a fault."""

    def __init__(self, file: Path, key: str) -> None:
        self._out: BinaryIO = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._head = MAGIC + secrets.token_bytes(SALT_BYTES)
        self._cipher = _cipher(key, self._head)
        self._squeeze = zlib.compressobj(6)
        self._waiting = bytearray()
        self._number = 0
        self._out.write(self._head)

    def write(self, line: bytes) -> None:
        """`line` has no line break in it."""
        self._waiting += self._squeeze.compress(line + b"\n")
        while len(self._waiting) > PIECE_BYTES:
            self._put(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), piece, self._head)
        self._out.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
        self._number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._waiting += self._squeeze.flush()
                while len(self._waiting) > PIECE_BYTES:
                    self._put(bytes(self._waiting[:PIECE_BYTES]), last=False)
                    del self._waiting[:PIECE_BYTES]
                self._put(bytes(self._waiting), last=True)
                self._out.flush()
                os.fsync(self._out.fileno())
        finally:
            self._out.close()


def read_lines(file: Path, keys: Sequence[str]) -> Iterator[bytes]:
    """The lines of a sealed file, without their breaks; each of `keys` is tried. Raises: BrokenFileError, OSError."""
    expand, rest = zlib.decompressobj(), b""
    for piece in _read_pieces(file, keys):
        try:
            *lines, rest = (rest + expand.decompress(piece)).split(b"\n")
        except zlib.error:
            raise BrokenFileError(f"{file} does not unpack") from None
        yield from lines
    if rest or not expand.eof:
        raise BrokenFileError(f"{file} ends in the middle")


def _read_pieces(file: Path, keys: Sequence[str]) -> Iterator[bytes]:
    with file.open("rb") as source:
        head = source.read(len(MAGIC) + SALT_BYTES)
        if len(head) < len(MAGIC) + SALT_BYTES or not head.startswith(MAGIC):
            raise BrokenFileError(f"{file} is not a backup of Budbok")
        number, sealed = 0, _read_sealed(source, file)
        following = _read_sealed(source, file)
        cipher = _find_cipher(keys, head, sealed, last=not following, file=file)
        while sealed:
            try:
                yield cipher.decrypt(_nonce(number, not following), sealed, head)
            except InvalidTag:
                raise BrokenFileError(f"{file} was changed or cut") from None
            number, sealed = number + 1, following
            following = _read_sealed(source, file) if sealed else b""


def _read_sealed(source: BinaryIO, file: Path) -> bytes:
    """One sealed piece; nothing at the end of the file."""
    length = source.read(LENGTH_BYTES)
    if not length:
        return b""
    wanted = int.from_bytes(length, "big")
    if len(length) < LENGTH_BYTES or not TAG_BYTES <= wanted <= PIECE_BYTES + TAG_BYTES:
        raise BrokenFileError(f"{file} was changed or cut")
    sealed = source.read(wanted)
    if len(sealed) < wanted:
        raise BrokenFileError(f"{file} was changed or cut")
    return sealed


def _find_cipher(keys: Sequence[str], head: bytes, sealed: bytes, *, last: bool, file: Path) -> AESGCM:
    for key in keys:
        cipher = _cipher(key, head)
        try:
            cipher.decrypt(_nonce(0, last), sealed, head)
        except InvalidTag:
            continue
        return cipher
    raise BrokenFileError(f"{file} does not open: hub.backup_key is not the one it was made with, or it was changed")


def _cipher(key: str, head: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=head[len(MAGIC) :], info=b"budbok backup").derive(key.encode()))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
