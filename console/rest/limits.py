"""How many bytes of body each class of routes takes. Said once, here: the bridge, raw routes and views all ask."""

from dataclasses import dataclass

from django.conf import settings

IMPORT_FILE_BYTES = 10_000_000
_FORM_BYTES = 65_536
"""Room for the other fields of an import."""
STRANGER_BYTES = 65_536
"""Whoever shows neither a session nor a key."""
BODILESS_BYTES = 16_384
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "DELETE"})


@dataclass(frozen=True)
class RouteClass:
    """Routes that begin alike and the most bytes they take; None leaves it to `DATA_UPLOAD_MAX_MEMORY_SIZE`."""

    prefix: str
    most_bytes: int | None


_RECORD_BYTES = 262_144
CLASSES = (
    RouteClass("/login", 16_384),
    RouteClass("/logout", 16_384),
    RouteClass("/i18n/", 16_384),
    RouteClass("/api/v1/inventory/imports", IMPORT_FILE_BYTES + _FORM_BYTES),
    RouteClass("/api/v1/reports", 256_000),
    *(
        RouteClass(f"/api/v1/{noun}", _RECORD_BYTES)
        for noun in (
            "factories", "sites", "regions", "sectors", "links", "edge-nodes", "corridors",
            "agreements", "standings", "slices", "maintenance",
        )
    ),
    RouteClass("/api/", None),
    RouteClass("/tmf-api/", _RECORD_BYTES),
    RouteClass("", 65_536),
)  # fmt: skip
"""The first that fits counts."""


def most_bytes(method: str, path: str) -> int:
    """Return how long the body of such a request may be."""
    if method in _BODILESS:
        return BODILESS_BYTES
    class_ = next(route_class for route_class in CLASSES if path.startswith(route_class.prefix))
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE if class_.most_bytes is None else class_.most_bytes


def is_page(path: str) -> bool:
    """Whether people look at what is there, rather than programs."""
    return not path.startswith(("/api/v1/", "/tmf-api/", "/static/", "/healthz", "/readyz", "/metrics"))
