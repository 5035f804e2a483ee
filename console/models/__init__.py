"""Rows of the console."""

from console.models.access.apikey import ApiKey
from console.models.access.display import Density, LengthUnit, SpeedUnit, TemperatureUnit
from console.models.access.organisation import Membership, Organisation, OrganisationKind, Owned, ScopedQuerySet
from console.models.access.person import Person
from console.models.access.second_factor import ExternalIdentity, RecoveryCode, TotpSecret
from console.models.access.session import SignedIn, SignInAttempt, SignInOutcome, SignInWay
from console.models.audit.audit import AuditEntry, AuditLink
from console.models.idempotent import IdempotentRequest
from console.models.leased import Leased, LeasedOrder, LeasedQuerySet
from console.models.mark import TimeMark
from console.models.quota import Quota

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditLink",
    "Density",
    "ExternalIdentity",
    "IdempotentRequest",
    "Leased",
    "LeasedOrder",
    "LeasedQuerySet",
    "LengthUnit",
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
    "SpeedUnit",
    "TemperatureUnit",
    "TimeMark",
    "TotpSecret",
]
