"""Which tests a quick run leaves out, and which are run again on PostgreSQL."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest
from tests.sources import ROOT


class Item:
    """As much of a test as the selection looks at."""

    def __init__(self, nodeid: str, *marks: str, asks_for: tuple[str, ...] = ()) -> None:
        self.nodeid, self.marks, self.fixturenames = nodeid, set(marks), list(asks_for)

    def add_marker(self, name: str) -> None:
        self.marks.add(name)

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.marks else None


@pytest.fixture
def select():
    def run(*items: Item) -> tuple[list[Item], list[Item]]:
        left_out: list[Item] = []
        chosen = list(items)
        hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
        conftest.pytest_collection_modifyitems(SimpleNamespace(hook=hook), chosen)
        return chosen, left_out

    return run


@pytest.mark.parametrize(
    ("item", "is_whole"),
    [
        (Item("tests/console/access/test_sign_in.py::test_x", asks_for=("db",)), False),
        (Item("tests/console/run/test_preparation.py::test_x", asks_for=("stack",)), True),
        (Item("tests/airspace/test_wire.py::test_x", asks_for=("own_stack",)), True),
        (Item("tests/network/service_levels/test_words.py::test_x", asks_for=("browser",)), True),
        (Item("tests/flows/test_schema.py::test_x"), True),
        (Item("tests/browser/test_map.py::test_x[a]"), True),
    ],
    ids=lambda value: getattr(value, "nodeid", value),
)
def test_what_asks_for_an_installation_or_a_browser_is_marked_as_such(select, monkeypatch, item, is_whole):
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    chosen, _ = select(item)
    assert chosen == [item]
    assert ("stack" in item.marks) == is_whole


def test_the_browser_comes_first_then_flows_then_the_rest_as_it_was(select, monkeypatch):
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    names = ["tests/airspace/a.py::x", "tests/flows/b.py::x", "tests/browser/c.py::x", "tests/airspace/d.py::x"]
    chosen, _ = select(*map(Item, names))
    assert [test_item.nodeid for test_item in chosen] == [names[2], names[1], names[0], names[3]]


def test_flows_that_start_an_installation_of_their_own_are_pieces_by_themselves():
    names = [
        f"tests/flows/{name}.py::x" for name in ("test_schema", "test_faults", "test_one_beat", "test_web_processes")
    ]
    pieces = [conftest.piece_of(name) for name in names]
    assert pieces == ["tests/flows", "tests/flows/test_faults.py", "tests/flows", "tests/flows/test_web_processes.py"]
    browser = [conftest.piece_of(f"tests/browser/{name}.py::x") for name in ("test_map", "test_live_twin")]
    assert browser == ["tests/browser", "tests/browser/test_live_twin.py"]
    for piece in pieces[1::2]:
        tests = [
            test_item
            for test_item in ast.parse((ROOT / piece).read_text()).body
            if getattr(test_item, "name", "").startswith("test_")
        ]
        assert not [test_item.name for test_item in tests for word in test_item.args.args if word.arg == "stack"]


def test_what_has_to_run_alone_is_where_the_makefile_looks_for_it():
    """Collecting all the others again would take longer than some of them."""
    assert "-m alone tests/flows\n" in (ROOT / "Makefile").read_text()
    marks = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py") if ".mark.alone" in path.read_text()]
    assert {path.parts[1] for path in marks if path.name != Path(__file__).name} == {"flows"}


def test_on_postgresql_runs_what_touches_a_database_and_does_not_say_that_any_will_do(select, monkeypatch):
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://nobody@localhost/x")
    touches = [Item("a", "django_db"), Item("b", asks_for=("transactional_db",)), Item("c", asks_for=("stack",))]
    not_again = [Item("d"), Item("e", "django_db", "once"), Item("f", "once", asks_for=("db",))]
    assert select(*touches, *not_again) == (touches, not_again)
