/** One photograph at work: before and after, and what can be changed about its colors. */

import * as server from "/server.js";
import "/compare.js";
import { chosenFormat } from "/formats.js";
import { Hints } from "/hints.js";

const STEPS = 200; // px in which sizes are asked for, so that a moving window asks seldom
const MOST = 1600;
const MOST_DETAIL = 16e6; // px of the part that is on the screen
const REST_MS = 200;
const WHILE_MOVING = 800; // px of the longer side, where larger pictures come too slowly
const SLOW_MS = 100;
const HISTORY = 100;
const LETTERS = 26; // in a row of the caption
const MOST_ROWS = 4;
const SMALL = 160; // px of other colorings
const SPAN = 4; // times the model's own temperature, from boldness 0 to -1

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

class PhotoBench extends HTMLElement {
  #photograph = null;
  #models = new Map();
  #now = null; // adjustments on the screen
  #past = [];
  #future = [];
  #isRendering = false;
  #wanted = null; // side of the rendering that comes next
  #pace = 0; // ms that the last picture at the size of the screen took
  #sent = Promise.resolve();
  #isSending = 0;
  #shown = "";
  #places = null; // that are still to be asked about

  connectedCallback() {
    if (this.compare) return;
    this.innerHTML = `
      <div class="stage">
        <photo-compare></photo-compare>
        <p class="state" hidden></p>
        <div class="zoom" role="group" aria-label="Zoom">
          <button type="button" data-zoom="out" aria-label="Smaller">−</button>
          <button type="button" data-zoom="fit">Fit</button>
          <button type="button" data-zoom="exact" aria-label="1:1, one pixel on one pixel">1:1</button>
          <button type="button" data-zoom="in" aria-label="Larger">+</button>
          <button type="button" data-do="full" aria-label="Full screen" aria-pressed="false"
            title="Full screen (F)"><svg viewBox="0 0 20 20" aria-hidden="true">
              <path d="M7 2H2v5M13 2h5v5M7 18H2v-5M13 18h5v-5" /></svg></button>
          <button type="button" data-do="controls" aria-pressed="false">Controls</button>
        </div>
      </div>
      <div class="panel">
        <h2></h2>
        <label class="caption">Caption <textarea rows="1" maxlength="2000"
          placeholder="Who, where, when?"></textarea></label>
        <p class="notes" hidden></p>
        <div class="recolor" hidden>
          <p>This photograph is in color already, and stays as it is.</p>
          <button type="button">Color it all the same</button>
        </div>
        <div class="variants" hidden>
          <p id="others">Other colorings</p>
          <div role="radiogroup" aria-labelledby="others"></div>
        </div>
        <div class="dials">
          <label>Strength <span class="value" aria-hidden="true"></span>
            <input type="range" name="saturation" min="0" max="2" step="0.01"></label>
          <label>Warmth <span class="value" aria-hidden="true"></span>
            <input type="range" name="warmth" min="-1" max="1" step="0.02"></label>
          <label class="boldness">Boldness <span class="value" aria-hidden="true"></span>
            <input type="range" name="boldness" min="-1" max="1" step="0.25"></label>
          <p class="tools">
            <button type="button" data-do="undo">Undo</button>
            <button type="button" data-do="redo">Redo</button>
            <button type="button" data-do="reset">Reset</button>
          </p>
          <button type="button" class="quiet" data-do="spread" hidden>The same for all photographs</button>
        </div>
        <div class="hints">
          <button type="button" data-do="say" aria-pressed="false">Say what color something was</button>
          <p class="fine" hidden><span class="by-mouse">Click on the thing whose color you know, or go
            there with the arrow keys and press Enter.</span>
            <span class="by-hand">Tap the thing whose color you know.</span></p>
          <ul></ul>
        </div>
        <div class="guessing">
          <button type="button" data-do="doubt" aria-pressed="false">Show where it guesses</button>
          <div hidden><p class="fine">Stripes: here the colors could well be others.</p>
            <button type="button" data-do="next">Ask me about the next place</button></div>
        </div>
        <div class="model" hidden>
          <label>Model <select></select></label>
          <details><summary>How to get better ones</summary><ul class="fine"></ul></details>
        </div>
        <p class="fine">The colors are plausible guesses, not facts.
          <span class="by-mouse">Hold <kbd>B</kbd> to see the photograph as it was.</span></p>
        <p class="buttons">
          <file-format></file-format>
          <button type="button" class="main" data-do="save">Save in color</button>
          <button type="button" class="main" data-do="again">Try again</button>
          <button type="button" class="quiet" data-do="remove">Remove</button>
        </p>
      </div>`;
    this.compare = this.querySelector("photo-compare");
    this.hints = new Hints(this, (hints) => this.#change({ ...this.#now, hints }));
    this.dials = [...this.querySelectorAll(".dials input")];
    for (const dial of this.dials) {
      dial.addEventListener("input", () => this.#turn(dial));
      dial.addEventListener("change", () => this.#settle());
    }
    this.select = this.querySelector("select");
    this.select.addEventListener("change", () => {
      const name = this.select.value;
      const model = name === this.first ? null : name; // what it cannot do is given up
      const { variants } = this.#models.get(name);
      this.#doubt(false); // another model is unsure elsewhere
      this.#change({ ...this.#now, model, temperature: null, variant: variants ? this.#now.variant : 0 });
    });
    this.caption = this.querySelector("textarea");
    this.caption.addEventListener("change", () => {
      this.#change({ ...this.#now, caption: this.caption.value });
    });
    for (const button of this.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.act(button.dataset.do));
    }
    for (const button of this.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.#zoom(button.dataset.zoom));
    }
    this.querySelector(".recolor button").addEventListener("click", () => {
      this.#change({ ...this.#now, recolor: true });
    });
    this.compare.addEventListener("zoom", () => {
      this.#render();
      this.#look();
    });
    new ResizeObserver(() => this.#render()).observe(this.compare);
    this.querySelector("[data-do=full]").hidden = !document.fullscreenEnabled;
    document.addEventListener("fullscreenchange", () => this.#showControls(false));
  }

  get id_() {
    return this.#photograph?.id;
  }

  /** Learn from the studio which models there are, and which one it begins with. */
  set models([models, first]) {
    this.#models = new Map(models.map((each) => [each.name, each]));
    this.first = first;
    const installed = models.filter((each) => each.installed);
    const missing = models.filter((each) => !each.installed);
    this.select.replaceChildren(...installed.map(({ name, title, text }) => {
      const speed = text.split(", ").at(-1);
      return new Option(speed ? `${title}: ${speed}` : title, name);
    }));
    const details = this.querySelector(".model details");
    details.hidden = !missing.length;
    details.querySelector("ul").replaceChildren(...missing.map(({ title, text, way }) => {
      const item = document.createElement("li");
      item.textContent = `${title}: ${text}. In a terminal: ${way}`;
      return item;
    }));
    this.querySelector(".model").hidden = models.length < 2;
  }

  /** Show what the model of now can do. */
  #suit() {
    const model = this.#models.get(this.#now.model ?? this.first);
    if (!model) return;
    this.advised = model.saturation;
    this.temperature = model.temperature;
    this.variants = model.variants;
    this.querySelector(".hints").hidden = !model.hints || !model.variants;
    this.querySelector(".guessing").hidden = !model.variants;
    this.querySelector(".boldness").hidden = !model.temperature;
    this.select.value = model.name;
  }

  /** Put a photograph on the bench, or learn what is new about the one that is there. */
  show(photograph) {
    const isOther = photograph.id !== this.#photograph?.id;
    this.#photograph = photograph;
    if (isOther) {
      this.#now = photograph.adjustments;
      this.#past = [];
      this.#future = [];
      this.#shown = "";
      this.#pace = 0; // it may be quicker now
      this.dataset.shown = "";
      this.compare.showPart(null);
      this.compare.before.removeAttribute("src");
      this.compare.after.removeAttribute("src");
      this.compare.reset();
      this.#doubt(false);
    }
    if (!this.#isSending && !this.#isMoving()) this.#now = photograph.adjustments;
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

  /** Tell which colors were said of things in the album. */
  set said(colors) {
    this.hints.said = colors;
  }

  /** Say whether there are photographs beside this one. */
  set hasOthers(hasOthers) {
    this.querySelector("[data-do=spread]").hidden = !hasOthers;
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
        recolor: this.#now.recolor, caption: this.#now.caption, model: this.#now.model });
    } else if (what === "spread") {
      this.dispatchEvent(new CustomEvent("spread", { detail: this.#now }));
    } else if (what === "full") {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen().catch((error) => this.#tell(error));
    } else if (what === "controls") {
      this.#showControls(!this.classList.contains("controls"));
    } else if (what === "doubt") {
      this.#doubt(this.querySelector("[data-do=doubt]").getAttribute("aria-pressed") !== "true");
    } else if (what === "next") {
      this.#askNext();
    } else if (what === "again") {
      this.dispatchEvent(new CustomEvent("again", { detail: this.#photograph.id }));
    } else if (what === "save") {
      this.#save();
    } else if (what === "remove") {
      this.dispatchEvent(new CustomEvent("gone", { detail: this.#photograph.id }));
    }
  }

  /** Give up what was begun; says whether something was. */
  cancel() {
    const { isOn } = this.hints;
    if (this.hints.close()) return true;
    if (isOn) this.hints.turn(false);
    return isOn;
  }

  hold(isHeld) {
    this.compare.hold(isHeld);
  }

  /** In full screen the picture is alone until somebody asks for the controls. */
  #showControls(isOn) {
    const full = this.querySelector("[data-do=full]");
    full.setAttribute("aria-pressed", Boolean(document.fullscreenElement));
    this.classList.toggle("controls", isOn);
    this.querySelector("[data-do=controls]").setAttribute("aria-pressed", isOn);
  }

  #isMoving() {
    return this.moving !== undefined;
  }

  #turn(dial) {
    this.moving ??= this.#now;
    const value = Number(dial.value);
    this.#now =
      dial.name === "boldness"
        ? { ...this.#now, temperature: value ? this.#temperatureOf(value) : null }
        : { ...this.#now, [dial.name]: value };
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
    this.#suit();
    const { saturation, warmth, temperature, recolor } = this.#now;
    const boldness = temperature ? Math.log(this.temperature / temperature) / Math.log(SPAN) : 0;
    const values = { saturation: saturation ?? this.advised, warmth, boldness };
    for (const dial of this.dials) {
      const value = values[dial.name];
      if (Number(dial.value) !== value) dial.value = value;
      const words = this.#words(dial.name, value);
      dial.previousElementSibling.textContent = words;
      dial.setAttribute("aria-valuetext", words);
    }
    const caption = this.#now.caption ?? this.#photograph.caption ?? "";
    if (document.activeElement !== this.caption) this.caption.value = caption;
    this.caption.rows = Math.min(MOST_ROWS, 1 + Math.floor(caption.length / LETTERS));
    this.#mark();
    if (this.#photograph.width) this.hints.show(this.#photograph, this.#now.hints);
    this.querySelector("[data-do=undo]").disabled = !this.#past.length;
    this.querySelector("[data-do=redo]").disabled = !this.#future.length;
    const isLeft = this.#photograph.tone === "color" && !recolor;
    this.querySelector(".recolor").hidden = !isLeft;
    this.classList.toggle("left", isLeft);
    this.saving = isLeft ? "Save as it is" : "Save in color";
    const save = this.querySelector("[data-do=save]");
    if (!save.disabled) save.textContent = this.saving;
  }

  #words(name, value) {
    if (name === "saturation") return `${Math.round((100 * value) / this.advised)} %`;
    const degree = Math.round(100 * value);
    const [more, less] = name === "warmth" ? ["warmer", "cooler"] : ["bolder", "more cautious"];
    return degree ? `${Math.abs(degree)} % ${degree > 0 ? more : less}` : "as painted";
  }

  #temperatureOf(boldness) {
    return Number((this.temperature * SPAN ** -boldness).toPrecision(6));
  }

  /** Lay stripes over what is uncertain. */
  #doubt(isOn) {
    const button = this.querySelector("[data-do=doubt]");
    button.setAttribute("aria-pressed", isOn);
    button.nextElementSibling.hidden = !isOn;
    const { doubt } = this.compare;
    doubt.hidden = !isOn;
    if (isOn) doubt.src = server.stripes(this.#photograph.id, Math.min(MOST, this.#side()));
    else doubt.removeAttribute("src");
    this.#places = null;
  }

  async #askNext() {
    const { id } = this.#photograph;
    try {
      this.#places ??= [...(await server.doubt(id)).places];
    } catch (error) {
      this.#tell(error);
      return;
    }
    if (id !== this.#photograph?.id) { // another is open meanwhile
      this.#places = null;
      return;
    }
    const place = this.#places.shift();
    if (!place) {
      this.#places = null;
      this.dispatchEvent(new CustomEvent("told", { detail: "That was the last place." }));
      return;
    }
    const { width, height } = this.#photograph;
    this.compare.split = 0;
    this.hints.ask({ x: (place.x + 0.5) / width, y: (place.y + 0.5) / height });
  }

  /** Offer other colorings as small pictures; made once a photograph is on the screen. */
  async #offer() {
    const { id } = this.#photograph;
    const strip = this.querySelector(".variants");
    const isLeft = this.#photograph.tone === "color" && !this.#now.recolor;
    strip.hidden = isLeft || !this.variants;
    if (strip.hidden) return;
    const { temperature, hints, model } = this.#now;
    const key = JSON.stringify([id, temperature, hints, model]);
    if (strip.dataset.key !== key) {
      strip.dataset.key = key;
      const group = strip.querySelector("[role]");
      if (group.dataset.id !== id) group.replaceChildren();
      group.dataset.id = id;
      for (let variant = 0; variant <= this.variants; variant += 1) {
        const choice = group.children[variant] ?? this.#choice(group, variant);
        const wanted = { temperature, hints, model, variant, recolor: this.#now.recolor };
        try {
          const address = await server.color(id, wanted, SMALL, { isDraft: true });
          if (strip.dataset.key !== key) return;
          const image = choice.querySelector("img");
          if (image.src) URL.revokeObjectURL(image.src);
          image.src = address;
        } catch (error) {
          this.#tell(error);
          return;
        }
      }
    }
    this.#mark();
  }

  #choice(group, variant) {
    const label = document.createElement("label");
    label.innerHTML = `<input type="radio" name="variant"><img alt="">`;
    const input = label.querySelector("input");
    input.value = variant;
    input.setAttribute("aria-label", variant ? `Coloring ${variant + 1}` : "The most likely coloring");
    input.addEventListener("change", () => this.#change({ ...this.#now, variant }));
    group.append(label);
    this.#mark();
    return label;
  }

  #mark() {
    for (const input of this.querySelectorAll(".variants input")) {
      input.checked = Number(input.value) === this.#now.variant;
    }
  }

  /** Once zooming rests, show at full size what is on the screen. */
  #look() {
    clearTimeout(this.resting);
    const { compare } = this;
    const { id, width, height } = this.#photograph ?? {};
    const isSmall = !width || compare.side <= MOST || Math.max(width, height) <= MOST;
    if (isSmall || this.#isMoving() || this.classList.contains("left")) {
      compare.showPart(null);
      delete this.dataset.part;
      return;
    }
    this.resting = setTimeout(async () => {
      const { part } = compare;
      if (part.height * part.width > MOST_DETAIL) return;
      const named = [part.x, part.y, part.width, part.height].join(",");
      const adjustments = this.#now;
      const key = `${id} ${named} ${JSON.stringify(adjustments)}`;
      if (this.dataset.part === key) return;
      try {
        const after = await server.color(id, adjustments, MOST, { part: named });
        const isOld = id !== this.#photograph?.id || adjustments !== this.#now;
        if (isOld || compare.side <= MOST) {
          URL.revokeObjectURL(after);
          return;
        }
        compare.showPart(part, after, server.gray(id, MOST, named));
        this.dataset.part = key;
      } catch (error) {
        this.#tell(error);
      }
    }, REST_MS);
  }

  /** Show the colors of now; of what comes while one rendering is under way, the last counts. */
  async #render() {
    if (!this.#photograph?.width || this.#photograph.state === "failed") return;
    const wanted = this.#side();
    const isDraft = this.#isMoving();
    const side = isDraft && this.#pace > SLOW_MS ? Math.min(WHILE_MOVING, wanted) : wanted;
    if (side < STEPS) return;
    const { id } = this.#photograph;
    const isRough = isDraft && this.#now.hints.length; // hints at the strength of before
    const key = `${id} ${side}${isRough ? " rough" : ""} ${JSON.stringify({ ...this.#now, caption: null })}`;
    if (this.#isRendering || key === this.#shown) {
      this.#wanted = this.#isRendering;
      return;
    }
    this.#isRendering = true;
    this.#wanted = false;
    try {
      const before = server.gray(id, wanted);
      if (!this.compare.before.src.endsWith(before)) this.compare.before.src = before;
      const begun = performance.now();
      const address = await server.color(id, this.#now, side, { isDraft });
      if (id === this.#photograph?.id) await this.#put(address, key);
      else URL.revokeObjectURL(address);
      if (side === wanted && isDraft) this.#pace = performance.now() - begun;
    } catch (error) {
      this.#shown = key; // not again and again
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
    this.#offer();
    this.#look();
  }

  #side() {
    return Math.min(MOST, Math.ceil(this.compare.side / STEPS) * STEPS);
  }

  #zoom(what) {
    if (what === "fit") this.compare.reset();
    else if (what === "exact") this.compare.zoomTo(this.compare.exact);
    else this.compare.zoomTo(this.compare.zoom * (what === "in" ? 1.6 : 1 / 1.6));
  }

  async #save() {
    const button = this.querySelector("[data-do=save]");
    const { id } = this.#photograph;
    button.disabled = true;
    button.textContent = "Saving…";
    try {
      await this.#sent;
      const { saved } = await server.save(id, chosenFormat());
      this.dispatchEvent(new CustomEvent("saved", { detail: { id, saved } }));
    } catch (error) {
      this.#tell(error);
    } finally {
      button.disabled = false;
      button.textContent = this.saving;
    }
  }

  #tell(error) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
  }
}

customElements.define("photo-bench", PhotoBench);
