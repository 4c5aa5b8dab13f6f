"""Whether a mail is from the domain that its From line claims: a signature that holds and is aligned with it (DMARC).

What others say of it, in Authentication-Results of any name, is not looked at: they may have been written by anyone.
Source: security rule S1.7; RFC 6376, RFC 7489 section 3.1.
"""

import logging
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import dkim
import dns.exception
import dns.resolver
from authheaders import dmarc_per_from
from authheaders.dmarc_lookup import DMARCException, get_org_domain
from authres import DKIMAuthenticationResult

from channels.mail.settings import split

MOST_SIGNATURES = 5
LEAST_KEY_BITS = 1024
DNS_SECONDS = 5.0
_ALGORITHMS = frozenset({b"rsa-sha256", b"ed25519-sha256"})
_COVERED = frozenset({b"from", b"subject", b"message-id"})
_READERS = frozenset({b"to", b"cc"})
_SINGLE = _COVERED | {
    b"to", b"cc", b"date", b"mime-version", b"content-type", b"content-transfer-encoding", b"in-reply-to", b"reply-to",
}  # fmt: skip
_SILENT = logging.getLogger(f"{__name__}.library")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
Ask = Callable[[str], str | None]


class CannotTellError(Exception):
    """A name server did not answer: the sender is told to come back."""


def make_ask(resolver: str | None) -> Ask:
    """Asks for TXT records, and remembers. The function raises: CannotTellError."""
    found = dns.resolver.Resolver(configure=resolver is None)
    if resolver is not None:
        host, port = split(resolver)
        found.nameservers, found.port = [host], port
    found.cache = dns.resolver.LRUCache(10_000)
    found.lifetime = DNS_SECONDS

    def ask(name: str) -> str | None:
        try:
            answer = found.resolve(name, "TXT")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.EmptyLabel):
            return None
        except dns.exception.DNSException:
            raise CannotTellError from None
        return next((b"".join(record.strings).decode("utf-8", "replace") for record in answer), None)

    return ask


def is_proven(content: bytes, domain: str, ask: Ask) -> bool:
    """Whether a signature of `domain`, or of one that its owner lets stand for it, holds for this mail: for its From, its
    Subject and its Message-ID, each of them there once, so that nobody adds to a mail that was signed, or sends it twice. One
    that tells whom it was written to holds for all of them, so that nobody who has such a mail adds us as its reader.

    Raises: CannotTellError.
    """
    return any(_is_aligned(domain, signer, ask) for signer in _list_signers(content, ask))


def _list_signers(content: bytes, ask: Ask) -> list[str]:
    """The domains whose signatures hold."""
    try:
        signed = dkim.DKIM(content, logger=_SILENT, minkey=LEAST_KEY_BITS)
    except dkim.DKIMException:
        return []
    names = Counter(name.lower() for name, _ in signed.headers)
    if any(names[name] > 1 for name in _SINGLE) or b"message-id" not in names:
        return []
    needed = _COVERED & names.keys()
    count = names[b"dkim-signature"]
    out = []
    for index in range(min(count, MOST_SIGNATURES)):
        signed.signature_fields = {}
        try:
            holds = signed.verify(index, dnsfunc=lambda name, timeout=0: ask(name.decode("ascii")))
        except CannotTellError:
            raise
        except Exception as error:  # what a forger wrote makes the library fall in many ways, and none of them proves
            _SILENT.info("%s", type(error).__name__)
            continue
        fields = signed.signature_fields
        covered = {name.strip().lower() for name in fields.get(b"h", b"").split(b":")}
        wanted = needed | (_READERS & names.keys() if covered & _READERS else frozenset())
        if holds and b"l" not in fields and fields.get(b"a") in _ALGORITHMS and wanted <= covered:
            out.append(fields[b"d"].decode("ascii", "replace").lower())
    return out


def _is_aligned(domain: str, signer: str, ask: Ask) -> bool:
    if signer == domain:
        return True
    org = _org_domain(domain)
    if "." not in org or _org_domain(signer) != org:  # of a domain whose end it does not know the library tells the end
        return False
    result = DKIMAuthenticationResult(result="pass", header_d=signer)
    try:
        told = dmarc_per_from(domain, dkim_result=result, dnsfunc=ask)[0]
    except DMARCException:
        return False
    return told in ("pass", "none")


@lru_cache(10_000)
def _org_domain(domain: str) -> str:
    return str(get_org_domain(domain))
