"""What people do with their own account: another password, their sessions, for which organisation they act."""

from datetime import datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from console.access.sessions import SessionStore
from console.actions.audit.audit import Actor, record
from console.errors import Refused
from console.models import Membership, Person, SignedIn

SESSIONS_AT_ONCE = 1_000


class UnfitPassword(Exception):  # noqa: N818
    """The new password was not taken; `reasons` say why."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@transaction.atomic
def change_password(actor: Actor, person: Person, new: str, session: Any, now: datetime) -> None:
    """Give oneself another password; all sessions but this one end. The current one was looked at before.

    Raises:
        UnfitPassword: it is too easy, or the one that they have.
    """
    try:
        validate_password(new, person)
    except ValidationError as reason:
        raise UnfitPassword(list(reason.messages)) from None
    if person.check_password(new):
        raise UnfitPassword(["expected another password than the current one"])
    person.set_password(new)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    ended = end_sessions_of(person, but=session.session_key or "")
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.cycle_key()  # whoever read the old one somewhere is out, too
    record(actor, "changed own password", f"person {person.get_username()}", now, ended_sessions=ended)


def choose_display(person: Person, wanted: dict[str, str]) -> Person:
    """Keep how a person wants figures and tables shown: some of `Person.DISPLAY_FIELDS`. Return the person."""
    for name, choice in wanted.items():
        setattr(person, name, choice)
    person.save(update_fields=list(wanted))
    return person


@transaction.atomic
def end_session(actor: Actor, session: SignedIn, now: datetime) -> None:
    """End one session, with its sockets."""
    SessionStore(session.session_key).delete()
    record(actor, "ended a session", f"person {session.person.get_username()}", now, address=session.address)


@transaction.atomic
def end_sessions(actor: Actor, person: Person, now: datetime, but: str = "") -> int:
    """End a person's sessions, all but the one named; return how many there were."""
    ended = end_sessions_of(person, but=but)
    if ended:
        record(actor, "ended sessions", f"person {person.get_username()}", now, ended_sessions=ended)
    return ended


def end_sessions_of(person: Person, but: str = "") -> int:
    """End a person's sessions, with their sockets, once the transaction is committed; return how many.

    Sessions that began before they were listed are read one by one.
    """
    listed = set(person.sessions.values_list("session_key", flat=True))
    unlisted = Session.objects.exclude(session_key__in=SignedIn.objects.values("session_key"))
    theirs = {row.session_key for row in unlisted if row.get_decoded().get(SESSION_KEY) == str(person.pk)}
    keys = (listed | theirs) - {but}
    for key in keys:
        SessionStore(key).delete()
    return len(keys)


def organisation_to_act_for(person: Person, slug: str) -> Membership:
    """Return the membership by which a person acts for an organisation.

    Raises:
        Refused: they do not belong to it.
    """
    for membership in person.active_memberships:
        if membership.organisation.slug == slug:
            return membership
    own = [membership.organisation.slug for membership in person.active_memberships]
    raise Refused(f"organisation: {slug} given; expected one of {own}")


@transaction.atomic
def delete_over(before: datetime) -> int:
    """Forget some sessions whose time was over by then, and what lists them; return how many."""
    over = Session.objects.filter(expire_date__lte=before).order_by("expire_date")
    keys = list(over.values_list("pk", flat=True)[:SESSIONS_AT_ONCE])
    SignedIn.objects.filter(session_key__in=keys).delete()
    return Session.objects.filter(pk__in=keys).delete()[0]
