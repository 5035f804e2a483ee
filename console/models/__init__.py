"""Rows of the console."""

from console.models.apikey import ApiKey
from console.models.audit import AuditEntry, AuditLink
from console.models.idempotent import IdempotentRequest
from console.models.leased import Leased, LeasedOrder, LeasedQuerySet
from console.models.organisation import Membership, Organisation, OrganisationKind, Owned, ScopedQuerySet
from console.models.person import Person
from console.models.quota import Quota
from console.models.second_factor import ExternalIdentity, RecoveryCode, TotpSecret
from console.models.session import SignedIn, SignInAttempt, SignInOutcome, SignInWay

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditLink",
    "ExternalIdentity",
    "IdempotentRequest",
    "Leased",
    "LeasedOrder",
    "LeasedQuerySet",
    "Membership",
    "Organisation",
    "OrganisationKind",
    "Owned",
    "Person",
    "Quota",
    "RecoveryCode",
    "ScopedQuerySet",
    "SignInAttempt",
    "SignInOutcome",
    "SignInWay",
    "SignedIn",
    "TotpSecret",
]
