"""Keeps standard output for JSON lines while a solver written in C prints notes of its own there."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

STDOUT, STDERR = 1, 2


@contextmanager
def chatter_to_stderr() -> Iterator[None]:
    """Send what is written to the process's standard output to standard error for a while. Not for threads."""
    libc = ctypes.CDLL(None)
    libc.fflush(None)
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield
    finally:
        libc.fflush(None)  # what C has buffered leaves while it still goes to standard error
        os.dup2(kept, STDOUT)
        os.close(kept)
