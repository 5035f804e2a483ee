#!/usr/bin/env python
"""The one entrance to every command of Loft."""

import gc
import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # none of its own: `up` forks, and our matrices are small
    if sys.argv[1:2] == ["up"]:
        gc.disable()  # what is imported is no garbage; its processes collect
    from django.core.management import execute_from_command_line  # noqa: PLC0415  Django reads the line above

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
