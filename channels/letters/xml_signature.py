"""An element that is signed by us: XML-DSig, enveloped, RSA with SHA-256, and our certificate beside it.

What is signed is the canonical form without prefixes, of the element as if it stood alone; who checks it takes prefixes away
first. So it may be sent with any. Source: W3C, XML Signature; RFC 6931; Mina meddelanden's own library for senders.
"""

from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from channels.letters.own_certificate import OwnCertificate
from channels.letters.xml_node import Node, write_canonical

DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DIGEST = "http://www.w3.org/2001/04/xmlenc#sha256"


def sign(node: Node, own: OwnCertificate) -> Node:
    """The element with its signature as its last. Raises: RejectedError for letters that no XML can hold."""
    digest = b64encode(sha256(write_canonical(node)).digest()).decode()
    transforms = _element("Transforms", _by("Transform", ENVELOPED))
    reference = _element("Reference", transforms, _by("DigestMethod", DIGEST), _text("DigestValue", digest))
    reference = Node(DSIG, "Reference", reference.content, {"URI": ""})
    signed = _element(
        "SignedInfo", _by("CanonicalizationMethod", EXCLUSIVE), _by("SignatureMethod", RSA_SHA256), reference
    )
    value = b64encode(own.key.sign(write_canonical(signed), PKCS1v15(), SHA256())).decode()
    certificate = b64encode(own.own.public_bytes(Encoding.DER)).decode()
    shown = _element(
        "X509Data", _text("X509SubjectName", own.own.subject.rfc4514_string()), _text("X509Certificate", certificate)
    )
    return node.having(_element("Signature", signed, _text("SignatureValue", value), _element("KeyInfo", shown)))


def _element(name: str, *content: Node) -> Node:
    return Node(DSIG, name, content)


def _text(name: str, text: str) -> Node:
    return Node(DSIG, name, text)


def _by(name: str, algorithm: str) -> Node:
    return Node(DSIG, name, (), {"Algorithm": algorithm})
