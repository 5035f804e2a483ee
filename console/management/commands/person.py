from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from console.access.roles import ROLES
from console.actions.access.organisation import owner_for
from console.actions.access.person import add_person
from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.management.writing import WritingCommand


class Command(WritingCommand):
    """Add a person from the command line, the first administrator above all."""

    help = "person add NAME --role administrator"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="add a person and print their first password once")
        add.add_argument("username")
        add.add_argument("--organisation", help="slug of where they belong; who runs the network, if not given")
        add.add_argument("--role", required=True, choices=ROLES)

    def handle(self, *args: Any, username: str, role: str, organisation: str | None, **options: Any) -> None:
        try:
            _, password = add_person(
                owner_for(SYSTEM, organisation, "console.manage_people"), username, role, timezone.now()
            )
        except Refused as reason:
            raise CommandError(str(reason)) from None
        self.stderr.write(f"{username} is {role}; keep this password, it is not shown again")
        self.stdout.write(password)
