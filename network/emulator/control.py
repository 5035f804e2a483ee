"""The emulator's control line: a small HTTP interface on this machine, behind a token. Real equipment has none.

POST /faults {site or link, kind, for_s, amount} - GET /faults - DELETE /faults/SITE or /faults/A~B
POST /scenarios {name, event: [...]} - GET /scenarios - DELETE /scenarios/NAME
"""

from time import monotonic
from typing import Any

from network.emulator.faults.faults import Fault, Faults
from network.emulator.faults.scenario import Player, read_scenario
from network.emulator.places import Inventory
from network.emulator.routes import link_name
from network.emulator.web import Door, Reply

NOT_FOUND: Reply = (404, {"error": "expected GET or POST /faults or /scenarios, or DELETE of one of them"})


class Control(Door):
    """An ASGI application that injects, lists and clears faults, and plays scenarios."""

    def __init__(self, faults: Faults, inventory: Inventory, player: Player, token: str) -> None:
        super().__init__(token)
        self._faults = faults
        self._inventory = inventory
        self._player = player

    def _act(self, method: str, parts: list[str], body: Any) -> Reply:
        match parts:
            case ["faults", *rest]:
                return self._on_faults(method, rest, body)
            case ["scenarios", *rest]:
                return self._on_scenarios(method, rest, body)
        return NOT_FOUND

    def _on_faults(self, method: str, rest: list[str], body: Any) -> Reply:
        match method, rest:
            case "GET", []:
                return 200, {"faults": self._faults.listed()}
            case "POST", []:
                fault = Fault.read(body, self._inventory.slugs, monotonic(), self._inventory.routes.names)
                self._faults.inject(fault)
                return 201, {"faults": self._faults.listed()}
            case "DELETE", [subject]:
                return self._clear(subject)
        return NOT_FOUND

    def _on_scenarios(self, method: str, rest: list[str], body: Any) -> Reply:
        match method, rest:
            case "GET", []:
                return 200, {"scenarios": self._player.listed()}
            case "POST", []:
                self._player.play(read_scenario(body, self._inventory))
                return 201, {"scenarios": self._player.listed()}
            case "DELETE", [name]:
                return (200, {"stopped": name}) if self._player.stop(name) else (404, {"error": f"{name!r} plays not"})
        return NOT_FOUND

    def _clear(self, subject: str) -> Reply:
        name = link_name(*subject.split("~", 1)) if "~" in subject else subject
        if name not in self._inventory.slugs | self._inventory.routes.names:
            return 404, {"error": f"site is {subject!r}; expected the slug of a simulated site or link"}
        return 200, {"cleared": self._faults.clear(name)}
