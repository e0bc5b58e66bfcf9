"""Keep how many drafts a machine affords from one start to the next: a small file among what can be had again."""

from __future__ import annotations

import json

from engine.files import cache_folder, write_whole

FILE = "drafts.json"


def drafts_before(machine: str) -> int | None:
    """Return the number that was kept for a machine; None when there is none, or no file that can be read."""
    kept = _kept().get(machine)
    return kept if isinstance(kept, int) and kept >= 1 else None


def keep_drafts(machine: str, drafts: int) -> None:
    """Keep a number for a machine. Where nothing can be written it is measured again the next time."""
    kept = _kept()
    if kept.get(machine) == drafts:
        return
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        write_whole(cache_folder() / FILE, json.dumps({**kept, machine: drafts}, indent=1).encode())
    except OSError:
        return


def _kept() -> dict[str, object]:
    try:
        kept = json.loads((cache_folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
