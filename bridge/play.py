"""The main command, played from its first port to its last note-off. Imports late, to have the ports at once."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from bridge.console import quiet_c_libraries
from bridge.options import read_config

if TYPE_CHECKING:
    from bridge.app import Bridge
    from bridge.observers import Observer
    from bridge.ports.loopback import Ports
    from bridge.views.lines import Printer


def play(options: argparse.Namespace, version: Callable[[], str], started_s: float) -> int:
    """Play until it is ended; return the exit code. version: tells that of this program; started_s: when it began.

    Raises UserError for what is refused.
    """
    config = read_config(options)
    if config.log_level != "debug":
        quiet_c_libraries()
    from bridge.ports.midi import open_ports

    ports = open_ports(config.port, config.output_name, config.midi_api)
    open_line = _open_line(ports, time.monotonic() - started_s)
    from bridge.views.lines import Printer

    with contextlib.ExitStack() as ending:
        printer = Printer()
        ending.callback(printer.close)
        printer.line(open_line)  # before all else is loaded: they can be connected now
        from bridge.app import greeting, opened, record

        bridge = ending.enter_context(opened(config, ports))
        routing = list(greeting(bridge))
        writer = record(bridge, version)
        if writer is not None:
            ending.callback(lambda: printer.line(writer.close()))
            routing.append(f"Recording to {writer.folder}; melody-bridge takes lists it.")
        for line in routing:
            printer.line(line)
        code = _code(bridge.page_link) if bridge.page_token and sys.stdout.isatty() else ""
        if code:
            printer.line(code)
        plain = options.no_view or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb"
        with (
            _plain_log(bridge, printer) if plain else _view(bridge, printer, (open_line, *routing), code) as looker
        ):
            bridge.announce.observers.append(looker)
            bridge.run()
        printer.line("ended; every note released")
    if getattr(ports, "stuck", False):
        sys.stdout.flush()
        os._exit(0)  # a driver hangs in its close; Python's own clean-up would wait for it
    return 0


def _open_line(ports: Ports, since_start_s: float) -> str:
    """Return what says which ports are open."""
    names = f'"{ports.name_in}" and "{ports.name_out}"'
    return f"{names} are open ({ports.api}), {since_start_s:.2f} s after the start."


@contextlib.contextmanager
def _plain_log(bridge: Bridge, printer: Printer) -> Iterator[Observer]:
    """Look on in plain lines."""
    from bridge.views.lines import PlainLog

    yield PlainLog(printer, bridge.config.log_level)


@contextlib.contextmanager
def _view(bridge: Bridge, printer: Printer, routing: Sequence[str], code: str) -> Iterator[Observer]:
    """Look on in the live view, which begins with how it is routed, and with the page's code if there is one."""
    from bridge.views.keys import in_foreground
    from bridge.views.terminal import View

    title = f'"{bridge.ports.name_in}" → "{bridge.ports.name_out}"'
    with contextlib.closing(View(title, bridge.controls, bridge.inbox.put)) as view:
        for line in routing:
            view.on_log(line)
        if code:
            view.show(f"{code}\n{bridge.page_link}\nany key: the view; w: this again")
        view.start()
        if not in_foreground(sys.stdout.fileno()):
            printer.line("In the background: fg brings the live view and its keys.")
        yield view


def _code(link: str) -> str:
    from bridge.ports.web_link import qr_code

    return qr_code(link)
