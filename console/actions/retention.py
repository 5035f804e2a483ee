"""How long the console keeps what it writes down."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from console.actions import idempotency
from console.actions.access import account
from console.models import IdempotentRequest, SignInAttempt
from console.retention import Rule, register

register(
    Rule(name="sign-ins", model=SignInAttempt, column="at", kept="LOFT_SIGN_IN_RETENTION_D"),
    Rule(
        name="sessions", model=Session, column="expire_date", kept=timedelta(hours=12), is_end=True,
        piece=account.delete_over,
    ),
    Rule(name="repeatable requests", model=IdempotentRequest, column="at", kept=idempotency.KEPT_FOR),
)  # fmt: skip
