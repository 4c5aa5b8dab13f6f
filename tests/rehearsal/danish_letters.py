"""What the pretend Serviceplatform finds wrong with a request of KombiPostAfsend, and letters as it holds them.

The order of elements is the schema's of MeMo 1.2. Source: digitaliser.dk, MeMo; KOMBIT, SF1601.
"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from xml.etree import ElementTree

MEMO = "https://DigitalPost.dk/MeMo-1"
ORDERS = {
    "Message": "MessageHeader MessageBody?",
    "MessageHeader": "messageType messageUUID messageID? messageCode? label notification? additionalNotification? reply? "
    "replyByDateTime? doNotDeliverUntilDate? mandatory legalNotification postType? Sender Recipient ContentData? "
    "ForwardData? ReplyData*",
    "Sender": "senderID idType idTypeLabel? label AttentionData? ContactPoint? Representative?",
    "Recipient": "recipientID idType idTypeLabel? label? AttentionData? ContactPoint?",
    "MessageBody": "createdDateTime MainDocument AdditionalDocument* TechnicalDocument*",
    "MainDocument": "mainDocumentID? label? File+ Action*",
    "File": "encodingFormat filename language content",
}
FORMS = {
    "messageType": "DIGITALPOST",
    "messageUUID": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "senderID": r"\d{8}",
    "recipientID": r"\d{10}",
    "mandatory": "true|false",
    "legalNotification": "true|false",
    "createdDateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "encodingFormat": r"[a-z]+/[a-z0-9.+-]+",
    "language": "[a-z]{2}",
}


@dataclass
class DanishLetter:
    """One that was taken."""

    message_uuid: str
    recipient: str
    label: str
    sender: str
    file_name: str
    pdf: bytes


def read_request(body: bytes, cvr: str) -> DanishLetter:
    """Raises: ValueError, with what is wrong."""
    if b"<!" in body:
        raise ValueError("a type is defined")
    try:
        request = ElementTree.fromstring(body)  # noqa: S314 - what defines types was refused above
    except ElementTree.ParseError:
        raise ValueError("not XML") from None
    if request.tag != "kombi_request" or [child.tag for child in request] != ["KombiValgKode", f"{{{MEMO}}}Message"]:
        raise ValueError("kombi_request")
    choice, message = request
    if choice.text != "Digital Post" or message.attrib != {"memoVersion": "1.2", "memoSchVersion": "1.2.0"}:
        raise ValueError("KombiValgKode or the version")
    if b'<memo:Message xmlns:memo="' not in body:
        raise ValueError("another prefix, or named elsewhere")
    _check(message)
    told = {_name(one): one.text or "" for one in message.iter()}
    if told["senderID"] != cvr:
        raise ValueError("another sender")
    labels = [one.text or "" for one in message.iter(f"{{{MEMO}}}label")]
    return DanishLetter(
        told["messageUUID"], told["recipientID"], labels[0], labels[1], told["filename"],
        b64decode(told["content"], validate=True),
    )  # fmt: skip


def _check(element: ElementTree.Element) -> None:
    name = _name(element)
    if order := ORDERS.get(name):
        parts = (re.sub(r"^(\w+)([?*+]?)$", r"(?:\1,)\2", part) for part in order.split())
        if not re.fullmatch("".join(parts), "".join(f"{_name(child)}," for child in element)):
            raise ValueError(f"the elements of {name}, or their order")
    elif len(element):
        raise ValueError(name)
    if (form := FORMS.get(name)) and not re.fullmatch(form, element.text or ""):
        raise ValueError(name)
    for child in element:
        _check(child)


def _name(element: ElementTree.Element) -> str:
    namespace, _, name = element.tag.rpartition("}")
    if namespace != f"{{{MEMO}":
        raise ValueError(f"{element.tag} is not of MeMo")
    return name
