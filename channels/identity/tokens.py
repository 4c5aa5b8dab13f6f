"""What a provider signs: an id token, and the word that it has signed somebody out. Nothing of one is believed unchecked.

Source: OpenID Connect Core 1.0 section 3.1.3.7; OpenID Connect Back-Channel Logout 1.0 section 2.6; RFC 8725; RFC 9700.
"""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError

from channels.identity.catalogue import SigningKey
from channels.identity.settings import OidcSettings, as_level
from hub.sign_in.identity import Errand, NotAcceptedError, Shown, SignedOut, TooWeakError

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Each of them of a public key, so that nobody can sign with what everybody may read."""
TOKEN_LETTERS = 16 * 1024
SKEW_SECONDS = 60
ISSUED_WITHIN_SECONDS = 600
SIGNED_OUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
NAME_LETTERS = 255


class UnknownKeyError(Exception):
    """No key that we have made this signature; the provider may have a new one."""


def read_claims(token: object, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """The claims of a token that one of these keys signed. Raises: UnknownKeyError, NotAcceptedError."""
    if not isinstance(token, str) or len(token) > TOKEN_LETTERS:
        raise NotAcceptedError("no token")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise NotAcceptedError("no token") from None
    if (algorithm := header.get("alg")) not in ALGORITHMS:
        raise NotAcceptedError("algorithm")
    kid = header.get("kid")
    for key in keys:
        if kid is not None and key.kid != kid:
            continue
        try:
            return jwt.decode(token, key, algorithms=[str(algorithm)]).claims
        except BadSignatureError:
            continue
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotAcceptedError("token") from None
    raise UnknownKeyError


def check_id_token(claims: dict[str, Any], settings: OidcSettings, errand: Errand, now: datetime) -> Shown:
    """Who it is, if the token is for us, for this errand and of this moment. Raises: NotAcceptedError, TooWeakError."""
    issued = _check_frame(claims, settings, now)
    if not isinstance(nonce := claims.get("nonce"), str) or not hmac.compare_digest(
        nonce.encode(), errand.nonce.encode()
    ):
        raise NotAcceptedError("nonce")
    seen = _seconds(claims["auth_time"], "auth_time") if "auth_time" in claims else issued
    if seen > now.timestamp() + SKEW_SECONDS:
        raise NotAcceptedError("auth_time")
    if errand.is_fresh and ("auth_time" not in claims or seen < errand.began_at.timestamp() - SKEW_SECONDS):
        raise NotAcceptedError("not fresh")
    level = settings.level_of(claims.get("acr"))
    if level is None:
        raise NotAcceptedError("acr")
    if level < as_level(settings.least):
        raise TooWeakError
    national_id = claims.get(settings.claim)
    return Shown(
        issuer=settings.issuer,
        subject=_name(claims, "sub"),
        national_id=national_id if isinstance(national_id, str) else "",
        level=level,
        method=_method(claims.get("amr")),
        at=min(now, datetime.fromtimestamp(seen, UTC)),
        sid=_name(claims, "sid") if "sid" in claims else None,
    )


def check_sign_out(claims: dict[str, Any], settings: OidcSettings, now: datetime) -> SignedOut:
    """Whom the provider has signed out. Raises: NotAcceptedError."""
    _check_frame(claims, settings, now)
    events = claims.get("events")
    if "nonce" in claims or not isinstance(events, dict) or SIGNED_OUT_EVENT not in events:
        raise NotAcceptedError("no sign-out")
    subject = _name(claims, "sub") if "sub" in claims else None
    sid = _name(claims, "sid") if "sid" in claims else None
    if subject is None and sid is None:
        raise NotAcceptedError("nobody")
    return SignedOut(settings.issuer, subject, sid)


def _check_frame(claims: dict[str, Any], settings: OidcSettings, now: datetime) -> float:
    """From whom it is, for whom, and of when; returns when it was issued, in seconds. Raises: NotAcceptedError."""
    if claims.get("iss") != settings.issuer:
        raise NotAcceptedError("iss")
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    party = claims.get("azp", settings.client_id)
    if settings.client_id not in named or party != settings.client_id or (len(named) > 1 and "azp" not in claims):
        raise NotAcceptedError("aud")
    at = now.timestamp()
    if _seconds(claims.get("exp"), "exp") <= at - SKEW_SECONDS:
        raise NotAcceptedError("exp")
    if "nbf" in claims and _seconds(claims["nbf"], "nbf") > at + SKEW_SECONDS:
        raise NotAcceptedError("nbf")
    issued = _seconds(claims.get("iat"), "iat")
    if not at - ISSUED_WITHIN_SECONDS <= issued <= at + SKEW_SECONDS:
        raise NotAcceptedError("iat")
    return issued


def _seconds(value: object, claim: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise NotAcceptedError(claim)
    return float(value)


def _name(claims: dict[str, Any], claim: str) -> str:
    value = claims.get(claim)
    if not isinstance(value, str) or not 0 < len(value) <= NAME_LETTERS:
        raise NotAcceptedError(claim)
    return value


def _method(amr: object) -> str:
    """The means as the provider names it, for people to read; nothing is decided by it."""
    named = [amr] if isinstance(amr, str) else amr if isinstance(amr, list) else []
    text = " ".join(one for one in named if isinstance(one, str))
    return "".join(letter for letter in text if letter.isalnum() or letter in " -_.")[:60].strip()
