"""The guards of this installation, one for each purpose, as its settings say."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from console.outbound.guard import Endpoint, Guard, literal

LOOPBACK = Guard(networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")), setting="LOFT_PROBE")
"""What benches measure: servers of their own on this machine."""
EMULATED_SITES = 110
"""So many ports of the simulated base stations follow each other, as their setting's default leaves room for."""


def notices() -> Guard:
    """Return where webhooks may go."""
    return _guard("LOFT_NOTICE", settings.LOFT_NOTICE_HOSTS, settings.LOFT_NOTICE_NETWORKS, (), (), ())


def probes() -> Guard:
    """Return whom probes and checks may ask: never Loft's own ports, and of the demo only its simulated sites."""
    closed = (*settings.LOFT_PROBE_CLOSED_PORTS, *_ports_of_stores())
    own = settings.LOFT_PORT, settings.LOFT_EMULATOR_PORT
    first = settings.LOFT_EMULATOR_FIRST_UDP_PORT
    sites = Endpoint(settings.LOFT_EMULATOR_HOST, range(first, first + EMULATED_SITES), "udp")
    demo = (sites,) if settings.LOFT_DEMO else ()
    return _guard("LOFT_PROBE", frozenset(), settings.LOFT_PROBE_NETWORKS, closed, own, demo)


def stations(url: str) -> Guard:
    """Return where the base stations' interface may be: the address in its setting, or where a name leads."""
    named = urlsplit(url)
    host, port = named.hostname or "", named.port or (443 if named.scheme == "https" else 80)
    is_named = literal(host) is not None or host == settings.LOFT_EMULATOR_HOST
    endpoints = (Endpoint(host, (port,)),) if is_named else ()
    return _guard("LOFT_STATIONS", frozenset(), settings.LOFT_STATIONS_NETWORKS, (), (), endpoints)


def identity_provider() -> Guard:
    """Return where the identity provider may be: the issuer that the setting names, and public addresses."""
    issuer = urlsplit(settings.LOFT_OIDC_ISSUER)
    named = Endpoint(issuer.hostname or "", (issuer.port or (443 if issuer.scheme == "https" else 80),))
    return _guard("LOFT_OIDC", frozenset(), settings.LOFT_OIDC_NETWORKS, (), (), (named,))


def _ports_of_stores() -> Iterable[int]:
    """Return the ports of the Redis and of the database that this installation uses."""
    database: dict[str, Any] = settings.DATABASES["default"]
    if not settings.REDIS_EMBEDDED:
        yield urlsplit(settings.REDIS_URL).port or 6379
    if "sqlite" not in database["ENGINE"]:
        several = database.get("OPTIONS", {}).get("port", "")  # of several hosts: 5432,5433
        yield from (int(port) for port in str(database.get("PORT") or several or 5432).split(","))


@lru_cache(maxsize=32)
def _guard(
    setting: str, hosts: frozenset[str], networks: Any, closed: tuple[int, ...], own: tuple[int, ...],
    endpoints: tuple[Endpoint, ...],
) -> Guard:  # fmt: skip
    """Return the guard of these settings, the same one each time, so that what it found out is kept."""
    return Guard(hosts, networks, setting, frozenset(closed), frozenset(own), endpoints)
