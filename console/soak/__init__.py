"""A year and its retention on a simulated clock: what `manage.py soak` runs."""
