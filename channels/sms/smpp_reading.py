"""A `deliver_sm` read from its octets, as leniently as operators write it.

The library's own reader decodes the text at once and drops what it does not know: the octets of a part, an empty text,
wide references and odd types of number would be lost. Source: SMPP 3.4 sections 4.6, 5.2 and 5.3; 3GPP TS 23.040 section
9.2.3.24.
"""

import struct
from dataclasses import dataclass, field

from channels.sms.addresses import NonsenseError

HEADER = struct.Struct("!IIII")
"""Length, command, status, sequence."""
MESSAGE_PAYLOAD = 0x0424
RECEIPTED_MESSAGE_ID, MESSAGE_STATE, NETWORK_ERROR = 0x001E, 0x0427, 0x0423
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
RECEIPT_CLASS, RECEIPT = 0b00111100, 0b00000100
UDH_PRESENT = 0b01000000
NARROW, WIDE = 0x00, 0x08
LONGEST_NUMBER, LONGEST_TIME, LONGEST_TYPE = 20, 16, 5


@dataclass(frozen=True, slots=True)
class End:
    """One end of a message: type of number, numbering plan, and the number as it came."""

    ton: int
    npi: int
    value: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the operator hands us. `body` is without its user data header; `place` is (reference, total, number) of a part."""

    source: End
    destination: End
    esm_class: int
    coding: int
    body: bytes
    place: tuple[int, int, int] | None = None
    tlvs: dict[int, bytes] = field(default_factory=dict)

    @property
    def is_receipt(self) -> bool:
        return self.esm_class & RECEIPT_CLASS == RECEIPT


class _Octets:
    """Reads on from where it is. Raises: NonsenseError at the end."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._octets[self._at : self._at + count]
        if len(taken) < count:
            raise NonsenseError("too short")
        self._at += count
        return taken

    def number(self) -> int:
        return self.take(1)[0]

    def string(self, longest: int) -> str:
        """Up to its NUL."""
        end = self._octets.find(b"\0", self._at, self._at + longest + 1)
        if end < 0:
            raise NonsenseError("no end")
        taken = self._octets[self._at : end]
        self._at = end + 1
        try:
            return taken.decode("ascii")
        except UnicodeDecodeError:
            raise NonsenseError("not ASCII") from None

    def end(self) -> End:
        return End(self.number(), self.number(), self.string(LONGEST_NUMBER))

    def rest(self) -> bytes:
        return self._octets[self._at :]


def read_deliver_sm(body: bytes) -> Delivered:
    """From what follows the header. Raises: NonsenseError."""
    octets = _Octets(body)
    octets.string(LONGEST_TYPE)
    source, destination = octets.end(), octets.end()
    esm_class = octets.number()
    octets.take(2)  # protocol, priority
    octets.string(LONGEST_TIME)
    octets.string(LONGEST_TIME)
    octets.take(2)  # receipts wanted, replacing
    coding = octets.number()
    octets.take(1)  # a canned message
    text = octets.take(octets.number())
    tlvs = _read_tlvs(octets.rest())
    text = tlvs.get(MESSAGE_PAYLOAD, b"") or text
    place = _read_sar(tlvs)
    if esm_class & UDH_PRESENT and esm_class & RECEIPT_CLASS != RECEIPT:
        text, told = _read_header(text)
        place = told or place
    return Delivered(source, destination, esm_class, coding, text, place, tlvs)


def _read_tlvs(octets: bytes) -> dict[int, bytes]:
    """The first of each tag; what is cut off at the end is left out."""
    tlvs: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(octets):
        tag, length = struct.unpack_from("!HH", octets, at)
        at += 4
        if at + length > len(octets):
            break
        tlvs.setdefault(tag, octets[at : at + length])
        at += length
    return tlvs


def _read_sar(tlvs: dict[int, bytes]) -> tuple[int, int, int] | None:
    if not {SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER} <= tlvs.keys():
        return None
    return _checked(*(int.from_bytes(tlvs[tag]) for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER)))


def _read_header(text: bytes) -> tuple[bytes, tuple[int, int, int] | None]:
    """The text behind its user data header, and its place. Raises: NonsenseError."""
    if not text or text[0] >= len(text):
        raise NonsenseError("no such header")
    header, rest = text[1 : 1 + text[0]], text[1 + text[0] :]
    place = None
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if kind == NARROW and len(value) == 3:
            place = _checked(value[0], value[1], value[2])
        elif kind == WIDE and len(value) == 4:
            place = _checked(int.from_bytes(value[:2]), value[2], value[3])
        at += 2 + length
    return rest, place


def _checked(reference: int, total: int, number: int) -> tuple[int, int, int] | None:
    """None for the only part, and for what counts itself wrongly: it stands alone then."""
    return (reference, total, number) if 1 < total <= 255 and 1 <= number <= total and reference <= 0xFFFF else None
