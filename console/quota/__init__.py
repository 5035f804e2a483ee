"""Quotas of organisations and keys: what each may have, counted in Redis by the very counters that enforce it."""

from console.quota.counters import Bucket, OverQuota
from console.quota.kinds import KINDS, Kind
from console.quota.limits import book

__all__ = ["KINDS", "Bucket", "Kind", "OverQuota", "book"]
