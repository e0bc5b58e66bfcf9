// The way to the bridge: a web socket that comes back by itself, and the bridge's clock as seen from here.

const SILENT_LOOKS = 4; // the bridge says something every second, and so often it is looked whether it did
const LOOK_MS = 1000;
const AGAIN_MS = [250, 500, 1000, 2000, 4000];
const MOVES_MS = 33;
const WINDOW_MS = 10000;

export class Link {
  // onNews(news) is called for each thing told; onOpen(open) when the way opens or breaks.
  constructor(onNews, onOpen) {
    this.onNews = onNews;
    this.onOpen = onOpen;
    this.tries = 0;
    this.moves = new Map();
    this.flushing = false;
    this.bestNow = this.bestBefore = -Infinity;
    this.windowAt = 0;
    setInterval(() => this.watch(), LOOK_MS);
    addEventListener("online", () => this.connect());
    addEventListener("pagehide", () => this.socket && this.socket.close());
    addEventListener("pageshow", () => this.socket || this.connect());
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.drop();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.socket = new WebSocket(`${scheme}//${location.host}/live${location.search}`));
    this.silent = 0;
    socket.onmessage = (message) => {
      if (socket !== this.socket) return;
      const frame = JSON.parse(message.data);
      this.silent = 0;
      this.tries = 0;
      this.setClock(frame.now_s);
      for (const news of frame.news) this.onNews(news);
    };
    socket.onopen = () => socket === this.socket && this.onOpen(true);
    socket.onclose = () => socket === this.socket && this.again();
  }

  again() {
    this.drop();
    this.onOpen(false);
    const wait = AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    this.bestNow = this.bestBefore = -Infinity;
    if (socket) {
      socket.onmessage = socket.onopen = socket.onclose = null;
      socket.close();
    }
  }

  // Looks are counted, not seconds: a page that itself stood still has heard nothing in that time either.
  watch() {
    this.silent += 1;
    if (this.socket && this.silent >= SILENT_LOOKS) this.again();
  }

  // The fastest frame of the last ten to twenty seconds tells how far the clocks are apart.
  setClock(now_s) {
    const here = performance.now();
    if (here - this.windowAt > WINDOW_MS) {
      this.windowAt = here;
      this.bestBefore = this.bestNow;
      this.bestNow = -Infinity;
    }
    this.bestNow = Math.max(this.bestNow, now_s - here / 1000);
  }

  now_s() {
    return performance.now() / 1000 + Math.max(this.bestNow, this.bestBefore);
  }

  get known() {
    return Math.max(this.bestNow, this.bestBefore) > -Infinity;
  }

  say(request) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(request));
    else this.onNews({ is: "refused", text: "there is no way to melody-bridge now; nothing was sent" });
  }

  // A fader sends its newest place thirty times a second, its last one always.
  move(name, at) {
    this.moves.set(name, at);
    if (this.flushing) return;
    this.flushing = true;
    this.flush();
    setTimeout(() => {
      this.flushing = false;
      if (this.moves.size) for (const [each, place] of [...this.moves]) this.move(each, place);
    }, MOVES_MS);
  }

  flush() {
    for (const [name, at] of this.moves) this.say({ move: name, to: at });
    this.moves.clear();
  }
}
