"""The door to workers, queues and models."""

import numpy as np
import pytest

from console.run.supervisor import ProcessSpec
from industry import runtimes
from industry.models import Model
from tests.waiting import PATIENCE_S


def test_every_edge_node_has_a_worker_of_its_own(city):
    specs = runtimes.edge_plans()
    assert [spec.name for spec in specs] == ["worker-edge-dc-far", "worker-edge-dc-near"]
    assert all(isinstance(spec, ProcessSpec) for spec in specs)
    assert "edge.dc-near" in specs[1].command
    assert "--pool=solo" in specs[1].command


def test_a_model_that_is_not_the_registered_one_is_never_run(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"another")
    with pytest.raises(runtimes.ModelDamagedError, match="not the registered one"):
        runtimes.score(tmp_path / "model.onnx", "0" * 64, np.zeros((1, 9), np.float32))


def test_a_model_whose_file_is_gone_is_named(tmp_path):
    with pytest.raises(runtimes.ModelDamagedError, match="cannot be read"):
        runtimes.score(tmp_path / "model.onnx", "1" * 64, np.zeros((1, 9), np.float32))


def test_a_session_is_made_once_per_process(catalogue: Model):
    version = catalogue.newest()
    path = runtimes.file_of("machine-failure", version.number)
    runtimes.score(path, version.sha256, np.zeros((1, 9), np.float32))
    first = runtimes._sessions[version.sha256]
    runtimes.score(path, version.sha256, np.zeros((3, 9), np.float32))
    assert runtimes._sessions[version.sha256] is first


def test_a_job_is_sent_to_the_queue_of_its_edge_node(empty_redis):
    from console.celery import app

    runtimes.send_job("0", "dc-near")
    with app.connection_for_read() as line:
        message = line.SimpleQueue("edge.dc-near").get(timeout=PATIENCE_S)
        assert message.headers["task"] == "industry.tasks.run_job"
        message.ack()
