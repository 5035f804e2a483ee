"""Django's PostgreSQL, whose pool lets nobody wait for a server that is known to be away."""

import os
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from console.postgresql.gate import Gate

_gates: dict[tuple[int, str], Gate] = {}


def gate_of(alias: str) -> Gate:
    """Return the gate of a database in this process; a fork begins with its own."""
    return _gates.setdefault((os.getpid(), alias), Gate())


class DatabaseWrapper(base.DatabaseWrapper):
    """What `ENGINE` names."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Get a connection.

        Raises:
            psycopg.OperationalError: there is none, or there was none a moment ago.
        """
        gate = gate_of(self.alias)
        if reason := gate.reason():
            raise psycopg.OperationalError(str(reason))
        began_s, failures = gate.now_s(), self._failures()
        try:
            if gate.is_shut and self.pool:
                self._knock()
                gate.passed()
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if gate.is_shut or self._failures() > failures or not self.pool:  # else all its connections are in use
                gate.failed(error, began_s)
            raise
        gate.passed()
        return connection

    def _knock(self) -> None:
        """Connect beside the pool, which pauses between its own attempts and then gives them up while one waits for it.

        Raises:
            psycopg.OperationalError: it is away still.
        """
        psycopg.connect(**self.pool.kwargs).close()

    def _failures(self) -> int:
        """Return how many attempts to connect have failed."""
        return int(self.pool.get_stats().get("connections_errors", 0)) if self.pool else 0
