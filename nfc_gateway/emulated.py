"""Tags that are played by UDP on loopback: for a gate that is tried without a reader, or a hub without a gate.

A Type 2 tag (as NTAG21x) has one address; a Type 4 one (as NTAG 424 DNA) may have another each time it is touched.
Source: NFC Forum, Type 2 Tag 1.2 and Type 4 Tag 3.0; ISO/IEC 14443-4 for the blocks.
"""

import time
from collections.abc import Sequence
from typing import Any, Protocol

import ndef
import nfc
import nfc.clf

from nfc_gateway.device import open_device

READ, WRITE, GET_VERSION = 0x30, 0xA2, 0x60
RATS, DESELECT = 0xE0, 0xC2
ATS = bytes.fromhex("067777710280")
APPLICATION = bytes.fromhex("d2760000850101")
CONTAINER, MESSAGE = bytes.fromhex("e103"), bytes.fromhex("e104")
CONTAINER_FILE = bytes.fromhex("000f20003b00340406e104010000ff")
DONE, NOT_FOUND, NOT_KNOWN = bytes.fromhex("9000"), bytes.fromhex("6a82"), bytes.fromhex("6d00")
EXCHANGE_SECONDS = 0.5
LISTEN_SECONDS = 0.5


class PlayedTag(Protocol):
    """`answer` takes a command as it comes and returns what the tag says; None ends the touch."""

    @property
    def target(self) -> Any: ...
    def touch(self) -> None: ...
    def first(self, target: Any) -> bytes | None: ...
    def answer(self, command: bytes) -> bytes | None: ...


def write_message(uri: str) -> bytes:
    return b"".join(ndef.message_encoder([ndef.UriRecord(uri)]))


class Type2:
    """A static tag. `serial` has seven bytes; without a `uri` it holds no message at all."""

    def __init__(self, serial: bytes, uri: str = "") -> None:
        self._serial = serial
        message = write_message(uri) if uri else b""
        block = bytes([3, len(message)]) + message + b"\xfe"
        memory = bytearray(256)
        memory[0:3], memory[4:8] = serial[:3], serial[3:]
        memory[3] = 0x88 ^ serial[0] ^ serial[1] ^ serial[2]
        memory[8] = serial[3] ^ serial[4] ^ serial[5] ^ serial[6]
        memory[12:16] = b"\xe1\x10\x1c\x00"
        memory[16 : 16 + len(block)] = block
        self._memory = memory

    @property
    def target(self) -> Any:
        return nfc.clf.LocalTarget(
            "106A", sens_res=bytearray(b"\x44\x00"), sdd_res=bytearray(self._serial), sel_res=bytearray(b"\x00")
        )

    def touch(self) -> None:
        """It says the same each time."""

    def first(self, target: Any) -> bytes | None:
        return bytes(target.tt2_cmd) if target.tt2_cmd else None

    def answer(self, command: bytes) -> bytes | None:
        at = command[1] * 4 if len(command) > 1 else 0
        if command[0] == READ:
            return bytes(self._memory[at : at + 16]).ljust(16, b"\0")
        if command[0] == WRITE:
            self._memory[at : at + 4] = command[2:6]
            return b"\x0a"
        if command[0] == GET_VERSION:
            return bytes.fromhex("0004040201000f03")
        return b"\x00"


class Type4:
    """A tag whose address is the next of `uris` at each touch, and stays the last."""

    def __init__(self, serial: bytes, uris: Sequence[str]) -> None:
        self._serial = serial
        self._uris = list(uris)
        self._touches = 0
        self._files: dict[bytes, bytes] = {}
        self._chosen = b""

    @property
    def target(self) -> Any:
        return nfc.clf.LocalTarget(
            "106A", sens_res=bytearray(b"\x44\x03"), sdd_res=bytearray(self._serial), sel_res=bytearray(b"\x20")
        )

    def touch(self) -> None:
        message = write_message(self._uris[min(self._touches, len(self._uris) - 1)])
        self._touches += 1
        self._files = {CONTAINER: CONTAINER_FILE, MESSAGE: len(message).to_bytes(2, "big") + message}
        self._chosen = b""

    def first(self, target: Any) -> bytes | None:
        return bytes(target.tt4_cmd) if target.tt4_cmd else None

    def answer(self, command: bytes) -> bytes | None:
        """Blocks of ISO/IEC 14443-4: what is in an I-block is for the files."""
        kind = command[0]
        if kind == RATS:
            return ATS
        if kind == DESELECT:
            return bytes([DESELECT])
        if kind & 0xF6 == 0xB2:  # "are you there?"
            return bytes([0xA2 | kind & 1])
        if kind & 0xE2 == 0x02:
            return bytes([kind]) + self._answer_command(command[1:])
        return None

    def _answer_command(self, command: bytes) -> bytes:
        head, body = command[:4], command[5 : 5 + command[4]] if len(command) > 4 else b""
        if head == bytes.fromhex("00a40400"):
            return DONE if body == APPLICATION else NOT_FOUND
        if head == bytes.fromhex("00a4000c"):
            self._chosen = body
            return DONE if body in self._files else NOT_FOUND
        if head[:2] == bytes.fromhex("00b0"):
            at, most = int.from_bytes(head[2:4], "big"), command[4] if len(command) > 4 else 0
            return self._files.get(self._chosen, b"")[at : at + most] + DONE
        return NOT_KNOWN


def play(path: str, tag: PlayedTag, hold_seconds: float = 0.6, wait_seconds: float = 30.0) -> bool:
    """Hold the tag to a gate that reads at `path`, once; True when it was read.

    The touch lasts for `hold_seconds` from when the gate first sees it; it is waited for `wait_seconds`.
    """
    until = time.monotonic() + wait_seconds
    with open_device(path) as device:
        while time.monotonic() < until:
            found = device.listen(tag.target, timeout=LISTEN_SECONDS)
            command = tag.first(found) if found is not None else None
            if command is None:
                continue
            tag.touch()
            if _hold(device, tag, command, hold_seconds):
                return True
    return False


def _hold(device: Any, tag: PlayedTag, command: bytes | None, seconds: float) -> bool:
    """Answer until the time is over; True when more was asked than whether it is there."""
    end, answered = time.monotonic() + seconds, 0
    while command and time.monotonic() < end:
        said = tag.answer(command)
        if said is None:
            break
        answered += 1
        try:
            command = bytes(device.exchange(bytearray(said), timeout=EXCHANGE_SECONDS) or b"")
        except nfc.clf.CommunicationError:
            break
    return answered > 1
