// The page put together: news go to the part that shows them, what is pressed goes to the bridge.

import { ControlView, make } from "./controls.js";
import { Link } from "./link.js";
import { Roll } from "./roll.js";

const LINES_MOST = 60;
const TOAST_MS = 7000;
const BIG = ["answer", "again", "vary", "undo", "keep", "more", "loop"];
const LABELS = { more: "more like this", model: "next model" };
const ASKS_FIRST = new Set(["forget", "calibrate"]);
const PAGES = ["play", "notes", "turns", "time"];
const $ = (id) => document.getElementById(id);

const controls = new Map();
const values = new Map();
const bound = new Map();
const takes = new Map();
let presets = [];
let models = [];
let inHand = 0;
let page = "play";
let learning = "";
let picking = false; // the next action that is touched is learned, not done

const link = new Link(hear, opened);
const roll = new Roll($("canvas"), link);

const HEARD = {
  hello: begin,
  rows: (news) => showControls(news.rows),
  actions: (news) => showActions(news.rows),
  presets: (news) => showPresets((presets = news.rows)),
  models: (news) => showModels((models = news.rows)),
  checkpoint: (news) => showModels(models, news.name),
  control(news) {
    values.set(news.name, news);
    controls.get(news.name)?.hear(news);
  },
  state(news) {
    document.body.dataset.state = $("state").textContent = news.state;
    for (const [name, states] of [["answer", ["answering"]], ["loop", ["looping"]]]) {
      document.querySelector(`#actions [data-do="${name}"]`)?.classList.toggle("lit", states.includes(news.state));
    }
  },
  count(news) {
    $("count").hidden = !news.beat;
    $("count").textContent = news.beat || "";
    document.querySelector('#actions [data-do="count"]')?.classList.toggle("waits", Boolean(news.beat));
  },
  tempo: (news) => ($("tempo").textContent = `${news.bpm.toFixed(1)} ${news.source}`),
  tonality: (news) => sure("tonality", news.name, news.sure),
  metre: (news) => sure("metre", news.name, news.sure),
  phrase_end: (news) => phraseEnd(news.p),
  latency: (news) => ($("latency").textContent = `${news.turn_ms.toFixed(0)} ms`),
  engine: (news) => ($("engine").textContent = news.text),
  bound(news) {
    bound.set(news.name, news.controller);
    controls.get(news.name)?.hearBound(news.controller);
    showBound(news.name);
  },
  learning(news) {
    learning = news.name;
    for (const view of controls.values()) view.hearLearning(learning);
    for (const button of document.querySelectorAll("#actions [data-do]")) {
      button.classList.toggle("waits", button.dataset.do === learning);
    }
    showPicking(picking && !learning);
  },
  preset(news) {
    $("preset").textContent = news.name;
    showPresets(presets, news.name);
  },
  note(news) {
    roll.hear(news);
    if (news.off_s === null && news.by === "you" && document.body.dataset.state !== "listening") phraseEnd(null);
  },
  outlook: (news) => roll.look(news),
  take(news) {
    takes.set(news.number, news);
    if (takes.size > 200) takes.delete(Math.min(...takes.keys()));
    roll.mark(news);
    showTake(news);
  },
  in_hand(news) {
    inHand = news.number;
    for (const card of $("strip").children) card.setAttribute("aria-pressed", String(Number(card.dataset.take) === inHand));
  },
  again: (news) => say(`take ${news.number} ${news.looping ? "goes round" : "again"}`),
  log: (news) => say(news.text, news.wrong ? "wrong" : news.warning ? "warning" : ""),
  refused: (news) => say(news.text, "wrong"),
};

function hear(news) {
  HEARD[news.is]?.(news);
}

function begin(news) {
  bound.clear();
  takes.clear();
  $("strip").replaceChildren();
  $("lines").replaceChildren();
  $("toasts").replaceChildren();
  roll.forget();
  roll.longest = news.longest_s;
  settled = performance.now() + 500;
}

let settled = Infinity; // what is told at once after the opening is of the past

function opened(open) {
  document.body.classList.toggle("lost", !open);
  if (!open) $("state").textContent = "connection lost";
}

function sure(id, text, share) {
  $(id).textContent = text;
  $(id).title = `${Math.round(share * 100)} % sure`;
  $(id).style.setProperty("opacity", 0.45 + 0.55 * share);
}

function phraseEnd(p) {
  const meter = $("phrase");
  meter.style.setProperty("--p", p ?? 0);
  meter.setAttribute("aria-valuenow", p ?? 0);
  meter.querySelector("b").textContent = p === null ? "–" : `${Math.round(p * 100)} %`;
}

// The beats of the bar, the one that is on lit; it follows the roll's clock.
function beat() {
  const place = link.known && roll.place(link.now_s());
  const dots = $("beats");
  const count = place ? Math.min(Math.ceil(place[1]), 12) : 0;
  while (dots.children.length > count) dots.lastChild.remove();
  while (dots.children.length < count) dots.append(make("i"));
  [...dots.children].forEach((dot, i) => dot.classList.toggle("on", i === place[0]));
}
setInterval(beat, 50);

// Actions

function showActions(rows) {
  const box = $("actions");
  box.replaceChildren();
  const small = make("div", "small");
  for (const row of rows) {
    if (row.argument) continue;
    const button = make("button", `action ${row.name}`, LABELS[row.name] ?? row.name);
    button.type = "button";
    button.dataset.do = row.name;
    button.title = row.sentence + (row.key ? ` (${row.key === " " ? "space" : row.key})` : "");
    button.addEventListener("click", () => act(row.name, button));
    (BIG.includes(row.name) ? box : small).append(button);
  }
  const learn = make("button", "action learn", "learn");
  learn.type = "button";
  learn.title = "touch this, then a button, then step on the switch that is to ask for it";
  learn.addEventListener("click", () => (learning ? link.say({ do: "learn", with: "" }) : showPicking(!picking)));
  small.append(learn);
  box.append(small);
  for (const name of bound.keys()) showBound(name);
  showPicking(false);
  keys = new Map(rows.filter((row) => row.key && !row.argument).map((row) => [row.key, row.name]));
}

// Which controller asks for an action stands on its button.
function showBound(name) {
  const button = document.querySelector(`#actions [data-do="${name}"]`);
  if (button) button.dataset.cc = bound.get(name) ? `CC ${bound.get(name)}` : "";
}

function showPicking(on) {
  picking = on;
  document.body.classList.toggle("picking", on);
  const button = document.querySelector(".action.learn");
  if (!button) return;
  button.textContent = learning ? "cancel" : on ? "touch one" : "learn";
  button.setAttribute("aria-pressed", String(on || Boolean(learning)));
}

function act(name, button) {
  if (picking) {
    showPicking(false);
    link.say({ do: "learn", with: name });
    return;
  }
  if (ASKS_FIRST.has(name) && !button.classList.contains("sure")) {
    button.classList.add("sure");
    button.textContent = `${name}?`;
    setTimeout(() => {
      button.classList.remove("sure");
      button.textContent = LABELS[name] ?? name;
    }, 2500);
    return;
  }
  link.say({ do: name });
}

let keys = new Map();
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input[type=text], select, button, input[type=range]") && event.key === " ") return;
  if (event.target.closest("input[type=text]")) return;
  const key = event.key.toLowerCase();
  if (key === "escape") {
    stage(false);
    showPicking(false);
    if (learning) link.say({ do: "learn", with: "" });
  }
  if (/^[0-9]$/.test(key)) link.say({ do: "preset", with: key === "0" ? 10 : Number(key) });
  const name = keys.get(key);
  const button = name && document.querySelector(`#actions [data-do="${name}"]`);
  if (button) {
    event.preventDefault();
    act(name, button);
  }
});

// Takes

function showTake(take) {
  let card = $("strip").querySelector(`[data-take="${take.number}"]`);
  if (!card) {
    card = make("button", "take");
    card.type = "button";
    card.dataset.take = take.number;
    card.addEventListener("click", () => link.say({ do: "take", with: take.number }));
    $("strip").prepend(card);
    while ($("strip").children.length > 200) $("strip").lastChild.remove();
  }
  card.classList.toggle("kept", take.kept);
  card.setAttribute("aria-pressed", String(take.number === inHand));
  card.setAttribute("aria-label", `take ${take.number}${take.kept ? ", kept" : ""}`);
  card.replaceChildren(thumbnail(take.notes), make("span", "", `${take.kept ? "★ " : ""}${take.number}`));
}

function thumbnail(notes) {
  const canvas = make("canvas");
  canvas.width = 208;
  canvas.height = 96;
  const pen = canvas.getContext("2d");
  if (!notes.length) return canvas;
  const low = Math.min(...notes.map((note) => note[0])) - 2;
  const high = Math.max(...notes.map((note) => note[0])) + 2;
  const end = Math.max(...notes.map(([, onset, beats]) => onset + beats));
  const lane = canvas.height / Math.max(high - low + 1, 12);
  const foot = (canvas.height + (high - low + 1) * lane) / 2;
  pen.fillStyle = "#4fd6c9";
  for (const [pitch, onset, beats] of notes) {
    const width = Math.max((beats / end) * canvas.width - 3, 4);
    pen.beginPath();
    pen.roundRect((onset / end) * canvas.width, foot - (pitch - low + 1) * lane, width, Math.max(lane - 1, 5), 3);
    pen.fill();
  }
  return canvas;
}

// Controls

function showControls(rows) {
  controls.clear();
  const box = $("rows");
  const scrolled = box.scrollTop;
  box.replaceChildren();
  for (const name of PAGES) {
    const part = make("div", "page");
    part.dataset.page = name;
    for (const row of rows.filter((each) => each.page === name)) {
      const view = new ControlView(row, link);
      controls.set(row.name, view);
      if (values.has(row.name)) view.hear(values.get(row.name));
      if (bound.has(row.name)) view.hearBound(bound.get(row.name));
      view.hearLearning(learning);
      part.append(view.element);
    }
    box.append(part);
  }
  box.scrollTop = scrolled;
  if (!$("pages").children.length) {
    for (const name of PAGES) {
      const tab = make("button", "", name);
      tab.type = "button";
      tab.setAttribute("role", "tab");
      tab.addEventListener("click", () => turn(name));
      $("pages").append(tab);
    }
  }
  turn(page);
}

function turn(name) {
  page = name;
  for (const part of $("rows").children) part.hidden = part.dataset.page !== name;
  for (const tab of $("pages").children) tab.setAttribute("aria-selected", String(tab.textContent === name));
  document.body.dataset.page = name;
}

// Presets

function showPresets(rows, name = $("preset").textContent) {
  const shelf = $("shelf");
  shelf.replaceChildren();
  for (const row of rows) {
    const button = make("button", "preset");
    button.type = "button";
    button.dataset.preset = row.name;
    button.title = row.about;
    button.setAttribute("aria-pressed", String(row.name === name));
    if (row.number !== null) button.append(make("small", "", row.number));
    button.append(make("span", "", row.name));
    button.addEventListener("click", () => link.say({ do: "preset", with: row.name }));
    shelf.append(button);
  }
  $("about").textContent = rows.find((row) => row.name === name)?.about ?? "";
}

function showModels(rows, name = document.body.dataset.model) {
  document.body.dataset.model = name ?? "";
  $("models").replaceChildren(
    ...rows.map((row) => {
      const button = make("button", "preset", row.name);
      button.type = "button";
      button.dataset.model = row.name;
      button.title = row.licence;
      button.setAttribute("aria-pressed", String(row.name === name));
      button.addEventListener("click", () => link.say({ do: "checkpoint", with: row.name }));
      return button;
    }),
  );
  $("licence").textContent = rows.find((row) => row.name === name)?.licence ?? "";
}

$("save").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  if (!name) return $("name").focus();
  link.say({ do: "preset/save", with: name });
  $("name").value = "";
  $("name").blur();
  return undefined;
});

// What happened

// kind: "", "warning" or "wrong".
function say(text, kind = "") {
  const lines = $("lines");
  const last = lines.lastElementChild;
  if (last && last.dataset.text === text) {
    const times = (last.dataset.times = Number(last.dataset.times) + 1);
    last.textContent = `${text} (×${times})`;
  } else {
    const line = make("li", kind, text);
    line.dataset.text = text;
    line.dataset.times = 1;
    lines.append(line);
    while (lines.children.length > LINES_MOST) lines.firstChild.remove();
  }
  lines.scrollTop = lines.scrollHeight;
  if (performance.now() < settled) return;
  const toast = make("div", `toast ${kind}`.trim(), text);
  $("toasts").replaceChildren(...[...$("toasts").children].slice(-1), toast);
  setTimeout(() => toast.remove(), TOAST_MS);
}

// Parts of the page

for (const button of $("tabs").children) {
  button.addEventListener("click", () => {
    document.body.dataset.tab = button.dataset.to;
    if (button.dataset.to === "play") turn("play");
    else if (button.dataset.to === "controls" && page === "play") turn("notes");
    scrollTo(0, 0);
  });
}

function stage(on) {
  document.body.classList.toggle("stage", on);
  $("alone").setAttribute("aria-pressed", String(on));
  history.replaceState(null, "", on ? "#stage" : location.pathname + location.search);
  roll.wake();
}
$("alone").addEventListener("click", () => stage(!document.body.classList.contains("stage")));
if (location.hash === "#stage") stage(true);
