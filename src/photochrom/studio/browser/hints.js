/** Saying what color something was: places on the picture, and colors that are likely there. */

import * as server from "/server.js";
import { pickColor } from "/eyedropper.js";

const MOVED = 5; // px from which on a press is a drag
const WIDTH = 15; // of the card, in letters of the page
const BRUSH = 14; // px of the screen, from its middle to its rim
const MOST_DABS = 400; // of one hint
const SAID = 4; // colors of the album that are offered, the last ones

const STEP = 0.02; // of the picture, by an arrow key
const FAR = 5; // times that, with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function element(kind, properties = {}) {
  return Object.assign(document.createElement(kind), properties);
}

export class Hints {
  #place = null; // that the card asks about
  #index = -1; // of the hint that it changes
  #names = new Map();
  #aim = null; // where the arrow keys have got to, x and y from 0 to 1
  #brush = null; // which hint it changes, whether it adds, and the dabs of the stroke

  /**
   * @param {HTMLElement} bench where a photograph is at work.
   * @param {(hints: object[]) => void} change is given the hints that are wanted.
   */
  constructor(bench, change) {
    this.bench = bench;
    this.change = change;
    this.compare = bench.querySelector("photo-compare");
    this.list = bench.querySelector(".hints ul");
    this.toggle = bench.querySelector("[data-do=say]");
    this.card = element("div", { className: "card", hidden: true });
    this.card.setAttribute("role", "dialog");
    this.card.setAttribute("aria-label", "What color was this?");
    this.card.innerHTML = `
      <p>What color was this?</p>
      <ul class="likely"></ul>
      <p class="fine" hidden>Said elsewhere in this album</p>
      <ul class="said"></ul>
      <label>Another color <input type="color" value="#808080"></label>
      <label class="button">From another photograph<input type="file" accept="image/*"></label>
      <p class="tools"><button type="button" class="delete">Take away</button>
        <button type="button" class="close">Close</button></p>`;
    bench.querySelector(".stage").append(this.card);
    this.card.querySelector(".close").addEventListener("click", () => this.close());
    this.card.querySelector(".delete").addEventListener("click", () => this.#drop(this.#index));
    this.card.querySelector("[type=color]").addEventListener("change", (event) => {
      this.#choose(event.target.value);
    });
    this.card.querySelector("[type=file]").addEventListener("change", (event) => {
      this.#takeFrom(event.target);
    });
    this.card.addEventListener("keydown", (event) => {
      const isTyped = event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey;
      if (!isTyped) this.card.querySelectorAll(".likely button")[event.key - 1]?.click();
    });
    this.compare.range.addEventListener("keydown", (event) => {
      if (this.isOn) this.#steer(event);
    });
    this.compare.addEventListener("pick", (event) => {
      if (this.isOn) this.ask(event.detail);
    });
    this.compare.addEventListener("paint", (event) => this.#dab(event.detail));
    this.compare.addEventListener("painted", () => this.#endStroke());
    this.toggle.addEventListener("click", () => this.turn(!this.isOn));
  }

  get isOn() {
    return this.toggle.getAttribute("aria-pressed") === "true";
  }

  turn(isOn) {
    this.toggle.setAttribute("aria-pressed", isOn);
    this.compare.isPicking = isOn;
    this.compare.classList.toggle("picking", isOn);
    this.#aim = null;
    if (isOn) {
      this.compare.split = 0;
      this.compare.range.focus({ preventScroll: true });
    } else if (!this.close()) {
      this.pin?.remove();
    }
    this.bench.querySelector(".hints .fine").hidden = !isOn;
  }

  /** Show the hints that a photograph has. */
  show(photograph, hints) {
    if (photograph.id !== this.photograph?.id) {
      this.close();
      this.turn(false);
    }
    this.photograph = photograph;
    this.hints = hints;
    for (const [color, name] of Object.entries(photograph.names ?? {})) this.#names.set(color, name);
    const key = JSON.stringify([photograph.id, hints]);
    if (key === this.key) return;
    this.key = key;
    if (this.#brush && !hints[this.#brush.index]) this.#stopBrush();
    this.list.replaceChildren(...hints.map((hint, index) => this.#item(hint, index)));
    const focused = [...this.compare.marks.querySelectorAll(".mark")].indexOf(document.activeElement);
    this.compare.marks.replaceChildren(...hints.map((hint, index) => this.#mark(hint, index)));
    if (focused >= 0) this.compare.marks.children[focused]?.focus({ preventScroll: true });
  }

  /** Go over the picture with the arrow keys, and ask with Enter. */
  #steer(event) {
    const [x, y] = ARROWS[event.key] ?? [0, 0];
    const isAsking = event.key === "Enter";
    if (!x && !y && !isAsking) return;
    event.preventDefault();
    const by = STEP * (event.shiftKey ? FAR : 1);
    const from = this.#aim ?? { x: 0.5, y: 0.5 };
    this.#aim = { x: clamp(from.x + x * by, 0, 1), y: clamp(from.y + y * by, 0, 1) };
    if (isAsking) {
      this.ask(this.#aim);
      return;
    }
    const { width, height } = this.photograph;
    this.#point(this.#aim.x * width, this.#aim.y * height);
  }

  /** Pin a place on the picture. */
  #point(x, y) {
    this.pin?.remove();
    this.pin = element("span", { className: "pin" });
    this.#put(this.pin, x, y);
    this.compare.marks.append(this.pin);
  }

  /** Close the card; says whether one was open. */
  close() {
    if (this.card.hidden) return this.#stopBrush();
    this.card.hidden = true;
    this.pin?.remove();
    this.pin = null;
    this.#place = null;
    this.compare.range.focus({ preventScroll: true });
    return true;
  }

  /** Ask about a place, x and y from 0 to 1. */
  async ask(place, index = -1) {
    const { id, width, height } = this.photograph;
    const x = clamp(Math.floor(place.x * width), 0, width - 1);
    const y = clamp(Math.floor(place.y * height), 0, height - 1);
    this.#place = { x, y };
    this.#index = index;
    this.#point(x, y);
    const colors = this.card.querySelector(".likely");
    const said = (this.said ?? []).slice(-SAID);
    this.card.querySelector(".said").replaceChildren(...said.map((each) => this.#swatch(each)));
    this.card.querySelector(".fine").hidden = !said.length;
    colors.replaceChildren(element("li", { textContent: "…" }));
    this.card.querySelector(".delete").hidden = index < 0;
    this.card.hidden = false;
    this.#beside(place);
    try {
      const told = await server.suggestions(id, x, y);
      if (this.#place?.x !== x || this.#place?.y !== y) return;
      colors.replaceChildren(...told.colors.map((each) => this.#swatch(each)));
      this.#beside(place);
      colors.querySelector("button")?.focus({ preventScroll: true });
    } catch (error) {
      this.close();
      this.bench.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
    }
  }

  /** Take the color from a picture that the person points into. */
  async #takeFrom(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    try {
      const color = await pickColor(file);
      if (color) this.#choose(color);
    } catch (error) {
      this.bench.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
    }
  }

  #swatch({ color, name }) {
    this.#names.set(color, name);
    const button = element("button", { type: "button" });
    const patch = element("span", { className: "patch" });
    patch.style.setProperty("background-color", color);
    button.append(patch, element("span", { textContent: name }));
    button.addEventListener("click", () => this.#choose(color));
    const item = element("li");
    item.append(button);
    return item;
  }

  #choose(color) {
    const { brush = [] } = this.hints[this.#index] ?? {};
    const hint = { ...this.#place, color, brush };
    const next = [...this.hints];
    if (this.#index < 0) next.push(hint);
    else next[this.#index] = hint;
    this.close();
    this.change(next);
  }

  #drop(index) {
    this.close();
    this.change(this.hints.filter((_, each) => each !== index));
  }

  #name(color) {
    return this.#names.get(color) ?? color;
  }

  #item(hint, index) {
    const item = element("li");
    const patch = element("span", { className: "patch" });
    patch.style.setProperty("background-color", hint.color);
    const name = this.#name(hint.color);
    const button = element("button", { type: "button", textContent: "Take away" });
    button.setAttribute("aria-label", `Take away ${index + 1}, ${name}`);
    button.addEventListener("click", () => this.#drop(index));
    const paint = (adds, sign, words) => {
      const brush = element("button", { type: "button", className: "brush", textContent: sign });
      brush.setAttribute("aria-label", `${words} ${index + 1}, ${name}`);
      brush.title = `${words} ${name}`;
      const isOn = this.#brush?.index === index && this.#brush.adds === adds;
      brush.setAttribute("aria-pressed", isOn);
      brush.addEventListener("click", () => {
        if (isOn) this.#stopBrush();
        else this.#startBrush(index, adds);
      });
      return brush;
    };
    const brushes = [
      paint(true, "+", "Paint over what else is"),
      paint(false, "−", "Paint over what is not"),
    ];
    item.append(patch, element("span", { textContent: `${index + 1}. ${name}` }), ...brushes, button);
    return item;
  }

  #startBrush(index, adds) {
    this.#brush = { index, adds, dabs: [] };
    this.#useBrush(true);
  }

  /** Put the brush away; says whether there was one. */
  #stopBrush() {
    const had = Boolean(this.#brush);
    this.#brush = null;
    if (had) this.#useBrush(false);
    return had;
  }

  #useBrush(isOn) {
    this.compare.isPainting = isOn;
    this.compare.classList.toggle("painting", isOn);
    if (isOn) this.compare.split = 0;
    this.list.replaceChildren(...this.hints.map((hint, place) => this.#item(hint, place)));
  }

  /** Touch a place, x and y from 0 to 1, unless the last touch covers it. */
  #dab(at) {
    const { width, height } = this.photograph;
    const shown = this.compare.querySelector(".after").getBoundingClientRect().width;
    const radius = Math.max(1, Math.round((BRUSH / shown) * width));
    const x = clamp(Math.floor(at.x * width), 0, width - 1);
    const y = clamp(Math.floor(at.y * height), 0, height - 1);
    const { adds, dabs, index } = this.#brush;
    const last = dabs.at(-1);
    const had = this.hints[index].brush?.length ?? 0;
    if (last && Math.hypot(x - last.x, y - last.y) < radius / 2) return;
    if (had + dabs.length >= MOST_DABS) return;
    dabs.push({ x, y, radius, adds });
    const trace = element("span", { className: adds ? "trace" : "trace less" });
    this.#put(trace, x, y);
    this.compare.marks.append(trace);
  }

  #endStroke() {
    const { index, dabs } = this.#brush;
    this.#brush.dabs = [];
    for (const trace of this.compare.marks.querySelectorAll(".trace")) trace.remove();
    const next = [...this.hints];
    next[index] = { ...next[index], brush: [...(next[index].brush ?? []), ...dabs] };
    this.change(next);
  }

  #mark(hint, index) {
    const mark = element("button", { type: "button", className: "mark", textContent: index + 1 });
    mark.setAttribute("aria-label", `Place ${index + 1}, ${this.#name(hint.color)}`);
    mark.style.setProperty("--color", hint.color);
    this.#put(mark, hint.x, hint.y);
    const { width, height } = this.photograph;
    const at = () => ({ x: (hint.x + 0.5) / width, y: (hint.y + 0.5) / height });
    let pressed = null;
    let moved = null;
    mark.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      mark.setPointerCapture(event.pointerId);
      pressed = { x: event.clientX, y: event.clientY };
    });
    mark.addEventListener("pointermove", (event) => {
      const far = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
      if (!far || (!moved && far < MOVED)) return;
      const box = this.compare.getBoundingClientRect();
      const to = this.compare.pointAt(event.clientX - box.left, event.clientY - box.top);
      moved = {
        x: clamp(Math.floor(to.x * width), 0, width - 1),
        y: clamp(Math.floor(to.y * height), 0, height - 1),
      };
      this.#put(mark, moved.x, moved.y);
    });
    mark.addEventListener("pointerup", () => {
      pressed = null;
      if (!moved) return;
      const next = [...this.hints];
      next[index] = { ...hint, ...moved };
      this.change(next);
    });
    mark.addEventListener("click", () => {
      if (!moved) this.ask(at(), index);
    });
    mark.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") this.#drop(index);
      const [x, y] = ARROWS[event.key] ?? [0, 0];
      if (!x && !y) return;
      event.preventDefault();
      const by = STEP * (event.shiftKey ? FAR : 1);
      const next = [...this.hints];
      next[index] = {
        ...hint,
        x: clamp(Math.round(hint.x + x * by * width), 0, width - 1),
        y: clamp(Math.round(hint.y + y * by * height), 0, height - 1),
      };
      this.change(next);
    });
    return mark;
  }

  #put(mark, x, y) {
    const { width, height } = this.photograph;
    mark.style.setProperty("left", `${(100 * (x + 0.5)) / width}%`);
    mark.style.setProperty("top", `${(100 * (y + 0.5)) / height}%`);
  }

  /** Lay the card beside a place, where there is room. */
  #beside(place) {
    const stage = this.card.parentElement.getBoundingClientRect();
    const view = this.compare.querySelector(".after").getBoundingClientRect();
    const x = view.left - stage.left + place.x * view.width;
    const y = view.top - stage.top + place.y * view.height;
    const letter = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = Math.min(WIDTH * letter, stage.width - 16);
    const height = this.card.offsetHeight;
    const set = (name, value) => this.card.style.setProperty(`--card-${name}`, value);
    const left = x + 32 + width < stage.width ? x + 32 : x - 32 - width;
    set("width", `${width}px`);
    set("left", `${clamp(left, 8, stage.width - width - 8)}px`);
    set("top", `${clamp(y - 60, 8, Math.max(8, stage.height - height - 8))}px`);
  }
}
