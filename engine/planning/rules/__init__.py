"""The rules of the figures, a subject each."""
