"""Rows of the network."""

from network.models.alarm import (
    Alarm,
    AlarmEntry,
    AlarmHold,
    AlarmState,
    AlarmType,
    AlarmView,
    EntryKind,
    HoldKind,
    Severity,
)
from network.models.evidence import Evidence, EvidenceKind, EvidenceState
from network.models.history import Change, RecordKind
from network.models.inventory import (
    RADIO_KINDS,
    Corridor,
    EdgeNode,
    Link,
    Medium,
    Pattern,
    Region,
    Scenario,
    Sector,
    Site,
    SiteKind,
)
from network.models.measure import STALE_AFTER_S, SampleDigest, SiteHealth, Span, StampSample, is_fresh
from network.models.plan import PlacementPlan, PlanState
from network.models.programme import ProgrammeValue
from network.models.sla import Agreement, Breach

__all__ = [
    "RADIO_KINDS",
    "STALE_AFTER_S",
    "Agreement",
    "Alarm",
    "AlarmEntry",
    "AlarmHold",
    "AlarmState",
    "AlarmType",
    "AlarmView",
    "Breach",
    "Change",
    "Corridor",
    "EdgeNode",
    "EntryKind",
    "Evidence",
    "EvidenceKind",
    "EvidenceState",
    "HoldKind",
    "Link",
    "Medium",
    "Pattern",
    "PlacementPlan",
    "PlanState",
    "ProgrammeValue",
    "RecordKind",
    "Region",
    "SampleDigest",
    "Scenario",
    "Sector",
    "Severity",
    "Site",
    "SiteHealth",
    "SiteKind",
    "Span",
    "StampSample",
    "is_fresh",
]
