"""Names of queues."""

from industry.kernels.jobs.queues import queue_of


def test_an_edge_node_has_a_queue_of_its_own():
    assert queue_of("dc-near") == "edge.dc-near"
