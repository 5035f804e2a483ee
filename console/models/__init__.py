"""Rows of the console."""

from console.models.apikey import SCOPES, ApiKey
from console.models.audit import AuditEntry
from console.models.person import Person

__all__ = ["SCOPES", "ApiKey", "AuditEntry", "Person"]
