"""Clocks, tempo, grid, bars, and the heap of due messages. Pure."""
