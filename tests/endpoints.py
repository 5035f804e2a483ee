"""Every address of the installation, as the URL resolver has it, so that a new one is tried without being named."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000", "path": "x", "str": "x", "slug": "x"}
_NAMED_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
_CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Endpoint:
    """An address with samples in place of its parameters, and the class that answers there."""

    route: str
    view: Any

    def path(self, **known: str) -> str:
        """Return an address; parameters that are not known are samples."""
        return "/" + _CONVERTER.sub(lambda match: known.get(match[2], _SAMPLES.get(match[1] or "str", "x")), self.route)

    def takes(self, method: str) -> bool:
        """Whether something answers to a method there."""
        return hasattr(self.view, method.lower())


def endpoints() -> list[Endpoint]:
    """Return every address that a class answers at."""
    return list(_under(get_resolver(), ""))


def routes() -> list[str]:
    """Return every address, those of plain functions too; `<kind:name>` stands for its parameters."""
    return [_written(route) for route, _ in _patterns(get_resolver(), "")]


def untaken(methods: Iterable[str]) -> set[tuple[str, str]]:
    """Return the routes at which a class answers, each with a method to which it has no answer but that."""
    return {
        (_written(endpoint.route), method)
        for endpoint in endpoints()
        for method in methods
        if not endpoint.takes(method)
    }


def _written(route: str) -> str:
    return "/" + _NAMED_GROUP.sub(r"<link:\1>", route.strip("^$"))


def _under(resolver: URLResolver, prefix: str) -> Iterator[Endpoint]:
    for route, callback in _patterns(resolver, prefix):
        view = getattr(callback, "cls", getattr(callback, "view_class", None))
        if view is not None:
            yield Endpoint(route, view)


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback
