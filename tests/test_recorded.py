"""Every request that changes something leaves a row in the audit trail, or stands in the list of those that need none.

Found without running them: from the method of a view through what it calls, by the names that its module imports.
"""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from types import FunctionType, MethodType
from typing import Any

import pytest

from console.actions.access import security
from console.actions.access.security import forget
from console.actions.audit.audit import SYSTEM
from tests.conftest import NOON
from tests.endpoints import Endpoint, endpoints

RECORDERS = {("console.actions.audit.audit", "record"), ("console.actions.access.security", "record_sparingly")}
OURS = ("console.", "network.", "airspace.", "industry.")
_ASKS = "asks for a figure and changes nothing"
_OWN = "a person's own filter of the alarm list, or how figures are shown to them; it changes nothing of the network"
_FORM = "recorded by form_valid and form_invalid, which Django calls; tests/console/access/test_sign_in.py"
NEEDS_NONE = {
    "POST /login": _FORM,
    "PUT /login": _FORM,
    "POST /api/v1/alarms/views": _OWN,
    "DELETE /api/v1/alarms/views/<int:pk>": _OWN,
    "PATCH /api/v1/me/display": _OWN,
    "POST /api/v1/me/acting": "a person's own choice for a session; whatever they make says for whom",
    "POST /api/v1/me/active": "says that a page is used; once a minute",
    "POST /api/v1/placement/preview": _ASKS,
    "POST /api/v1/latency/path": _ASKS,
    "POST /api/v1/coverage/what-if": _ASKS,
    "POST /api/v1/connectivity/route": _ASKS,
}
"""Telemetry, posts of positions and readings, records what it registers; a row per post would drown the trail."""


def writes() -> list[Any]:
    return [
        pytest.param(endpoint, method, id=f"{method.upper()} /{endpoint.route}")
        for endpoint in endpoints()
        for method in ("post", "put", "patch", "delete")
        if endpoint.takes(method) and endpoint.view.__module__.startswith(OURS)
    ]


@pytest.mark.parametrize(("endpoint", "method"), writes())
def test_what_changes_something_is_recorded(endpoint: Endpoint, method: str):
    name = f"{method.upper()} /{endpoint.route}"
    assert reaches_record(endpoint.view, method) is not (name in NEEDS_NONE), name


def test_the_list_holds_no_address_that_is_gone():
    assert set(NEEDS_NONE) <= {write.id for write in writes()}


def reaches_record(view: Any, method: str) -> bool:
    seen: set[Any] = set()
    todo: list[tuple[Any, Any]] = [(getattr(view, method), view)]
    while todo:
        function, owner = todo.pop()
        function = inspect.unwrap(function.__func__ if isinstance(function, MethodType) else function)
        if not isinstance(function, FunctionType) or function in seen or not function.__module__.startswith(OURS):
            continue
        if (function.__module__, function.__name__) in RECORDERS:
            return True
        seen.add(function)
        todo.extend((called, owner) for called in called_by(function, owner))
    return False


def called_by(function: FunctionType, owner: Any) -> Iterator[Any]:
    module = importlib.import_module(function.__module__)
    closure = (cell.cell_contents for cell in function.__closure__ or ())
    cells = dict(zip(function.__code__.co_freevars, closure, strict=True))
    for chain in names_in(function):
        callee: Any = {"self": owner, "cls": owner}.get(chain[0], cells.get(chain[0], getattr(module, chain[0], None)))
        for step in chain[1:]:
            callee = getattr(callee, step, None)
        yield from functions_of(callee)
    yield from (inner for cell in cells.values() for inner in functions_of(cell))


def functions_of(kind: Any) -> Iterator[Any]:
    """Yield a function, those that a partial holds, or those that a class runs when it is made."""
    if isinstance(kind, FunctionType | MethodType) or hasattr(kind, "__wrapped__"):
        yield kind
    elif inspect.isclass(kind) and kind.__module__.startswith(OURS):
        yield from (vars(kind)[name] for name in ("__init__", "__enter__", "__exit__") if name in vars(kind))


@cache
def names_in(function: FunctionType) -> list[tuple[str, ...]]:
    """Return what a function names: `a`, `a.b`, `a.b.c`; functions are handed on as well as called."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):  # a lambda in the middle of something, or made by a library
        return []
    return [chain for node in ast.walk(tree) if (chain := _chain(node))]


def _chain(node: ast.AST) -> tuple[str, ...] | None:
    steps: list[str] = []
    while isinstance(node, ast.Attribute):
        steps.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Call) and steps:  # type(self).do(...)
        return ("self", *steps) if isinstance(node.func, ast.Name) and node.func.id in ("type", "super") else None
    return (node.id, *steps) if isinstance(node, ast.Name) else None


class _Deep:
    def post(self) -> None:
        self._further()

    def _further(self) -> None:
        security.record_sparingly(SYSTEM, "did", "it", NOON)

    def delete(self) -> None:
        forget()


def test_the_walk_finds_what_is_far_away_and_does_not_find_what_is_not_there(monkeypatch):
    monkeypatch.setattr("tests.test_recorded.OURS", (*OURS, "tests."))
    assert reaches_record(_Deep, "post")
    assert not reaches_record(_Deep, "delete")
