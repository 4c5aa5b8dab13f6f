"""Receipts: what the operator tells later of a text, in words that every operator writes a little differently.

Source: SMPP 3.4 sections 5.2.28, 5.3.2.12, 5.3.2.31, 5.3.2.35 and appendix B.
"""

import re

from channels.sms.addresses import NonsenseError
from channels.sms.smpp_reading import MESSAGE_STATE, NETWORK_ERROR, RECEIPTED_MESSAGE_ID, Delivered
from hub.post.channel import Report
from hub.post.deliveries import Status

STATES = {
    0: Status.QUEUED,
    1: Status.SENT,
    2: Status.DELIVERED,
    3: Status.UNDELIVERED,
    4: Status.CANCELED,
    5: Status.UNDELIVERED,
    6: Status.SENT,
    8: Status.FAILED,
    9: Status.FAILED,
}
"""Scheduled, on its way, delivered, expired, deleted, undeliverable, accepted, rejected, skipped. Unknown tells nothing."""
WORDS = {"SCHEDUL": 0, "ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7}
WORDS |= {"REJECTD": 8, "SKIPPED": 9}
EXPIRED = 3
GSM_NETWORK = 3
UNKNOWN_SUBSCRIBER = 1
"""Source: 3GPP TS 29.002 section 17.6.6, the error unknownSubscriber."""
LONGEST_ID, LONGEST_ERROR = 64, 20
_FIELD = re.compile(r"\b(id|sub|dlvrd|submit date|done date|stat|err)\s*:\s*([^\s:]*)(?!\S*:)", re.IGNORECASE)
_TEXT = re.compile(r"\btext\s*:", re.IGNORECASE)
_ID = re.compile(r"[!-~]{1,64}")
_NO_ERROR = re.compile(r"0*")


def read_receipt(
    delivered: Delivered, channel: str, account: str, receipt_ids: str, gone_errors: frozenset[str]
) -> Report | None:
    """None where it tells nothing of the text. Raises: NonsenseError."""
    words = _TEXT.split(delivered.body.decode("latin-1"), maxsplit=1)[0]
    fields = {name.lower(): value for name, value in reversed(_FIELD.findall(words))}
    told = _text(delivered.tlvs.get(RECEIPTED_MESSAGE_ID)) or fields.get("id", "")
    if not _ID.fullmatch(told):
        raise NonsenseError("id")
    state = _find_state(delivered.tlvs.get(MESSAGE_STATE), fields.get("stat", ""))
    status = STATES.get(state) if state is not None else None
    if status is None:
        return None
    error, is_gone = _find_error(delivered.tlvs.get(NETWORK_ERROR), fields.get("err", ""), gone_errors)
    if error is None and state == EXPIRED:
        error = "expired"
    id_ = _as_told(told, receipt_ids)
    return Report(
        channel=channel,
        key=f"{channel}:{account}:{id_}:{status}:{error or ''}",
        provider_id=id_,
        status=status,
        error=error,
        gone=is_gone and status == Status.UNDELIVERED,
    )


def write_as_told(message_id: str, receipt_ids: str) -> str:
    """The id that a `submit_sm_resp` gave, in the form that its receipt will have."""
    try:
        match receipt_ids:
            case "hex_to_dec":
                return str(int(message_id, 16))
            case "dec_to_hex":
                return f"{int(message_id):x}"
    except ValueError:
        return message_id
    return message_id


def _as_told(told: str, receipt_ids: str) -> str:
    """Without the zeros and capitals in which operators differ from themselves."""
    try:
        match receipt_ids:
            case "hex_to_dec":
                return str(int(told))
            case "dec_to_hex":
                return f"{int(told, 16):x}"
    except ValueError:
        return told
    return told


def _find_state(octets: bytes | None, word: str) -> int | None:
    if octets:
        return octets[-1]
    word = word.upper()
    return next((state for name, state in WORDS.items() if word[:5] == name[:5]), None)


def _find_error(octets: bytes | None, word: str, gone_errors: frozenset[str]) -> tuple[str | None, bool]:
    """The network's own error, and whether it says that nobody has the number."""
    if octets is not None and len(octets) == 3:
        network, error = octets[0], int.from_bytes(octets[1:])
        if error:
            known = network == GSM_NETWORK and error == UNKNOWN_SUBSCRIBER
            return str(error), known or str(error) in gone_errors
    if _NO_ERROR.fullmatch(word) or not _ID.fullmatch(word):
        return None, False
    return word[:LONGEST_ERROR], word in gone_errors


def _text(octets: bytes | None) -> str:
    return (octets or b"").partition(b"\0")[0].decode("latin-1")
