"""The outside door of industry: edge nodes' workers and queues, and the engine that runs models.

ONNX Runtime sessions belong to the process that uses them: made on first use, after every fork, with one thread each
(two are slower on models this small). A file whose hash is not the registered one is never run.
"""

import hashlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from django.db import DatabaseError
from kombu.exceptions import OperationalError
from numpy.typing import NDArray

from console.celery import app
from console.database import condition_of
from console.errors import Unavailable
from console.redis_clients import GONE
from console.run.processes import celery_worker
from console.run.supervisor import ProcessSpec
from industry.kernels.jobs.queues import queue_of
from network.models import EdgeNode

log = logging.getLogger(__name__)

CATALOGUE = Path(__file__).resolve().parent / "catalogue"
RUN_JOB = "industry.tasks.run_job"
MAX_SESSIONS = 16
_sessions: dict[str, Any] = {}
_making = threading.Lock()


class ModelDamagedError(Unavailable):
    """The file of a model is missing or is not the one that was registered."""


@dataclass(frozen=True)
class Scored:
    """Risks of the rows, and how long the model took for all of them."""

    risk: NDArray[np.float64]
    took_ms: float


def edge_plans() -> list[ProcessSpec]:
    """Return one worker per edge node, alone in its process: its queue is served in order, by one model at a time."""
    try:
        slugs = list(EdgeNode.objects.order_by("slug").values_list("slug", flat=True))
    except DatabaseError as reason:
        if condition_of(reason):  # else a start meanwhile would run without edge nodes for good
            raise
        return []  # not migrated yet: there is no edge node to work for
    return [celery_worker(f"edge-{slug}", queue_of(slug), "--pool=solo") for slug in slugs]


def send_job(pk: str, node_slug: str) -> bool:
    """Put a job's key on its edge node's queue. When the broker is away, `requeue_lost_jobs` sends it later.

    Return whether the broker has it.
    """
    policy = {"max_retries": 1, "interval_start": 0.05, "interval_max": 0.05}
    try:
        app.send_task(RUN_JOB, args=[pk], queue=queue_of(node_slug), retry_policy=policy)
    except (OperationalError, *GONE) as reason:
        log.warning("job %s waits, the broker is away: %s", pk, reason)
        return False
    return True


def catalogue_cards() -> Iterator[Path]:
    """Yield the cards of the models that ship with Loft: `catalogue/<name>/<number>/card.json`."""
    yield from sorted(CATALOGUE.glob("*/*/card.json"))


def file_of(name: str, number: int) -> Path:
    """Return where a model version lies."""
    return CATALOGUE / name / str(number) / "model.onnx"


def score(path: Path, sha256: str, features: NDArray[np.float32]) -> Scored:
    """Run a model on rows of features.

    Args:
        path: of the ONNX file.
        sha256: what the file must hash to.
        features: float32, shape (n, width).

    Raises:
        ModelDamagedError: the file is missing or another one.
    """
    session = _session(path, sha256)
    began_s = perf_counter()
    (probabilities,) = session.run(["probabilities"], {"features": features})
    return Scored(probabilities[:, 1].astype(np.float64), (perf_counter() - began_s) * 1e3)


def _session(path: Path, sha256: str) -> Any:
    with _making:
        if sha256 not in _sessions:
            if len(_sessions) >= MAX_SESSIONS:
                _sessions.pop(next(iter(_sessions)))
            _sessions[sha256] = _open(path, sha256)
        return _sessions[sha256]


def _open(path: Path, sha256: str) -> Any:
    import onnxruntime  # noqa: PLC0415  only workers that run models pay for it

    try:
        content = path.read_bytes()
    except OSError as reason:
        raise ModelDamagedError(f"model file {path.parent.parent.name}/{path.parent.name} cannot be read") from reason
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelDamagedError(f"model file {path.parent.parent.name}/{path.parent.name} is not the registered one")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
