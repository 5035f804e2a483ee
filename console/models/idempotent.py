"""Requests that a caller may repeat without effect."""

from typing import Any

from django.db import models

from console.models.access.organisation import Owned, ScopedQuerySet


class IdempotentRequest(Owned):
    """A request sent with `Idempotency-Key`, and its answer. One row per caller and key, kept for 24 h."""

    caller = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer: "models.JSONField[Any]" = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        db_table = "industry_idempotentrequest"  # its name from when industry alone had such requests
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_request_per_caller_and_key")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
