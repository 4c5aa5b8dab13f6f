"""What a gate and the hub say to each other: few words, one meaning each, and every one of a gate's signed by its own key.

No name is ever said, in either direction. Source: security rules S7.1, S7.10 and S8.3.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BODY_BYTES = 64 * 1024
ANSWER_BYTES = 4 * 1024
BATCH = 100
"""Touches in one request: the longest of them still fit its body."""
PROVEN_LENGTH = 256
SIGNED_AS = "budbok gate 1"
SENT_AT = "Budbok-Sent-At"
SIGNATURE = "Budbok-Signature"
PAIR_PATH = "/taps/pair"
MOST_NUMBER = 2**62
FIRST_YEAR, LAST_YEAR = 1970, 2199
"""A clock that was never set begins with the first; between the two, moments can be set right."""
CLOCK_SECONDS = 120.0
"""A gate whose clock is further from the hub's than this has a clock that is wrong."""

_SERIAL = re.compile("(?:[0-9a-f]{2}){4,10}")
_PROVEN = re.compile(f"[!-~]{{1,{PROVEN_LENGTH}}}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_KEY = re.compile("[0-9a-f]{64}")
_SIGNATURE = re.compile("[0-9a-f]{128}")
_CODE = re.compile("[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}")
_READER = re.compile("[0-9a-v]{26}")  # as the hub makes ids
T = TypeVar("T")


class NotOurWordsError(ValueError):
    """These bytes are nothing that a gate and a hub say to each other. It repeats none of them."""


@dataclass(frozen=True, slots=True)
class Told:
    """One touch, as a gate tells it. `serial` is lower-case hex of 4 to 10 bytes; `touched_at` is by the gate's own clock, to
    the millisecond; `proven` what the tag itself put behind the question mark of its address; `waited`: it could not be sent
    at once."""

    number: int
    serial: str
    touched_at: datetime
    proven: str | None = None
    waited: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`kept` is the highest number of the batch, all of which is durable now, None where it was empty; `counted` the highest
    that the hub ever kept from this gate; `now` the hub's own time."""

    kept: int | None
    counted: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Pairing:
    """The code that staff were shown, and the gate's new public key in hex."""

    code: str
    key: str


@dataclass(frozen=True, slots=True)
class Paired:
    """The name that the hub has for the gate from now on."""

    reader: str
    now: datetime


def write_batch(touches: Sequence[Told]) -> bytes:
    """The one way to write these touches down."""
    return _write({"touches": [_told(touch) for touch in touches]})


def read_batch(body: bytes) -> list[Told]:
    """Raises: NotOurWordsError, too where numbers do not rise."""
    touches = _read(body, BODY_BYTES, {"touches": list})["touches"]
    if len(touches) > BATCH:
        raise NotOurWordsError
    told = [_read_touch(each) for each in touches]
    if any(later.number <= earlier.number for earlier, later in pairwise(told)):
        raise NotOurWordsError
    return _only_if_written_so(told, body, write_batch)


def write_answer(answer: Answer) -> bytes:
    return _write({"kept": answer.kept, "counted": answer.counted, "now": write_moment(answer.now)})


def read_answer(body: bytes) -> Answer:
    """Raises: NotOurWordsError."""
    said = _read(body, ANSWER_BYTES, {"kept": (int, type(None)), "counted": int, "now": str})
    kept = said["kept"]
    return _only_if_written_so(
        Answer(None if kept is None else _number(kept), _number(said["counted"], 0), read_moment(said["now"])),
        body,
        write_answer,
    )


def write_pairing(pairing: Pairing) -> bytes:
    return _write({"code": pairing.code, "key": pairing.key})


def read_pairing(body: bytes) -> Pairing:
    """Raises: NotOurWordsError."""
    said = _read(body, ANSWER_BYTES, {"code": str, "key": str})
    pairing = Pairing(_like(_CODE, said["code"]), _like(_KEY, said["key"]))
    return _only_if_written_so(pairing, body, write_pairing)


def write_paired(paired: Paired) -> bytes:
    return _write({"reader": paired.reader, "now": write_moment(paired.now)})


def read_paired(body: bytes) -> Paired:
    """Raises: NotOurWordsError."""
    said = _read(body, ANSWER_BYTES, {"reader": str, "now": str})
    return _only_if_written_so(Paired(_like(_READER, said["reader"]), read_moment(said["now"])), body, write_paired)


def write_moment(moment: datetime) -> str:
    """In UTC, to the millisecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def read_moment(text: str) -> datetime:
    """Raises: NotOurWordsError."""
    if not _MOMENT.fullmatch(text):
        raise NotOurWordsError
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotOurWordsError from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise NotOurWordsError
    return moment


def taps_path(reader: str) -> str:
    """Where a gate posts what it read, below the hub's public address."""
    return f"/taps/{reader}"


def is_serial(text: str) -> bool:
    """Whether a touch may have this serial."""
    return _SERIAL.fullmatch(text) is not None


def is_proven(text: str) -> bool:
    """Whether a tag may have added this."""
    return _PROVEN.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """Whether this is a key in hex."""
    return _KEY.fullmatch(text) is not None


def is_reader(text: str) -> bool:
    """Whether a hub may have named a gate so."""
    return _READER.fullmatch(text) is not None


def new_key() -> str:
    """A gate's own secret, in hex."""
    return Ed25519PrivateKey.generate().private_bytes_raw().hex()


def public_key(secret: str) -> str:
    """What goes with it and is no secret, in hex."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).public_key().public_bytes_raw().hex()


def sign(secret: str, url: str, reader: str, sent_at: str, body: bytes) -> str:
    """The signature of one POST to `url`, in hex. `reader` is empty while it pairs."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    return key.sign(signed(url, reader, sent_at, body)).hex()


def is_signed(key: str, signature: str, url: str, reader: str, sent_at: str, body: bytes) -> bool:
    """Whether the holder of this key's secret sent exactly this, there and then."""
    if not _KEY.fullmatch(key) or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature), signed(url, reader, sent_at, body)
        )
    except InvalidSignature:
        return False
    return True


def signed(url: str, reader: str, sent_at: str, body: bytes) -> bytes:
    """What a signature is over."""
    return "\n".join((SIGNED_AS, "POST", url, reader, sent_at, hashlib.sha256(body).hexdigest())).encode()


def _told(touch: Told) -> dict[str, Any]:
    return {
        "number": touch.number,
        "serial": touch.serial,
        "touched_at": write_moment(touch.touched_at),
        "proven": touch.proven,
        "waited": touch.waited,
    }


def _read_touch(given: Any) -> Told:
    kinds = {"number": int, "serial": str, "touched_at": str, "proven": (str, type(None)), "waited": bool}
    said = _check(given, kinds)
    proven = said["proven"]
    return Told(
        _number(said["number"]),
        _like(_SERIAL, said["serial"]),
        read_moment(said["touched_at"]),
        None if proven is None else _like(_PROVEN, proven),
        said["waited"],
    )


def _only_if_written_so(read: T, body: bytes, write: Callable[[T], bytes]) -> T:
    """What has a second way to be written would have a second signature, and is none of ours."""
    if write(read) != body:
        raise NotOurWordsError
    return read


def _write(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def _read(body: bytes, most: int, kinds: Mapping[str, Any]) -> dict[str, Any]:
    if len(body) > most:
        raise NotOurWordsError
    try:
        given = json.loads(body, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotOurWordsError from None
    return _check(given, kinds)


def _check(given: Any, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Exactly these keys, each of its kind; a truth is no number."""
    if not isinstance(given, dict) or given.keys() != kinds.keys():
        raise NotOurWordsError
    for key, kind in kinds.items():
        value = given[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise NotOurWordsError
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise NotOurWordsError
    return said


def _no_number(_: str) -> Any:
    raise NotOurWordsError


def _number(given: int, least: int = 1) -> int:
    if not least <= given <= MOST_NUMBER:
        raise NotOurWordsError
    return given


def _like(pattern: "re.Pattern[str]", text: str) -> str:
    if not pattern.fullmatch(text):
        raise NotOurWordsError
    return text
