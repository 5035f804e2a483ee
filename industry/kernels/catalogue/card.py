"""The model card: what a model was trained on, how well it does beside what others reach, and what it expects."""

import hashlib
from datetime import datetime
from typing import Any

from industry.kernels.catalogue.features import FEATURES, INPUTS, TYPES

DATA = {
    "name": "AI4I 2020 Predictive Maintenance Dataset",
    "source": "UCI Machine Learning Repository, https://doi.org/10.24432/C5HS5C",
    "licence": "CC BY 4.0",
    "kind": "synthetic benchmark",
}
PUBLISHED = {
    "value": 0.895,
    "note": "published for these data without the failure-mode columns; higher published values use them",
}
TITLE = {"en": "Machine failure risk", "zh": "机器故障风险"}
LIMITS = (
    "The data are a synthetic benchmark of one kind of milling machine. Before the risk steers maintenance of another "
    "machine, compare it with that machine's own history."
)


def card(
    onnx: bytes, scores: dict[str, Any], trained_at: datetime, version: str, libraries: dict[str, str]
) -> dict[str, Any]:
    """Return the card of a trained machine-failure model, ready for JSON.

    Args:
        onnx: the model as it ships.
        scores: `metric`, `baselines`, `split`, `rows`, `failures` and `threshold` of the training. [1]
        trained_at: when.
        version: number of the version.
        libraries: versions of what the training used.

    Source: Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
    """
    return {
        "name": "machine-failure",
        "version": version,
        "title": TITLE,
        "data": {**DATA, "rows": scores["rows"], "failures": scores["failures"]},
        "split": scores["split"],
        "metric": scores["metric"],
        "baselines": scores["baselines"],
        "published": PUBLISHED,
        "threshold": scores["threshold"],
        "inputs": inputs(),
        "features": list(FEATURES),
        "output": {"name": "failure_risk", "unit": "1", "meaning": "probability that the machine fails in this state"},
        "limits": LIMITS,
        "sha256": hashlib.sha256(onnx).hexdigest(),
        "size_bytes": len(onnx),
        "trained_at": trained_at.isoformat(),
        "libraries": libraries,
    }


def inputs() -> list[dict[str, Any]]:
    """Return what one row of the model's input holds: names, units and ranges."""
    numbers = [{"name": input_.name, "unit": input_.unit, "low": input_.low, "high": input_.high} for input_ in INPUTS]
    return [{"name": "type", "unit": "1", "one_of": list(TYPES)}, *numbers]
