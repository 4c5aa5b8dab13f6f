"""A letter as Denmark's Digital Post takes it in: a MeMo message, version 1.2, in the request of KombiPostAfsend.

The order of elements is the schema's. A letter tells of a child, so its title says who sends it and nothing else; what stands
beside the PDF elsewhere has no place in MeMo. Source: digitaliser.dk, MeMo; KOMBIT, SF1601.
"""

from base64 import b64encode
from datetime import UTC, datetime

from channels.letters.digitalpost_settings import DigitalpostSettings
from channels.letters.xml_node import Node, write_prefixed
from hub.mailroom.service import Parcel

MEMO = "https://DigitalPost.dk/MeMo-1"
VERSION = {"memoVersion": "1.2", "memoSchVersion": "1.2.0"}
REQUEST = b"<kombi_request><KombiValgKode>Digital Post</KombiValgKode>%s</kombi_request>"


def write_request(parcel: Parcel, settings: DigitalpostSettings, now: datetime) -> bytes:
    """The same for a parcel each time: it is dated by when it was first tried. Its namespace is named at the message, by the
    prefix that everybody uses, for the platform is known to be particular about that. Raises: RejectedError."""
    created = (parcel.attempted_at or now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = Node(MEMO, "Message", (_header(parcel, settings), _body(parcel, created)), VERSION)
    return REQUEST % write_prefixed(message, {MEMO: "memo"})


def _header(parcel: Parcel, settings: DigitalpostSettings) -> Node:
    return _memo(
        "MessageHeader",
        _text("messageType", "DIGITALPOST"),
        _text("messageUUID", parcel.id),
        _text("label", parcel.title),
        _text("mandatory", "false"),
        _text("legalNotification", "false"),
        _memo("Sender", _text("senderID", settings.cvr), _text("idType", "CVR"), _text("label", parcel.sender)),
        _memo("Recipient", _text("recipientID", parcel.national_id), _text("idType", "CPR")),
    )


def _body(parcel: Parcel, created: str) -> Node:
    file = _memo(
        "File",
        _text("encodingFormat", "application/pdf"),
        _text("filename", parcel.file_name),
        _text("language", parcel.language),
        _text("content", b64encode(parcel.pdf).decode()),
    )
    return _memo("MessageBody", _text("createdDateTime", created), _memo("MainDocument", file))


def _memo(name: str, *content: Node) -> Node:
    return Node(MEMO, name, content)


def _text(name: str, text: str) -> Node:
    return Node(MEMO, name, text)
