"""What is done before the first process starts is done once."""

import os
import shutil
import sys
from gettext import GNUTranslations
from pathlib import Path

import httpx
import pytest
from django.contrib.staticfiles.finders import get_finder
from django.utils.translation import gettext, override

from console.run import preparation
from tests.stack import ROOT, Stack


def test_loops_are_compiled_once_for_the_code_that_is_there(settings, tmp_path, monkeypatch):
    done = []
    settings.COMPILED_LOOPS_DIR = tmp_path
    monkeypatch.setattr(preparation, "_compile", lambda: done.append(1))
    assert [preparation.compile_loops(), preparation.compile_loops()] == [True, False]
    assert done == [1]


def test_changed_code_is_compiled_anew(settings, tmp_path, monkeypatch):
    settings.COMPILED_LOOPS_DIR = tmp_path
    monkeypatch.setattr(preparation, "_compile", lambda: None)
    preparation.compile_loops()
    (tmp_path / ".compiled").write_text("another fingerprint")
    assert preparation.compile_loops() is True


def test_what_the_settings_name_as_compilers_is_there(monkeypatch):
    calls = []
    monkeypatch.setattr("network.kernels.radio.raster.coverage.compile_loops", lambda: calls.append(1))
    preparation._compile()
    assert calls == [1]


def test_static_files_are_gathered_anew_for_another_content_only(settings, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    page = own / "page.js"
    page.write_text("export const a = 1;")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [own], tmp_path / "gathered"
    settings.STATIC_ROOT.mkdir()
    get_finder.cache_clear()
    gathered = []
    monkeypatch.setattr(preparation, "call_command", lambda *_, **__: gathered.append(page.read_text()))
    assert [preparation.gather_static_files(), preparation.gather_static_files()] == [True, False]
    os.utime(page, (0, 0))  # as after a checkout
    assert preparation.gather_static_files() is False
    page.write_text("export const a = 2;")
    assert preparation.gather_static_files() is True
    get_finder.cache_clear()
    assert gathered == ["export const a = 1;", "export const a = 2;"]


def test_a_catalogue_is_compiled_anew_for_another_content_whatever_its_age(settings, tmp_path):
    source = tmp_path / "project" / "console" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    settings.BASE_DIR, settings.CATALOGUES_DIR = tmp_path / "project", tmp_path / "home" / "locale"
    known = []
    for chinese in ("旧", "新"):
        source.write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\nmsgid "Old"\nmsgstr "{chinese}"\n'
        )
        os.utime(source, (0, 0))  # as an archive unpacks what is older than the last start
        assert [preparation.compile_messages(), preparation.compile_messages()] == [True, False]
        with (settings.CATALOGUES_DIR / "console" / "zh_Hans" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            known.append(GNUTranslations(file).gettext("Old"))
    assert known == ["旧", "新"]
    assert [path.name for path in source.parent.iterdir()] == ["django.po"]


def test_catalogues_are_looked_for_where_they_are_compiled(settings):
    assert {Path(path) for path in settings.LOCALE_PATHS} == {
        path.parent.parent.parent for path in Path(settings.CATALOGUES_DIR).glob("*/*/LC_MESSAGES/django.mo")
    }
    with override("zh-hans"):
        assert gettext("Sign in") == "登录"


class InACopy(Stack):
    """A Loft whose project is a copy that is there to be read only."""

    project: Path

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, str(self.project / "manage.py"), *words]


def files_under(folder: Path) -> dict[str, int]:
    """Return the files and when each was changed, those apart that Python itself keeps and can do without."""
    paths = (path for path in folder.rglob("*") if path.suffix != ".pyc" and path.name != "__pycache__")
    return {str(path.relative_to(folder)): path.lstat().st_mtime_ns for path in paths}


@pytest.mark.stack
def test_a_loft_writes_nothing_into_its_project_from_the_first_start_on(tmp_path):
    project = tmp_path / "project"
    left_out = shutil.ignore_patterns("__pycache__", "*.mo")
    for name in ("console", "network", "airspace", "industry", "static", "templates"):
        shutil.copytree(ROOT / name, project / name, ignore=left_out)
    shutil.copy(ROOT / "manage.py", project)
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    folders = [project, *(path for path in project.rglob("*") if path.is_dir() and not path.is_symlink())]
    for folder in folders:
        folder.chmod(0o555)  # which stops everyone but root
    before = files_under(project)
    loft = InACopy(tmp_path / "home", LOFT_DEMO="false")
    loft.project = project
    loft.environment.pop("NUMBA_CACHE_DIR")
    loft.environment["PYTHONDONTWRITEBYTECODE"] = "1"  # Python's own, which root is not stopped from writing
    loft.home.mkdir()
    try:
        loft.start()
        page = httpx.get(f"{loft.url}/login", headers={"Accept-Language": "zh-hans"})
        words = httpx.get(f"{loft.url}/i18n/catalogue.json", headers={"Accept-Language": "zh-hans"}).json()["catalog"]
    finally:
        loft.stop()
        for folder in folders:
            folder.chmod(0o755)
    assert "登录" in page.text
    assert len(words) > 500
    assert files_under(project) == before
    assert any((loft.home / "loops").rglob("*.nbi"))
