"""Service levels over their periods: what is counted, how agreements stand, when time does not count."""
