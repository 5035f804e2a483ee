"""GraphML, read by a parser that knows no document types and no entities, and stops at limits.

A document type is refused when it begins, so that no entity can be declared, expanded or fetched. Namespaces are not
resolved: the parser would repeat the name of one, which may be as long as half of the file, at each of its elements.
"""

from typing import Any, NoReturn
from xml.parsers import expat

from network.actions.inventory.imports import node_link
from network.actions.inventory.imports.rows import MOST_CELL, MOST_COLUMNS, Contents, Unreadable, check_count

MOST_DEPTH = 12
MOST_ELEMENTS = 1_000_000
_KINDS = {"node": "nodes", "edge": "edges"}


def read(data: bytes, region: str | None) -> Contents:
    """Return the nodes of a graph as sites and its edges as links; as `node_link.read`.

    Raises:
        Unreadable: it is no well-formed XML, has a document type or entities, or is too large or too deep.
    """
    document = _Reader().read(data)
    return node_link.rows_of_graph(document["nodes"], document["edges"], region)


class _Reader:
    """Collects nodes and edges with their data while the parser walks through the file."""

    def __init__(self) -> None:
        self._found: dict[str, list[dict[str, Any]]] = {"nodes": [], "edges": []}
        self._names: dict[str, str] = {}
        self._depth = self._elements = 0
        self._entry: dict[str, Any] | None = None
        self._data: str | None = None
        self._text: list[str] = []
        self._length = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_entity
        self._parser.ExternalEntityRefHandler = self._refuse_entity

    def read(self, data: bytes) -> dict[str, list[dict[str, Any]]]:
        """Return nodes and edges."""
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as reason:
            raise Unreadable("file", f"line {reason.lineno}: {expat.ErrorString(reason.code)}", "GraphML") from reason
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth, self._elements = self._depth + 1, self._elements + 1
        name = tag.rpartition(":")[2]
        if self._depth == 1 and name != "graphml":
            self._refuse(f"the element {name[:80]}", "graphml")
        if self._depth > MOST_DEPTH or self._elements > MOST_ELEMENTS:
            self._refuse("too many elements", f"at most {MOST_ELEMENTS}, {MOST_DEPTH} deep")
        if name == "key":
            self._names[attributes.get("id", "")] = attributes.get("attr.name", attributes.get("id", ""))[:80]
        elif name in _KINDS:
            self._begin(name, attributes)
        elif name == "data" and self._entry is not None:
            self._data, self._text, self._length = attributes.get("key", ""), [], 0

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if self._entry is not None:
            self._refuse(f"a {name} inside of another", "a graph without graphs inside")
        self._entry = {key: attributes[key] for key in ("id", "source", "target") if key in attributes}
        entries = self._found[_KINDS[name]]
        entries.append(self._entry)
        check_count(f"{name}s", len(entries))

    def _end(self, tag: str) -> None:
        self._depth -= 1
        name = tag.rpartition(":")[2]
        if name == "data" and self._data is not None and self._entry is not None:
            if len(self._entry) >= MOST_COLUMNS:
                self._refuse("too much data at one element", f"at most {MOST_COLUMNS} values")
            key = self._names.get(self._data, self._data)
            self._entry.setdefault(key, "".join(self._text).strip())
            self._data = None
        elif name in _KINDS:
            self._entry = None

    def _characters(self, text: str) -> None:
        if self._data is None:
            return
        self._text.append(text)
        self._length += len(text)
        if self._length > MOST_CELL:
            self._refuse("a long text", f"at most {MOST_CELL} characters of data")

    def _refuse_doctype(self, *_: Any) -> NoReturn:
        self._refuse("a document type", "GraphML without one: it could declare entities")

    def _refuse_entity(self, *_: Any) -> NoReturn:
        self._refuse("an entity", "GraphML without entities")

    def _refuse(self, given: str, expected: str) -> NoReturn:
        raise Unreadable(f"line {self._parser.CurrentLineNumber}", given, expected)
