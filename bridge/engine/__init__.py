"""The engine process as the bridge sees it: start, talk, death, restart."""
