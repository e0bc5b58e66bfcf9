"""What a note, a turn and a message cost on this machine: measured through its real ports."""
