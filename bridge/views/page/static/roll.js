// The piano roll: what sounded and sounds to the left of now, what comes next drawn lightly to the right.
// What is in it the bridge decides (bridge/views/roll.py), here it is drawn.

import { NAMES, pitchName } from "./controls.js";

const NOW_AT = 0.68;
const KEPT_S = 60;
const NOTES_MOST = 1000;
const LINES_S = 30; // a clock is heard of oftener; what was found in playing is over by then
const SPAN_LEAST = 15;
const LABEL_W = 34;
const COLOURS = { you: [255, 180, 84], gpt: [79, 214, 201] };
const BLACK = new Set([1, 3, 6, 8, 10]);

export class Roll {
  constructor(canvas, link) {
    this.canvas = canvas;
    this.link = link;
    this.pen = canvas.getContext("2d");
    this.low = 55;
    this.high = 79;
    this.longest = 30;
    this.frames = 0;
    this.forget();
    new ResizeObserver(() => this.wake()).observe(canvas);
    document.addEventListener("visibilitychange", () => this.wake());
  }

  forget() {
    this.notes = [];
    this.known = new Map();
    this.next = [];
    this.segments = [];
    this.marks = [];
    this.wake();
  }

  hear(note) {
    const key = `${note.by} ${note.pitch} ${note.on_s}`;
    const before = this.known.get(key);
    if (before) before.off = note.off_s;
    else {
      const struck = { by: note.by, pitch: note.pitch, velocity: note.velocity, on: note.on_s, off: note.off_s };
      this.notes.push(struck);
      this.known.set(key, struck);
    }
    this.trim(note.on_s);
    this.wake();
  }

  look(outlook) {
    this.next = outlook.notes.map(([pitch, velocity, on, off]) => ({ by: "gpt", pitch, velocity, on, off }));
    this.segments = outlook.lines;
    this.wake();
  }

  mark(take) {
    this.marks = this.marks.filter((each) => each.number !== take.number);
    this.marks.push({ number: take.number, at_s: take.at_s, kept: take.kept });
    if (this.marks.length > 50) this.marks.shift();
    this.wake();
  }

  trim(now) {
    if (this.notes.length > NOTES_MOST || (this.notes.length && this.notes[0].on < now - 2 * KEPT_S)) {
      this.notes = this.notes.filter((note) => note.on > now - KEPT_S).slice(-NOTES_MOST / 2);
      const kept = new Set(this.notes);
      for (const [key, note] of this.known) if (!kept.has(note)) this.known.delete(key);
    }
  }

  // Where in the bar now is: [beat of the bar, beats of a bar, share of the beat that is over], or null.
  place(now) {
    const lines = this.segments[this.segments.length - 1];
    if (!lines || !lines.bar_beats || !this.running(now)) return null;
    const beats = (now - lines.origin_s) / lines.beat_s;
    const within = ((beats % lines.bar_beats) + lines.bar_beats) % lines.bar_beats;
    return [Math.floor(within), lines.bar_beats, within % 1];
  }

  wake() {
    if (!this.asked) this.asked = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.asked = 0;
    const { canvas, pen } = this;
    const ratio = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height || document.hidden) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const now = this.link.known ? this.link.now_s() : 0;
    const view = this.viewOf(width, height, now);
    const seen = this.notes.filter((note) => this.endOf(note, now) > view.from);
    const coming = this.next.filter((note) => note.on > now - 0.25 && note.on < view.until);
    this.settle([...seen, ...coming]);
    this.lanes(view);
    this.bars(view);
    this.takes(view);
    for (const note of coming) this.note(view, note, note.off, "next");
    for (const note of seen) this.note(view, note, this.endOf(note, now), this.sounds(note, now) ? "sounds" : "past");
    this.line(view);
    this.frames += 1;
    const moving = seen.length || coming.length || (this.segments.length && this.running(now));
    canvas.dataset.notes = String(seen.length);
    canvas.dataset.next = String(coming.length);
    if (!seen.length && !coming.length) this.hint(view);
    if (moving || this.settling) this.wake();
  }

  viewOf(width, height, now) {
    const speed = Math.min(Math.max(width / 10, 64), 150); // pixels a second
    const nowX = Math.round(LABEL_W + (width - LABEL_W) * NOW_AT);
    const from = now - (nowX - LABEL_W) / speed;
    const until = now + (width - nowX) / speed;
    const top = 30;
    const bottom = height - 34;
    const lane = (bottom - top) / (this.high - this.low + 1);
    const x = (time) => nowX + (time - now) * speed;
    const y = (pitch) => bottom - (pitch - this.low + 1) * lane;
    return { width, height, now, speed, nowX, from, until, top, bottom, lane, x, y };
  }

  // The range of pitches follows what is seen, without haste.
  settle(notes) {
    let low = this.aimLow ?? this.low;
    let high = this.aimHigh ?? this.high;
    if (notes.length) {
      low = Math.min(...notes.map((note) => note.pitch)) - 2;
      high = Math.max(...notes.map((note) => note.pitch)) + 2;
      const lack = SPAN_LEAST - (high - low);
      if (lack > 0) {
        low -= Math.floor(lack / 2);
        high += Math.ceil(lack / 2);
      }
    }
    this.aimLow = low;
    this.aimHigh = high;
    const ease = this.frames < 2 || (!this.everSeen && notes.length) ? 1 : 0.12;
    this.everSeen = this.everSeen || notes.length > 0;
    this.low += (low - this.low) * ease;
    this.high += (high - this.high) * ease;
    this.settling = Math.abs(low - this.low) + Math.abs(high - this.high) > 0.02;
  }

  endOf(note, now) {
    return note.off ?? Math.min(now, note.on + this.longest);
  }

  sounds(note, now) {
    return note.off === null ? now - note.on < this.longest : note.off > now;
  }

  running(now) {
    const lines = this.segments[this.segments.length - 1];
    return now - lines.from_s < LINES_S;
  }

  lanes({ width, top, bottom, lane, y }) {
    const { pen } = this;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (let pitch = Math.floor(this.low); pitch <= Math.ceil(this.high); pitch++) {
      const above = y(pitch);
      if (above + lane < top || above > bottom) continue;
      const tone = ((pitch % 12) + 12) % 12;
      if (BLACK.has(tone)) {
        pen.fillStyle = "rgba(255,255,255,0.022)";
        pen.fillRect(LABEL_W, above, width - LABEL_W, lane);
      }
      if (tone === 0) {
        pen.fillStyle = "rgba(255,255,255,0.14)";
        pen.fillRect(LABEL_W, above + lane - 0.5, width - LABEL_W, 1);
      }
      if (tone === 0 || (tone === 7 && lane > 9)) {
        pen.fillStyle = tone === 0 ? "#9aa7b6" : "#5d6978";
        pen.font = "11px system-ui, sans-serif";
        pen.fillText(pitchName(pitch), LABEL_W - 6, above + lane / 2);
      }
    }
  }

  // Every segment of lines holds from its beginning to the next one's.
  bars(view) {
    const { pen } = this;
    this.segments.forEach((lines, i) => {
      const next = this.segments[i + 1];
      const from = Math.max(view.from, lines.from_s - 0.01);
      const until = Math.min(view.until, next ? next.from_s - 0.01 : Infinity);
      if (until <= from || lines.beat_s * view.speed < 9) return;
      for (let beat = Math.ceil((from - lines.origin_s) / lines.beat_s); ; beat++) {
        const at = lines.origin_s + beat * lines.beat_s;
        if (at > until) break;
        const bar = lines.bar_beats > 0 && Math.abs(beat / lines.bar_beats - Math.round(beat / lines.bar_beats)) < 1e-6;
        pen.fillStyle = bar ? "rgba(255,255,255,0.22)" : "rgba(255,255,255,0.06)";
        pen.fillRect(Math.round(view.x(at)), view.top, 1, view.bottom - view.top);
      }
      // Bars of an odd length, as of 3/8, do not begin on whole beats counted from here.
      const bar_s = lines.bar_beats * lines.beat_s;
      if (!bar_s || Number.isInteger(lines.bar_beats)) return;
      for (let bar = Math.ceil((from - lines.origin_s) / bar_s); ; bar++) {
        const at = lines.origin_s + bar * bar_s;
        if (at > until) break;
        pen.fillStyle = "rgba(255,255,255,0.22)";
        pen.fillRect(Math.round(view.x(at)), view.top, 1, view.bottom - view.top);
      }
    });
  }

  takes(view) {
    const { pen } = this;
    pen.font = "600 11px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    for (const mark of this.marks) {
      const x = view.x(mark.at_s);
      if (x < LABEL_W - 40 || x > Math.min(view.nowX, view.width - 250)) continue;
      pen.fillStyle = "rgba(79,214,201,0.9)";
      pen.fillText(`${mark.kept ? "★ " : ""}take ${mark.number}`, x, view.top - 10);
      pen.fillRect(x, view.top - 6, 1, 6);
    }
  }

  note(view, note, off, kind) {
    const { pen } = this;
    const [r, g, b] = COLOURS[note.by];
    const x = view.x(note.on);
    const right = view.x(off);
    const left = Math.max(x, LABEL_W);
    const width = Math.max(right - left - 1, 3);
    if (right < LABEL_W) return;
    const height = Math.max(view.lane - 1.5, 3);
    const y = view.y(note.pitch) + (view.lane - height) / 2;
    const loud = 0.5 + (0.5 * note.velocity) / 127;
    pen.save();
    pen.beginPath();
    pen.roundRect(left, y, width, height, Math.min(5, height / 2));
    if (kind === "next") {
      pen.fillStyle = `rgba(${r},${g},${b},0.14)`;
      pen.fill();
      pen.strokeStyle = `rgba(${r},${g},${b},0.55)`;
      pen.setLineDash([3, 3]);
      pen.lineWidth = 1;
      pen.stroke();
    } else {
      if (kind === "sounds") {
        pen.shadowColor = `rgba(${r},${g},${b},0.9)`;
        pen.shadowBlur = 16;
      }
      pen.fillStyle = `rgba(${r},${g},${b},${kind === "sounds" ? 1 : loud * 0.86})`;
      pen.fill();
    }
    pen.restore();
    const label = NAMES[((note.pitch % 12) + 12) % 12];
    if (height >= 9.5 && width >= 18) {
      pen.font = `600 ${Math.min(15, height - 1)}px system-ui, sans-serif`;
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.fillStyle = kind === "next" ? `rgba(${r},${g},${b},0.8)` : "rgba(8,12,16,0.78)";
      pen.fillText(label, left + 5, y + height / 2 + 0.5);
    }
  }

  line({ nowX, top, bottom }) {
    const { pen } = this;
    const glow = pen.createLinearGradient(nowX - 26, 0, nowX, 0);
    glow.addColorStop(0, "rgba(255,255,255,0)");
    glow.addColorStop(1, "rgba(255,255,255,0.07)");
    pen.fillStyle = glow;
    pen.fillRect(nowX - 26, top, 26, bottom - top);
    pen.fillStyle = "rgba(255,255,255,0.75)";
    pen.fillRect(nowX, top - 6, 1.5, bottom - top + 12);
  }

  hint({ nowX, top, bottom }) {
    const { pen } = this;
    pen.fillStyle = "#6b7787";
    pen.font = "14px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText("Play, and pause: the answer comes.", nowX - 16, (top + bottom) / 2, nowX - LABEL_W - 24);
  }
}
