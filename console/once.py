"""What a process has one of: made by the first thread that asks, while the others wait for it.

`functools.cache` lets two threads that ask at the same time both make one, and forgets the earlier of the two. For a
table of constants that is only wasted work. For what holds connections, counts or turns it is a fault: a Redis client
that is forgotten closes all connections of its pool, those in use as well.
"""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """A function without arguments that is called once; what it raises is not kept."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self.__doc__, self.__name__, self.__wrapped__ = make.__doc__, make.__name__, make
        self._make, self._made = make, threading.Lock()
        self._kept: list[Made] = []
        os.register_at_fork(after_in_child=self._renew)

    def __call__(self) -> Made:
        """Return this process's."""
        if not self._kept:
            with self._made:
                if not self._kept:
                    self._kept.append(self._make())
        return self._kept[0]

    def forget(self) -> None:
        """Make a new one at the next call: tests change the settings that it was made of."""
        with self._made:
            self._kept.clear()

    def _renew(self) -> None:
        self._made = threading.Lock()  # a thread that held it is not in the child


def once(make: Callable[[], Made]) -> Once[Made]:
    """Decorate a function without arguments that makes what a process has one of."""
    return Once(make)
