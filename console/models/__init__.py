"""Rows of the console."""

from console.models.apikey import SCOPES, ApiKey
from console.models.audit import AuditEntry
from console.models.organisation import Membership, Organisation, OrganisationKind, Owned, ScopedQuerySet
from console.models.person import Person
from console.models.quota import Quota

__all__ = [
    "SCOPES",
    "ApiKey",
    "AuditEntry",
    "Membership",
    "Organisation",
    "OrganisationKind",
    "Owned",
    "Person",
    "Quota",
    "ScopedQuerySet",
]
