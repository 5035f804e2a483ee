import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from industry.kernels.catalogue import ai4i
from industry.kernels.catalogue.card import card
from industry.kernels.catalogue.features import failure_features

CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue"


class Command(BaseCommand):
    """Train a model of the catalogue and write it as ONNX with its card."""

    help = "Train a model on a published table: `train machine-failure --data ai4i2020.csv`."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=["machine-failure"])
        parser.add_argument("--data", type=Path, required=True, help="the AI4I 2020 table as CSV")
        parser.add_argument("--number", default="1", help="version to write")
        parser.add_argument("--out", type=Path, default=CATALOGUE, help="catalogue to write to")

    def handle(self, *args: Any, **options: Any) -> None:
        onnx, made = _train(_table(options["data"]), options["number"], timezone.now())
        folder = options["out"] / options["name"] / options["number"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.onnx").write_bytes(onnx)
        (folder / "card.json").write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self.stdout.write(f"F1 {made['metric']['value']:.3f} on rows the model had not seen")
        for other in made["baselines"]:
            self.stdout.write(f"   {other['value']:.3f} {other['name']}")
        self.stdout.write(f"   {made['published']['value']:.3f} published")
        self.stdout.write(f"{folder / 'model.onnx'}: {len(onnx):,} bytes, sha256 {made['sha256']}")


def _table(path: Path) -> ai4i.Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return ai4i.read_table(lines)
    except (OSError, UnicodeDecodeError) as reason:
        raise CommandError(f"data: {path} cannot be read ({reason}); expected a CSV file in UTF-8") from reason
    except ValueError as reason:
        raise CommandError(f"{path}: {reason}") from reason


def _train(table: ai4i.Table, number: str, now: datetime) -> tuple[bytes, dict[str, Any]]:
    try:
        from industry.kernels.catalogue import training  # noqa: PLC0415  a development requirement, absent where Loft only runs
    except ImportError as reason:
        raise CommandError(
            f"{reason.name} is missing; training needs what requirements-dev.txt lists: "
            "pip install -r requirements-dev.txt"
        ) from reason
    features = failure_features(table.type_code, table.inputs)
    onnx = training.export(training.fit(features, table.failed), features.shape[1])
    judged = training.judge(training.classifier(), features, table.failed)
    plain = training.judge(training.baseline(), features, table.failed)
    scores = {
        "metric": {"name": "F1", "value": judged.f1, **_rest(judged)},
        "baselines": [
            {"name": "logistic regression on the same features", "value": plain.f1},
            {"name": "always “no failure”", "value": 0.0},
        ],
        "split": f"stratified {training.FOLDS}-fold cross-validation, seed {training.SEED}, every row predicted "
        "unseen; the shipped model is then fitted to all rows",
        "rows": len(features),
        "failures": int(np.sum(table.failed)),
        "threshold": training.THRESHOLD,
    }
    return onnx, card(onnx, scores, now, number, training.libraries())


def _rest(judged: Any) -> dict[str, Any]:
    figures: dict[str, Any] = dataclasses.asdict(judged)
    return {name: value for name, value in figures.items() if name != "f1"}
