"""The audit trail: one row per change that a person or a key made, each tied to the one before it by a hash."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import connection, models, transaction

from console.audit import chain
from console.models.access.organisation import Owned, ScopedQuerySet


class AuditEntry(Owned):
    """Who changed what, when, and from where. Rows are only ever added: the database refuses the rest (`audit_guard`).

    Person and key are kept as numbers when they are removed: the row says in words who it was.
    """

    at = models.DateTimeField(db_index=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, blank=True, related_name="+", db_constraint=False
    )
    key = models.ForeignKey(
        "console.ApiKey", models.DO_NOTHING, null=True, blank=True, related_name="+", db_constraint=False
    )
    actor = models.CharField(max_length=160)
    verb = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=200, db_index=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)
    digest = models.CharField(max_length=64, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.verb} {self.subject}"

    def save(self, **_: Any) -> None:  # nothing of it can be chosen
        """Add the row and its link, in one transaction.

        PostgreSQL adds the link itself as the last thing before the commit, so that the chain is locked for no longer
        than a commit takes; SQLite has one writer at a time anyway.
        """
        self.digest = chain.digest(self.hashed())
        with transaction.atomic():
            super().save(force_insert=True)
            if connection.vendor == "sqlite":
                AuditLink.objects.add(self)

    def hashed(self) -> dict[str, Any]:
        """Return the fields that the hash is over."""
        return {
            "at": self.at,
            "person": self.person_id,
            "key": self.key_id,
            "actor": self.actor,
            "verb": self.verb,
            "subject": self.subject,
            "detail": self.detail,
            "address": chain.address_text(self.address),
            "organisation": self.organisation_id,
        }


class AuditLinkQuerySet(ScopedQuerySet["AuditLink"]):
    """Ways to pick and add links."""

    def head(self) -> "AuditLink | None":
        """Return the last link, None while there is none."""
        return self.order_by("-number").first()

    def add(self, entry: AuditEntry) -> "AuditLink":
        """Tie a row to the last one. Whoever calls holds the database's one write lock."""
        head = self.head()
        number = head.number + 1 if head else 1
        previous = head.hash if head else chain.BEFORE_THE_FIRST
        return self.create(number=number, entry=entry, hash=chain.link(previous, number, entry.digest))


class AuditLink(models.Model):
    """The place of a row in the chain. A number that is there twice is refused, so that the chain cannot fork."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.DO_NOTHING, related_name="link", db_constraint=False)
    hash = models.CharField(max_length=64)

    owner_path: ClassVar[str] = "entry__organisation"
    no_row_security: ClassVar[str] = "one chain for all: whoever adds a row ties it to the last link"
    objects = AuditLinkQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"
