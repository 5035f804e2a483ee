"""What a simulated site remembers of its settings when its process ends, as real equipment does: a small file a site.

A file is replaced as a whole before the push that it holds is acknowledged, so that a kill at any moment leaves what
was acknowledged. It is not forced onto the disk, which would hold up everybody's packets: it outlives the process, and
when the machine loses its power at most the last moments are lost.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Memory:
    """A folder with one file for each site that was ever pushed settings."""

    folder: Path

    def keep(self, slug: str, counters: Any) -> None:
        """Keep what a site is to remember.

        Raises:
            OSError: it could not be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{slug}.new"
        draft.write_text(json.dumps(counters, allow_nan=False))
        draft.replace(self._file(slug))

    def recall(self, slug: str, take: Callable[[Any], None]) -> bool:
        """Give a site what it remembers, and return whether there was any that it could take.

        Args:
            slug: the site.
            take: takes it; raises ValueError where it cannot be what was kept, which then is as if it were not there.
        """
        file = self._file(slug)
        try:
            take(json.loads(file.read_text()))
        except FileNotFoundError:
            return False
        except (OSError, ValueError) as reason:  # what is no JSON or no text too
            log.warning("%s begins again at version 0: %s cannot be read: %s", slug, file, reason)
            return False
        return True

    def _file(self, slug: str) -> Path:
        return self.folder / f"{slug}.json"
