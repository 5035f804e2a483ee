"""Checks that are no tests: `python -m tests.checks` wants no missing migration, a clean deployment check, a valid description."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.stack import ROOT

COMMANDS = [
    ["makemigrations", "--check", "--dry-run"],
    ["check", "--deploy", "--fail-level", "WARNING"],
    ["spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
]


def main() -> int:
    """Run every check as a production installation would be set; return 1 if one fails."""
    with tempfile.TemporaryDirectory(prefix="loft-check-") as home:
        (Path(home) / "vendor").mkdir()
        environment = {**os.environ, "LOFT_HOME": home, "LOFT_URL": "https://loft.example", "LOFT_DEMO": "false"}
        words = [sys.executable, str(ROOT / "manage.py")]
        done = [subprocess.run([*words, *command], env=environment, check=False).returncode for command in COMMANDS]
    return int(any(done))


if __name__ == "__main__":
    sys.exit(main())
