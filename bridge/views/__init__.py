"""Who looks on: terminal, lines, takes."""
