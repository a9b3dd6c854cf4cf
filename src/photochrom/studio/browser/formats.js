/** What is saved: in the format that came in, or in one that a person has chosen. */

const NAMED = [["", "Same format"], ["jpeg", "JPEG"], ["png", "PNG"], ["tiff", "TIFF"], ["webp", "WebP"],
  ["avif", "AVIF"]];
const SUFFIXES = { jpeg: /\.(jpe?g|jpe|jfif)$/i, png: /\.png$/i, tiff: /\.tiff?$/i, webp: /\.webp$/i,
  avif: /\.avif$/i, heic: /\.(hei[cf]|hif)$/i };
const KEY = "photochrom-format";

/** Let a person choose; all places on the page choose the same. */
class FileFormat extends HTMLElement {
  connectedCallback() {
    if (this.select) return;
    this.select = document.createElement("select");
    this.select.setAttribute("aria-label", "Format of what is saved");
    this.select.append(...NAMED.map(([value, name]) => new Option(name, value)));
    this.select.value = chosenFormat();
    this.select.addEventListener("change", () => {
      localStorage.setItem(KEY, this.select.value);
      for (const other of document.querySelectorAll("file-format")) {
        if (other.select) other.select.value = this.select.value;
      }
    });
    this.append(this.select);
  }
}

export function chosenFormat() {
  const known = localStorage.getItem(KEY) ?? "";
  return NAMED.some(([value]) => value === known) ? known : "";
}

/** Say whether a photograph is saved as it is wanted now. */
export function isSaved({ saved, kind, tone, adjustments }) {
  const isLeft = tone === "color" && !adjustments.recolor;
  const wanted = SUFFIXES[(!isLeft && chosenFormat()) || kind];
  return Boolean(saved) && (!wanted || wanted.test(saved));
}

customElements.define("file-format", FileFormat);
