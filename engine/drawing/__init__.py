"""How a note is drawn, and how an answer ends. No torch modules, no time."""
