"""Measurements: `make bench` runs them all and prints tables for this machine. Nothing here is timed in tests."""
