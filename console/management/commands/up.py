import os
import socket
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.module_loading import import_string

from console.actions.demo import demo_password, password_file
from console.forking import Apart, freeze, hold_memory_tight
from console.logfile import LogFile
from console.processes import plans, prepare_to_fork, web_socket
from console.roles import ROLES
from console.starts import note_console_start
from console.supervisor import Plan, Supervisor

SHOWN = "operator"
"""Whose password is printed; those of the others stay in their files."""


class Command(BaseCommand):
    """Run the whole of Loft: Redis, engine, workers, schedule, web and, in the demo, its city."""

    help = "Prepare and run everything until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, report, supervise."""
        os.umask(0o077)
        hold_memory_tight()
        with self._listener() as listener:
            edge = self._prepare()
            self.stdout.write("Starting")
            note_console_start(timezone.now())
            supervisor = self._supervisor(plans(edge, listener))
            freeze()
            supervisor.run(self._say_where)
        self.stdout.write("Stopped")

    def _supervisor(self, rows: Sequence[Plan]) -> Supervisor:
        open_log = partial(LogFile, most_bytes=settings.LOFT_LOG_MB * 1_000_000, keep=settings.LOFT_LOG_KEEP)
        return Supervisor(rows, settings.LOGS_DIR, settings.LOFT_RUN_DIR, self.stdout.write, open_log)

    def _listener(self) -> socket.socket:
        try:
            return web_socket()
        except OSError as reason:
            raise CommandError(
                f"{settings.LOFT_HOST}:{settings.LOFT_PORT} is taken; set LOFT_PORT to a free port"
            ) from reason

    def _prepare(self) -> Sequence[Plan]:
        """Prepare in a process apart, which may open the database and start threads; meanwhile import in this one."""
        preparing = Apart(_prepared)
        prepare_to_fork()
        try:
            return preparing.result()
        except ChildProcessError as reason:
            raise CommandError("preparing failed; the reason is above") from reason

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


def _prepared() -> Sequence[Plan]:
    call_command("prepare")
    edge: Sequence[Plan] = import_string(settings.LOFT_EDGE_PLANS)()
    return edge
