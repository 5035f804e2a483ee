"""Benches of the airspace: reports in, the picture out, pages, fairness, backups beside, storms and what kills cost."""

from airspace.bench import backup, fairness, fanout, hold, ingest, pages, storm

__all__ = ["backup", "fairness", "fanout", "hold", "ingest", "pages", "storm"]
