"""Who somebody is here whom the identity provider vouches for, and which roles its word gives them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from console.access.roles import ROLES
from console.actions.audit.audit import SYSTEM, record
from console.after_commit import after_commit
from console.errors import Refused
from console.live import lines
from console.models import ExternalIdentity, Membership, Organisation, Person

_NAME = re.compile(r"[\w.@+-]{1,150}")
UNKNOWN = "the identity provider knows you, but nobody has let you in here; ask an administrator"


def person_for(claims: Mapping[str, Any], now: datetime) -> Person:
    """Return the person whom the provider's claims name.

    At their first sign-in they are found by name and bound to the provider's own mark of them, by which they are found
    from then on. Where roles are mapped, whoever has one is made if need be, and has the roles of the claim.

    Raises:
        Refused: nobody is it, they may not sign in, or the claim gives them no role.
    """
    roles = _roles_of(claims)
    bound = _bound(claims)
    if bound and bound.is_active and settings.LOFT_OIDC_ROLES:
        _give(bound, roles, now)  # committed by itself: what is taken away stays so, though they are refused next
    with transaction.atomic():
        person = bound or _named(claims, now, may_be_made=bool(roles))
        if not person.is_active:
            raise Refused(UNKNOWN)
        if bound is None and settings.LOFT_OIDC_ROLES:
            _give(person, roles, now)
        if not person.memberships.filter(organisation__is_active=True).exists():
            raise Refused(UNKNOWN)
        return person


def _bound(claims: Mapping[str, Any]) -> Person | None:
    person: Person | None = Person.objects.filter(
        identities__issuer=claims["iss"], identities__subject=claims["sub"]
    ).first()
    return person


def _named(claims: Mapping[str, Any], now: datetime, *, may_be_made: bool) -> Person:
    name = claims.get(settings.LOFT_OIDC_USERNAME_CLAIM)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Refused(f"the identity provider says no {settings.LOFT_OIDC_USERNAME_CLAIM} that could be a user name")
    person: Person | None = Person.objects.filter(username__iexact=name).first()
    if person is None and may_be_made:
        person = Person.objects.create_user(name)
        record(SYSTEM, "added person", f"person {name}", now, by="identity provider")
    if person is None or person.identities.filter(issuer=claims["iss"]).exists():
        raise Refused(UNKNOWN)
    ExternalIdentity.objects.create(person=person, issuer=claims["iss"], subject=claims["sub"], bound_at=now)
    record(SYSTEM, "bound to identity provider", f"person {person.username}", now, issuer=claims["iss"])
    return person


def _roles_of(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the highest role that the claim gives, by organisation."""
    claim = claims.get(settings.LOFT_OIDC_ROLES_CLAIM, [])
    listed = claim if isinstance(claim, list) else [claim]
    values = {value for value in listed if isinstance(value, str)}
    roles: dict[str, str] = {}
    for mapped in settings.LOFT_OIDC_ROLES:
        if mapped.value in values:
            roles[mapped.organisation] = max(roles.get(mapped.organisation, ROLES[0]), mapped.role, key=ROLES.index)
    return roles


@transaction.atomic
def _give(person: Person, roles: Mapping[str, str], now: datetime) -> None:
    """Make the roles in mapped organisations those of the claim; others stay."""
    mapped = Organisation.objects.filter(slug__in={mapping.organisation for mapping in settings.LOFT_OIDC_ROLES})
    held = dict(person.memberships.values_list("organisation__slug", "role"))
    for organisation in mapped:
        before, role = held.get(organisation.slug), roles.get(organisation.slug)
        if before == role:
            continue
        if role is None:
            person.memberships.filter(organisation=organisation).delete()
        else:
            Membership.objects.update_or_create(person=person, organisation=organisation, defaults={"role": role})
        details: dict[str, Any] = {"organisation": organisation.slug, "before": before, "role": role}
        record(SYSTEM, "changed role", f"person {person.username}", now, **details, by="identity provider")
        after_commit(lines.tell_person, person.pk)
