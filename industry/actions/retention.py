"""How long industry keeps readings with their scores, and jobs."""

from console.retention import Rule, register
from industry.models import Job, Reading

KEPT = "LOFT_READING_RETENTION_H"

register(
    Rule(name="readings", model=Reading, column="received_at", kept=KEPT, rows=500),
    Rule(name="jobs", model=Job, column="ended_at", kept=KEPT, rows=500),
)
