"""Making organisations, and the one that runs the installation."""

from collections.abc import Iterable
from datetime import datetime

from django.core.management.color import no_style
from django.db import connections, transaction
from django.utils import timezone

from console.actions.audit import Actor, record
from console.actor import HOME_PK
from console.errors import Refused
from console.models import Organisation, OrganisationKind

HOME_SLUG = "operator"


@transaction.atomic
def add_organisation(
    actor: Actor, slug: str, name_en: str, name_zh: str, kinds: Iterable[str], now: datetime
) -> Organisation:
    """Add an organisation.

    Raises:
        Refused: the actor does not run the network, the slug is taken, or a kind is unknown.
    """
    wanted = sorted(set(kinds))
    if not actor.runs_the_network:
        raise Refused("only those who run the network may add organisations")
    if not wanted or (unknown := set(wanted) - set(OrganisationKind.values)):
        given = sorted(unknown) if wanted else "none"
        raise Refused(f"kinds: {given} given; expected some of {sorted(OrganisationKind.values)}")
    if Organisation.objects.filter(slug=slug).exists():
        raise Refused(f"slug: an organisation {slug} exists already")
    made = Organisation.objects.create(slug=slug, name_en=name_en, name_zh=name_zh, kinds=wanted, made_at=now)
    record(actor, "added organisation", f"organisation {slug}", now, kinds=wanted)
    return made


def ensure_home(using: str = "default") -> None:
    """Make the organisation that runs the installation, unless it is there."""
    _, is_new = Organisation.objects.using(using).get_or_create(
        pk=HOME_PK,
        defaults={
            "slug": HOME_SLUG, "name_en": "Network operator", "name_zh": "网络运营方",
            "kinds": [OrganisationKind.NETWORK_OPERATOR], "made_at": timezone.now(),
        },
    )  # fmt: skip
    if is_new:  # PostgreSQL does not count keys that were given
        connection = connections[using]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Organisation]):
                cursor.execute(statement)
