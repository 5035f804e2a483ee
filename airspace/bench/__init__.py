"""Benches of the airspace: how cheaply reports come in, and how cheaply and soon the picture goes out."""

from airspace.bench import fanout, ingest

__all__ = ["fanout", "ingest"]
