"""The console's part of a soak: sign-ins, sessions, requests with a key, the audit trail; and the walk of retention."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.sessions.models import Session

from console import retention
from console.actions.audit import audit_chain
from console.actions.audit.audit import SYSTEM, record
from console.models import AuditEntry, IdempotentRequest, Person, SignedIn, SignInAttempt
from console.soak.part import Part, Size, register

MANY = 20
SESSION = timedelta(hours=12)


def fill(start: datetime, end: datetime, size: Size) -> None:
    """Let people sign in, clients repeat themselves, and an operator change something."""
    person = Person.objects.order_by("pk").first()
    assert person is not None
    keys = [uuid4().hex for _ in range(MANY)]
    Session.objects.bulk_create(Session(session_key=key, session_data="", expire_date=end + SESSION) for key in keys)
    SignedIn.objects.bulk_create(
        SignedIn(session_key=key, person=person, started_at=end, active_at=end) for key in keys
    )
    SignInAttempt.objects.bulk_create(SignInAttempt(at=end, person=person, outcome="success") for _ in keys)
    IdempotentRequest.objects.bulk_create(
        IdempotentRequest(caller="soak", key=key, fingerprint=key, status=202, answer={}, at=end) for key in keys
    )
    record(SYSTEM, "simulated a change", "soak", end)


def act(now: datetime) -> None:
    """Delete what is past its retention, and note the head of the audit trail."""
    retention.walk(now)
    audit_chain.note_head(now)


def act_daily(now: datetime) -> None:
    """Delete what has ended."""
    retention.walk(now, is_daily=True)


register(
    Part(
        name="console",
        fill=fill,
        act=act,
        act_daily=act_daily,
        queries={
            "a session": lambda now: list(Session.objects.filter(expire_date__gt=now)[:50]),
            "the newest changes": lambda _: list(AuditEntry.objects.order_by("-at")[:50]),
        },
        kept_for_ever={
            "console.AuditEntry": "the audit trail is a chain and is written out, not shortened",
            "console.AuditLink": "the audit trail is a chain and is written out, not shortened",
        },
    )
)
