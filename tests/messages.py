"""Words that people see, and whether each has its Chinese: `python -m tests.messages` lists what is missing."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
APPS = ("console", "network", "airspace", "industry")
PYTHON_WORDS = {"_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
                "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2)}  # fmt: skip
SCRIPT_WORDS = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def said_in(app: str, domain: str) -> set[str]:
    """Return every string of an app's pages and code (`django`) or scripts (`djangojs`)."""
    return set(_of_scripts(app) if domain == "djangojs" else [*_of_code(app), *_of_templates(app)])


def known_to(app: str, domain: str) -> dict[str, object]:
    """Return the catalogue of an app: string to Chinese."""
    path = ROOT / app / "locale" / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    return {
        (message.id[0] if isinstance(message.id, tuple) else message.id): message.string
        for message in catalogue
        if message.id and _is_complete(message.string) and not message.fuzzy
    }


def missing() -> dict[tuple[str, str], list[str]]:
    """Return what has no Chinese in any app's catalogue, by app and domain."""
    gaps = {}
    for domain in ("django", "djangojs"):
        known = {text for app in APPS for text in known_to(app, domain)}
        for app in APPS:
            if gap := sorted(said_in(app, domain) - known):
                gaps[app, domain] = gap
    return gaps


def _is_complete(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def _of_code(app: str) -> Iterator[str]:
    for path in (ROOT / app).rglob("*.py"):
        if "migrations" not in path.parts:
            yield from _extract("python", path.read_bytes(), PYTHON_WORDS)


def _of_templates(app: str) -> Iterator[str]:
    from django.utils.translation import templatize

    folders = [ROOT / "templates" / app]
    paths = [path for folder in folders for path in folder.rglob("*.html")]
    if app == "console":
        paths += (ROOT / "templates").glob("*.html")
    for path in paths:
        yield from _extract("python", templatize(path.read_text(), origin=str(path)).encode(), PYTHON_WORDS)


def _of_scripts(app: str) -> Iterator[str]:
    for path in (ROOT / "static" / app).rglob("*.js"):
        yield from _extract("javascript", path.read_bytes(), SCRIPT_WORDS)


def _extract(method: str, source: bytes, words: dict[str, object]) -> Iterator[str]:
    options = {"template_string": "true", "parse_template_string": "true"} if method == "javascript" else {}
    for _line, text, _comments, _context in extract(method, io.BytesIO(source), words, options=options):
        first = text[0] if isinstance(text, tuple) else text
        if first:
            yield first


if __name__ == "__main__":
    for (app, domain), texts in missing().items():
        for text in texts:
            sys.stdout.write(f"{app} {domain}: {text!r}\n")
