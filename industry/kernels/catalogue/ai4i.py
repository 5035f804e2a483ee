"""Reading the AI4I 2020 table. Pure: lines in, arrays out."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from industry.kernels.catalogue.features import TYPES, Array

COLUMNS = (
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
)
TYPE, FAILURE = "Type", "Machine failure"
FEWEST_ROWS = 200


@dataclass(frozen=True)
class Table:
    """Readings and whether the machine failed. `inputs` are ordered as `features.INPUTS`."""

    type_code: Array
    inputs: Array
    failed: NDArray[np.int64]


def read_table(lines: Iterable[str]) -> Table:
    """Read the published CSV.

    The columns of the single failure modes (TWF, HDF, PWF, OSF, RNF) are left aside: they say what is to be predicted.

    Args:
        lines: of the CSV, header first.

    Returns:
        Temperatures [K], speed [rpm], torque [N·m], wear [min] and the failure label.

    Raises:
        ValueError: a column is missing, a cell is wrong (named by row and column), or there are too few rows.

    Source: https://doi.org/10.24432/C5HS5C
    """
    reader = csv.DictReader(lines)
    missing = [name for name in (TYPE, *COLUMNS, FAILURE) if name not in (reader.fieldnames or [])]
    if missing:
        raise ValueError(
            f"header: column(s) {', '.join(missing)} missing; expected {', '.join((TYPE, *COLUMNS, FAILURE))}"
        )
    rows = [_row(number, cells) for number, cells in enumerate(reader, start=2)]
    table = np.array(rows, dtype=float).reshape(-1, len(COLUMNS) + 2)
    failed = table[:, -1].astype(np.int64)
    if len(table) < FEWEST_ROWS or not 5 <= failed.sum() <= len(table) - 5:
        raise ValueError(
            f"{len(table)} rows with {failed.sum()} failures given; expected at least {FEWEST_ROWS} rows, "
            "with at least 5 failures and 5 without"
        )
    return Table(table[:, 0], table[:, 1:-1], failed)


def _row(number: int, cells: Mapping[str, str | None]) -> list[float]:
    kind = cells[TYPE]
    if not kind or kind not in TYPES:
        raise ValueError(f"row {number}, column {TYPE}: {kind!r} given; expected one of {', '.join(TYPES)}")
    failed = cells[FAILURE]
    if failed not in ("0", "1"):
        raise ValueError(f"row {number}, column {FAILURE}: {failed!r} given; expected 0 or 1")
    return [float(TYPES.index(kind)), *(_number(number, name, cells[name]) for name in COLUMNS), float(failed)]


def _number(row: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise ValueError(f"row {row}, column {column}: {text!r} given; expected a number")
    return value
