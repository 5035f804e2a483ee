"""Rows of the network."""

from network.models.alarm import Alarm, AlarmState, AlarmType, Severity
from network.models.inventory import RADIO_KINDS, EdgeNode, Link, Medium, Region, Site, SiteKind
from network.models.measure import STALE_AFTER_S, SiteHealth, StampSample, is_fresh
from network.models.sla import Agreement, Breach

__all__ = [
    "RADIO_KINDS",
    "STALE_AFTER_S",
    "Agreement",
    "Alarm",
    "AlarmState",
    "AlarmType",
    "Breach",
    "EdgeNode",
    "Link",
    "Medium",
    "Region",
    "Severity",
    "Site",
    "SiteHealth",
    "SiteKind",
    "StampSample",
    "is_fresh",
]
