"""How long positions are kept. The engine deletes them: on SQLite it alone writes telemetry."""

from datetime import timedelta

from airspace.models import DeadLetter, Position
from console.retention import Rule, register

POSITIONS = Rule(name="positions", model=Position, column="at_ms", kept="LOFT_POSITION_RETENTION_H", by="engine")
DEAD_LETTERS = Rule(name="dead letters", model=DeadLetter, column="at", kept=timedelta(days=90), rows=100)
register(POSITIONS, DEAD_LETTERS)
