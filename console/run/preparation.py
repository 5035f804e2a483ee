"""What has to be there before the first process starts. Every step is safe to repeat and quick when nothing changed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string

from console.actions.audit.settings_change import note_settings
from console.actions.demo import build_people
from console.assets import bring_vendor_files
from console.live.hub import muted

Step = tuple[str, Callable[[], object]]


def steps() -> Iterator[Step]:
    """Yield what to do, in order, with the words to show meanwhile."""
    yield "translations", compile_messages
    yield (
        "browser libraries",
        lambda: bring_vendor_files(settings.BASE_DIR / "node_modules", settings.LOFT_HOME / "vendor"),
    )
    yield "static files", gather_static_files
    yield "database", lambda: call_command("migrate", interactive=False, verbosity=0)
    yield "settings", lambda: note_settings(timezone.now())
    yield "compiled loops", compile_loops
    if settings.LOFT_DEMO:
        yield "demo people", lambda: build_people(timezone.now())
        for name in settings.LOFT_DEMO_BUILDERS:
            yield f"demo {name.split('.')[0]}", partial(_build, name)


def _build(name: str) -> None:
    with muted():  # Redis does not run yet, and nobody looks
        import_string(name)(timezone.now())


def _compile() -> None:
    for name in settings.LOFT_COMPILERS:
        import_string(name)()


def compile_loops() -> bool:
    """Compile what the apps want compiled, unless this installation has done so for the code that is here."""
    sources = sorted(path for app in apps.get_app_configs() for path in Path(app.path).glob("kernels/**/*.py"))
    mark = Path(settings.COMPILED_LOOPS_DIR) / ".compiled"
    return _unless_unchanged(mark, _fingerprint(map(str, sources)), _compile)


def gather_static_files() -> bool:
    """Gather and hash the static files unless none of them changed; return whether there was something to do.

    What counts is their content: a checkout or an installation gives the same files another age.
    """
    files = ((name, storage.path(name)) for finder in get_finders() for name, storage in finder.list([]))
    contents = hashlib.sha256()
    for name, path in sorted(files):
        contents.update(f"{name} {hashlib.sha256(Path(path).read_bytes()).hexdigest()}\n".encode())
    mark = Path(settings.STATIC_ROOT) / ".gathered"
    return _unless_unchanged(
        mark, contents.hexdigest(), lambda: call_command("collectstatic", interactive=False, verbosity=0)
    )


def _unless_unchanged(mark: Path, present: str, do: Callable[[], object]) -> bool:
    if mark.exists() and mark.read_text() == present:
        return False
    do()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(present)
    return True


def _fingerprint(files: Iterable[str]) -> str:
    """Tell files apart by place, age and size; those of the home by their place in it, so that a home can be moved."""
    stats = ((file.removeprefix(str(settings.LOFT_HOME)), Path(file).stat()) for file in sorted(files))
    return hashlib.sha256(
        "\n".join(f"{file} {stat.st_mtime_ns} {stat.st_size}" for file, stat in stats).encode()
    ).hexdigest()


def compile_messages() -> bool:
    """Compile the message catalogues into the home unless none changed; return whether there was something to do.

    Needs no gettext on the machine, and writes nothing into the project, which may be on a disk that cannot be written.
    What counts is their content: a home outlives the project's files, and newer ones may have an earlier date.
    """
    paths = [path for app in apps.get_app_configs() for path in sorted(_catalogues(app.label))]
    contents = hashlib.sha256()
    for source in paths:
        contents.update(f"{_compiled(source)} {hashlib.sha256(source.read_bytes()).hexdigest()}\n".encode())
    return _unless_unchanged(
        settings.CATALOGUES_DIR / ".compiled", contents.hexdigest(), partial(_compile_catalogues, paths)
    )


def _catalogues(app: str) -> Iterable[Path]:
    return (settings.BASE_DIR / app / "locale").glob("*/LC_MESSAGES/*.po")


def _compiled(source: Path) -> Path:
    """Return the place of a compiled catalogue within `CATALOGUES_DIR`: APP/LANGUAGE/LC_MESSAGES/DOMAIN.mo."""
    app, _, *rest = source.with_suffix(".mo").relative_to(settings.BASE_DIR).parts
    return Path(app, *rest)


def _compile_catalogues(sources: Iterable[Path]) -> None:
    for source in sources:
        target = settings.CATALOGUES_DIR / _compiled(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as po, target.open("wb") as mo:
            write_mo(mo, read_po(po, locale=source.parent.parent.name))
