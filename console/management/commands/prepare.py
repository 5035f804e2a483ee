from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from console.preparation import steps


class Command(BaseCommand):
    """Bring everything in place before the first start."""

    help = "Compile messages, gather static files, migrate, install roles and build the demo metropolis."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step and say how long it took."""
        for words, step in steps():
            self.stdout.write(f"  {words} … ", ending="")
            self.stdout.flush()
            began = perf_counter()
            step()
            self.stdout.write(f"{perf_counter() - began:.1f} s")
