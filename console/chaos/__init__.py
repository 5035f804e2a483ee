"""Faults at random under a load that keeps a ledger: what `manage.py chaos` and `manage.py bench hold` run."""
