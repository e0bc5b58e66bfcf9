// The controls: a fader or a choice for each row of the table, showing what holds, whoever moved it.

const LET_GO_MS = 250; // an echo on its way does not pull a fader from under the finger
const DOUBLE_MS = 350;
const KINDS = [["", "knob or fader"], ["rel", "endless (1, 127)"], ["rel64", "endless (65, 63)"], ["14bit", "14 bits"]];

export const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

export function pitchName(pitch) {
  return `${NAMES[((pitch % 12) + 12) % 12]}${Math.floor(pitch / 12) - 1}`;
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function flash(element, name) {
  element.classList.remove(name);
  void element.offsetWidth; // begins the flash anew
  element.classList.add(name);
}

export function shown(row, value) {
  if (row.kind === "choice") return String(value);
  const number = Number(Number(value).toFixed(Math.max(row.decimals, 0)));
  if (row.unit === "MIDI pitch") return `${number} ${pitchName(number)}`;
  return row.unit ? `${number} ${row.unit}` : String(number);
}

export class ControlView {
  constructor(row, link) {
    this.row = row;
    this.link = link;
    this.heldUntil = 0;
    this.element = make("div", `control ${row.kind}`);
    this.element.dataset.name = row.name;
    const label = make("label", "name", row.name.replaceAll("_", " "));
    label.title = `${row.sentence} Double click: its default, ${shown(row, row.default)}.`;
    label.addEventListener("dblclick", () => link.say({ set: row.name, to: row.default }));
    this.element.append(label);
    this.makeLearn();
    if (row.kind === "choice") this.makeChoice(label);
    else this.makeFader(label);
    const foot = make("p", "sentence", row.sentence);
    if (row.kind !== "choice") {
      const curve = row.log ? ", log" : "";
      foot.append(" ", make("span", "range", `${row.low} … ${row.high}${row.unit ? " " + row.unit : ""}${curve}`));
    }
    this.element.append(foot);
  }

  // Touch this, then move the knob: the next MIDI controller that moves is this control's from then on.
  makeLearn() {
    const { row, link } = this;
    const button = (this.learn = make("button", "learn", "learn"));
    button.type = "button";
    button.addEventListener("click", () => link.say({ do: "learn", with: this.waits ? "" : row.name }));
    const strip = (this.strip = make("div", "waits"));
    strip.hidden = true;
    strip.append(make("b", "", "move a knob"));
    const kind = make("select");
    kind.setAttribute("aria-label", "how the knob speaks");
    for (const [value, text] of KINDS) {
      const option = make("option", "", text);
      option.value = value;
      kind.append(option);
    }
    kind.addEventListener("change", () => link.say({ do: "learn", with: `${row.name} ${kind.value}`.trim() }));
    this.kind = kind;
    this.none = make("button", "", "no knob");
    this.none.type = "button";
    this.none.addEventListener("click", () => link.say({ do: "learn", with: `${row.name} off` }));
    strip.append(kind, this.none);
    this.element.append(button, strip);
    this.showLearn();
  }

  hearBound(controller) {
    const before = this.controller;
    this.controller = controller;
    this.showLearn();
    if (before !== undefined && controller && controller !== before) flash(this.learn, "bound");
  }

  hearLearning(name) {
    const waits = name === this.row.name;
    if (waits && !this.waits) this.kind.value = "";
    this.waits = waits;
    this.showLearn();
  }

  showLearn() {
    const { learn, controller, waits } = this;
    this.element.classList.toggle("learning", Boolean(waits));
    this.strip.hidden = !waits;
    this.none.hidden = !controller;
    learn.textContent = waits ? "cancel" : controller ? `CC ${controller}` : "learn";
    learn.title = waits ? "wait no longer" : `touch, then move the MIDI knob that is to move ${this.row.name}`;
    learn.setAttribute("aria-pressed", String(Boolean(waits)));
  }

  makeFader(label) {
    const { row, link } = this;
    const fader = (this.fader = make("input", "fader"));
    fader.type = "range";
    fader.id = label.htmlFor = `c-${row.name}`;
    fader.min = 0;
    fader.max = 1;
    const places = row.high - row.low;
    fader.step = row.kind === "int" && !row.log && places <= 200 ? String(1 / places) : "any";
    fader.style.setProperty("--home", row.home);
    this.value = make("button", "value");
    this.value.type = "button";
    this.value.title = "type a value";
    this.value.addEventListener("click", () => this.type());
    fader.addEventListener("pointerdown", (event) => {
      const twice = event.timeStamp - (this.pressedAt ?? -1e9) < DOUBLE_MS;
      this.pressedAt = event.timeStamp;
      this.heldUntil = Infinity;
      if (twice) {
        event.preventDefault();
        link.say({ set: row.name, to: row.default });
        this.heldUntil = 0;
      }
    });
    const letGo = () => {
      this.heldUntil = performance.now() + LET_GO_MS;
      setTimeout(() => this.show(), LET_GO_MS + 20);
    };
    for (const event of ["pointerup", "pointercancel", "change"]) fader.addEventListener(event, letGo);
    fader.addEventListener("input", () => {
      if (this.heldUntil !== Infinity) letGo();
      this.fill(fader.valueAsNumber);
      link.move(row.name, Math.min(Math.max(fader.valueAsNumber, 0), 1));
    });
    this.element.append(this.value, fader);
  }

  makeChoice(label) {
    const { row, link } = this;
    const letters = row.choices.join("").length;
    this.value = make("span", "value");
    if (row.choices.length <= 5 && letters <= 34) {
      const group = (this.group = make("div", "choices"));
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", row.name);
      for (const choice of row.choices) {
        const button = make("button", "", choice);
        button.type = "button";
        button.dataset.choice = choice;
        button.addEventListener("click", () => link.say({ set: row.name, to: choice }));
        group.append(button);
      }
      this.element.append(group);
    } else {
      const select = (this.select = make("select"));
      select.id = label.htmlFor = `c-${row.name}`;
      for (const choice of row.choices) {
        const option = make("option", "", choice);
        option.value = choice;
        select.append(option);
      }
      select.addEventListener("change", () => link.say({ set: row.name, to: select.value }));
      this.element.append(select);
    }
  }

  type() {
    const { row, link } = this;
    const field = make("input", "value typed");
    field.type = "text";
    field.inputMode = row.name === "bar" ? "text" : "decimal";
    field.maxLength = 20;
    field.value = this.news ? String(Number(Number(this.news.value).toFixed(6))) : "";
    field.setAttribute("aria-label", `value of ${row.name}`);
    let over = false;
    const end = (send) => {
      if (over) return;
      over = true;
      if (send && field.value.trim()) link.say({ set: row.name, to: field.value.trim().replace(",", ".") });
      field.replaceWith(this.value);
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
      event.stopPropagation();
    });
    field.addEventListener("blur", () => end(true));
    this.value.replaceWith(field);
    field.focus();
    field.select();
  }

  fill(at) {
    this.fader.style.setProperty("--at", at);
  }

  hear(news) {
    const moved = this.news && this.news.value !== news.value;
    this.news = news;
    this.show();
    if (moved && news.source !== "page") flash(this.element, "moved");
  }

  show() {
    if (!this.news) return;
    const { row, news } = this;
    const text = shown(row, news.value);
    if (this.value.textContent !== text) this.value.textContent = text;
    this.element.dataset.value = String(news.value);
    this.element.dataset.source = news.source;
    if (this.fader) {
      this.fader.setAttribute("aria-valuetext", text);
      if (performance.now() < this.heldUntil) return;
      this.fader.value = news.at;
      this.fill(news.at);
    } else if (this.select) {
      if (![...this.select.options].some((option) => option.value === news.value)) {
        const option = make("option", "", news.value);
        option.value = news.value;
        this.select.append(option);
      }
      this.select.value = news.value;
    } else {
      for (const button of this.group.children) {
        button.setAttribute("aria-pressed", String(button.dataset.choice === news.value));
      }
    }
  }
}
