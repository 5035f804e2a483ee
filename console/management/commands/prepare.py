from time import perf_counter
from typing import Any

from console.management.writing import WritingCommand
from console.run.preparation import steps

TOLD_FROM_S = 1.0
REDRAW = "\r\033[K"


class Command(WritingCommand):
    """Bring everything in place before the first start."""

    help = "Compile messages, gather static files, migrate, install roles and build the demo metropolis."
    requires_system_checks: list[str] = []
    is_start = True

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step; say which took long, and on a terminal which is under way."""
        is_terminal = self.stdout.isatty()
        for words, step in steps():
            if is_terminal:
                self.stdout.write(f"{REDRAW}  {words} … ", ending="")
                self.stdout.flush()
            began = perf_counter()
            step()
            took_s = perf_counter() - began
            if took_s >= TOLD_FROM_S:
                self.stdout.write(f"{REDRAW if is_terminal else ''}  {words} … {took_s:.1f} s")
        if is_terminal:
            self.stdout.write(REDRAW, ending="")
