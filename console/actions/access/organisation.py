"""Making organisations, and the one that runs the installation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connections, transaction
from django.utils import timezone

from console.access.actor import HOME_PK
from console.actions.access.apikey import tell_rings
from console.actions.audit.audit import Actor, record
from console.after_commit import after_commit
from console.errors import Refused
from console.live import lines
from console.models import ApiKey, Membership, Organisation, OrganisationKind, Person

HOME_SLUG = "operator"
ADMINISTRATOR = "administrator"


@transaction.atomic
def add_organisation(
    actor: Actor, slug: str, name_en: str, name_zh: str, kinds: Iterable[str], now: datetime
) -> Organisation:
    """Add an organisation.

    Raises:
        Refused: the actor does not run the network, the slug is taken, or a kind is unknown.
    """
    wanted = sorted(set(kinds))
    if not actor.may_run("console.add_organisation"):
        raise Refused("only those who run the network may add organisations")
    if not wanted or (unknown := set(wanted) - set(OrganisationKind.values)):
        given = sorted(unknown) if wanted else "none"
        raise Refused(f"kinds: {given} given; expected some of {sorted(OrganisationKind.values)}")
    if Organisation.objects.filter(slug=slug).exists():
        raise Refused(f"slug: an organisation {slug} exists already")
    made = Organisation.objects.create(slug=slug, name_en=name_en, name_zh=name_zh, kinds=wanted, made_at=now)
    record(actor, "added organisation", f"organisation {slug}", now, kinds=wanted)
    return made


@transaction.atomic
def change_organisation(actor: Actor, organisation: Organisation, now: datetime, **changes: Any) -> Organisation:
    """Change names, kinds or whether it is active. Ended, its people and keys may nothing any more, at once.

    Raises:
        Refused: it would end the organisation that runs the installation, or take that from it.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    kinds = changes.get("kinds", organisation.kinds)
    if organisation.pk == HOME_PK and (
        changes.get("is_active") is False or OrganisationKind.NETWORK_OPERATOR not in kinds
    ):
        raise Refused("this organisation runs the installation; it can be neither ended nor be less than that")
    real = {name: value for name, value in changes.items() if getattr(organisation, name) != value}
    if not real:
        return organisation
    before = {name: getattr(organisation, name) for name in real}
    for name, value in real.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=list(real))
    record(actor, "changed organisation", f"organisation {organisation.slug}", now, before=before, after=real)
    if real.keys() & {"kinds", "is_active"}:
        prefixes = list(ApiKey.objects.filter(organisation=organisation).values_list("prefix", flat=True))
        after_commit(tell_rings, prefixes)
        for person in organisation.memberships.values_list("person", flat=True):
            after_commit(lines.tell_person, person)
    return organisation


@transaction.atomic
def require_totp(actor: Actor, organisation: Organisation, now: datetime, *, is_required: bool) -> Organisation:
    """Demand codes besides the password of its people, or no more. Who has none yet has to set them up first."""
    if organisation.requires_totp == is_required:
        return organisation
    organisation.requires_totp = is_required
    organisation.save(update_fields=["requires_totp"])
    subject = f"organisation {organisation.slug}"
    verb = "demanded codes" if is_required else "demanded no codes any more"
    record(actor, verb, subject, now, owner=organisation.pk)
    for person in organisation.memberships.values_list("person", flat=True):
        after_commit(lines.tell_person, person)
    return organisation


@transaction.atomic
def set_member(actor: Actor, organisation: Organisation, person: Person, role: str | None, now: datetime) -> None:
    """Give a person a role in an organisation, another one, or with None none any more.

    Raises:
        Refused: it is the actor's own role, the organisation would have no administrator left, or the person is in none
            of the organisations of an actor who does not run the network.
    """
    if actor.person == person:
        raise Refused("you cannot change your own role; ask another administrator")
    is_known = person.memberships.filter(organisation__in=list(actor.roles)).exists()
    if not is_known and not actor.may_run("console.manage_people"):
        raise Refused(f"{person.username} is in none of your organisations; ask those who run the network")
    members = Membership.objects.select_for_update().filter(organisation=organisation)
    held = members.filter(person=person).values_list("role", flat=True).first()
    if held == role:
        return
    if held == ADMINISTRATOR and not members.filter(role=ADMINISTRATOR).exclude(person=person).exists():
        raise Refused(f"{person.username} is the last administrator of {organisation.slug}; name another one first")
    if role is None:
        members.filter(person=person).delete()
    else:
        Membership.objects.update_or_create(person=person, organisation=organisation, defaults={"role": role})
    after_commit(lines.tell_person, person.pk)
    record(
        actor, "changed role", f"person {person.username}", now, owner=organisation.pk, organisation=organisation.slug,
        before=held, role=role,
    )  # fmt: skip


def owner_for(actor: Actor, slug: str | None, right: str) -> Actor:
    """Return the actor as one who makes things for the organisation named; for its own where none is.

    Raises:
        Refused: there is no such organisation, or the actor lacks the right there.
    """
    if not slug:
        return actor
    organisation = Organisation.objects.visible_to(actor).filter(slug=slug, is_active=True).first()
    if organisation is None or not actor.may_change(organisation.pk, right):
        raise Refused(f"organisation: {slug} given; expected one that you belong to, with the right {right}")
    return replace(actor, organisation=organisation.pk)


def organisations_for(actor: Actor, right: str) -> list[Organisation]:
    """Return the active organisations in which an actor may do what needs the right."""
    seen = Organisation.objects.visible_to(actor).filter(is_active=True)
    return [organisation for organisation in seen if actor.may_change(organisation.pk, right)]


def reach_of(actor: Actor, right: str) -> list[str]:
    """Return the organisations to whose rows an actor may do what needs the right, as they act now; `*` for all."""
    if not actor.may_make(right):
        return []
    return ["*"] if actor.may_run(right) else [organisation.slug for organisation in organisations_for(actor, right)]


def ensure_home(using: str = "default") -> None:
    """Make the organisation that runs the installation, unless it is there."""
    _, is_new = Organisation.objects.using(using).get_or_create(
        pk=HOME_PK,
        defaults={
            "slug": HOME_SLUG,
            "name_en": "Network operator",
            "name_zh": "网络运营方",
            "kinds": [OrganisationKind.NETWORK_OPERATOR],
            "made_at": timezone.now(),
        },
    )
    if is_new:  # PostgreSQL does not count keys that were given
        connection = connections[using]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Organisation]):
                cursor.execute(statement)
