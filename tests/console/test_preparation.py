"""What is done before the first process starts is done once."""

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
