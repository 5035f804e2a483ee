"""Layers of other apps over the live map. Each app registers its own, with the script that reads and draws them."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class MapLayers:
    """Layers under one heading; `script` is a static module whose `open` shows them, `topic` what it wants to hear."""

    name: str
    label: str | Promise
    right: str
    script: str
    topic: str


_registered: dict[str, MapLayers] = {}


def register(*layers: MapLayers) -> None:
    """Add layers; they are shown in the order of their registration."""
    _registered.update({some.name: some for some in layers})


def map_layers() -> list[MapLayers]:
    """Return the layers in their order."""
    return list(_registered.values())
