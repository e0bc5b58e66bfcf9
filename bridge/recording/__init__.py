"""A session on disk: its journal as it goes, the MIDI file made of it, and the takes found in it again."""
