"""Names of the queues in which jobs wait. Pure."""


def queue_of(node_slug: str) -> str:
    """Return the name of an edge node's queue."""
    return f"edge.{node_slug}"
