"""The tables of controls and actions as surfaces of other programs."""
