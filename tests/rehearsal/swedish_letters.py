"""What a pretend operator of Mina meddelanden finds wrong with a delivery, its signatures first, and letters as it has them.

A signature is checked as operators do: prefixes are taken away, what was sent as `deliverSecure` is read as the sealed delivery
that was signed, and its canonical form is made by the standard library. Source: Mina meddelanden, schemas Message v1 to v3.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from copy import deepcopy
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

Element = ElementTree.Element
BASE = "{http://minameddelanden.gov.se/schema/"
M1, M2, M3 = f"{BASE}Message}}", f"{BASE}Message/v2}}", f"{BASE}Message/v3}}"
SENDER, SERVICE, RECIPIENT = f"{BASE}Sender}}", f"{BASE}Service/v3}}", f"{BASE}Recipient/v3}}"
SOAP, DS = "{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2000/09/xmldsig#}"
ENVELOPED, EXCLUSIVE = f"{DS[1:-1]}enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256, DIGEST = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"
SUBJECT_LETTERS, SUPPORT_LETTERS = 255, 1024
ORDERS = {
    "SealedDelivery": [f"{M3}SignedDelivery", f"{M3}Seal", f"{DS}Signature"],
    "SignedDelivery": [f"{M3}Delivery", f"{DS}Signature"],
    "Delivery": [f"{M3}Header", f"{M3}Message"],
    "Delivery/Header": [f"{M2}Sender", f"{M2}Recipient"],
    "Sender": [f"{SENDER}Id", f"{SENDER}Name"],
    "Message": [f"{M3}Header", f"{M3}Body", f"{M3}Attachment"],
    "Message/Header": [f"{M3}Id", f"{M3}Subject", f"{M3}Supportinfo", f"{M3}Language"],
    "Body": [f"{M1}ContentType", f"{M1}Body"],
    "Attachment": [f"{M1}ContentType", f"{M1}Body", f"{M1}Checksum", f"{M1}Filename"],
    "Seal": [f"{M1}ReceivedTime", f"{M1}SignaturesOK"],
    "Signature": [f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo"],
    "SignedInfo": [f"{DS}CanonicalizationMethod", f"{DS}SignatureMethod", f"{DS}Reference"],
    "Reference": [f"{DS}Transforms", f"{DS}DigestMethod", f"{DS}DigestValue"],
}


@dataclass
class SwedishLetter:
    """One that was taken."""

    message_id: str
    recipient: str
    sender: str
    subject: str
    support: dict[str, str]
    text: str
    file_name: str
    pdf: bytes


def parse(body: bytes) -> Element:
    """What the only question in an envelope holds. Raises: ValueError."""
    if b"<!" in body:
        raise ValueError("a type is defined")
    try:
        envelope = ElementTree.fromstring(body)  # noqa: S314 - what defines types was refused above
    except ElementTree.ParseError:
        raise ValueError("not XML") from None
    if envelope.tag != f"{SOAP}Envelope" or [part.tag for part in envelope] != [f"{SOAP}Body"] or len(envelope[0]) != 1:
        raise ValueError("the envelope")
    return envelope[0][0]


def read_delivery(question: Element, sender_id: str, certificate: x509.Certificate) -> SwedishLetter:
    """Raises: ValueError, with what is wrong."""
    if question.tag != f"{SERVICE}deliverSecure" or [one.tag for one in question] != [f"{SERVICE}deliverSecure"]:
        raise ValueError("deliverSecure")
    sealed = deepcopy(question[0])
    sealed.tag = f"{M3}SealedDelivery"
    signed, seal, _ = _parts(sealed, "SealedDelivery")
    for one in (signed, sealed):
        _check_signature(one, certificate)
    received, is_ok = (part.text or "" for part in _parts(seal, "Seal"))
    if not re.fullmatch(r"\d{4}-\d\d-\d\d([+-]\d\d:\d\d|Z)?", received) or is_ok != "true":
        raise ValueError("the seal")
    delivery, _ = _parts(signed, "SignedDelivery")
    header, message = _parts(delivery, "Delivery")
    sender, recipient = _parts(header, "Delivery/Header")
    told_id, name = (part.text or "" for part in _parts(sender, "Sender"))
    if told_id != sender_id or not re.fullmatch(r"16\d{10}", told_id) or not name:
        raise ValueError("the sender")
    return _read_message(message, recipient.text or "", name)


def _read_message(message: Element, recipient: str, sender: str) -> SwedishLetter:
    header, body, attachment = _parts(message, "Message")
    id_, subject, support, language = _parts(header, "Message/Header")
    told = {one.tag.removeprefix(M3): one.text or "" for one in support}
    names = [name for name in ("Text", "URL", "PhoneNumber", "EmailAdress") if name in told]
    if list(told) != names or not 0 < len(told.get("Text", "")) <= SUPPORT_LETTERS:
        raise ValueError("Supportinfo")
    if not 0 < len(subject.text or "") <= SUBJECT_LETTERS or language.text != "svSE" or not id_.text:
        raise ValueError("the header of the message")
    if not re.fullmatch(r"\d{12}|16\d{10}", recipient):
        raise ValueError("the recipient")
    kind, text = (part.text or "" for part in _parts(body, "Body"))
    file_kind, content, checksum, file_name = (part.text or "" for part in _parts(attachment, "Attachment"))
    pdf = b64decode(content, validate=True)
    if (kind, file_kind) != ("text/plain", "application/pdf") or not file_name:
        raise ValueError("what it holds")
    if checksum != hashlib.md5(pdf, usedforsecurity=False).hexdigest().upper():
        raise ValueError("Checksum")
    words = b64decode(text, validate=True).decode()
    return SwedishLetter(id_.text, recipient, sender, subject.text or "", told, words, file_name, pdf)


def _check_signature(element: Element, certificate: x509.Certificate) -> None:
    """Raises: ValueError."""
    signature = element.find(f"{DS}Signature")
    if signature is None:
        raise ValueError("no signature")
    info, value, _ = _parts(signature, "Signature")
    canonical, method, reference = _parts(info, "SignedInfo")
    transforms, digest_method, digest = _parts(reference, "Reference")
    algorithms = [one.get("Algorithm") for one in (canonical, method, digest_method, *transforms)]
    if algorithms != [EXCLUSIVE, RSA_SHA256, DIGEST, ENVELOPED] or reference.get("URI") != "":
        raise ValueError("how it is signed")
    shown = signature.findtext(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate") or ""
    subject = signature.findtext(f"{DS}KeyInfo/{DS}X509Data/{DS}X509SubjectName")
    signer = x509.load_der_x509_certificate(b64decode(shown))
    if signer != certificate or subject != signer.subject.rfc4514_string():
        raise ValueError("by whom it is signed")
    bare = deepcopy(element)
    bare.remove(bare.findall(f"{DS}Signature")[-1])
    if hashlib.sha256(_canonical(bare)).digest() != b64decode(digest.text or ""):
        raise ValueError("the digest")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("no RSA key")
    key.verify(b64decode(value.text or ""), _canonical(info), PKCS1v15(), SHA256())


def _parts(element: Element, name: str) -> list[Element]:
    """Its elements, which are those of the schema. Raises: ValueError."""
    if [one.tag for one in element] != ORDERS[name]:
        raise ValueError(f"the elements of {name}, or their order")
    return list(element)


def _canonical(element: Element) -> bytes:
    return ElementTree.canonicalize(_without_prefixes(element)).encode()


def _without_prefixes(element: Element) -> str:
    namespace, _, name = element.tag[1:].partition("}")
    attributes = "".join(f" {key}={quoteattr(told)}" for key, told in element.attrib.items())
    inner = "".join(_without_prefixes(one) for one in element)
    text = escape(element.text or "", {"\r": "&#xD;"})
    return f'<{name} xmlns="{namespace}"{attributes}>{text}{inner}</{name}>'
