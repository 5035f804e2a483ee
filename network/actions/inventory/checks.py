"""What must hold between the fields of a record, and between records; and what a record's values follow from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.outbound import purposes
from network.actions.inventory.fields import Problem, Values
from network.kernels.geodesy import distance_m
from network.kernels.measurement.stamp import AUTHENTICATED_BYTES, PACKET_BYTES

if TYPE_CHECKING:
    from network.actions.inventory.book import Book

HEAD_BYTES = 4  # of the extension that pads a packet
_TARGET = ("probe_host", "probe_port", "probe_method")
LONGEST_ROUND_S = 0.5  # its packets in a round of everybody
DETOUR_METRO, DETOUR_LONG_HAUL = 1.4, 1.8
MOST_METRO_RADIUS_M = 150_000.0


def nothing(values: Values, book: "Book") -> Iterator[Problem]:
    """Demand nothing more than what the fields do."""
    return iter(())


def site(values: Values, book: "Book") -> Iterator[Problem]:
    """Refuse a name that another site of the region has, and half of a probe's address."""
    before = book.get("site", values["slug"])
    for name in ("name_en", "name_zh"):
        if before is not None and (before["region"], before[name]) == (values["region"], values[name]):
            continue
        other = book.site_named(values["region"], name, values[name], values["slug"])
        if other is not None:
            yield Problem(name, values[name], f"a name that no other site of the region has; {other} has this one")
    if values["probe_port"] is not None and not values["probe_host"]:
        yield Problem("probe_host", values["probe_host"], "a host where there is a probe_port")
    elif before is None or any(before[name] != values[name] for name in _TARGET):
        yield from target(values)
    yield from probe(values)


def probe(values: Values) -> Iterator[Problem]:
    """Refuse a probe whose packets do not fit into a round, or that is told what its method has no use for."""
    method, path = values["probe_method"], values["probe_path"]
    least_bytes = AUTHENTICATED_BYTES if values["probe_secret"] else PACKET_BYTES
    size_bytes, packets, rate_hz = values["probe_size_bytes"], values["probe_packets"], values["probe_rate_hz"]
    if size_bytes and size_bytes != least_bytes and size_bytes < least_bytes + HEAD_BYTES:
        expected = f"0, {least_bytes}, or at least {least_bytes + HEAD_BYTES}"
        yield Problem("probe_size_bytes", size_bytes, expected)
    if packets and rate_hz and (packets - 1) / rate_hz > LONGEST_ROUND_S:
        yield Problem("probe_rate_hz", rate_hz, f"a rate at which {packets} packets take at most {LONGEST_ROUND_S:g} s")
    if path and (not path.startswith("/") or " " in path):
        yield Problem("probe_path", path, "a path that begins with / and holds no space")
    if path and not method.startswith("http"):
        yield Problem("probe_path", path, "none where probe_method is neither http nor https")
    if values["probe_secret"] and method != "stamp":
        yield Problem("probe_secret", values["probe_secret"], "none where probe_method is not stamp")


def target(values: Values) -> Iterator[Problem]:
    """Refuse a probe of what the installation does not allow; a name is looked at when it is resolved."""
    host, port = values["probe_host"], values["probe_port"]
    if not host:
        return
    guard, transport = purposes.probes(), "udp" if values["probe_method"] == "stamp" else "tcp"
    if port is not None and port in guard.closed_ports:
        yield Problem("probe_port", port, f"another port: {guard.problem(host, port, transport)}")
    elif wrong := guard.problem(host, port, transport) if port is not None else guard.problem_of_host(host):
        yield Problem("probe_host", host, f"a host and port that may be probed: {wrong}")


def link(values: Values, book: "Book") -> Iterator[Problem]:
    """Refuse a link of a site to itself, and a surveyed length that is not given; complete a length that is absent."""
    if values["a"] == values["b"]:
        yield Problem("b", values["b"], "the slug of another site than a")
        return
    if values["length_km"] is None and values["is_length_surveyed"]:
        yield Problem("length_km", None, "a number of km where is_length_surveyed is true")
        return
    if values["is_length_surveyed"] is None:
        values["is_length_surveyed"] = values["length_km"] is not None
    if values["length_km"] is None:
        values["length_km"] = length_km(values, book)


def corridor(values: Values, book: "Book") -> Iterator[Problem]:
    """Refuse a band of heights that is upside down."""
    if values["lowest_m"] > values["highest_m"]:
        yield Problem("highest_m", values["highest_m"], f"at least lowest_m, which is {values['lowest_m']:g}")


def length_km(link: Values, book: "Book") -> float:
    """Return the length of a link that nobody surveyed: the geodesic of its ends times a detour. [km].

    Fibre within one region of at most 150 km radius takes 1.4 times the geodesic, over longer hauls 1.8 times;
    microwave none more.
    """
    a, b = book.get("site", link["a"]), book.get("site", link["b"])
    assert a is not None, link["a"]
    assert b is not None, link["b"]
    straight_km = float(distance_m(a["lat_deg"], a["lon_deg"], b["lat_deg"], b["lon_deg"])) / 1_000
    return round(straight_km * _detour(link, a, b, book), 3)


def _detour(link: Values, a: Values, b: Values, book: "Book") -> float:
    if link["medium"] == "microwave":
        return 1.0
    region = book.get("region", a["region"])
    is_metro = a["region"] == b["region"] and region is not None and region["radius_m"] <= MOST_METRO_RADIUS_M
    return DETOUR_METRO if is_metro else DETOUR_LONG_HAUL
