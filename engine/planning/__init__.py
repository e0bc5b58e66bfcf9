"""Whole answers: many drafts drawn in one batch, judged as wholes, one of them chosen."""
