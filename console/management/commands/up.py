import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.module_loading import import_string

from console.access.roles import ROLES
from console.actions.demo import demo_password, password_file
from console.run import disk
from console.run.forking import Apart, freeze, hold_memory_tight
from console.run.logfile import LogFile
from console.run.loglines import part
from console.run.output import Output
from console.run.processes import prepare_to_fork, specs, web_socket
from console.run.starts import note_console_start
from console.run.supervisor import ProcessSpec, Supervisor

UNFIT = 65
"""How the process ends that prepares when it has said why it cannot; EX_DATAERR of sysexits.h."""
SHOWN = "operator"
"""Whose password is printed; those of the others stay in their files."""


class Command(BaseCommand):
    """Run the whole of Loft: Redis, engine, workers, schedule, web and, in the demo, its city."""

    help = "Prepare and run everything until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, report, supervise."""
        os.umask(0o077)
        part.become("supervisor", forks=True)
        hold_memory_tight()
        with self._listener() as listener:
            disk.disk().measure()  # where it is full, what prepares has the ballast's room
            edge = self._prepare()
            disk.disk().keep()
            self.stdout.write("Starting")
            note_console_start(timezone.now())
            supervisor = self._supervisor(specs(edge, listener))
            freeze()
            supervisor.run(self._say_where)
        self.stdout.write("Stopped")

    def _supervisor(self, rows: Sequence[ProcessSpec]) -> Supervisor:
        echo, asked = self.stdout.write, settings.LOFT_SERVICE
        return Supervisor(rows, settings.LOGS_DIR, settings.LOFT_RUN_DIR, echo, _open_log, asked=asked)

    def _listener(self) -> socket.socket:
        try:
            return web_socket()
        except OSError as reason:
            raise CommandError(
                f"{settings.LOFT_HOST}:{settings.LOFT_PORT} is taken; set LOFT_PORT to a free port"
            ) from reason

    def _prepare(self) -> Sequence[ProcessSpec]:
        """Prepare in a process apart, which may open the database and start threads; meanwhile import in this one."""
        preparing = Apart(_prepared)
        prepare_to_fork()
        try:
            return preparing.result()
        except ChildProcessError as reason:
            if reason.args == (UNFIT,):  # it has said in one sentence why
                sys.exit(1)
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


def _open_log(path: Path) -> Output:
    log = LogFile(path, settings.LOFT_LOG_MB * 1_000_000, settings.LOFT_LOG_KEEP)
    return Output(log, path.stem, settings.LOFT_LOG_FORMAT, most_same=settings.LOFT_LOG_SAME_PER_MIN)


def _prepared() -> Sequence[ProcessSpec]:
    try:
        call_command("prepare")
    except CommandError as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(UNFIT)
    edge: Sequence[ProcessSpec] = import_string(settings.LOFT_EDGE_PLANS)()
    return edge
