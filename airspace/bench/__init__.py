"""Benches of the airspace: reports in, the picture out, pages, and fairness between organisations."""

from airspace.bench import fairness, fanout, ingest, pages

__all__ = ["fairness", "fanout", "ingest", "pages"]
