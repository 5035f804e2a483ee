"""The views of the wallboard. Each app registers its own, with the script that reads and draws it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A view of the wallboard; `script` is a static module whose `views` reads and draws it, by its name."""

    name: str
    right: str
    script: str
    is_of_region: bool = False


_registered: dict[str, View] = {}


def register(*views: View) -> None:
    """Add views; they are shown in the order of their registration where an address names none."""
    _registered.update({view.name: view for view in views})


def views() -> dict[str, View]:
    """Return the views by name."""
    return dict(_registered)


OF_NETWORK = (
    View("network", "network.view_site", "network/wallboard/wallboardviews.js", is_of_region=True),
    View("alarms", "network.view_alarm", "network/wallboard/wallboardviews.js"),
    View("levels", "network.view_agreement", "network/wallboard/wallboardviews.js", is_of_region=True),
)
