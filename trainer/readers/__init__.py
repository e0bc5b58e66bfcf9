"""Readers of music files, one a format; `formats` is the table of them."""
