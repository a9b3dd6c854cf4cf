/** The album: a grid of all photographs, each with what has become of it. */

import * as server from "/server.js";
import "/formats.js";
import "/lesson.js";

const WORDS = { waiting: "waiting", working: "coloring…", failed: "could not be colored" };

class PhotoAlbum extends HTMLElement {
  #cards = new Map();
  #known = new Map(); // photographs by id

  connectedCallback() {
    if (this.list) return;
    this.innerHTML = `
      <div class="bar"><h2></h2><span class="progress" role="status"></span>
        <button type="button" class="teach">Teach it<span class="more"> my photographs</span></button>
        <button type="button" class="share"><span class="more">Make a </span>page to share</button>
        <file-format></file-format>
        <button type="button" class="save"></button></div>
      <photo-lesson></photo-lesson>
      <ul></ul>
      <dialog class="sharing" aria-labelledby="sharing"><form method="dialog">
        <h2 id="sharing">A page to share</h2>
        <p class="fine">One file with all pictures in it, to send by mail or to print.</p>
        <label>Title <input type="text" name="title" maxlength="200" required
          value="Photographs in color"></label>
        <label class="check"><input type="checkbox" name="confidence"> Say how sure the model is</label>
        <p class="buttons"><button class="main" value="make">Make the page</button>
          <button value="" formnovalidate>Cancel</button></p>
      </form></dialog>`;
    this.heading = this.querySelector("h2");
    this.list = this.querySelector("ul");
    this.saver = this.querySelector(".save");
    this.saver.addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("save", { detail: this.chosen }));
    });
    this.lesson = this.querySelector("photo-lesson");
    this.querySelector(".teach").addEventListener("click", () => {
      const ids = this.chosen;
      const meant = ids.length ? ids : [...this.list.children].map((card) => card.dataset.id);
      this.lesson.offer(meant.map((id) => this.#known.get(id)), ids);
    });
    const dialog = this.querySelector(".sharing");
    this.querySelector(".share").addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "make") return;
      const { title, confidence } = dialog.querySelector("form").elements;
      const detail = { ids: this.chosen, title: title.value, confidence: confidence.checked };
      this.dispatchEvent(new CustomEvent("share", { detail }));
    });
    this.list.addEventListener("change", () => this.#offer());
  }

  /** Ids of the photographs that are chosen, in their order; none of them means all. */
  get chosen() {
    const cards = [...this.list.children];
    return cards.filter((card) => card.querySelector("input").checked).map((card) => card.dataset.id);
  }

  /** Say how far something is that takes long; nothing when it is done. */
  set progress(text) {
    this.querySelector(".progress").textContent = text;
    this.saver.disabled = Boolean(text);
  }

  #offer() {
    const count = this.chosen.length;
    this.saver.innerHTML = `Save ${count ? `the ${count} chosen` : "all"}<span class="more">, as ZIP</span>`;
  }

  /** Show photographs, in their order; cards that are there already stay. */
  show(photographs) {
    const left = photographs.filter(({ state }) => state === "waiting" || state === "working");
    const one = photographs.length === 1;
    const count = `${photographs.length} photograph${one ? "" : "s"}`;
    this.heading.textContent = left.length ? `${count}, ${left.length} still to color` : count;
    this.#known = new Map(photographs.map((photograph) => [photograph.id, photograph]));
    for (const [id, card] of this.#cards) {
      if (this.#known.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    photographs.forEach((photograph, place) => {
      const card = this.#cards.get(photograph.id) ?? this.#make(photograph.id);
      if (card.dataset.changed !== String(photograph.changed)) this.#fill(card, photograph);
      if (this.list.children[place] !== card) this.list.insertBefore(card, this.list.children[place]);
    });
    this.#offer();
  }

  #make(id) {
    const card = document.createElement("li");
    card.dataset.id = id;
    card.innerHTML = `
      <button type="button" class="open"><span class="frame"><img alt="" hidden></span>
        <span class="name"></span><span class="state"></span></button>
      <label class="choose"><input type="checkbox"></label>
      <button type="button" class="retry" hidden>Try again</button>`;
    card.querySelector(".open").addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("open", { detail: id }));
    });
    card.querySelector(".retry").addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("again", { detail: id }));
    });
    this.#cards.set(id, card);
    return card;
  }

  #fill(card, photograph) {
    card.dataset.changed = photograph.changed;
    card.dataset.state = photograph.state;
    card.querySelector(".name").textContent = photograph.caption || photograph.name;
    card.querySelector(".open").title = photograph.name;
    card.querySelector("input").setAttribute("aria-label", `Choose ${photograph.name}`);
    const isLeft = photograph.tone === "color" && !photograph.adjustments.recolor;
    const marks = [isLeft && "already in color", photograph.saved && "saved"].filter(Boolean);
    const told = photograph.state === "done" ? marks.join(", ") : "";
    const words = WORDS[photograph.state] ?? told;
    const reason = photograph.state === "failed" ? `: ${photograph.reason}` : "";
    card.querySelector(".state").textContent = words + reason;
    card.querySelector(".retry").hidden = photograph.state !== "failed";
    card.querySelector(".retry").setAttribute("aria-label", `Try again, ${photograph.name}`);
    if (photograph.state === "done") {
      const image = card.querySelector("img");
      image.src = server.thumbnail(photograph);
      image.hidden = false;
    }
  }
}

customElements.define("photo-album", PhotoAlbum);
