/** One photograph at work: before and after, and what can be changed about its colors. */

import * as server from "/server.js";
import "/compare.js";

const STEPS = 200; // px in which sizes are asked for, so that a moving window asks seldom
const MOST = 1600;
const WHILE_MOVING = 800;
const HISTORY = 100;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

class PhotoBench extends HTMLElement {
  #photograph = null;
  #now = null; // adjustments on the screen
  #past = [];
  #future = [];
  #isRendering = false;
  #wanted = null; // side of the rendering that comes next
  #sent = Promise.resolve();
  #isSending = 0;
  #shown = "";

  connectedCallback() {
    if (this.compare) return;
    this.innerHTML = `
      <div class="stage">
        <photo-compare></photo-compare>
        <p class="state" hidden></p>
        <div class="zoom" role="group" aria-label="Zoom">
          <button type="button" data-zoom="out" aria-label="Smaller">−</button>
          <button type="button" data-zoom="fit">Fit</button>
          <button type="button" data-zoom="in" aria-label="Larger">+</button>
        </div>
      </div>
      <div class="panel">
        <h2></h2>
        <p class="notes" hidden></p>
        <div class="recolor" hidden>
          <p>This photograph is in color already.</p>
          <button type="button">Color it all the same</button>
        </div>
        <div class="dials">
          <label>Strength <span class="value" aria-hidden="true"></span>
            <input type="range" name="saturation" min="0" max="2" step="0.01"></label>
          <label>Warmth <span class="value" aria-hidden="true"></span>
            <input type="range" name="warmth" min="-1" max="1" step="0.02"></label>
          <p class="tools">
            <button type="button" data-do="undo">Undo</button>
            <button type="button" data-do="redo">Redo</button>
            <button type="button" data-do="reset">Reset</button>
          </p>
        </div>
        <p class="buttons">
          <button type="button" class="main" data-do="save">Save in color</button>
          <button type="button" class="quiet" data-do="remove">Remove</button>
        </p>
        <p class="fine">The colors are plausible guesses, not facts. Hold <kbd>B</kbd> to see the
          photograph as it was.</p>
      </div>`;
    this.compare = this.querySelector("photo-compare");
    this.dials = [...this.querySelectorAll(".dials input")];
    for (const dial of this.dials) {
      dial.addEventListener("input", () => this.#turn(dial));
      dial.addEventListener("change", () => this.#settle());
    }
    for (const button of this.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.act(button.dataset.do));
    }
    for (const button of this.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.#zoom(button.dataset.zoom));
    }
    this.querySelector(".recolor button").addEventListener("click", () => {
      this.#change({ ...this.#now, recolor: true });
    });
    this.compare.addEventListener("zoom", () => this.#render());
    new ResizeObserver(() => this.#render()).observe(this.compare);
  }

  get id_() {
    return this.#photograph?.id;
  }

  /** Learn from the studio what the model advises. */
  set about(about) {
    this.advised = about.saturation;
  }

  /** Put a photograph on the bench, or learn what is new about the one that is there. */
  show(photograph) {
    const isOther = photograph.id !== this.#photograph?.id;
    this.#photograph = photograph;
    if (isOther) {
      this.#past = [];
      this.#future = [];
      this.#shown = "";
      this.dataset.shown = "";
      this.compare.before.removeAttribute("src");
      this.compare.after.removeAttribute("src");
      this.compare.reset();
    }
    if (isOther || (!this.#isSending && !this.#isMoving())) this.#now = photograph.adjustments;
    this.querySelector("h2").textContent = photograph.name;
    const notes = this.querySelector(".notes");
    notes.textContent = (photograph.notes ?? []).join(" · ");
    notes.hidden = !notes.textContent;
    const state = this.querySelector(".stage .state");
    const failed = photograph.state === "failed";
    state.textContent = failed ? `It could not be colored: ${photograph.reason}` : "Coloring…";
    state.hidden = !failed && Boolean(this.#shown);
    this.classList.toggle("failed", failed);
    const alt = photograph.name;
    this.compare.before.alt = `${alt}, as it was`;
    this.compare.after.alt = `${alt}, in color`;
    if (photograph.width) this.compare.size = photograph;
    this.#display();
    if (!failed && photograph.width) this.#render();
  }

  /** Do what a button or a key asks for. */
  act(what) {
    if (!this.#photograph) return;
    if (what === "undo" && this.#past.length) {
      this.#future.push(this.#now);
      this.#apply(this.#past.pop());
    } else if (what === "redo" && this.#future.length) {
      this.#past.push(this.#now);
      this.#apply(this.#future.pop());
    } else if (what === "reset") {
      this.#change({ saturation: null, warmth: 0, temperature: null, variant: 0, hints: [],
        recolor: this.#now.recolor });
    } else if (what === "save") {
      this.#save();
    } else if (what === "remove") {
      this.dispatchEvent(new CustomEvent("gone", { detail: this.#photograph.id }));
    }
  }

  hold(isHeld) {
    this.compare.hold(isHeld);
  }

  #isMoving() {
    return this.moving !== undefined;
  }

  #turn(dial) {
    this.moving ??= this.#now;
    this.#now = { ...this.#now, [dial.name]: Number(dial.value) };
    this.#display();
    this.#render();
  }

  #settle() {
    const before = this.moving;
    this.moving = undefined;
    if (before && !same(before, this.#now)) {
      this.#remember(before);
      this.#keep();
    }
    this.#render();
  }

  #change(next) {
    if (same(next, this.#now)) return;
    this.#remember(this.#now);
    this.#apply(next);
  }

  #remember(adjustments) {
    this.#past.push(adjustments);
    if (this.#past.length > HISTORY) this.#past.shift();
    this.#future = [];
  }

  #apply(adjustments) {
    this.#now = adjustments;
    this.#display();
    this.#render();
    this.#keep();
  }

  /** Tell the studio, one change after the other. */
  #keep() {
    const { id } = this.#photograph;
    const adjustments = this.#now;
    this.#isSending += 1;
    this.#sent = this.#sent
      .then(() => server.adjust(id, adjustments))
      .catch((error) => this.#tell(error))
      .finally(() => (this.#isSending -= 1));
  }

  #display() {
    const { saturation, warmth, recolor } = this.#now;
    const values = { saturation: saturation ?? this.advised, warmth };
    for (const dial of this.dials) {
      const value = values[dial.name];
      if (Number(dial.value) !== value) dial.value = value;
      const words = this.#words(dial.name, value);
      dial.previousElementSibling.textContent = words;
      dial.setAttribute("aria-valuetext", words);
    }
    this.querySelector("[data-do=undo]").disabled = !this.#past.length;
    this.querySelector("[data-do=redo]").disabled = !this.#future.length;
    const isLeft = this.#photograph.tone === "color" && !recolor;
    this.querySelector(".recolor").hidden = !isLeft;
    this.classList.toggle("left", isLeft);
  }

  #words(name, value) {
    if (name === "saturation") return `${Math.round((100 * value) / this.advised)} %`;
    const degree = Math.round(100 * value);
    return degree ? `${Math.abs(degree)} % ${degree > 0 ? "warmer" : "cooler"}` : "as painted";
  }

  /** Show the colors of now; of what comes while one rendering is under way, the last counts. */
  async #render() {
    if (!this.#photograph?.width || this.#photograph.state === "failed") return;
    const wanted = Math.min(MOST, Math.ceil(this.compare.side / STEPS) * STEPS);
    const side = this.#isMoving() ? Math.min(WHILE_MOVING, wanted) : wanted;
    if (side < STEPS) return;
    const { id } = this.#photograph;
    const key = `${id} ${side} ${JSON.stringify(this.#now)}`;
    if (this.#isRendering || key === this.#shown) {
      this.#wanted = this.#isRendering;
      return;
    }
    this.#isRendering = true;
    this.#wanted = false;
    try {
      const before = server.gray(id, wanted);
      if (!this.compare.before.src.endsWith(before)) this.compare.before.src = before;
      const address = await server.color(id, this.#now, side);
      if (id === this.#photograph?.id) await this.#put(address, key);
      else URL.revokeObjectURL(address);
    } catch (error) {
      this.#wanted = false;
      this.#tell(error);
    } finally {
      this.#isRendering = false;
      if (this.#wanted) this.#render();
    }
  }

  async #put(address, key) {
    const image = this.compare.after;
    const old = image.src;
    const next = new Image();
    next.src = address;
    await next.decode().catch(() => {});
    image.src = address;
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    this.#shown = key;
    this.dataset.shown = key;
    this.querySelector(".stage .state").hidden = true;
    this.dispatchEvent(new Event("shown"));
  }

  #zoom(what) {
    if (what === "fit") this.compare.reset();
    else this.compare.zoomTo(this.compare.zoom * (what === "in" ? 1.6 : 1 / 1.6));
  }

  async #save() {
    const button = this.querySelector("[data-do=save]");
    const { id } = this.#photograph;
    button.disabled = true;
    button.textContent = "Saving…";
    try {
      await this.#sent;
      const { saved } = await server.save(id);
      const link = document.createElement("a");
      link.href = server.result(id);
      link.download = saved;
      link.click();
      this.dispatchEvent(new CustomEvent("saved", { detail: saved }));
    } catch (error) {
      this.#tell(error);
    } finally {
      button.disabled = false;
      button.textContent = "Save in color";
    }
  }

  #tell(error) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
  }
}

customElements.define("photo-bench", PhotoBench);
