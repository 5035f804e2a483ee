"""Quotas of organisations and keys, counted in Redis by the very counters that enforce them."""
