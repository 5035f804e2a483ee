"""Entries of the stream that were accepted and could not be read or stored: kept for somebody to look at."""

from django.db import models

from console.models.access.organisation import Owned, ScopedQuerySet


class DeadLetter(Owned):
    """One request's reports, as they were sent. `entry` is its number in the stream: put aside twice, it is one row."""

    entry = models.CharField(max_length=40, unique=True)
    key_id = models.IntegerField(null=True)  # a plain number, as in `Position`: null where the entry does not say
    form = models.CharField(max_length=10, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400)
    at = models.DateTimeField(db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"entry {self.entry}"
