/** The album: a grid of all photographs, each with what has become of it. */

import * as server from "/server.js";

const WORDS = { waiting: "waiting", working: "coloring…", failed: "could not be colored" };

class PhotoAlbum extends HTMLElement {
  #cards = new Map();

  connectedCallback() {
    if (this.list) return;
    this.heading = document.createElement("h2");
    this.list = document.createElement("ul");
    this.append(this.heading, this.list);
  }

  /** Show photographs, in their order; cards that are there already stay. */
  show(photographs) {
    const left = photographs.filter(({ state }) => state === "waiting" || state === "working");
    const one = photographs.length === 1;
    const count = `${photographs.length} photograph${one ? "" : "s"}`;
    this.heading.textContent = left.length ? `${count}, ${left.length} still to color` : count;
    const ids = new Set(photographs.map(({ id }) => id));
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    photographs.forEach((photograph, place) => {
      const card = this.#cards.get(photograph.id) ?? this.#make(photograph.id);
      if (card.dataset.changed !== String(photograph.changed)) this.#fill(card, photograph);
      if (this.list.children[place] !== card) this.list.insertBefore(card, this.list.children[place]);
    });
  }

  #make(id) {
    const card = document.createElement("li");
    card.innerHTML = `
      <button type="button" class="open"><span class="frame"><img alt="" hidden></span>
        <span class="name"></span><span class="state"></span></button>
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
    card.querySelector(".name").textContent = photograph.name;
    const isLeft = photograph.tone === "color" && !photograph.adjustments.recolor;
    const told = photograph.state === "done" && isLeft ? "already in color" : "";
    const words = WORDS[photograph.state] ?? told;
    const reason = photograph.state === "failed" ? `: ${photograph.reason}` : "";
    card.querySelector(".state").textContent = words + reason;
    card.querySelector(".retry").hidden = photograph.state !== "failed";
    card.querySelector(".retry").setAttribute("aria-label", `Try ${photograph.name} again`);
    if (photograph.state === "done") {
      const image = card.querySelector("img");
      image.src = server.thumbnail(photograph);
      image.hidden = false;
    }
  }
}

customElements.define("photo-album", PhotoAlbum);
