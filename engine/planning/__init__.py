"""Whole answers: drawn as candidates, told apart, the one that is played chosen. No ports, no time."""
