from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.management.writing import WritingCommand
from console.models import Organisation, OrganisationKind


class Command(WritingCommand):
    """Add and list organisations."""

    help = "organisation add SLUG --name NAME --kind drone_operator | list"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="add an organisation")
        add.add_argument("slug")
        add.add_argument("--name", required=True)
        add.add_argument("--name-zh", help="the name in Chinese; the same, if not given")
        add.add_argument("--kind", action="append", required=True, choices=OrganisationKind.values)
        verbs.add_parser("list", help="list all organisations")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(**options)

    def add(self, slug: str, name: str, name_zh: str | None, kind: list[str], **_: Any) -> None:
        """Add an organisation."""
        try:
            made = add_organisation(SYSTEM, slug, name, name_zh or name, kind, timezone.now())
        except Refused as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"{made.slug} is there; add people and keys with --organisation {made.slug}")

    def list(self, **_: Any) -> None:
        """Print a line per organisation."""
        for organisation in Organisation.objects.all():
            self.stdout.write(
                f"{organisation.slug:30} {'active' if organisation.is_active else 'ended':7} "
                f"{','.join(organisation.kinds)}"
            )
