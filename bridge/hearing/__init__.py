"""Played events to a melody line, its beats, its key, and whose turn it is. Pure."""
