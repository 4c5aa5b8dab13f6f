"""Whether a mail is from the domain that its From line claims: by a signature that holds, or by the server that handed it in,
aligned with that domain (DMARC).

What others say of it, in Authentication-Results of any name, is not looked at: they may have been written by anyone.
Source: security rule S1.7; RFC 6376, RFC 7208, RFC 7489 section 3.1.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import dkim
from authheaders import dmarc_per_from
from authheaders.dmarc_lookup import DMARCException, get_org_domain
from authres import DKIMAuthenticationResult, SPFAuthenticationResult

from channels.mail.handed_in import HandedIn, may_speak
from channels.mail.names import domain_of
from channels.mail.quick_dkim import make_dkim_quick
from channels.mail.resolver import Ask, CannotTellError, Resolver

MOST_SIGNATURES = 5
LEAST_KEY_BITS = 1024
_ALGORITHMS = frozenset({b"rsa-sha256", b"ed25519-sha256"})
_COVERED = frozenset({b"from", b"subject", b"message-id"})
_READERS = frozenset({b"to", b"cc"})
_SINGLE = _COVERED | {
    b"to", b"cc", b"date", b"mime-version", b"content-type", b"content-transfer-encoding", b"in-reply-to", b"reply-to",
}  # fmt: skip
_SILENT = logging.getLogger(f"{__name__}.library")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
DEMANDING = frozenset({"quarantine", "reject"})
make_dkim_quick()


@dataclass(frozen=True, slots=True)
class Signer:
    """A domain whose signature holds; and whether for all that the mail tells of its readers."""

    domain: str
    names_readers: bool


def is_proven(content: bytes, sender: str, handed_in: HandedIn, resolver: Resolver) -> bool:
    """Whether the domain of `sender`, or one that its owner lets stand for it, vouches for this mail, in one of three ways.

    A signature holds for its From, its Subject, its Message-ID and all that tells whom it was written to, each of them there
    once: so nobody who has such a mail adds to it, sends it twice, or adds us as its reader. A signature leaves open whom it
    was written to, and a server of the domain handed it in for just this sender: so nobody passes it on. Or nothing is
    signed, a server of the domain handed it in, and its owner's DMARC record says that this is enough.

    Raises: CannotTellError.
    """
    domain = domain_of(sender)
    aligned = [
        signer for signer in _list_signers(content, resolver.ask) if _is_aligned(domain, signer.domain, resolver.ask)
    ]
    if any(signer.names_readers for signer in aligned):
        return True
    if not _may_be_aligned(domain, handed_in.domain) or not may_speak(handed_in, resolver):
        return False
    if aligned:
        return handed_in.sender == sender
    return (
        _judge(domain, resolver.ask, spf=SPFAuthenticationResult(result="pass", smtp_mailfrom=handed_in.sender))
        == "pass"
    )


def is_disowned(sender: str, resolver: Resolver) -> bool:
    """Whether the owner of the sender's domain asks that nothing unproven is believed. Raises: CannotTellError."""
    try:
        policy = dmarc_per_from(domain_of(sender), dnsfunc=resolver.ask, policy_only=True)[3]
    except DMARCException:
        return False
    return str(policy).lower() in DEMANDING


def _list_signers(content: bytes, ask: Ask) -> list[Signer]:
    """Those whose signatures hold."""
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
        if holds and b"l" not in fields and fields.get(b"a") in _ALGORITHMS and needed <= covered:
            names_readers = (_READERS & names.keys()) <= covered
            out.append(Signer(fields[b"d"].decode("ascii", "replace").lower(), names_readers))
    return out


def _is_aligned(domain: str, signer: str, ask: Ask) -> bool:
    if signer == domain:
        return True
    if not _may_be_aligned(domain, signer):
        return False
    return _judge(domain, ask, dkim_=DKIMAuthenticationResult(result="pass", header_d=signer)) in ("pass", "none")


def _may_be_aligned(domain: str, other: str) -> bool:
    """Of a domain whose end it does not know the library tells the end."""
    org = _org_domain(domain)
    return "." in org and bool(other) and _org_domain(other) == org


def _judge(
    domain: str, ask: Ask, *, spf: SPFAuthenticationResult | None = None, dkim_: DKIMAuthenticationResult | None = None
) -> str:
    """By the domain's DMARC record; "none" where it has none."""
    try:
        return str(dmarc_per_from(domain, spf_result=spf, dkim_result=dkim_, dnsfunc=ask)[0])
    except DMARCException:
        return "fail"


@lru_cache(10_000)
def _org_domain(domain: str) -> str:
    return str(get_org_domain(domain))
