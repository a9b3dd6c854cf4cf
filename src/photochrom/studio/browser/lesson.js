/** Teaching a model the album's photographs: what that takes, how far it is, what came of it. */

import * as server from "/server.js";

const HEADINGS = {
  working: ({ photographs }) => `Learning from ${photographs} photographs`,
  done: ({ name, is_written: isWritten }) => (isWritten ? `${name} is ready` : "No new model"),
  stopped: () => "Stopped: nothing is kept of what was learned",
  failed: () => "It could not be learned",
};

class PhotoLesson extends HTMLElement {
  #asked = null; // ids and name of the lesson that this page began
  #state = "none";

  connectedCallback() {
    if (this.section) return;
    this.innerHTML = `
      <section aria-labelledby="lesson-heading" hidden>
        <h3 id="lesson-heading"></h3>
        <p class="words"></p>
        <label><span></span><progress></progress></label>
        <p class="buttons">
          <button type="button" class="main" data-do="use">Color all with it</button>
          <button type="button" data-do="anyway">Make it all the same</button>
          <a class="button" download>Read the report</a>
          <button type="button" data-do="stop"></button>
        </p>
      </section>
      <dialog aria-labelledby="teaching"><form method="dialog">
        <h2 id="teaching">Teach it my photographs</h2>
        <p>From color photographs of one kind, of your town or of one family's clothes, it learns
          their colors, and colors others more like them. That takes minutes, on this computer.
          It tries itself on photographs that it has not seen: if it cannot show that it has become
          better, it says so, and nothing changes.</p>
        <p class="fine count"></p>
        <label>Name of the new model <input type="text" name="name" maxlength="60" required
          value="Our photographs"></label>
        <p class="fine needs" hidden></p>
        <p class="buttons"><button class="main" value="begin">Begin</button>
          <button value="" formnovalidate>Cancel</button></p>
      </form></dialog>`;
    this.section = this.querySelector("section");
    this.dialog = this.querySelector("dialog");
    this.querySelector("a").href = server.report;
    this.dialog.addEventListener("close", () => {
      if (this.dialog.returnValue !== "begin") return;
      this.#asked.name = this.querySelector("[name=name]").value;
      this.#begin(false);
    });
    for (const button of this.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.#act(button.dataset.do));
    }
  }

  /** Offer to learn from those photographs that are in color; no ids stand for the whole album. */
  async offer(photographs, ids) {
    const colors = photographs.filter(({ tone }) => tone === "color");
    this.#asked = { ids, name: "" };
    try {
      const { needs, state } = await server.lesson();
      const few = colors.length < 2;
      const here = few
        ? "Add color photographs to the album first: at least two."
        : `${colors.length} photographs here are in color.`;
      this.querySelector(".count").textContent =
        `${here} Twenty to forty are good; from five on it can help.`;
      const line = this.querySelector(".needs");
      line.hidden = !needs;
      line.textContent = `It needs more than is installed. In a terminal, ${needs}`;
      const isBusy = state === "working";
      this.dialog.querySelector("[value=begin]").disabled = few || Boolean(needs) || isBusy;
      this.dialog.returnValue = "";
      this.dialog.showModal();
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Show how far the lesson is. */
  show(lesson) {
    const { state, told, words, reason, doing, done, total } = lesson;
    this.lesson = lesson;
    this.section.hidden = state === "none";
    if (this.section.hidden) return;
    const isWorking = state === "working";
    this.querySelector("h3").textContent = HEADINGS[state](lesson);
    this.querySelector(".words").textContent = words || reason || told;
    const label = this.querySelector("label");
    label.hidden = !isWorking;
    label.querySelector("span").textContent = doing || "Reading the photographs";
    const bar = label.querySelector("progress");
    if (total) Object.assign(bar, { max: total, value: done });
    else bar.removeAttribute("value");
    const show = (what, isShown) => (this.querySelector(what).hidden = !isShown);
    show("[data-do=use]", lesson.is_written);
    show("[data-do=anyway]", lesson.verdict === "likely" && !lesson.is_written && this.#asked);
    show("a", state === "done");
    this.querySelector("[data-do=stop]").textContent = isWorking ? "Stop" : "Close";
    const isNews = state === "done" && this.#state === "working";
    this.#state = state;
    if (isNews) this.dispatchEvent(new CustomEvent("learned", { detail: lesson }));
  }

  #act(what) {
    if (what === "use") this.dispatchEvent(new CustomEvent("use", { detail: this.lesson.name }));
    else if (what === "anyway") this.#begin(true);
    else server.endLesson().catch((error) => this.#tell(error));
  }

  async #begin(anyway) {
    try {
      await server.teach({ ...this.#asked, anyway }); // events tell the rest, in their order
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: error.message }));
  }
}

customElements.define("photo-lesson", PhotoLesson);
