"""Rows of the console."""

from console.models.apikey import ApiKey
from console.models.audit import AuditEntry, AuditLink
from console.models.organisation import Membership, Organisation, OrganisationKind, Owned, ScopedQuerySet
from console.models.person import Person

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditLink",
    "Membership",
    "Organisation",
    "OrganisationKind",
    "Owned",
    "Person",
    "ScopedQuerySet",
]
