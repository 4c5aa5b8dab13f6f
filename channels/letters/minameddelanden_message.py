"""A letter as operators of Mina meddelanden take it in: a delivery that its sender signed, in one that whoever brings it
sealed. Here both are the municipality.

It tells of a child, so its subject says who sends and nothing else; the words beside the PDF are for who has signed in.
Source: Mina meddelanden, schemas Message v1 to v3 and Service v3.
"""

import hashlib
from base64 import b64encode
from datetime import date

from channels.letters.minameddelanden_settings import MinameddelandenSettings
from channels.letters.own_certificate import OwnCertificate
from channels.letters.soap import SOAP, envelop
from channels.letters.xml_node import Node
from channels.letters.xml_signature import DSIG, sign
from hub.mailroom.service import Parcel
from hub.post.channel import RejectedError

_BASE = "http://minameddelanden.gov.se/schema"
MESSAGE, MESSAGE_2, MESSAGE_3 = f"{_BASE}/Message", f"{_BASE}/Message/v2", f"{_BASE}/Message/v3"
SENDER, SERVICE = f"{_BASE}/Sender", f"{_BASE}/Service/v3"
PREFIXES = {SOAP: "soap", SERVICE: "s", MESSAGE: "m", MESSAGE_2: "m2", MESSAGE_3: "m3", SENDER: "from", DSIG: "ds"}
SUBJECT_LETTERS = 255
MOST_BYTES = 2 * 1024 * 1024
LANGUAGE = "svSE"


def write_delivery(parcel: Parcel, settings: MinameddelandenSettings, own: OwnCertificate, today: date) -> bytes:
    """The whole request. `today` is Sweden's. Raises: RejectedError, also where it is larger than operators take."""
    signed = sign(Node(MESSAGE_3, "SignedDelivery", (_delivery(parcel, settings),)), own)
    seal = Node(
        MESSAGE_3,
        "Seal",
        (Node(MESSAGE, "ReceivedTime", today.isoformat()), Node(MESSAGE, "SignaturesOK", "true")),
    )
    sealed = sign(Node(MESSAGE_3, "SealedDelivery", (signed, seal)), own)
    body = Node(SERVICE, "deliverSecure", (sealed.renamed(SERVICE, "deliverSecure"),))
    request = envelop(body, PREFIXES)
    if len(request) > MOST_BYTES:
        raise RejectedError("too_large")
    return request


def _delivery(parcel: Parcel, settings: MinameddelandenSettings) -> Node:
    sender = Node(MESSAGE_2, "Sender", (Node(SENDER, "Id", settings.sender_id), Node(SENDER, "Name", parcel.sender)))
    header = _v3("Header", sender, Node(MESSAGE_2, "Recipient", parcel.national_id))
    return _v3("Delivery", header, _message(parcel, settings))


def _message(parcel: Parcel, settings: MinameddelandenSettings) -> Node:
    header = _v3(
        "Header",
        _text("Id", parcel.id),
        _text("Subject", parcel.title[:SUBJECT_LETTERS]),
        _support(settings),
        _text("Language", LANGUAGE),
    )
    body = _v3("Body", Node(MESSAGE, "ContentType", "text/plain"), Node(MESSAGE, "Body", _base64(parcel.body.encode())))
    attachment = _v3(
        "Attachment",
        Node(MESSAGE, "ContentType", "application/pdf"),
        Node(MESSAGE, "Body", _base64(parcel.pdf)),
        Node(MESSAGE, "Checksum", hashlib.md5(parcel.pdf, usedforsecurity=False).hexdigest().upper()),
        Node(MESSAGE, "Filename", parcel.file_name),
    )
    return _v3("Message", header, body, attachment)


def _support(settings: MinameddelandenSettings) -> Node:
    told = {
        "Text": settings.support_text,
        "URL": settings.support_url,
        "PhoneNumber": settings.support_phone,
        "EmailAdress": settings.support_mail,
    }
    return _v3("Supportinfo", *(_text(name, text) for name, text in told.items() if text))


def _v3(name: str, *content: Node) -> Node:
    return Node(MESSAGE_3, name, content)


def _text(name: str, text: str) -> Node:
    return Node(MESSAGE_3, name, text)


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
