/** Before and after, one above the other, with a divider; both zoom together. */

const MOST = 16; // times the size that fits
const NEAR = 28; // px from the divider that still grab it

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

class PhotoCompare extends HTMLElement {
  #size = { width: 4, height: 3 };
  #zoom = 1;
  #center = { x: 0.5, y: 0.5 }; // of the picture, in the middle of the stage
  #pointers = new Map();
  #grip = null;
  #isHeld = false;

  connectedCallback() {
    if (this.firstChild) return;
    this.innerHTML = `
      <div class="view">
        <img class="after" alt="" draggable="false">
        <div class="parts"><img alt="" draggable="false"></div>
        <div class="before"><img alt="" draggable="false">
          <div class="parts"><img alt="" draggable="false"></div></div>
        <img class="doubt" alt="" draggable="false" hidden>
        <div class="marks"></div>
        <input type="range" min="0" max="100" value="50" step="1">
        <div class="divider" aria-hidden="true"><span></span></div>
        <span class="tag left" aria-hidden="true">before</span>
        <span class="tag right" aria-hidden="true">after</span>
      </div>`;
    this.view = this.querySelector(".view");
    this.after = this.querySelector(".after");
    this.before = this.querySelector(".before img");
    this.parts = [...this.querySelectorAll(".parts img")]; // after, before
    this.marks = this.querySelector(".marks");
    this.doubt = this.querySelector(".doubt");
    this.range = this.querySelector("input");
    this.range.setAttribute("aria-label", "Divider between before and after");
    this.range.addEventListener("input", () => this.#place());
    this.view.addEventListener("pointerdown", (event) => this.#press(event));
    this.view.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.view.addEventListener(kind, (event) => this.#release(event));
    }
    this.view.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
    this.view.addEventListener("dblclick", () => this.reset());
    new ResizeObserver(() => this.#place()).observe(this);
    this.#place();
  }

  /** Tell the true size of the photograph. */
  set size(size) {
    this.#size = size;
    this.#place();
  }

  /** Say which part of the photograph is on the screen, in its pixels, and a little around it. */
  get part() {
    const { width, height } = this.#size;
    const fitted = this.#fitted();
    const span = (axis, extent, shown, whole) => {
      const half = (0.6 * shown) / (fitted[extent] * this.#zoom);
      const low = Math.max(0, Math.floor((this.#center[axis] - half) * whole));
      const high = Math.min(whole, Math.ceil((this.#center[axis] + half) * whole));
      return [low, Math.max(1, high - low)];
    };
    const [x, across] = span("x", "width", this.clientWidth, width);
    const [y, down] = span("y", "height", this.clientHeight, height);
    return { x, y, width: across, height: down };
  }

  /** Lay a part at full size over both pictures; nothing takes it away. */
  showPart(part, after, before) {
    const { width, height } = this.#size;
    const addresses = [after, before];
    for (const [place, image] of this.parts.entries()) {
      if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
      if (!part) {
        image.removeAttribute("src");
        continue;
      }
      image.src = addresses[place];
      const set = (name, value, whole) => image.style.setProperty(name, `${(100 * value) / whole}%`);
      set("left", part.x, width);
      set("top", part.y, height);
      set("width", part.width, width);
      set("height", part.height, height);
    }
  }

  /** Pixels of the screen that the longer side of the picture covers. */
  get side() {
    const { width, height } = this.#fitted();
    return Math.max(width, height) * this.#zoom * devicePixelRatio;
  }

  get zoom() {
    return this.#zoom;
  }

  /** Put the divider somewhere, from 0, all after, to 100. */
  set split(split) {
    this.range.value = split;
    this.#place();
  }

  /** Show the photograph without color, for as long as somebody holds a key or button. */
  hold(isHeld) {
    this.#isHeld = isHeld;
    this.#place();
  }

  reset() {
    this.#zoom = 1;
    this.#center = { x: 0.5, y: 0.5 };
    this.range.value = 50;
    this.#place();
    this.dispatchEvent(new Event("zoom"));
  }

  /** Zoom to a factor of the size that fits, around a point of the stage. */
  zoomTo(factor, x = this.clientWidth / 2, y = this.clientHeight / 2) {
    const before = this.pointAt(x, y);
    this.#zoom = clamp(factor, Math.min(1, this.exact), this.#mostZoom());
    const { width, height } = this.#fitted();
    this.#center.x = before.x - (x - this.clientWidth / 2) / (width * this.#zoom);
    this.#center.y = before.y - (y - this.clientHeight / 2) / (height * this.#zoom);
    this.#place();
    this.dispatchEvent(new Event("zoom"));
  }

  /** Say which point of the picture, 0 to 1, lies at a point of the stage. */
  pointAt(x, y) {
    const { width, height } = this.#fitted();
    return {
      x: this.#center.x + (x - this.clientWidth / 2) / (width * this.#zoom),
      y: this.#center.y + (y - this.clientHeight / 2) / (height * this.#zoom),
    };
  }

  /** One pixel of the photograph on one of the screen, or four on one, if that is more. */
  #mostZoom() {
    return Math.max(MOST, (4 * this.#size.width) / this.#fitted().width / devicePixelRatio);
  }

  get exact() {
    return this.#size.width / this.#fitted().width / devicePixelRatio;
  }

  #fitted() {
    const { width, height } = this.#size;
    const scale = Math.min(this.clientWidth / width, this.clientHeight / height) || 1e-3;
    return { width: width * scale, height: height * scale };
  }

  #place() {
    if (!this.view || !this.clientWidth) return;
    const fitted = this.#fitted();
    const whole = { width: fitted.width * this.#zoom, height: fitted.height * this.#zoom };
    const shown = {
      width: Math.min(whole.width, this.clientWidth),
      height: Math.min(whole.height, this.clientHeight),
    };
    for (const [axis, extent] of [["x", "width"], ["y", "height"]]) {
      const half = shown[extent] / whole[extent] / 2;
      this.#center[axis] = clamp(this.#center[axis], half, 1 - half);
    }
    const style = this.view.style;
    const set = (name, value) => style.setProperty(name, `${value}px`);
    set("--view-width", shown.width);
    set("--view-height", shown.height);
    set("--width", whole.width);
    set("--height", whole.height);
    set("--left", shown.width / 2 - this.#center.x * whole.width);
    set("--top", shown.height / 2 - this.#center.y * whole.height);
    const split = this.#isHeld ? 100 : Number(this.range.value);
    style.setProperty("--split", `${split}%`);
    this.range.setAttribute("aria-valuetext", `${Math.round(split)} % before`);
    this.classList.toggle("all-after", split < 12);
    this.classList.toggle("all-before", split > 88);
    this.classList.toggle("zoomed", this.#zoom > 1);
    this.classList.toggle("held", this.#isHeld);
  }

  #press(event) {
    if (event.button) return;
    this.view.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.isPainting && this.#pointers.size === 1) {
      this.#grip = "paint";
      this.pressed = { isClick: false };
      this.#paint(event);
      event.preventDefault();
      return;
    }
    const box = this.view.getBoundingClientRect();
    const divider = box.left + (box.width * this.range.value) / 100;
    const isNear = Math.abs(event.clientX - divider) < NEAR;
    this.#grip = this.#pointers.size > 1 ? "pinch" : isNear || this.#zoom <= 1 ? "divider" : "pan";
    this.pressed = { x: event.clientX, y: event.clientY, isClick: true };
    if (this.#grip === "divider" && !this.isPicking) this.#divide(event);
    this.range.focus({ preventScroll: true });
    event.preventDefault();
  }

  #move(event) {
    const last = this.#pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    if (this.#grip === "paint") {
      this.#paint(event);
      return;
    }
    if (Math.hypot(now.x - this.pressed.x, now.y - this.pressed.y) > 5) this.pressed.isClick = false;
    if (this.#grip === "divider") {
      if (!this.isPicking || !this.pressed.isClick) this.#divide(event);
    } else if (this.#grip === "pan") {
      this.#shift(now.x - last.x, now.y - last.y);
    } else if (this.#pointers.size > 1) {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)[1];
      const distance = (point) => Math.hypot(point.x - other.x, point.y - other.y);
      const box = this.getBoundingClientRect();
      const middle = { x: (now.x + other.x) / 2 - box.left, y: (now.y + other.y) / 2 - box.top };
      this.#shift((now.x - last.x) / 2, (now.y - last.y) / 2);
      this.zoomTo((this.#zoom * distance(now)) / Math.max(1, distance(last)), middle.x, middle.y);
    }
    this.#pointers.set(event.pointerId, now);
  }

  #release(event) {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size) return;
    if (this.#grip === "paint") this.dispatchEvent(new Event("painted"));
    else if (this.#grip !== "divider") this.dispatchEvent(new Event("zoom"));
    this.#grip = null;
    if (event.type === "pointerup" && this.pressed.isClick) {
      const box = this.getBoundingClientRect();
      const at = this.pointAt(event.clientX - box.left, event.clientY - box.top);
      this.dispatchEvent(new CustomEvent("pick", { detail: at }));
    }
  }

  /** Tell where the brush is. */
  #paint(event) {
    const box = this.getBoundingClientRect();
    const at = this.pointAt(event.clientX - box.left, event.clientY - box.top);
    this.dispatchEvent(new CustomEvent("paint", { detail: at }));
  }

  #divide(event) {
    const box = this.view.getBoundingClientRect();
    this.range.value = clamp(((event.clientX - box.left) / box.width) * 100, 0, 100);
    this.#place();
  }

  #shift(x, y) {
    const { width, height } = this.#fitted();
    this.#center.x -= x / (width * this.#zoom);
    this.#center.y -= y / (height * this.#zoom);
    this.#place();
  }

  #turn(event) {
    event.preventDefault();
    const box = this.getBoundingClientRect();
    const factor = this.#zoom * Math.exp(-event.deltaY / (event.deltaMode ? 10 : 300));
    this.zoomTo(factor, event.clientX - box.left, event.clientY - box.top);
  }
}

customElements.define("photo-compare", PhotoCompare);
