"""Presets and checkpoints that travel with the program; data only."""
