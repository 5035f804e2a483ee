#!/usr/bin/env python
"""The one entrance to every command of Loft."""

import gc
import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    if sys.argv[1:2] == ["up"]:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # it forks, so numpy may start no thread; our matrices are small
        gc.disable()  # what is imported is no garbage; the processes that it forks collect
    from django.core.management import execute_from_command_line  # noqa: PLC0415  Django reads the line above

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
