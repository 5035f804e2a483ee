"""What every site offers over HTTP, behind a token: its counters, its settings and pushes of new ones.

GET /counters?after=SITE - GET /sites/SITE/counters - GET or PUT /sites/SITE/configuration
Real equipment offers the same; docs/base-stations.md says it in full.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from network.emulator.equipment.configuration import Conflict, Setting, Settings, forget
from network.emulator.equipment.counters import counters, period_of
from network.emulator.equipment.hidden import SEED, Air
from network.emulator.equipment.memory import Memory
from network.emulator.equipment.ports import ports
from network.emulator.faults.faults import Faults
from network.emulator.places import Inventory, Place
from network.emulator.web import Door, Reply

log = logging.getLogger(__name__)

PAGE_SITES = 100
NOT_FOUND: Reply = (404, {"error": "expected /counters, /sites/SITE/counters or /sites/SITE/configuration"})


class Equipment(Door):
    """An ASGI application that speaks for all sites."""

    def __init__(
        self,
        inventory: Inventory,
        faults: Faults,
        token: str,
        clock: Callable[[], float],
        memory: Memory | None = None,
        seed: int = SEED,
    ) -> None:
        super().__init__(token)
        self._faults = faults
        self._clock = clock
        self._routes = inventory.routes
        self._air = Air(inventory.places, seed, self.setting)
        self._places = {place.slug: place for place in sorted(inventory.places, key=lambda place: place.slug)}
        self._waiting: set[str] = set()  # sites with settings that are not in force yet
        self._settings = {
            slug: Settings(place, inventory.routes, faults.rejudge, partial(memory.keep, slug) if memory else forget)
            for slug, place in self._places.items()
        }
        if memory:
            self._recall(memory)

    def _recall(self, memory: Memory) -> None:
        now_s = self._clock()
        for slug, settings in self._settings.items():
            if memory.recall(slug, lambda kept, own=settings: own.recall(kept, now_s)):  # type: ignore[misc]
                self._waiting.add(slug)
        new = len(self._settings) - len(self._waiting)
        log.info("%d sites go on with their settings, %d begin at version 0", len(self._waiting), new)

    def warm(self, slug: str) -> None:
        """Work out what the users of a site receive, so that the first question is answered as fast as the next."""
        self._air.receptions(slug, self.setting(slug))

    def setting(self, slug: str) -> Setting:
        """Return what a site is set to now."""
        return self._settings[slug].applied(self._clock())

    def settle(self) -> None:
        """Put the settings in force whose time has come."""
        for slug in list(self._waiting):
            if self.setting(slug).version == self._settings[slug].newest().version:
                self._waiting.discard(slug)

    def _act(self, method: str, parts: list[str], body: Any) -> Reply:
        match parts:
            case ["counters"] if method == "GET":
                return self._page(str(body.get("after", "")))
            case ["sites", slug, what] if slug in self._places:
                return self._of_site(method, slug, what, body)
        return NOT_FOUND

    def _page(self, after: str) -> Reply:
        """Return the counters of the next sites in alphabetical order; those that tell nothing are absent."""
        slugs = [slug for slug in self._places if slug > after][:PAGE_SITES]
        fields = [self._counters(self._places[slug]) for slug in slugs if not self._faults.condition(slug).is_mute]
        return 200, {"sites": fields, "next": slugs[-1] if len(slugs) == PAGE_SITES else None}

    def _of_site(self, method: str, slug: str, what: str, body: Any) -> Reply:
        condition = self._faults.condition(slug)
        if condition.is_silent or (condition.is_mute and what == "counters"):
            return 503, {"error": f"{slug} does not answer"}
        match method, what:
            case "GET", "counters":
                return 200, self._counters(self._places[slug])
            case "GET", "configuration":
                return 200, self._configuration(slug)
            case "PUT", "configuration":
                return self._push(slug, body)
        return NOT_FOUND

    def _counters(self, place: Place) -> dict[str, Any]:
        told = counters(
            place,
            self._air,
            self.setting(place.slug),
            self._faults.condition(place.slug),
            period=period_of(self._clock()),
        )
        return {**told, "ports": ports(place.slug, self._routes, self._faults)}

    def _configuration(self, slug: str) -> dict[str, Any]:
        now_s, settings = self._clock(), self._settings[slug]
        return {
            "site": slug,
            "newest": settings.newest().as_json(now_s),
            "applied": settings.applied(now_s).as_json(now_s),
        }

    def _push(self, slug: str, body: Any) -> Reply:
        now_s = self._clock()
        try:
            taken = self._settings[slug].push(body, now_s)
        except Conflict as reason:
            return 409, {"error": str(reason), "version": self._settings[slug].newest().version}
        except OSError as reason:
            return 503, {"error": f"{slug} cannot remember its settings and takes none: {reason}"}
        self._waiting.add(slug)
        return 202, taken.as_json(now_s)
