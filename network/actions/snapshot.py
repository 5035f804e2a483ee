"""What a process holds of the database until a record changes: one way to know that it did, one reader at a time.

What is held is shared by all callers, so it is read of tables that no row security narrows, and nobody changes it.
"""

import os
from collections.abc import Callable, Hashable
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Iterator

Version = tuple[object, ...]
"""Number, revisions and newest time of the records: differs whenever one was added, removed or changed."""
Value = TypeVar("Value")
WAIT_S = 20.0
"""Who waited so long for another thread's reading reads for itself."""


class Derived:
    """What is worked out of one snapshot, each once, and let go of with it."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what `make` returned for a key, or call it; what it raises is kept for nobody."""
        if key not in self._values:
            with alone(self._locks.setdefault(key, Lock())):  # of each key: one value may rest on another
                if key not in self._values:
                    self._values[key] = make()
        value: Value = self._values[key]
        return value


class Snapshots(Generic[Value]):
    """Values by key, each with the version of the records that it was read of."""

    _all: "WeakSet[Snapshots[Any]]" = WeakSet()

    def __init__(self) -> None:
        self._held: dict[Hashable, tuple[Version, Value]] = {}
        self._lock = Lock()
        self._all.add(self)

    def get(self, key: Hashable, version: Callable[[], Version], read: Callable[[], Value]) -> Value:
        """Return what is held for a key, read anew when its version differs.

        Args:
            key: which snapshot.
            version: asks for the present version; once, and again by who had to wait.
            read: reads the value. Of records that change meanwhile it may hold newer ones: then the version
                differs, and they are read again by the next caller.
        """
        now = version()
        held = self._held.get(key)
        if held is not None and held[0] == now:
            return held[1]
        with alone(self._lock) as has_waited:
            if has_waited or self._held.get(key) is not held:  # another thread read since this one asked
                now = version()
            held = self._held.get(key)
            if held is None or held[0] != now:
                held = self._held[key] = now, read()
            return held[1]

    @classmethod
    def forget(cls) -> None:
        """Let go of everything that this process holds."""
        for snapshots in cls._all:
            snapshots._held.clear()  # noqa: SLF001  its own

    @classmethod
    def renew_locks(cls) -> None:
        """Give a forked process locks of its own: the thread that holds one of them lives only in its parent."""
        for snapshots in cls._all:
            snapshots._lock = Lock()  # noqa: SLF001  its own
            snapshots._held.clear()  # noqa: SLF001  with the locks of what was derived


@contextmanager
def alone(lock: Lock) -> "Iterator[bool]":
    """Hold a lock, or go on without it after `WAIT_S`; yields whether another thread held it."""
    has_waited = not lock.acquire(blocking=False)
    is_held = not has_waited or lock.acquire(timeout=WAIT_S)
    try:
        yield has_waited
    finally:
        if is_held:
            lock.release()


os.register_at_fork(after_in_child=Snapshots.renew_locks)
