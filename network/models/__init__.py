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
from network.models.equipment import (
    ConfigurationPush,
    CounterHour,
    CounterReading,
    PushState,
    SiteCounters,
    counters_stale_after,
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
    ProbeMethod,
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
    "ConfigurationPush",
    "Corridor",
    "CounterHour",
    "CounterReading",
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
    "ProbeMethod",
    "ProgrammeValue",
    "PushState",
    "RecordKind",
    "Region",
    "SampleDigest",
    "Scenario",
    "Sector",
    "Severity",
    "Site",
    "SiteCounters",
    "SiteHealth",
    "SiteKind",
    "Span",
    "StampSample",
    "counters_stale_after",
    "is_fresh",
]
