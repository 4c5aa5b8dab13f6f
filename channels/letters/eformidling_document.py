"""A letter as the integration point takes it in: the standard business document, whose file is handed in after it.

What is shown before anybody has signed in, and what notices say, is the parcel's title and notice. It is a decision, so the
process heeds reservations; it opens at security level 4, and tells when it was opened.
Source: docs.digdir.no, eFormidling, "Digital post til innbyggere" and "Digital post til virksomheter".
"""

import json
from datetime import timedelta
from typing import Any

from channels.letters.norway_settings import EformidlingSettings
from hub.clock import Clock
from hub.mailroom.service import Parcel, Way
from hub.post.channel import RejectedError

PROCESS = "urn:no:difi:profile:digitalpost:vedtak:ver1.0"
STANDARDS = {
    Way.MAILBOX: "urn:no:difi:digitalpost:xsd:digital::digital",
    Way.INBOX: "urn:no:difi:digitalpost:xsd:digital::digital_dpv",
}
AUTHORITY = "iso6523-actorid-upis"
SECURITY_LEVEL = 4


def write_document(parcel: Parcel, settings: EformidlingSettings, clock: Clock) -> bytes:
    """Our own id is its message's and its conversation's. Raises: RejectedError."""
    standard = STANDARDS.get(parcel.way)
    if standard is None:
        raise RejectedError("no_such_way")
    kind = standard.rpartition("::")[2]
    gives_up_at = (parcel.attempted_at or clock.now()) + timedelta(hours=settings.lives_hours)
    header = {
        "headerVersion": "1.0",
        "receiver": [{"identifier": {"authority": AUTHORITY, "value": parcel.national_id}}],
        "documentIdentification": {
            "standard": standard,
            "typeVersion": "1.0",
            "instanceIdentifier": parcel.id,
            "type": kind,
        },
        "businessScope": {
            "scope": [
                {
                    "type": "ConversationId",
                    "instanceIdentifier": parcel.id,
                    "identifier": PROCESS,
                    "scopeInformation": [{"expectedResponseDateTime": gives_up_at.isoformat(timespec="seconds")}],
                }
            ]
        },
    }
    content = _for_mailbox(parcel, settings) if parcel.way is Way.MAILBOX else _for_inbox(parcel)
    try:
        return json.dumps({"standardBusinessDocumentHeader": header, kind: content}, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise RejectedError("not_unicode") from None


def _for_mailbox(parcel: Parcel, settings: EformidlingSettings) -> dict[str, Any]:
    content = {
        "sikkerhetsnivaa": SECURITY_LEVEL,
        "hoveddokument": parcel.file_name,
        "tittel": parcel.title,
        "spraak": parcel.language,
        "digitalPostInfo": {"virkningsdato": parcel.day.isoformat(), "aapningskvittering": True},
        "varsler": {"epostTekst": parcel.notice, "smsTekst": parcel.notice},
        "metadataFiler": {},
    }
    return {**content, "avsenderId": settings.sender_id} if settings.sender_id else content


def _for_inbox(parcel: Parcel) -> dict[str, Any]:
    """The summary is shown in the list of messages, and so says no more than the title."""
    return {
        "tittel": parcel.title,
        "sammendrag": parcel.title,
        "innhold": parcel.body,
        "dpv": {"varselTransportType": "EpostOgSMS", "varselTekst": parcel.notice},
    }
