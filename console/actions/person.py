"""Adding people, giving them roles, letting them in and keeping them out."""

import secrets
from datetime import datetime
from functools import partial

from django.db import transaction

from console import lines
from console.actions.audit import Actor, record
from console.errors import Refused
from console.models import Membership, Person
from console.narrowing import unnarrowed

PASSWORD_BYTES = 15


@unnarrowed()  # names are everybody's, and a person is seen by nobody before they belong somewhere
@transaction.atomic
def add_person(actor: Actor, username: str, role: str, now: datetime, email: str = "") -> tuple[Person, str]:
    """Add a person with one role; return them with their first password, which cannot be had again.

    Raises:
        Refused: the name is taken.
    """
    if Person.objects.filter(username__iexact=username).exists():
        raise Refused(f"username: a person named {username} exists already")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    person = Person.objects.create_user(username, email=email, password=password)
    Membership.objects.create(person=person, organisation_id=actor.organisation, role=role)
    record(actor, "added person", f"person {username}", now, role=role)
    return person, password


@transaction.atomic
def change_person(
    actor: Actor, person: Person, now: datetime, *, role: str | None = None, is_active: bool | None = None
) -> Person:
    """Change a person's role, or let them in or keep them out. Sockets and pages notice at once.

    Raises:
        Refused: it would leave nobody to administer, namely the actor themselves; or the person is to be kept out
            altogether, and the actor does not administer all of their organisations.
    """
    if actor.person == person and (is_active is False or (role and role != "administrator")):
        raise Refused("you cannot take your own rights; ask another administrator")
    if is_active is not None and not _is_in_charge_of(actor, person):
        raise Refused(f"{person.username} belongs to another organisation, too; end their membership instead")
    if role:
        Membership.objects.update_or_create(person=person, organisation_id=actor.organisation, defaults={"role": role})
    if is_active is not None:
        person.is_active = is_active
        person.save(update_fields=["is_active"])
    changes = {name: value for name, value in (("role", role), ("is_active", is_active)) if value is not None}
    transaction.on_commit(partial(lines.tell_person, person.pk), robust=True)
    record(actor, "changed person", f"person {person.username}", now, **changes)
    return person


def _is_in_charge_of(actor: Actor, person: Person) -> bool:
    with unnarrowed():
        owners = list(person.memberships.values_list("organisation", flat=True))
    return all(actor.may_change(owner, "console.manage_people") for owner in owners)
