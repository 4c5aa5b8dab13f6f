"""Who stands at the other end of a request: the peer, or whom a configured proxy says it speaks for.

Source: security rules S7.11 and S8.4.
"""

import ipaddress
from collections.abc import Iterable

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


_PROXIES_OWN = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"})


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def peer_of(request: web.Request) -> IPAddress | None:
    """The address at the other end of the socket; None where there is none."""
    name = request.transport.get_extra_info("peername") if request.transport else None
    return _parse(name[0]) if isinstance(name, tuple) else None


def client_of(request: web.Request, proxies: tuple[Network, ...]) -> IPAddress | None:
    """The nearest address that is not a proxy of ours. Only a proxy of ours is believed about who came before it."""
    client = peer_of(request)
    told = [part.strip() for line in request.headers.getall("X-Forwarded-For", []) for part in line.split(",")]
    while client is not None and is_in(client, proxies) and told:
        before = _parse(told.pop())
        if before is None:
            break
        client = before
    return client


def is_in(address: IPAddress, among: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in among)


def is_forwarded(request: web.Request) -> bool:
    """Whether anything says that it came through a proxy, ours or another's."""
    return any(name.lower() in _PROXIES_OWN or name.lower().startswith("x-forwarded-") for name in request.headers)


def _parse(text: str) -> IPAddress | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
