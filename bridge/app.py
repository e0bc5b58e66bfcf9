"""The bridge put together: ports, engine process, OSC, session, loop; the order in which they begin and end."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.config import OFF, ON, Config
from bridge.controls import Controls
from bridge.engine.pair import EnginePair
from bridge.engine.process import EngineProcess, Put
from bridge.events import Complaint, Event, Notice
from bridge.folders import config_folder, data_folder
from bridge.loop import Loop, no_collections, stop_on_signals
from bridge.observers import Announcer, Observer
from bridge.ports.loopback import Ports
from bridge.ports.osc import OscServer, open_socket
from bridge.ports.osc_feedback import OscFeedback
from bridge.presets.desk import Desk, Presets
from bridge.presets.shelf import Shelf
from bridge.recording.library import folder_of
from bridge.recording.recorder import Recorder
from bridge.recording.writer import Writer
from bridge.time.ableton_link import AbletonLink, open_link
from bridge.urgency import claim_realtime
from bridge.web_address import parse_address
from engine.errors import UserError
from engine.installed import Installed, folder_name, installed, licence_of, name_of

if TYPE_CHECKING:
    from bridge.ports.midi_output import RtMidiOutput
    from bridge.ports.web import WebServer

SENT_WITHIN_S = 0.12
"""After the last note-offs the ports stay open for so long: a JACK server on a busy machine takes its time."""


@dataclass
class Bridge:
    """Hold the parts of a running bridge. announce: who looks on is added to its observers before `run`."""

    config: Config
    controls: Controls
    ports: Ports
    engine: EnginePair
    inbox: queue.SimpleQueue[Event]
    presets: Presets
    announce: Announcer = field(default_factory=Announcer)
    feedback: OscFeedback | None = None
    osc_port: int | None = None
    oscquery_port: int | None = None
    page_link: str = ""
    page_token: str = ""
    loop: Loop | None = None
    link: AbletonLink | None = None
    controller: RtMidiOutput | None = None
    checkpoints: Mapping[str, Installed] = field(default_factory=dict)

    def complain(self, text: str) -> None:
        """Have a line told as an error; from any thread."""
        self.inbox.put(Complaint(time.monotonic(), text))

    def run(self, on_start: Callable[[], None] = lambda: None) -> None:
        """Play until told to end. Must be called on the main thread, which gets real-time priority.

        Raises UserError when the engine cannot be started in the first place.
        """
        from bridge.engine.change import ModelChange
        from bridge.session import Session  # only now: the engine, a process of its own, is starting meanwhile

        models = ModelChange(self.engine, self.checkpoints, name_of(self.config.checkpoint))
        session = Session(
            self.config,
            self.controls,
            self.ports.send,
            self.engine,
            self.announce,
            self.presets,
            link=self.link,
            models=models,
            send_cc=self.controller.send if self.controller is not None else None,
        )
        watch = self.controller.watch if self.controller is not None else lambda now_s: None
        self.loop = Loop(session, self.ports, self.inbox, complain=self.announce.error, watch=watch)
        stop_on_signals(self.loop.stop)
        self.announce.log(f"timing: {claim_realtime()}")
        if self.ports.remark:
            self.announce.log(self.ports.remark)
        session.start(time.monotonic())
        on_start()
        with no_collections():
            self.loop.run()
        if self.ports.api != "loopback":
            self.engine.kill()  # it would only slow down whoever takes the last note-offs
            time.sleep(SENT_WITHIN_S)


@contextlib.contextmanager
def opened(
    config: Config,
    ports: Ports,
    observers: Iterable[Observer] = (),
    *,
    osc_required: bool = True,
    engine_process: Callable[..., EngineProcess] = EngineProcess,
) -> Iterator[Bridge]:
    """Start everything around open ports; end it, in bounded time, when the block is left.

    observers: who is told from the beginning. osc_required: False goes on without OSC where its port is taken.
    engine_process: makes the engine, called as EngineProcess is.
    Raises UserError when the OSC port, its feedback address or the port of --cc-feedback cannot be had.
    """
    controls = Controls()
    controls.update(config.controls)
    inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def process(checkpoint: str, put: Put) -> EngineProcess:
        return engine_process(checkpoint, config.device, config.seed, put, precision=config.precision)

    engine = EnginePair(process, config.checkpoint, inbox.put)
    desk = Desk(Shelf(), inbox.put)
    bridge = Bridge(config, controls, ports, engine, inbox, desk, Announcer(observers))
    bridge.checkpoints = installed(config.checkpoint)
    with contextlib.ExitStack() as ending:
        ending.callback(ports.close)
        if config.cc_feedback not in (OFF, ON):
            bridge.controller = _open_controller(config.cc_feedback, ports.api, ending)
        with contextlib.suppress(UserError):  # without the extra there is no Link, and nobody misses it
            bridge.link = open_link(controls.number("bpm"), time.monotonic)
            ending.callback(bridge.link.close)
        server = None
        try:
            server = _open_osc(bridge)
            ending.callback(server.close)
        except UserError as error:
            if osc_required:
                raise
            bridge.announce.error(f"going on without OSC: {error}")
        web = _open_web(bridge) if config.web else None
        if web is not None:
            ending.callback(web.close)
        desk.start()
        ending.callback(desk.close)
        engine.start()
        ending.callback(engine.close)
        if server is not None:
            server.start()
        if config.oscquery and bridge.osc_port is not None:
            _open_oscquery(bridge, bridge.osc_port, ending)
        if web is not None:
            web.start()
        yield bridge


def _open_controller(name: str, api: str, ending: contextlib.ExitStack) -> RtMidiOutput:
    """Return the port to the player's controller, open until the end."""
    from bridge.ports.midi_output import open_output

    output = open_output(name, api)
    ending.callback(output.close)
    return output


def _open_osc(bridge: Bridge) -> OscServer:
    config = bridge.config
    prefix = "/" + config.osc_prefix.strip("/")
    sock = open_socket(config.osc_host, config.osc_port)
    try:
        feedback = OscFeedback(sock, prefix, bridge.controls, config.osc_feedback)
    except UserError:
        sock.close()
        raise
    bridge.feedback = feedback
    bridge.osc_port = int(sock.getsockname()[1])
    bridge.announce.observers.append(feedback)
    return OscServer(sock, prefix, bridge.inbox.put, feedback)


def record(bridge: Bridge, program: Callable[[], str]) -> Writer | None:
    """Begin to record the session where the settings say; None where they say that nothing is to be recorded.

    program: tells the version. The writer is to be closed at the end.
    """
    folder = folder_of(bridge.config.record)
    if folder is None:
        return None

    def say(text: str, wrong: bool) -> None:
        now_s = time.monotonic()
        bridge.inbox.put(Complaint(now_s, text) if wrong else Notice(now_s, text))

    writer = Writer(folder, [data_folder() / "sessions", Path.home()], say, program())
    bridge.announce.observers.append(Recorder(writer.put, save=writer.save))
    writer.start()
    return writer


def _open_oscquery(bridge: Bridge, osc_port: int, ending: contextlib.ExitStack) -> None:
    """Let the addresses be asked for by HTTP, and announce where; what cannot be is said, and the rest goes on."""
    from bridge.ports.announcement import Announcement
    from bridge.ports.oscquery import OscQueryServer
    from bridge.ports.oscquery_tree import Told, host_info, query_tree

    config, told = bridge.config, Told()
    bridge.announce.observers.append(told)
    prefix, shelf = "/" + config.osc_prefix.strip("/"), Shelf()
    everywhere = config.osc_host in ("0.0.0.0", "::")
    info = host_info("melody-bridge", "" if everywhere else config.osc_host, osc_port)
    try:
        server = OscQueryServer(
            config.osc_host,
            config.oscquery,
            lambda: query_tree(prefix, bridge.controls, told.values, shelf.names, tuple(bridge.checkpoints)),
            info,
        )
    except UserError as error:
        bridge.announce.error(f"going on without OSCQuery: {error}")
        return
    server.start()
    ending.callback(server.close)
    bridge.oscquery_port = server.port
    with contextlib.suppress(UserError):  # without the extra it is not announced; its port is told all the same
        announcement = Announcement("melody-bridge", config.osc_host, server.port, bridge.complain)
        announcement.start()
        ending.callback(announcement.close)


def _open_web(bridge: Bridge) -> WebServer:
    """Have the page served. Raises UserError when its port cannot be had."""
    from bridge.ports.web import Door, WebServer, bound_socket
    from bridge.ports.web_link import kept_token, outward_host
    from bridge.views.page.hall import PageHall
    from bridge.views.page.rows import read_site

    address = parse_address(bridge.config.web)
    sock = bound_socket(address)
    token = "" if address.here else kept_token(config_folder())
    licences = {name: found.licence for name, found in bridge.checkpoints.items()}
    hall = PageHall(bridge.controls, bridge.inbox.put, Shelf().presets, licences)
    bridge.announce.observers.append(hall.observer)
    bridge.page_link = address.link(outward_host() if address.everywhere else "", token)
    bridge.page_token = token
    return WebServer(sock, Door(token, address.here), read_site(), hall, bridge.complain)


def licence_line(checkpoint: str) -> str:
    """Return what is printed first: what may be done with what this checkpoint plays."""
    return f"{folder_name(checkpoint)}: {licence_of(checkpoint)}"


def greeting(bridge: Bridge) -> Sequence[str]:
    """Return the lines that say what the model may be used for, how to route a DAW, and what else is open."""
    ports, config = bridge.ports, bridge.config
    lines = [
        licence_line(config.checkpoint),
        f'In the DAW: 1. send the track you play to the MIDI port "{ports.name_in}";',
        f'            2. give a track with an instrument the MIDI input "{ports.name_out}", and arm it. '
        "Then play, and pause.",
    ]
    if bridge.osc_port is not None:
        fed = f", echoes to {config.osc_feedback}" if config.osc_feedback else ""
        lines.append(
            f"OSC: /{config.osc_prefix.strip('/')}/temperature and the like "
            f"on {config.osc_host}:{bridge.osc_port} (UDP){fed}."
        )
    if bridge.oscquery_port is not None:
        lines.append(f"OSCQuery: http://{config.osc_host}:{bridge.oscquery_port}/ (HTTP).")
    if bridge.page_link:
        lines.append(f"Page: {bridge.page_link}")
    return lines
