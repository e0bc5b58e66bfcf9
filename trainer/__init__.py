"""Corpus readers, training, evaluation and plots."""
