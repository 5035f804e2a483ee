import signal
import socket
from typing import Any

from django.core.management.base import CommandParser

from airspace.engine import Engine
from console.management.writing import WritingCommand


class Command(WritingCommand):
    """Run the engine until SIGTERM or Ctrl-C."""

    help = "Run the engine: the live picture, its frames, and the history of positions."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--consumer", default=socket.gethostname(), help="stable name in the consumer group")

    def handle(self, *args: Any, **options: Any) -> None:
        engine = Engine(options["consumer"])
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, engine.stop)
        engine.run()
