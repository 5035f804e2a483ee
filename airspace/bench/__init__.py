"""Benches of the airspace: how cheaply reports come in, and how cheaply and soon the picture goes out."""
