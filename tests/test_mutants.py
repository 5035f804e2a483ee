"""Planted faults: into what changed, against the tests that mirror it, and the score is that of what was noticed."""

import subprocess

import pytest

from tests import mutants

RUN = "    network.kernels.measurement.loss.x_share__mutmut_1: killed\n    network.kernels.measurement.loss.x_share__mutmut_2: survived\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A small repository, and what git says of it."""
    for name in ("network/kernels/measurement/loss.py", "network/views/site.py", "console/models/access/person.py", "tests/network/sla/test_loss.py",
                 "tests/network/report/test_loss_raw.py", "tests/network/test_losses.py", "tests/network/bench/test_loss_bench.py", "tests/airspace/test_loss.py"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "t"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    return tmp_path


def test_kernels_and_models_that_changed_are_tried_and_nothing_else(tree):
    assert mutants.changed("HEAD") == []
    for name in ("network/kernels/measurement/loss.py", "network/views/site.py", "console/models/access/person.py"):
        (tree / name).write_text("x = 2\n")
    assert mutants.changed("HEAD") == ["console/models/access/person.py", "network/kernels/measurement/loss.py"]
    (tree / "console/models/access/person.py").unlink()
    assert mutants.changed("HEAD") == ["network/kernels/measurement/loss.py"]


def test_a_module_is_mirrored_by_the_tests_of_its_name_in_its_app(tree):
    mirrors = mutants.mirrors("network/kernels/measurement/loss.py", tree)
    assert mirrors == ["tests/network/report/test_loss_raw.py", "tests/network/sla/test_loss.py"]
    assert mutants.mirrors("console/models/access/person.py", tree) == []


@pytest.mark.parametrize(
    ("source", "imports"),
    [
        ("from network.kernels.measurement import check, loss\n", True),
        ("from network.kernels.measurement.loss import share\n", True),
        ("import network.kernels.measurement.loss\n", True),
        ("def test():\n    from network.kernels.measurement import (\n        check,\n        loss,\n    )\n", True),
        ("from network.kernels.measurement import (check)\nloss = 1\n", False),
        ("from network.kernels.measurement import glossary\nloss = 1\n", False),
        ("from network.actions.measurement import loss\n", False),
        ("import network.kernels.measurement.losses\n", False),
    ],
)
def test_a_module_no_test_is_named_after_is_mirrored_by_those_that_import_it(tree, source, imports):
    (tree / "tests/network/sla/test_loss.py").unlink()
    (tree / "tests/network/report/test_loss_raw.py").unlink()
    (tree / "tests/network/test_rounds.py").write_text(source)
    mirrors = mutants.mirrors("network/kernels/measurement/loss.py", tree)
    assert mirrors == (["tests/network/test_rounds.py"] if imports else [])


def test_a_named_file_may_be_of_any_room(tree, capsys):
    assert (
        mutants.main(["HEAD", "network/views/site.py", "network/views/__init__.py", "tests/network/test_losses.py"])
        == 1
    )
    assert capsys.readouterr().out.splitlines() == [
        "network/views/site.py: no test mirrors it",
        "no kernel and no model to try",
    ]


def test_what_nothing_mirrors_is_named_and_fails(tree, capsys):
    assert mutants.main(["HEAD", "console/models/access/person.py"]) == 1
    assert "console/models/access/person.py: no test mirrors it" in capsys.readouterr().out
    assert mutants.main(["HEAD"]) == 0
    assert "no kernel and no model to try" in capsys.readouterr().out


def test_the_score_counts_what_was_noticed_and_shows_what_was_not(tree, monkeypatch, capsys):
    asked = []

    def answer(folder, *words):
        asked.append(
            (words, (folder / "pyproject.toml").read_text(), (folder / "network/kernels/measurement/loss.py").exists())
        )
        answers = {"results": RUN, "show": "-    return lost / sent\n+    return lost * sent"}
        return subprocess.CompletedProcess(words, 0, answers.get(words[0], ""))

    monkeypatch.setattr(mutants, "_mutmut", answer)
    (tree / "network/kernels/measurement/loss.py").write_text("x = 3\n")
    assert mutants.main(["HEAD"]) == 0
    printed = capsys.readouterr().out
    assert "1 of 2 noticed: {'killed': 1, 'survived': 1}" in printed
    assert "survived: network.kernels.measurement.loss.x_share__mutmut_2\n-    return lost / sent" in printed
    words, settings, is_copied = asked[0]
    assert words == ("run", "--max-children", "1")
    assert "only_mutate = ['network/kernels/measurement/loss.py']" in settings
    assert "tests/network/sla/test_loss.py" in settings
    assert is_copied
