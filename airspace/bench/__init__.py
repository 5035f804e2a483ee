"""Benches of the airspace: how cheaply reports come in, how cheaply and soon the picture goes out, what pages cost."""

from airspace.bench import fanout, ingest, pages

__all__ = ["fanout", "ingest", "pages"]
