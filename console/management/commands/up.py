import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from console.actions.demo import demo_password, password_file
from console.processes import plans, web_listens
from console.roles import ROLES
from console.starts import note_console_start
from console.supervisor import Supervisor

SHOWN = "operator"
"""Whose password is printed; those of the others stay in their files."""


class Command(BaseCommand):
    """Run the whole of Loft: Redis, engine, workers, schedule, web and, in the demo, its city."""

    help = "Prepare and run everything until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, report, supervise."""
        if web_listens():
            raise CommandError(f"{settings.LOFT_HOST}:{settings.LOFT_PORT} is taken; set LOFT_PORT to a free port")
        os.umask(0o077)
        call_command("prepare")
        self.stdout.write("Starting")
        note_console_start(timezone.now())
        Supervisor(plans(), settings.LOGS_DIR, settings.LOFT_RUN_DIR, self.stdout.write).run(self._say_where)
        self.stdout.write("Stopped")

    def _say_where(self) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nLoft is up: {settings.LOFT_URL}"))
        if settings.LOFT_DEMO:
            self._say_who()
        self.stdout.write(f"  logs in       {settings.LOGS_DIR}\n  stop with     Ctrl-C")
        self.stdout.flush()

    def _say_who(self) -> None:
        """Name every demo person with the password, or with the file that holds it and nothing else."""
        self.stdout.write(f"  sign in as    {SHOWN:<14} password {demo_password(SHOWN)}")
        for role in ROLES:
            if role != SHOWN:
                self.stdout.write(f"  or as         {role:<14} password in {password_file(role)}")
