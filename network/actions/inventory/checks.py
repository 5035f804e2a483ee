"""What must hold between the fields of a record, and between records; and what a record's values follow from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from network.actions.inventory.fields import Problem, Values
from network.kernels.geodesy import distance_m

if TYPE_CHECKING:
    from network.actions.inventory.book import Book

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
