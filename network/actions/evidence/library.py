"""Where leafmap, which draws the maps, is installed: of its tree of packages nothing else needs any."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from console.errors import Unavailable

LOCK = "deploy/requirements-evidence.lock"


@contextmanager
def importing() -> Iterator[None]:
    """Import in this block what draws: from the main environment, and what is missing there from the folder.

    The folder stays on the path, for leafmap imports parts of itself later.

    Raises:
        Unavailable: something is in neither.
    """
    folder = settings.LOFT_EVIDENCE_PACKAGES
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))  # last: nothing in it takes the place of numpy or pillow
    try:
        yield
    except ImportError as reason:
        raise Unavailable(
            f"evidence maps are drawn by leafmap, which cannot be imported from {folder}: {reason}; start with "
            f"`make run`, or: pip install --require-hashes --no-deps -r {LOCK} --target {folder}"
        ) from reason
