"""Documents that somebody asked for and a worker makes, whatever their kind: kept for a while, in a folder of files."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models.access.organisation import Owned
from console.models.leased import LeasedOrder, LeasedQuerySet

Row = TypeVar("Row", bound="Order")
LEASE = timedelta(seconds=60)
QUEUED_FOR = timedelta(seconds=60)
MAX_ATTEMPTS = 2
"""Taken up again once: what loses its worker twice would lose it a third time."""


class OrderState(models.TextChoices):
    """Where a document is. Ready and failed are ends."""

    QUEUED = "queued", _("queued")
    DRAWING = "drawing", _("drawing")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class OrderQuerySet(LeasedQuerySet[Row]):
    """Ways to pick documents."""

    def with_context(self) -> Self:
        """Fetch with each document what its plain form names."""
        return self.select_related("region")

    def good(self, now: datetime) -> Self:
        """Return those that can be had, or soon can."""
        return self.exclude(state=OrderState.FAILED).filter(expires_at__gt=now)


class Order(Owned, LeasedOrder):
    """One document under way or ready. The claim of the worker that made it stays: it names the folder of its files."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    state = models.CharField(max_length=8, choices=OrderState.choices, default=OrderState.QUEUED)
    asked_by = models.CharField(max_length=150)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    problem = models.CharField(max_length=400, blank=True, default="")

    lease, queued_for, most_attempts = LEASE, QUEUED_FOR, MAX_ATTEMPTS
    waiting, under_way, given_up = OrderState.QUEUED, OrderState.DRAWING, OrderState.FAILED
    open_if = Q(state__in=(OrderState.QUEUED, OrderState.DRAWING))
    files: ClassVar[tuple[str, str]]
    """Names of its files; what a row says of each begins with the ending: `html_bytes`, `html_sha256`."""

    objects = OrderQuerySet.as_manager()

    class Meta(Owned.Meta):
        abstract = True

    def at_end(self, state: str, now: datetime) -> dict[str, Any]:
        """Return that nobody needs to look after it; the claim stays."""
        return {"state": state, "look_again_at": None}

    @classmethod
    def fields_of(cls, what: str) -> dict[str, str]:
        """Return by file the name of the field that says something of it: `bytes` or `sha256`."""
        return {name: f"{name.rpartition('.')[2]}_{what}" for name in cls.files}
