"""What each "no" of an SMSC means for the one text we tried to send.

Source: SMPP 3.4 section 5.1.3; S9.3 and S9.5.
"""

from aiosmpplib import SmppCommandStatus as Told

from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

THROTTLED_SECONDS = 2.0
OWN_CODES = 0x100
"""From here on codes are reserved, or the operator's own: they say no, but not why."""

WAIT = frozenset({Told.ESME_RTHROTTLED, Told.ESME_RMSGQFUL})
LATER = frozenset({Told.ESME_RSYSERR, Told.ESME_RX_T_APPN})
CLOSED = frozenset(
    {Told.ESME_RINVBNDSTS, Told.ESME_RBINDFAIL, Told.ESME_RINVPASWD, Told.ESME_RINVSYSID, Told.ESME_RINVSYSTYP}
)
GONE = frozenset({Told.ESME_RINVDSTADR})
UNCLEAR = frozenset({Told.ESME_RUNKNOWNERR})


def explain(status: int) -> SendError:
    """The SendError for a status other than 0."""
    reason = f"smpp_{status:02x}"
    if status in WAIT:
        return TryLaterError(reason, after=THROTTLED_SECONDS)
    if status in CLOSED:
        return TryLaterError(reason, whole_channel=True)
    if status in LATER or status >= OWN_CODES:
        return TryLaterError(reason)
    if status in GONE:
        return AddressGoneError(reason)
    if status in UNCLEAR:
        return UnknownFateError(reason)
    return RejectedError(reason)
