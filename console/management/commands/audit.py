from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.actions.audit import audit_chain
from console.actions.audit.audit_chain import Head
from console.errors import Refused


class Command(BaseCommand):
    """Check the audit trail, name its head, write it out."""

    help = "audit verify [--expect NUMBER:HASH] [--head] | head | export [--after NUMBER]"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="walk the whole chain; exit code 1 where it is broken")
        verify.add_argument("--expect", metavar="NUMBER:HASH", help="a head noted before that has to stand in it")
        verify.add_argument("--head", action="store_true", help="print nothing but the head, once the chain holds")
        verbs.add_parser("head", help="print number and hash of the last row, to be kept elsewhere")
        export = verbs.add_parser("export", help="write the rows with their hashes as JSON lines")
        export.add_argument("--after", type=int, default=0, metavar="NUMBER", help="only rows behind this number")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(**options)

    def verify(self, *, expect: str | None, head: bool, **_: Any) -> None:
        """Say how far the chain holds."""
        try:
            verdict = audit_chain.verify(Head.read(expect) if expect else None)
        except Refused as reason:
            raise CommandError(str(reason)) from None
        if cut := audit_chain.cut_lines():
            self.stderr.write(f"{audit_chain.heads_file().name}: lines {cut} are not TIME NUMBER:HASH and were skipped")
        if verdict.problem:
            raise CommandError(f"{verdict.problem} (the chain holds up to {verdict.head})")
        self.stdout.write(str(verdict.head) if head else f"{verdict.head.number} rows hold; the head is {verdict.head}")

    def head(self, **_: Any) -> None:
        """Print the head."""
        self.stdout.write(str(audit_chain.head()))

    def export(self, after: int, **_: Any) -> None:
        """Write the rows out."""
        for line in audit_chain.export(after):
            self.stdout.write(line)
