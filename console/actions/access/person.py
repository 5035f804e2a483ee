"""Adding people, giving them roles, letting them in and keeping them out."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from console.access.narrowing import unnarrowed
from console.actions.access.account import end_sessions, end_sessions_of
from console.actions.access.second_factor import switch_off
from console.actions.audit.audit import Actor, record
from console.after_commit import after_commit
from console.errors import Refused
from console.live import lines
from console.models import Membership, Person

PASSWORD_BYTES = 15
MANAGE = "console.manage_people"


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
    person = Person.objects.create_user(username, email=email, password=password, must_change_password=True)
    Membership.objects.create(person=person, organisation_id=actor.organisation, role=role)
    record(actor, "added person", f"person {username}", now, owner=actor.organisation, role=role)
    return person, password


@transaction.atomic
def change_person(
    actor: Actor, person: Person, now: datetime, *, role: str | None = None, is_active: bool | None = None
) -> Person:
    """Change a person's role, or let them in or keep them out. Sockets and pages notice at once.

    Raises:
        Refused: it would leave nobody to administer, namely the actor themselves; or the person is to be kept out
            altogether, and the actor does not administer all of their organisations; or they have no role yet in the
            one for which the actor acts.
    """
    if actor.person == person and (is_active is False or (role and role != "administrator")):
        raise Refused("you cannot take your own rights; ask another administrator")
    if is_active is not None and not _is_in_charge_of(actor, person):
        raise Refused(f"{person.username} belongs to another organisation, too; end their membership instead")
    if role:
        _check_member(actor, person)
        Membership.objects.update_or_create(person=person, organisation_id=actor.organisation, defaults={"role": role})
    if is_active is not None:
        person.is_active = is_active
        person.save(update_fields=["is_active"])
        if not is_active:
            end_sessions_of(person)
    asked: dict[str, Any] = {"role": role, "is_active": is_active}
    changes = {name: value for name, value in asked.items() if value is not None}
    after_commit(lines.tell_person, person.pk)
    record(_there(actor, person), "changed person", f"person {person.username}", now, **changes)
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
    record(_there(actor, person), "reset password", f"person {person.username}", now, ended_sessions=ended)
    return password


@transaction.atomic
def reset_codes(actor: Actor, person: Person, now: datetime) -> None:
    """Ask a person for no codes any more, for they have lost what shows them; their sessions end.

    Raises:
        Refused: as `reset_password` does.
    """
    check_charge(actor, person)
    switch_off(_there(actor, person), person, now, verb="reset codes")
    end_sessions_of(person)


@transaction.atomic
def end_sessions_for(actor: Actor, person: Person, now: datetime) -> int:
    """End all sessions of somebody else; return how many there were.

    Raises:
        Refused: as `reset_password` does.
    """
    check_charge(actor, person)
    return end_sessions(_there(actor, person), person, now)


def check_charge(actor: Actor, person: Person) -> None:
    """See to it that the actor is somebody else, who administers all of a person's organisations.

    Raises:
        Refused: otherwise; what a person holds elsewhere must not come into the hands of one of them.
    """
    if actor.person == person:
        raise Refused("this is your own account; see to it at /account")
    if not _is_in_charge_of(actor, person):
        raise Refused(f"{person.username} belongs to another organisation, too, which has a say in this")


def _check_member(actor: Actor, person: Person) -> None:
    """Refuse to let a changed role make somebody a member: of another's people, nobody means to."""
    owners = _owners_of(person)
    is_free = not owners and actor.may_run(MANAGE)
    if actor.organisation not in owners and not is_free:
        raise Refused(f"{person.username} has no role where you act; add them as a member there")


def _there(actor: Actor, person: Person) -> Actor:
    """Return the actor as one who acts for an organisation of the person: others need not read of them."""
    owners = _owners_of(person)
    if actor.organisation in owners:
        return actor
    theirs = (owner for owner in owners if actor.may_change(owner, MANAGE))
    return replace(actor, organisation=next(theirs, actor.organisation))


def _is_in_charge_of(actor: Actor, person: Person) -> bool:
    owners = _owners_of(person)
    if (person.is_superuser or not owners) and not actor.may_run(MANAGE):
        return False
    return all(actor.may_change(owner, MANAGE) for owner in owners)


@unnarrowed()  # also those that the actor does not see
def _owners_of(person: Person) -> list[int]:
    return list(person.memberships.values_list("organisation", flat=True))
