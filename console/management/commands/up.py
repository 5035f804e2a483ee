import os
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from console.actions.demo import demo_password
from console.logfile import LogFile
from console.processes import plans, web_listens
from console.supervisor import Supervisor


class Command(BaseCommand):
    """Run the whole of Loft: Redis, engine, workers, schedule, web and, in the demo, its city."""

    help = "Prepare and run everything until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, report, supervise."""
        if web_listens():
            raise CommandError(f"{settings.LOFT_HOST}:{settings.LOFT_PORT} is taken; set LOFT_PORT to a free port")
        os.umask(0o077)
        self.stdout.write("Preparing")
        call_command("prepare")
        self.stdout.write("Starting")
        open_log = partial(LogFile, most_bytes=settings.LOFT_LOG_MB * 1_000_000, keep=settings.LOFT_LOG_KEEP)
        supervisor = Supervisor(plans(), settings.LOGS_DIR, settings.LOFT_RUN_DIR, self.stdout.write, open_log)
        supervisor.run(self._say_where)
        self.stdout.write("Stopped")

    def _say_where(self) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nLoft is up: {settings.LOFT_URL}"))
        if settings.LOFT_DEMO:
            self.stdout.write(f"  sign in as    operator  {demo_password('operator')}")
            self.stdout.write(f"  or as         viewer, planner, administrator: passwords in {settings.SECRETS_DIR}")
        self.stdout.write(f"  logs in       {settings.LOGS_DIR}\n  stop with     Ctrl-C")
        self.stdout.flush()
