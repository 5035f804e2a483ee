from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models.functions import Length
from django.utils import timezone

from airspace.actions.tracking.dead_letter import send_again
from airspace.models import DeadLetter
from console.errors import Refused
from console.redis_clients import GONE

MOST_LISTED = 100


class Command(BaseCommand):
    """Look at reports that were accepted and could not be stored, and have them stored after all."""

    help = "deadletters list | show ENTRY | again ENTRY|all"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help=f"count them, and list the newest {MOST_LISTED}")
        verbs.add_parser("show", help="print one as it was sent").add_argument("entry")
        verbs.add_parser("again", help="let the engine read one, or all, once more").add_argument("entry")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(**options)

    def list(self, **_: Any) -> None:
        """Print how many there are, and a line for each of the newest."""
        rows = DeadLetter.objects.select_related("organisation")
        self.stdout.write(f"{rows.count()} put aside")
        for letter in rows.annotate(size=Length("body")).defer("body").order_by("-at", "-pk")[:MOST_LISTED]:
            size = f"{letter.size} bytes"
            self.stdout.write(
                f"{letter.entry:22} {letter.at:%Y-%m-%d %H:%M:%S} {letter.organisation} {size}: {letter.reason}"
            )

    def show(self, entry: str, **_: Any) -> None:
        """Print one as it was sent."""
        self.stdout.write(bytes(self._find(entry).body).decode(errors="backslashreplace"))

    def again(self, entry: str, **_: Any) -> None:
        """Put one, or all of them, back into the stream; those that are not of its form stay.

        Each goes once: the engine may put it aside again before the last one went.
        """
        entries = DeadLetter.objects.values_list("entry", flat=True) if entry == "all" else [entry]
        sent, stay = 0, list[str]()
        for letter in map(self._find, list(entries)):
            try:
                send_again(letter, timezone.now())
                sent += 1
            except Refused as reason:
                stay.append(str(reason))
            except GONE as reason:
                raise CommandError(f"{sent} sent again; Redis takes no more for now: {reason}") from reason
        self.stdout.write(f"{sent} sent again")
        if stay:
            raise CommandError("\n".join(stay[:MOST_LISTED]))

    def _find(self, entry: str) -> DeadLetter:
        letter = DeadLetter.objects.filter(entry=entry).first()
        if letter is None:
            raise CommandError(f"{entry} given; expected an entry as `deadletters list` shows it")
        return letter
