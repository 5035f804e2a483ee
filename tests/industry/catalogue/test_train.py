"""Training: from the published table to ONNX and its card. With the real table where it lies beside the project."""

import csv
import json
import os
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from industry import runtimes
from industry.kernels.catalogue import ai4i
from industry.kernels.catalogue.features import failure_features

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
TABLE = Path(os.environ.get("LOFT_TEST_DATA", ROOT.parent / "shared" / "data")) / "industry" / "ai4i2020.csv"
SHIPPED = json.loads((ROOT / "industry/catalogue/machine-failure/1/card.json").read_text(encoding="utf-8"))
HEADER = ["UDI", "Type", *ai4i.COLUMNS, ai4i.FAILURE, "TWF", "HDF", "PWF", "OSF", "RNF"]
real_table = pytest.mark.skipif(not TABLE.exists(), reason=f"the AI4I 2020 table is not at {TABLE}; set LOFT_TEST_DATA")


def rows_of(count: int = 400, seed: int = 1) -> list[list[object]]:
    """Return rows in which a machine fails when its tool is worn and its torque high."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        torque, wear = rng.uniform(20, 70), rng.uniform(0, 240)
        failed = int(torque * wear > 11_000)
        kind = "LMH"[rng.integers(3)]
        rows.append([number, kind, 300.0, 310.0, 1500.0, round(torque, 3), round(wear, 3), failed, 0, 0, 0, failed, 0])
    return rows


def written(rows: list[list[object]], folder: Path, header: list[str] = HEADER) -> Path:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def table_of(path: Path) -> ai4i.Table:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return ai4i.read_table(lines)


def train(path: Path, out: Path) -> str:
    expected = StringIO()
    call_command("train", "machine-failure", data=path, out=out, stdout=expected)
    return expected.getvalue()


def test_training_writes_a_model_and_a_card_that_fit_each_other(tmp_path):
    pytest.importorskip("skl2onnx", reason="training needs the development requirements")
    expected = train(written(rows_of(), tmp_path), tmp_path)
    card = json.loads((tmp_path / "machine-failure/1/card.json").read_text(encoding="utf-8"))
    onnx = (tmp_path / "machine-failure/1/model.onnx").read_bytes()
    assert "F1" in expected
    assert card["size_bytes"] == len(onnx)
    assert card["data"]["rows"] == 400
    assert card["metric"]["value"] > card["baselines"][1]["value"]


def test_onnx_says_what_scikit_learn_says(tmp_path):
    training = pytest.importorskip(
        "industry.kernels.catalogue.training", reason="training needs the development requirements"
    )
    import hashlib

    table = table_of(written(rows_of(), tmp_path))
    features = failure_features(table.type_code, table.inputs)
    model = training.fit(features, table.failed)
    onnx = training.export(model, features.shape[1])
    (tmp_path / "model.onnx").write_bytes(onnx)
    scored = runtimes.score(tmp_path / "model.onnx", hashlib.sha256(onnx).hexdigest(), features)
    np.testing.assert_allclose(scored.risk, model.predict_proba(features)[:, 1], atol=1e-5)


def test_failure_mode_columns_do_not_leak_into_training(tmp_path):
    with_modes = table_of(written(rows_of(), tmp_path))
    without = [row[:8] for row in rows_of()]
    bare = table_of(written(without, tmp_path, HEADER[:8]))
    np.testing.assert_array_equal(with_modes.inputs, bare.inputs)


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("Torque [Nm]", "abc", r"row 4, column Torque \[Nm\]: 'abc' given; expected a number"),
        ("Torque [Nm]", "nan", "expected a number"),
        ("Torque [Nm]", "", "expected a number"),
        ("Type", "X", "row 4, column Type: 'X' given; expected one of L, M, H"),
        ("Machine failure", "2", "row 4, column Machine failure: '2' given; expected 0 or 1"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(tmp_path, column, text, expected):
    rows = rows_of()
    rows[2][HEADER.index(column)] = text
    with pytest.raises(CommandError, match=expected):
        train(written(rows, tmp_path), tmp_path)


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(CommandError, match="Machine failure missing; expected Type"):
        train(written([row[:7] for row in rows_of()], tmp_path, HEADER[:7]), tmp_path)


def test_too_few_rows_and_too_few_failures_are_refused(tmp_path):
    with pytest.raises(CommandError, match="expected at least 200 rows"):
        train(written(rows_of(50), tmp_path), tmp_path)


def test_a_file_that_is_not_there_is_an_error_in_words(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        train(tmp_path / "none.csv", tmp_path)


def test_the_shipped_card_belongs_to_the_shipped_model():
    import hashlib

    onnx = (ROOT / "industry/catalogue/machine-failure/1/model.onnx").read_bytes()
    assert SHIPPED["sha256"] == hashlib.sha256(onnx).hexdigest()
    assert SHIPPED["size_bytes"] == len(onnx) < 100_000


@real_table
def test_the_shipped_models_f1_is_what_training_on_the_real_table_measures():
    training = pytest.importorskip(
        "industry.kernels.catalogue.training", reason="training needs the development requirements"
    )
    table = table_of(TABLE)
    features = failure_features(table.type_code, table.inputs)
    judged = training.judge(training.classifier(), features, table.failed)
    assert judged.f1 == pytest.approx(SHIPPED["metric"]["value"], abs=0.01)
    assert 0.87 < judged.f1 < 0.92  # far above would be a leak


@real_table
def test_the_shipped_model_knows_the_real_failures():
    table = table_of(TABLE)
    features = failure_features(table.type_code, table.inputs)
    scored = runtimes.score(runtimes.file_of("machine-failure", 1), SHIPPED["sha256"], features)
    expected = scored.risk >= SHIPPED["threshold"]
    assert expected[table.failed == 1].mean() > 0.8
    assert expected[table.failed == 0].mean() < 0.01
