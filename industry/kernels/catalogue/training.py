"""Training the machine-failure model: gradient boosting, judged on folds that it has not seen, exported to ONNX.

Needs scikit-learn and skl2onnx, which are development requirements; inference needs neither.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import skl2onnx
import sklearn
from numpy.typing import NDArray
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Features = NDArray[np.float32]
Labels = NDArray[np.int64]

FOLDS = 5
SEED = 0
THRESHOLD = 0.5
OPSET = 17


@dataclass(frozen=True)
class Judgement:
    """How well a classifier did on rows it was not trained on; each figure over all folds together."""

    f1: float
    precision: float
    recall: float
    f1_by_fold: list[float]


def classifier() -> Any:
    """Return the untrained model: 100 trees of depth 3, the library's own defaults, nothing tuned on these data."""
    return GradientBoostingClassifier(random_state=SEED)


def baseline() -> Any:
    """Return the untrained baseline: logistic regression of the same features."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def judge(model: Any, features: Features, failed: Labels) -> Judgement:
    """Judge a model by stratified cross-validation: every row is predicted by a model that never saw it.

    Args:
        model: an untrained classifier.
        features: as `features.failure_features` makes them, shape (n, 9).
        failed: 0 or 1, shape (n,). [1]

    Returns:
        F1, precision and recall of "fails" at the fixed threshold 0.5. [1]

    Source: F1 = 2 P R / (P + R), van Rijsbergen 1979; folds as in Kohavi, IJCAI 1995.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    risk = cross_val_predict(model, features, failed, cv=folds, method="predict_proba")[:, 1]
    predicted = (risk >= THRESHOLD).astype(np.int64)
    by_fold = [float(f1_score(failed[test], predicted[test])) for _, test in folds.split(features, failed)]
    return Judgement(
        float(f1_score(failed, predicted)),
        float(precision_score(failed, predicted, zero_division=0)),
        float(recall_score(failed, predicted)),
        by_fold,
    )


def fit(features: Features, failed: Labels) -> Any:
    """Return the model trained on all rows, which is the one that ships. Features (n, 9), labels (n,), both [1].

    Source: Friedman, Annals of Statistics 29 (2001) 1189-1232.
    """
    return classifier().fit(features, failed)


def export(model: Any, width: int) -> bytes:
    """Return the trained model as ONNX: `features` float32 (n, width) in, `label` and `probabilities` (n, 2) out.

    Source: Open Neural Network Exchange, operator set 17, ai.onnx.ml TreeEnsembleClassifier.
    """
    graph = skl2onnx.to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, width]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": OPSET, "ai.onnx.ml": 3},
    )
    return bytes(graph.SerializeToString())


def libraries() -> dict[str, str]:
    """Return the versions of what the training depends on."""
    return {
        "scikit-learn": sklearn.__version__,
        "skl2onnx": skl2onnx.__version__,
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
