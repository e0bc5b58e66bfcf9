"""What a person sees of a run, and how they stop it: the live line, signals."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from trainer.state import Progress

Show = Callable[[Progress, float], None]


@contextmanager
def live_line(console: Console) -> Iterator[Show]:
    """Show the loss, tokens a second and the time left."""
    with Bar(
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn(
            "loss {task.fields[loss]:.3f}  best {task.fields[best]:.4f}  {task.fields[pace]:,.0f} tokens/s"
        ),
        TimeRemainingColumn(),
        console=console,
    ) as bar:
        task = bar.add_task("", total=1.0, epoch=0, loss=math.nan, best=math.inf, pace=0.0)

        def show(progress: Progress, share: float) -> None:
            loss = progress.nats / max(1, progress.nats_tokens) if progress.nats_tokens else math.nan
            pace = progress.tokens / max(1e-9, progress.seconds)
            bar.update(task, completed=share, epoch=progress.epoch + 1, loss=loss, best=progress.best, pace=pace)

        yield show


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Let SIGINT and SIGTERM end the run after the step in hand; a second one ends it at once."""
    caught: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread: whoever runs it there stops it
        before = {}
    try:
        yield lambda: bool(caught)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
