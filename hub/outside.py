"""The one client through which every outgoing request goes.

It reaches only hosts that the caller listed, at addresses it has checked, within limits of time and size, and it
tells apart what surely was not sent from what may have been. Source: S7.8.
"""

import asyncio
import io
import socket
import ssl
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    ThreadedResolver,
    encode_basic_auth,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from yarl import URL

SECONDS = 10.0
MOST_BYTES = 10 * 1024 * 1024
CONNECTIONS = 256
CONNECTIONS_PER_HOST = 200
DNS_SECONDS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAFE_METHODS = frozenset({"GET", "HEAD"})
LARGE_BYTES = 1024 * 1024
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_NAT64 = IPv6Network("64:ff9b::/96")


class OutsideError(Exception):
    """A request that brought no answer. The message names a host at most, never a path, a header or a body."""


class NothingSentError(OutsideError):
    """The request surely never left: refused, no such name, or no connection."""


class ForbiddenHostError(NothingSentError):
    """The host, or the address behind it, is not one that this caller may reach."""


class BadCertificateError(NothingSentError):
    """The other side's certificate has ended, or is none that is trusted here: somebody there has to act."""


class FateUnknownError(OutsideError):
    """The request may have left and been acted on: out of time, cut off, or an answer that makes no sense."""


class TooLargeError(FateUnknownError):
    """The answer has more bytes than the caller takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in any case; `body` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet; one that wraps another is judged by what it wraps."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            wrapped = IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
        if ip.teredo is not None or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Outside:
    """Made once by assembly and shared. `allowed_private` are the hosts ("host" or "host:port") that the settings
    name although they are private; only those may also be spoken to without TLS. `trust` says whose certificates count;
    those that the machine trusts, where it is None.
    """

    def __init__(self, allowed_private: frozenset[str] = frozenset(), trust: ssl.SSLContext | None = None) -> None:
        self._allowed_private = frozenset(host.lower() for host in allowed_private)
        self._trust = trust
        self._session: ClientSession | None = None

    async def start(self) -> None:
        connector = TCPConnector(
            resolver=_CheckedResolver(self._allowed_private),
            limit=CONNECTIONS,
            limit_per_host=CONNECTIONS_PER_HOST,
            ttl_dns_cache=DNS_SECONDS,
            ssl=self._trust or True,
        )
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
            request_class=_WatchedRequest,
            trust_env=False,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        hosts: Collection[str],
        redirects_to: Collection[str] = (),
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        credentials: tuple[str, str] | None = None,
        body: bytes | None = None,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
        most_bytes: int = MOST_BYTES,
    ) -> Answer:
        """One request, of `seconds` in all, to one of `hosts` ("host" or "host:port").

        A GET or HEAD follows one redirect, and only to a host in `redirects_to`; credentials, secret headers and `tls`
        stay with the origin they were given for. Any other redirect is returned as the answer it is. `tls` is for whoever
        shows a certificate of ours or has an authority of its own; it checks the other side as any does (ValueError).
        Raises: NothingSentError, ForbiddenHostError, BadCertificateError, FateUnknownError,
        TooLargeError.
        """
        if tls is not None and (tls.verify_mode is not ssl.CERT_REQUIRED or not tls.check_hostname):
            raise ValueError("TLS that does not check the other side")
        target = URL(url)
        if params:
            target = target.update_query(params)
        own = dict(headers or {})
        if credentials is not None:
            own["Authorization"] = encode_basic_auth(*credentials)
        departure = _Departure()
        _DEPARTURE.set(departure)
        try:
            async with asyncio.timeout(seconds):
                answer = await self._once(method, target, hosts, own, body, tls, most_bytes)
                location = answer.headers.get("Location")
                if not (redirects_to and location and answer.status in REDIRECTS and method in ("GET", "HEAD")):
                    return answer
                onward = target.join(URL(location))
                if onward.origin() != target.origin():
                    own = {name: value for name, value in own.items() if name.lower() not in SECRET_HEADERS}
                    tls = None
                return await self._once(method, onward, redirects_to, own, body, tls, most_bytes)
        except (TimeoutError, ClientError, OSError) as error:
            kind: type[OutsideError] = FateUnknownError
            if not departure.has_left:
                is_untrusted = isinstance(error, ClientConnectorCertificateError)
                kind = BadCertificateError if is_untrusted else NothingSentError
            raise kind(f"{type(error).__name__} at {target.host}") from None

    async def _once(
        self,
        method: str,
        url: URL,
        hosts: Collection[str],
        headers: Mapping[str, str],
        body: bytes | None,
        tls: ssl.SSLContext | None,
        most_bytes: int,
    ) -> Answer:
        if self._session is None:
            raise RuntimeError("Outside is not started")
        self._check_host(url, hosts)
        async with self._session.request(
            method,
            url,
            headers=headers,
            data=io.BytesIO(body) if body is not None and len(body) > LARGE_BYTES else body,
            ssl=tls if tls is not None else True,
            allow_redirects=False,
            middlewares=() if method in SAFE_METHODS else (_only_once,),
        ) as response:
            if method != "HEAD" and (response.content_length or 0) > most_bytes:
                raise TooLargeError(f"more than {most_bytes} bytes from {url.host}")
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > most_bytes:
                    raise TooLargeError(f"more than {most_bytes} bytes from {url.host}")
            return Answer(response.status, response.headers, bytes(content))

    def _check_host(self, url: URL, hosts: Collection[str]) -> None:
        """What can be judged before any name is looked up. Names are judged again by the addresses behind them."""
        host, port = url.raw_host, url.port
        if host is None or port is None or url.user is not None or url.password is not None:
            raise ForbiddenHostError("no plain address")
        if not _is_named(host, port, hosts):
            raise ForbiddenHostError(f"{host} is not listed")
        if _is_named(host, port, self._allowed_private):
            return
        if url.scheme != "https":
            raise ForbiddenHostError(f"{host} without TLS")
        try:
            is_forbidden = not is_public(host)
        except ValueError:
            return
        if is_forbidden:
            raise ForbiddenHostError(f"{host} is private")


class _CheckedResolver(AbstractResolver):
    """Looks a name up once; the connection is then made to exactly the addresses that were checked."""

    def __init__(self, allowed_private: frozenset[str]) -> None:
        self._allowed_private = allowed_private
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not _is_named(host, port, self._allowed_private) and not all(is_public(result["host"]) for result in found):
            raise ForbiddenHostError(f"{host} leads to a private address")
        return found

    async def close(self) -> None:
        await self._inner.close()


def _is_named(host: str, port: int, hosts: Collection[str]) -> bool:
    name = f"[{host}]" if ":" in host else host
    return any(named.lower() in (host, name, f"{name}:{port}") for named in hosts)


async def _only_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """A PUT or DELETE whose connection is lost is repeated unasked by the library, unless it hears of that by another name."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise ClientConnectionError(type(error).__name__) from None


@dataclass(slots=True)
class _Departure:
    """Whether anything of a request may have left."""

    has_left: bool = False


_DEPARTURE: ContextVar[_Departure] = ContextVar("the departure of this task's request")


class _WatchedRequest(ClientRequest):
    """From the moment a connection is its own, bytes may have left. To be told by the library costs a tenth of a request."""

    async def send(self, conn: Connection) -> ClientResponse:
        _DEPARTURE.get().has_left = True
        return await super().send(conn)
