"""The desk where presets are asked for while it plays: files are read and written on a thread of its own.

A disk takes its time, and the thread that sends notes must not wait for it: what was asked for comes as an event.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from bridge.controls import Value
from bridge.events import Complaint, PresetRecalled, PresetSaved
from bridge.presets.controllers import keep_learned, learned_file
from bridge.presets.file import Preset
from bridge.presets.shelf import Shelf, slug
from bridge.urgency import Helper
from engine.errors import UserError

WAITING_MOST = 64
"""So many requests wait at most; in a flood the later ones are dropped."""
Put = Callable[[PresetRecalled | PresetSaved | Complaint], None]


class Presets(Protocol):
    """What the session needs of the desk."""

    def recall(self, which: object) -> None:
        """Have a preset brought, by name or number; it comes as an event."""

    def save(self, name: object, values: Mapping[str, Value]) -> None:
        """Have values written as the player's own preset of this name; that it is done comes as an event."""

    def keep_controller(self, name: str, controller: int | str) -> None:
        """Have the controller of a control or action kept for the next start."""


class Desk:
    """Serve requests one after the other. Of recalls that wait only the newest is served."""

    def __init__(
        self,
        shelf: Shelf,
        put: Put,
        clock: Callable[[], float] = time.monotonic,
        learned: Path | None = None,
    ) -> None:
        """learned: where controllers are kept; None: in the platform's folder."""
        self._learned = learned_file() if learned is None else learned
        self._shelf, self._put, self._clock = shelf, put, clock
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(WAITING_MOST)
        self._newest: object = None
        self._told_full = False
        self._recalled: set[str] = set()
        self._thread = Helper(self._serve, "presets")

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """Stop when what waits has been served, a preset just saved among it; after a second in any case."""
        if self._thread.is_alive():
            try:
                self._jobs.put(None, timeout=1.0)
                self._thread.join(1.0)
            except queue.Full:
                pass

    def recall(self, which: object) -> None:
        """Have a preset brought, by name or number."""
        self._newest = ticket = object()
        self._ask(lambda: self._recall(which) if ticket is self._newest else None)

    def save(self, name: object, values: Mapping[str, Value]) -> None:
        """Have values written as the player's own preset of this name."""
        self._ask(lambda: self._save(name, values))

    def keep_controller(self, name: str, controller: int | str) -> None:
        """Have the controller of a control or action kept for the next start."""
        self._ask(lambda: keep_learned(self._learned, name, controller))

    def _ask(self, job: Callable[[], None]) -> None:
        try:
            self._jobs.put_nowait(job)
            self._told_full = False
        except queue.Full:
            if not self._told_full:
                self._put(Complaint(self._clock(), f"{WAITING_MOST} requests for presets wait; ask again later"))
            self._told_full = True

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except UserError as error:
                self._put(Complaint(self._clock(), str(error)))
            except Exception as error:  # the thread must outlive whatever one file does
                self._put(Complaint(self._clock(), f"presets: fault: {type(error).__name__}: {error}"))

    def _recall(self, which: object) -> None:
        try:
            preset = self._shelf.find(which)
        except UserError as error:
            gone = str(which).strip().lower()
            if gone in self._recalled and gone not in self._shelf.names():
                raise UserError(
                    f"preset '{gone}' is gone, its file was deleted; what it set still holds"
                ) from error
            raise
        self._recalled.add(preset.name)
        fixed = tuple(name for name in preset.settings if name != "checkpoint")
        checkpoint = str(preset.settings.get("checkpoint", ""))
        heading = preset.name, preset.number, preset.about
        self._put(PresetRecalled(self._clock(), *heading, preset.controls, fixed, checkpoint))

    def _save(self, name: object, values: Mapping[str, Value]) -> None:
        about = f"Saved from what was set on {time.strftime('%Y-%m-%d at %H:%M')}."
        saved = self._shelf.save(Preset(slug(name), about, None, {}, values))
        self._put(PresetSaved(self._clock(), saved.name, saved.number, str(self._shelf.own_folder)))
