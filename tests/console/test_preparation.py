"""What is done before the first process starts is done once."""

import os

from django.contrib.staticfiles.finders import get_finder

from console import preparation


def test_loops_are_compiled_once_for_the_code_that_is_there(settings, tmp_path, monkeypatch):
    done = []
    settings.LOFT_HOME = tmp_path
    monkeypatch.setattr(preparation, "_compile", lambda: done.append(1))
    assert [preparation.compile_loops(), preparation.compile_loops()] == [True, False]
    assert done == [1]


def test_changed_code_is_compiled_anew(settings, tmp_path, monkeypatch):
    settings.LOFT_HOME = tmp_path
    monkeypatch.setattr(preparation, "_compile", lambda: None)
    preparation.compile_loops()
    (tmp_path / ".compiled").write_text("another fingerprint")
    assert preparation.compile_loops() is True


def test_what_the_settings_name_as_compilers_is_there(monkeypatch):
    calls = []
    monkeypatch.setattr("network.kernels.coverage.compile_loops", lambda: calls.append(1))
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
