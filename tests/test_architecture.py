"""The house's rules that a reader cannot check at a glance: who may import whom, and who may know what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("console", "network", "airspace", "industry")
MAY_IMPORT = {
    "console": {"console"},
    "network": {"console", "network"},
    "airspace": {"console", "network", "airspace"},
    "industry": {"console", "network", "industry"},
}
ROOMS = (
    "kernels", "models", "events", "door", "actions", "serializers", "tasks", "engine", "views", "urls", "management",
)  # fmt: skip
DOORS = {"probes", "feeds", "runtimes"}
FRAMEWORKS = {"django", "rest_framework", "celery", "channels", "redis", "logging", "httpx"}
UPPER_ROOMS_OF_LOWER_APPS = {"actions", "kernels", "models", "events"}
ENVIRONMENT_READERS = {"console/settings.py"}


def sources() -> list[Path]:
    """Return every source file of the four apps, without migrations."""
    return [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and "catalogue" not in path.parts
    ]


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, those inside functions included; TYPE_CHECKING blocks excluded."""
    tree = ast.parse(path.read_text())
    hidden = {id(inner) for node in ast.walk(tree) if _is_type_checking(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def room_of(module: str) -> str | None:
    """Return the room of a dotted module such as `network.actions.sla`, None outside the rooms."""
    parts = module.split(".")
    if len(parts) < 2:
        return None
    return "door" if parts[1] in DOORS else parts[1] if parts[1] in ROOMS else None


def module_of(path: Path) -> str:
    """Return a file's dotted module name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_an_app_imports_only_what_is_below_it(path):
    app = path.relative_to(ROOT).parts[0]
    wrong = [name for name in imports(path) if name.split(".")[0] in APPS and name.split(".")[0] not in MAY_IMPORT[app]]
    assert not wrong


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_rooms_above_it(path):
    module = module_of(path)
    app, room = module.split(".")[0], room_of(module)
    if app == "console" or room is None:
        return
    below = [
        name
        for name in imports(path)
        if name.split(".")[0] == app and (other := room_of(name)) and ROOMS.index(other) > ROOMS.index(room)
    ]
    assert not below


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_higher_app_enters_a_lower_one_through_its_actions_kernels_and_rows(path):
    app = path.relative_to(ROOT).parts[0]
    inner = [
        name
        for name in imports(path)
        if app in ("airspace", "industry") and name.startswith("network.") and name.count(".") >= 1
        and name.split(".")[1] not in UPPER_ROOMS_OF_LOWER_APPS
    ]  # fmt: skip
    assert not inner


@pytest.mark.parametrize(
    "path", [path for path in sources() if "kernels" in path.parts], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_kernel_knows_no_framework_and_no_clock(path):
    roots = {name.split(".")[0] for name in imports(path)}
    text = path.read_text()
    assert not roots & FRAMEWORKS
    assert "datetime.now" not in text
    assert "time.time(" not in text


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_settings_read_the_environment(path):
    if str(path.relative_to(ROOT)) in ENVIRONMENT_READERS:
        return
    tree = ast.parse(path.read_text())
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and not _only_sets_default(tree, node)
    ]
    assert not reads


def _only_sets_default(tree: ast.Module, node: ast.Attribute) -> bool:
    """Whether the environment is touched only to name the settings module, as every entrance of Django does."""
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "setdefault"
        and call.func.value is node
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == "DJANGO_SETTINGS_MODULE"
        for call in ast.walk(tree)
    )


def test_the_emulator_stands_outside_the_house():
    for path in sorted((ROOT / "network" / "emulator").glob("*.py")):
        inside = [
            name
            for name in imports(path)
            if name.startswith(("console", "airspace", "industry", "network.models", "network.actions", "django"))
        ]
        assert not inside, path


def test_the_top_level_holds_only_what_the_house_names():
    allowed = {
        "manage.py", "console", "industry", "airspace", "network", "static", "templates", "tests", "requirements.txt",
        "README.md", "Makefile", "pyproject.toml", "requirements-dev.txt", "package.json", "package-lock.json", "docs",
        "deploy", ".ci", ".gitignore", ".npmrc", "biome.jsonc", "tsconfig.json",
    }  # fmt: skip
    made = {".git", ".venv", ".loft", "node_modules", "test-results", ".pytest_cache", ".mypy_cache", ".ruff_cache",
            ".hypothesis", "__pycache__"}  # fmt: skip
    assert {path.name for path in ROOT.iterdir()} <= allowed | made
