from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from console.access.scopes import SCOPES
from console.actions.access.apikey import create_key, revoke_key
from console.actions.access.organisation import owner_for
from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.management.writing import WritingCommand
from console.models import ApiKey


class Command(WritingCommand):
    """Make, list and revoke API keys."""

    help = "apikey create NAME --scope reports:write [--organisation SLUG] [--days 90] | list | revoke PREFIX"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a key and print its token once")
        create.add_argument("name")
        create.add_argument("--scope", action="append", required=True, choices=sorted(SCOPES))
        create.add_argument("--organisation", help="slug of whose key it is; who runs the network, if not given")
        create.add_argument("--days", type=int, help="days until it expires; never, if not given")
        verbs.add_parser("list", help="list all keys")
        verbs.add_parser("revoke", help="end a key at once, everywhere").add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(**options)

    def create(self, name: str, scope: list[str], days: int | None, organisation: str | None, **_: Any) -> None:
        """Make a key and print its token."""
        now = timezone.now()
        try:
            key, token = create_key(
                owner_for(SYSTEM, organisation, "console.add_apikey"),
                name,
                scope,
                now,
                None if days is None else now + timedelta(days=days),
            )
        except Refused as reason:
            raise CommandError(str(reason)) from None
        self.stderr.write(f"{key}: keep this token, it is not shown again")
        self.stdout.write(token)

    def list(self, **_: Any) -> None:
        """Print a line per key."""
        now = timezone.now()
        good = set(ApiKey.objects.good_at(now).values_list("pk", flat=True))
        for key in ApiKey.objects.all():
            state = "good" if key.pk in good else "revoked" if key.revoked_at else "expired"
            used = f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
            self.stdout.write(f"{key.prefix}  {state:8}  {','.join(key.scopes):40}  {key.name}  ({used})")

    def revoke(self, prefix: str, **_: Any) -> None:
        """End a key."""
        key = ApiKey.objects.filter(prefix=prefix.removeprefix("loft_")[:8]).first()
        if key is None:
            raise CommandError(f"prefix: no key begins with {prefix}; `apikey list` shows them")
        revoke_key(SYSTEM, key, timezone.now())
        self.stdout.write(f"{key} is revoked")
