"""SOAP 1.1 as services of Mina meddelanden speak it: a question in an envelope, and what an answer or a fault means.

The prose of a fault may quote whom it is about, so only its code is told. Source: W3C, SOAP 1.1, sections 4.4 and 6.
"""

from collections.abc import Mapping

from channels.letters.certificates import BAD_CERTIFICATE
from channels.letters.own_certificate import CertifiedOutside
from channels.letters.xml_answer import Told, read_xml
from channels.letters.xml_node import Node, write_prefixed
from channels.retry_after import find_seconds
from channels.unanswered import explain_silence
from hub.outside import Answer, BadCertificateError, OutsideError
from hub.post.channel import RejectedError, SendError, TryLaterError, UnknownFateError

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
MOST_BYTES = 4 * 1024 * 1024


def envelop(question: Node, prefixes: Mapping[str, str]) -> bytes:
    """`prefixes` are those of all namespaces in it, SOAP's among them. Raises: RejectedError."""
    return write_prefixed(Node(SOAP, "Envelope", (Node(SOAP, "Body", (question,)),)), prefixes)


async def ask(outside: CertifiedOutside, url: str, request: bytes, seconds: float) -> Told:
    """A good answer. One service of many that takes nothing now is no whole channel. Raises: SendError."""
    try:
        answer = await outside.request(
            "POST", url, headers=HEADERS, body=request, seconds=seconds, most_bytes=MOST_BYTES
        )
    except BadCertificateError:
        raise TryLaterError(BAD_CERTIFICATE) from None
    except OutsideError as error:
        no = explain_silence(error)
        raise TryLaterError(no.reason) if isinstance(no, TryLaterError) else no from None
    if answer.status != 200:
        raise _explain(answer)
    try:
        return read_xml(answer.body)
    except ValueError:
        raise UnknownFateError("nonsense") from None


def _explain(answer: Answer) -> SendError:
    """Only a fault that is the client's surely did nothing; of another, and of a 5xx but 503, nobody can say."""
    reason = f"http_{answer.status}"
    match answer.status:
        case 429 | 503:
            return TryLaterError(reason, after=find_seconds(answer.headers))
        case 401 | 403 | 404:
            return TryLaterError(reason)
        case 400 | 413 | 415 | 422:
            return RejectedError(reason)
        case 500 if _is_clients(answer.body):
            return RejectedError("soap_client")
        case _:
            return UnknownFateError(reason)


def _is_clients(body: bytes) -> bool:
    try:
        return read_xml(body).find_text("faultcode").rpartition(":")[2].partition(".")[0] == "Client"
    except ValueError:
        return False
