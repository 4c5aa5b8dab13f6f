"""Touches as gates post them: signed once, for every process that is measured; each is a request of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nfc_gateway import wire

from .installation import PUBLIC_URL

GATES = 16
LETTERS = "0123456789abcdefghijklmnopqrstuv"


@dataclass(frozen=True, slots=True)
class BenchGate:
    """A gate that is measured with."""

    reader: str
    secret: str

    @property
    def key(self) -> str:
        return wire.public_key(self.secret)


def make_gates() -> list[BenchGate]:
    return [BenchGate(LETTERS[at] * 26, wire.new_key()) for at in range(GATES)]


def write_requests(gates: Sequence[BenchGate], first: int, count: int, now: datetime, file: Path) -> None:
    """So many requests for each gate, numbered from `first`, each on a line of its own in hex."""
    sent_at = wire.write_moment(now.astimezone(UTC))
    with file.open("w") as out:
        for number in range(first, first + count):
            for gate in gates:
                path = wire.taps_path(gate.reader)
                body = wire.write_batch([wire.Told(number, "04a1b2c3d4e5f6", now)])
                signature = wire.sign(gate.secret, PUBLIC_URL + path, gate.reader, sent_at, body)
                head = (
                    f"POST {path} HTTP/1.1\r\nHost: hub.bench.example\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n{wire.SENT_AT}: {sent_at}\r\n{wire.SIGNATURE}: {signature}\r\n\r\n"
                )
                out.write((head.encode() + body).hex() + "\n")
