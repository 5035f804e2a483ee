"""A small file system of a test's own, which no test leaves behind: it is mounted in a namespace of this process.

It is seen by this thread, by those that it starts from now on and by its children, and is gone when they have ended,
by `kill -9` as well.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

CLONE_NEWNS = 0x20000  # of sched.h


@contextmanager
def own_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Let a folder be a file system of so many bytes; skip the test where that is not permitted."""
    _enter_namespace()
    _carry_out("mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=0700", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@cache
def _enter_namespace() -> None:
    """Take a copy of what is mounted, for good: what is mounted from now on is nobody else's."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        _skip(os.strerror(ctypes.get_errno()))
    _carry_out("mount", "--make-rprivate", "/")


def _carry_out(*words: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as reason:
        _skip(str(reason))
    else:
        if done.returncode:
            _skip(done.stderr.strip())


def _skip(reason: str) -> None:
    pytest.skip(f"a file system of its own needs the right to mount: {reason}")
