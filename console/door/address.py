"""Who a request truly comes from. Forwarding headers are believed only of proxies that `LOFT_TRUSTED_PROXIES` names.

Everything that needs a client's address or scheme asks here: pages and REST through `TrueAddress`, sockets and raw ASGI
routes through `identified`. Both may see the same request: looking twice gives the same answer.
"""

from collections.abc import Callable, Iterable, MutableMapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
MOST_HOPS = 20
V6_SITE_BITS = 64


def parsed(text: str) -> Address | None:
    """Read an address as peers and proxies write it: with a port, in brackets, with a zone, IPv4 mapped into IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_trusted(peer: str) -> bool:
    """Whether what this peer says of its client is believed."""
    address = parsed(peer)
    return address is not None and _is_within(address, settings.LOFT_TRUSTED_PROXIES)


def client_address(peer: str, forwarded_for: str, trusted: Iterable[Network]) -> str:
    """Return the address of the client: the nearest hop that is no trusted proxy.

    Args:
        peer: the other end of the connection.
        forwarded_for: `X-Forwarded-For` as it came: each proxy appended the peer that it saw.
        trusted: networks of proxies that are believed.

    Returns:
        An address in its usual form. Where a hop is no address, the last hop that a trusted proxy vouches for; empty
        when not even the peer has an address, as on a Unix socket.
    """
    address = parsed(peer)
    if address is None:
        return ""
    networks = tuple(trusted)
    for hop in reversed(forwarded_for.split(",")[-MOST_HOPS:]):
        further = parsed(hop) if _is_within(address, networks) else None
        if further is None:
            break
        address = further
    return str(address)


def neighbourhood(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 of an IPv6 one, in which a customer may choose."""
    address_ = parsed(address)
    if address_ is None:
        return "nowhere"
    return (
        str(IPv6Network((address_, V6_SITE_BITS), strict=False)) if isinstance(address_, IPv6Address) else str(address_)
    )


def identified(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return an ASGI scope whose `client` and `scheme` are the true ones."""
    host, port = scope.get("client") or ("", 0)
    if not is_trusted(host):
        return scope
    client = client_address(host, _said(scope, b"x-forwarded-for"), settings.LOFT_TRUSTED_PROXIES)
    nearest = _nearest(_said(scope, b"x-forwarded-proto"))
    secure = nearest in ("https", "wss") or (not nearest and scope.get("scheme") in ("https", "wss"))
    plain = "ws" if scope["type"] == "websocket" else "http"
    return {**scope, "client": (client, port), "scheme": plain + "s" * secure}


class TrueAddress:
    """Middleware: REMOTE_ADDR becomes the true address; forwarding headers of others than proxies are dropped."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put the true address in the place of the peer's."""
        meta = request.META
        peer, forwarded = meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", "")
        if not is_trusted(peer):
            for name in FORWARDED:
                meta.pop(name, None)
        elif "HTTP_X_FORWARDED_PROTO" in meta:
            meta["HTTP_X_FORWARDED_PROTO"] = _nearest(meta["HTTP_X_FORWARDED_PROTO"])
        meta["REMOTE_ADDR"] = client_address(peer, forwarded, settings.LOFT_TRUSTED_PROXIES)
        return self.get_response(request)


def _said(scope: MutableMapping[str, Any], name: bytes) -> str:
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name)


def _nearest(hops: str) -> str:
    """Return what the nearest proxy said: a client that sends the header itself comes before it in the list."""
    return hops.rpartition(",")[2].strip().lower()


def _is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
