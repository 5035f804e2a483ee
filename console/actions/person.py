"""Adding people, giving them roles, letting them in and keeping them out."""

import secrets
from datetime import datetime
from functools import partial

from django.db import transaction

from console import lines
from console.actions.account import end_sessions, end_sessions_of
from console.actions.audit import Actor, record
from console.actions.second_factor import switch_off
from console.actor import HOME_PK
from console.errors import Refused
from console.models import Membership, Person

PASSWORD_BYTES = 15


@transaction.atomic
def add_person(actor: Actor, username: str, role: str, now: datetime, email: str = "") -> tuple[Person, str]:
    """Add a person with one role; return them with their first password, which cannot be had again.

    Raises:
        Refused: the name is taken.
    """
    if Person.objects.filter(username__iexact=username).exists():
        raise Refused(f"username: a person named {username} exists already")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    person = Person.objects.create_user(username, email=email, password=password, must_change_password=True)
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
        if not is_active:
            end_sessions_of(person)
    changes = {name: value for name, value in (("role", role), ("is_active", is_active)) if value is not None}
    transaction.on_commit(partial(lines.tell_person, person.pk), robust=True)
    record(actor, "changed person", f"person {person.username}", now, **changes)
    return person


@transaction.atomic
def reset_password(actor: Actor, person: Person, now: datetime) -> str:
    """Give a person a generated password, which is shown once and has to be changed first; their sessions end.

    Raises:
        Refused: it is the actor themselves, or the actor does not administer all of their organisations.
    """
    check_charge(actor, person)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    person.set_password(password)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    ended = end_sessions_of(person)
    record(actor, "reset password", f"person {person.username}", now, ended_sessions=ended)
    return password


@transaction.atomic
def reset_codes(actor: Actor, person: Person, now: datetime) -> None:
    """Ask a person for no codes any more, for they have lost what shows them; their sessions end.

    Raises:
        Refused: as `reset_password` does.
    """
    check_charge(actor, person)
    switch_off(actor, person, now, verb="reset codes")
    end_sessions_of(person)


@transaction.atomic
def end_sessions_for(actor: Actor, person: Person, now: datetime) -> int:
    """End all sessions of somebody else; return how many there were.

    Raises:
        Refused: as `reset_password` does.
    """
    check_charge(actor, person)
    return end_sessions(actor, person, now)


def check_charge(actor: Actor, person: Person) -> None:
    """See to it that the actor is somebody else, who administers all of a person's organisations.

    Raises:
        Refused: otherwise; what a person holds elsewhere must not come into the hands of one of them.
    """
    if actor.person == person:
        raise Refused("this is your own account; see to it at /account")
    if not _is_in_charge_of(actor, person):
        raise Refused(f"{person.username} belongs to another organisation, too, which has a say in this")


def _is_in_charge_of(actor: Actor, person: Person) -> bool:
    """Whoever belongs to no organisation, or may do everything, is those people's who run the installation."""
    owners = set(person.memberships.values_list("organisation", flat=True))
    if person.is_superuser or not owners:
        owners.add(HOME_PK)
    return all(actor.may_change(owner, "console.manage_people") for owner in owners)
