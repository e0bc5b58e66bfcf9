"""Presets as files, on the shelf, and recalled while it plays."""
