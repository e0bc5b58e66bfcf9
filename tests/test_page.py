"""The page in headless Chromium: what is moved there holds, what is moved elsewhere shows, and nothing gets in."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pagerig import PageRig, chromium, until
from tests.paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CALL = (67, 69, 71, 72, 74)
EVIL = "<img src=x onerror=window.evil=1>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PageRig]:
    rig = PageRig(tmp_path)
    rig.start()
    yield rig
    rig.close()


Look = Callable[..., "Screen"]


@pytest.fixture
def look(browser: Browser) -> Iterator[Look]:
    """Open pages, each in a context of its own; all are closed at the end."""
    opened: list[Screen] = []

    def look(*arguments: Any, **more: Any) -> Screen:
        opened.append(Screen(browser, *arguments, **more))
        return opened[-1]

    yield look
    for screen in opened:
        screen.page.context.close()


WRITE_DOWN = """selectors => {
    window.written = {};
    for (const selector of selectors) {
        const shown = document.querySelector(selector), texts = (written[selector] = []);
        const look = () => { if (shown.textContent !== texts.at(-1)) texts.push(shown.textContent); };
        new MutationObserver(look).observe(shown, { characterData: true, childList: true, subtree: true });
    }
}"""
"""What these elements say from now on, one after the other."""


class Screen:
    """One page; what it complains about is kept."""

    def __init__(
        self, browser: Browser, link: str, width: int = 1280, height: int = 860, wait: bool = True
    ) -> None:
        self.page: Page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.requests: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(link)
        if wait:
            until(lambda: self.shows("patience"), "the page has its controls")

    def ask(self, script: str, argument: object = None) -> Any:
        """Return what a function says in the page."""
        return self.page.evaluate(script, argument)

    def shows(self, name: str) -> str | None:
        """Return the value of a control as the page has it."""
        found = self.ask("name => document.querySelector(`[data-name='${name}']`)?.dataset.value ?? null", name)
        return None if found is None else str(found)

    def text(self, selector: str) -> str:
        return str(self.ask("selector => document.querySelector(selector)?.textContent ?? ''", selector))

    def roll(self) -> tuple[int, int]:
        """Return how many notes the roll draws, and how many that are to come."""
        notes, coming = self.ask(
            "() => { const roll = document.querySelector('#canvas').dataset; return [roll.notes, roll.next]; }"
        )
        return int(notes or 0), int(coming or 0)

    def colours(self) -> set[str]:
        """Return which of the two voices' colours the canvas shows as full notes."""
        return set(
            self.ask("""() => {
              const canvas = document.querySelector('#canvas'), found = new Set();
              const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
              for (let i = 0; i < data.length; i += 4) {
                const [r, g, b, a] = data.slice(i, i + 4);
                if (a > 150 && r > 180 && g > 110 && g < 200 && b < 110) found.add('you');
                if (a > 150 && r < 110 && g > 150 && b > 140) found.add('gpt');
              }
              return [...found];
            }""")
        )


def test_a_moved_slider_changes_the_engines_value(look: Look, rig: PageRig) -> None:
    """By hand, from the middle to the right end; the next request to the engine is drawn with it."""
    screen = look(rig.link)
    slider = screen.page.locator("#c-temperature")
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    screen.page.mouse.move(box["x"] + box["width"] * 0.46, y)
    screen.page.mouse.down()
    for share in (0.5, 0.7, 0.9, 1.0):
        screen.page.mouse.move(box["x"] + box["width"] * share, y)
    screen.page.mouse.up()
    until(lambda: rig.controls["temperature"] == 2.0, "the table has the value")
    until(lambda: screen.shows("temperature") == "2", "the page shows what holds")
    rig.play(*CALL)
    until(lambda: rig.engine.requests and rig.engine.requests[-1].sampling.temperature == 2.0, "the engine has it")
    assert screen.complaints == []


def test_a_slider_moves_by_keys_by_its_own_steps(look: Look, rig: PageRig) -> None:
    """A whole number by one; a value can be typed, a time signature too, and a double click is the default."""
    screen = look(rig.link)
    screen.page.click("#pages >> text=turns")
    screen.page.focus("#c-turn_bars")
    screen.page.keyboard.press("ArrowRight")
    until(lambda: rig.controls["turn_bars"] == 3, "one bar more")
    screen.page.click("#pages >> text=time")
    screen.page.click("[data-name=bar] .value")
    screen.page.keyboard.type("6/8")
    screen.page.keyboard.press("Enter")
    until(lambda: (rig.controls["bar"], rig.controls["pulse"]) == (3.0, 1.5), "six eighths")
    until(lambda: screen.shows("pulse") == "1.5", "its pulse with it")
    screen.page.dblclick("[data-name=bar] .name")
    until(lambda: rig.controls["bar"] == 0.0, "the default")


def test_a_change_by_osc_moves_the_slider(look: Look, rig: PageRig) -> None:
    """To its place on the curve: patience 1 of 0.25 to 4 is in the middle; a choice is lit."""
    screen = look(rig.link)
    rig.send_osc("/melody/patience", 4.0)
    until(lambda: screen.page.input_value("#c-patience") == "1", "at the right end")
    rig.send_osc("/melody/patience", 1.0)
    until(lambda: screen.page.input_value("#c-patience") == "0.5", "in the middle")
    assert screen.text("[data-name=patience] .value") == "1"
    rig.send_osc("/melody/turn", "bars")
    until(lambda: screen.shows("turn") == "bars", "the choice")
    assert screen.ask("() => document.querySelector('[data-choice=bars]').getAttribute('aria-pressed')") == "true"


def test_two_pages_agree(look: Look, rig: PageRig) -> None:
    """What one sets the other shows; one that comes later shows the same; a take is in hand on both."""
    first, second = look(rig.link), look(rig.link, 390, 844)
    first.page.click("#pages >> text=turns")
    first.page.click("[data-choice=free]")
    until(lambda: second.shows("turn") == "free", "the choice of the other")
    first.page.click("[data-choice=fixed]")
    rig.play(*CALL)
    until(lambda: {first.text(".take span"), second.text(".take span")} == {"1"}, "the take on both")
    second.page.click("[data-to=takes]")
    second.page.click("[data-do=keep]")
    until(lambda: first.text(".take span") == "★ 1", "kept on both")
    third = look(rig.link)
    names = list(rig.controls.values())
    assert len({tuple(map(screen.shows, names)) for screen in (first, second, third)}) == 1
    assert third.text(".take span") == "★ 1"
    assert {
        screen.ask("() => document.querySelector('.take').ariaPressed") for screen in (first, second, third)
    } == {"true"}


def test_the_roll_draws_call_and_answer_and_what_comes_next(look: Look, rig: PageRig) -> None:
    """Notes of the call as they are played, the answer before it sounds, then both in their colours; the state."""
    screen = look(rig.link)
    assert screen.roll() == (0, 0)
    rig.engine.length = 16
    rig.send_osc("/melody/wait", 3.0)
    until(lambda: screen.shows("wait") == "3", "time to look")
    rig.play(*CALL[:3])
    until(lambda: screen.roll()[0] == 3 and screen.roll()[1] > 0, "the call, and the answer ahead")
    assert screen.text("#state") == "listening"
    until(lambda: screen.roll()[0] > 4, "notes of the answer")
    assert screen.text("#state") == "answering"
    assert screen.roll()[1] > 0
    assert screen.colours() == {"you", "gpt"}
    assert screen.complaints == []


def test_buttons_act(look: Look, rig: PageRig) -> None:
    """Answer passes the turn, again sounds the take, panic silences; forget asks once before."""
    screen = look(rig.link)
    rig.send_osc("/melody/turn", "ask")
    until(lambda: screen.shows("turn") == "ask", "nothing but the button passes the turn")
    rig.play(67, 69, each_s=0.15)
    screen.page.click("[data-do=answer]")
    until(lambda: screen.roll()[0] > 2, "the answer sounds")
    screen.page.click("[data-do=stop]")
    until(lambda: screen.text(".take span") == "1", "a take of what sounded")
    screen.page.click("[data-do=again]")
    until(lambda: "take 1 again" in screen.text("#lines"), "it sounds again")
    screen.page.keyboard.press("p")
    until(lambda: "panic: everything silenced" in screen.text("#lines"), "panic")
    screen.page.click("[data-do=forget]")
    time.sleep(0.3)
    assert "forgot what was played" not in screen.text("#lines")
    screen.page.click("[data-do=forget]")
    until(lambda: "forgot what was played" in screen.text("#lines"), "forgotten")


def test_a_knob_is_learned_by_touching_the_control_and_moving_it(look: Look, rig: PageRig) -> None:
    """It waits and says so, on every page; what was bound is shown and holds; a second touch cancels."""
    screen, other = look(rig.link), look(rig.link)
    until(lambda: learn_of(screen, "temperature") == "CC 20", "what is bound at the start")
    screen.page.click("#pages >> text=turns")
    screen.page.click("[data-name=wait] .learn")
    until(lambda: waiting(screen) == waiting(other) == ["wait"], "both say that it waits")
    assert "move a knob" in screen.text("[data-name=wait] .waits")
    screen.page.click("[data-name=wait] .learn")
    until(lambda: waiting(screen) == [], "cancelled")
    rig.turn(41, 10)
    screen.page.click("[data-name=wait] .learn")
    until(lambda: waiting(screen) == ["wait"], "it waits again")
    screen.page.keyboard.press("Escape")
    until(lambda: waiting(screen) == [], "cancelled by a key")
    assert learn_of(screen, "wait") == "learn"
    screen.page.click("[data-name=wait] .learn")
    until(lambda: waiting(screen) == ["wait"], "and again")
    rig.turn(41, 0)
    until(lambda: learn_of(screen, "wait") == learn_of(other, "wait") == "CC 41", "bound, on both")
    assert waiting(screen) == []
    for value in range(0, 128, 4):
        rig.turn(41, value)
    until(lambda: float(rig.controls["wait"]) > 4.0, "it moves the control")
    screen.page.click("[data-name=wait] .learn")
    screen.page.select_option("[data-name=wait] .waits select", "rel")
    time.sleep(0.2)
    rig.turn(42, 1)
    until(lambda: learn_of(screen, "wait") == "CC rel:42", "an endless knob")
    screen.page.click("[data-name=wait] .learn")
    screen.page.click("[data-name=wait] .waits >> text=no knob")
    until(lambda: learn_of(other, "wait") == "learn", "it has none any more")
    assert screen.complaints == []


def test_of_two_pages_that_learn_the_later_does_and_both_are_told(look: Look, rig: PageRig) -> None:
    """A word that cannot be missed, and a controller that is taken is refused with what has it."""
    first, second = look(rig.link, 390, 844), look(rig.link)
    first.page.click("[data-name=temperature] .learn")
    until(lambda: waiting(second) == ["temperature"], "the first waits")
    second.page.click("[data-name=closeness] .learn")
    until(lambda: waiting(first) == waiting(second) == ["closeness"], "the second waits instead")
    word = "learn: closeness waits for a knob, and temperature no longer; move one"
    until(lambda: word in first.text("#lines .warning"), "the first is told")
    rig.turn(66, 127)
    until(lambda: "CC 66 is the footswitch" in second.text("#lines .wrong"), "a footswitch is none")
    rig.turn(20, 64)
    until(lambda: learn_of(first, "closeness") == "CC 20", "the second has it")
    assert learn_of(first, "temperature") == "learn"


def test_a_footswitch_is_learned_by_touching_a_button(look: Look, rig: PageRig) -> None:
    """The button is not pressed by it; its controller stands on it from then on, and asks for it."""
    screen = look(rig.link, 820, 1180)
    screen.page.click(".action.learn")
    screen.page.click("[data-do=panic]")
    until(lambda: screen.text(".action.learn") == "cancel", "it waits")
    rig.turn(80, 127)
    until(lambda: screen.ask("() => document.querySelector('[data-do=panic]').dataset.cc") == "CC 80", "bound")
    assert "panic: everything silenced" not in screen.text("#lines")
    rig.turn(80, 0)
    rig.turn(80, 127)
    until(lambda: "panic: everything silenced" in screen.text("#lines"), "the switch asks for it")
    assert screen.text(".action.learn") == "learn"
    assert look(rig.link).ask("() => document.querySelector('[data-do=panic]').dataset.cc") == "CC 80"


def test_the_count_is_seen_large(look: Look, rig: PageRig) -> None:
    """Whoever stands before the tablet sees beats, in their order, and that the count is over.

    A machine that stands still may swallow a beat, since of counts only the newest is told; so what was seen is
    written down in the page, at a slow tempo, and not caught in the moment.
    """
    screen = look(rig.link)
    rig.send_osc("/melody/bpm", 60.0)
    rig.send_osc("/melody/turn", "bars")
    until(lambda: screen.shows("turn") == "bars", "the mode")
    screen.ask(WRITE_DOWN, ["#count", "#state"])
    screen.page.click("[data-do=count]")
    until(lambda: "counting" in screen.ask("() => written['#state']"), "it counts")
    until(lambda: screen.text("#state") == "listening", "then it listens")
    until(lambda: screen.ask("() => document.querySelector('#count').hidden"), "and counts no more")
    beats = [int(seen) for seen in screen.ask("() => written['#count']") if seen.strip("0")]
    assert beats
    assert beats == sorted(set(beats))
    assert set(beats) <= {1, 2, 3, 4}
    assert any(sent[0] == 0x99 for sent in rig.sent)


def learn_of(screen: Screen, name: str) -> str:
    """Return what the learn button of a control says."""
    return screen.text(f"[data-name={name}] .learn")


def waiting(screen: Screen) -> list[str]:
    """Return the controls that say that they wait for a knob."""
    return list(
        screen.ask("() => [...document.querySelectorAll('.control.learning')].map(each => each.dataset.name)")
    )


def test_presets_are_recalled_and_saved_by_name(look: Look, rig: PageRig) -> None:
    """A saved one is on the shelf at once; its name becomes no path, whatever is typed."""
    screen = look(rig.link)
    screen.page.click("[data-preset=echo]")
    until(lambda: screen.text("#preset") == "echo", "the preset")
    assert rig.controls["closeness"] != 0
    until(lambda: screen.shows("closeness") == f"{rig.controls['closeness']:g}", "its values")
    screen.page.fill("#name", "My Evening")
    screen.page.keyboard.press("Enter")
    until(lambda: screen.page.query_selector("[data-preset=my-evening]"), "on the shelf")
    for name in ("../../evil", "/etc/evil", "a/b", "..", "con", "a\\b", EVIL):
        screen.page.fill("#name", name)
        screen.page.click("#save button")
    refused = "preset name 'a\\\\b' refused"
    until(lambda: refused in screen.text("#lines") and EVIL[:20] in screen.text("#lines"), "each is refused")
    screen.ask(
        "() => { const live = new WebSocket(`ws://${location.host}/live`); "
        "live.onopen = () => live.send(JSON.stringify({do: 'preset/save', with: '../../../evil'})); }"
    )
    until(lambda: "'../../../evil' refused" in screen.text("#lines"), "the one that came past the page")
    files = {path.name for path in rig.shelf.own_folder.parent.rglob("*")}
    assert files == {"presets", "my-evening.yaml"}


def test_names_from_elsewhere_are_shown_as_they_are_and_never_run(look: Look, rig: PageRig) -> None:
    """A file in the folder of presets, a line of the log, an error: text, all of it."""
    rig.shelf.own_folder.mkdir(parents=True)
    (rig.shelf.own_folder / f"{EVIL}.yaml").write_text(f'about: "{EVIL}"\nnumber: 99\n')
    screen = look(rig.link)
    until(lambda: EVIL in screen.text("#shelf"), "its name, as text")
    rig.announce.log(EVIL)
    rig.send_osc("/melody/preset", EVIL)
    rig.send_osc("/melody/style", EVIL[:40])
    until(lambda: screen.text("#lines").count(EVIL) >= 2 or EVIL in screen.text("#preset"), "shown")
    time.sleep(0.3)
    assert screen.ask("() => window.evil ?? null") is None
    assert screen.ask("() => document.querySelectorAll('main img, section img').length") == 0
    assert screen.complaints == []


def test_the_page_asks_nobody_but_the_bridge(look: Look, rig: PageRig) -> None:
    """No other host, and its policy would not let it; the roll alone has an address of its own."""
    screen = look(rig.link + "#stage")
    assert all(url.startswith(f"http://127.0.0.1:{rig.server.port}/") for url in screen.requests)
    assert len(screen.requests) >= 6
    refused = screen.ask(
        "() => new Promise(done => {"
        "addEventListener('securitypolicyviolation', event => done(event.blockedURI)); "
        "fetch('http://127.0.0.1:1/').catch(() => setTimeout(done, 2000, 'nothing was refused')); })"
    )
    assert refused == "http://127.0.0.1:1/"
    assert screen.ask("() => document.querySelector('#controls').offsetParent") is None
    screen.page.keyboard.press("Escape")
    assert screen.ask("() => document.querySelector('#controls').offsetParent !== null")


def test_a_wrong_token_opens_nothing(look: Look, tmp_path: Path) -> None:
    """A sentence in place of the page; with the link's own token it plays."""
    rig = PageRig(tmp_path, "the-token-of-this-test")
    rig.start()
    try:
        wrong = look(rig.link.replace("this", "that"), wait=False)
        assert "needs the whole link" in wrong.text("body")
        assert wrong.page.query_selector("#roll") is None
        right = look(rig.link)
        assert right.shows("bpm") == "120"
    finally:
        rig.close()


def test_a_page_left_open_comes_back_and_does_not_grow(look: Look, rig: PageRig) -> None:
    """Hours of notes, lines, takes and moves, the bridge gone and back: the page shows what holds, and no more."""
    screen = look(rig.link)
    observer = rig.hall.observer

    def hour(number: int) -> None:
        now_s = time.monotonic()
        for place in range(800):
            observer.on_player_note(now_s - 3600 + place * 4, 60 + place % 12, 80)
            observer.on_player_note(now_s - 3600 + place * 4 + 1, 60 + place % 12, 0)
            observer.on_log(f"hour {number} line {place}")
            observer.on_control("bpm", 100.0 + place % 7, "osc")
            if place % 200 == 0:
                time.sleep(0.05)
        until(lambda: f"hour {number} line 799" in screen.text("#lines"), "the hour is over")

    def size() -> tuple[int, int]:
        return int(screen.ask("() => document.querySelectorAll('*').length")), int(
            screen.ask("() => document.querySelectorAll('#lines li').length")
        )

    hour(0)
    before = size()
    for number in range(1, 5):
        hour(number)
    assert size()[0] <= before[0] + 5
    assert size()[1] <= 60
    rig.go_away(1.0)
    until(lambda: "lost" not in screen.ask("() => document.body.className"), "back")
    rig.send_osc("/melody/bpm", 77.0)
    until(lambda: screen.shows("bpm") == "77", "it hears again")
    assert size()[0] <= before[0] + 5
    rig.play(*CALL[:3])
    until(lambda: screen.roll()[0] >= 3, "the roll draws again")
    until(lambda: rig.server.guests == 1, "one page, one guest")


def test_a_page_says_that_the_bridge_is_gone(look: Look, rig: PageRig) -> None:
    """Whoever looks at it is not fooled by old values."""
    screen = look(rig.link)
    rig.server.close()
    until(lambda: screen.text("#state") == "connection lost", "it says so")
    assert "lost" in str(screen.ask("() => document.body.className"))


def test_the_program_serves_it_and_ends_while_pages_are_open(look: Look) -> None:
    """As it is started: the link is printed, styles are choices, models change, a signal ends it with code 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", 0))
        osc, web = str(udp.getsockname()[1]), str(tcp.getsockname()[1])
    command = [sys.executable, "-m", "bridge.cli", "--midi-api", "loopback", "--no-view", "--record", "off"]
    program = subprocess.Popen(
        [*command, "--osc-port", osc, "--web", web],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert program.stdout is not None
        link = next(line.split()[1] for line in program.stdout if line.startswith("Page: "))
        screen = look(link)
        screen.page.click("#pages >> text=notes")
        until(lambda: screen.text("#engine").startswith("engine ready"), "the engine")
        until(lambda: screen.ask("() => document.querySelectorAll('#c-style option').length > 1"), "its styles")
        assert screen.ask("() => document.body.dataset.model") == "essen"
        screen.page.click("[data-model=essen-pitch]")
        until(lambda: screen.ask("() => document.body.dataset.model") == "essen-pitch", "another model")
        screen.page.click("[data-do=panic]")
        until(lambda: "panic" in screen.text("#lines"), "panic")
        program.terminate()
        said = program.communicate(timeout=60)[0]
        assert program.returncode == 0
        assert "ended; every note released" in said
        until(lambda: screen.text("#state") == "connection lost", "the page says so")
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize(
    ("width", "height"), [(320, 568), (390, 844), (768, 1024), (1024, 768), (1280, 800), (1440, 900)]
)
def test_nothing_is_cut_off_at_any_size(look: Look, rig: PageRig, width: int, height: int) -> None:
    """No screen scrolls sideways; a finger's width for every button of the first page."""
    screen = look(rig.link, width, height)
    assert screen.ask("() => document.documentElement.scrollWidth") <= width
    low = screen.ask(
        "() => Math.min(...[...document.querySelectorAll('.action')].map(each => each.offsetHeight)"
        ".filter(Boolean))"
    )
    assert low >= 38
    assert screen.ask(
        "() => (box => box.scrollHeight <= box.clientHeight + 1)(document.querySelector('#actions'))"
    )
    roll = screen.ask("() => document.querySelector('#canvas').getBoundingClientRect().toJSON()")
    assert roll["width"] >= width - 20
    assert re.fullmatch(r"\d+", screen.text(".preset small"))
