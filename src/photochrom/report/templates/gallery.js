const large = document.querySelector("dialog.large");
const figures = [...document.querySelectorAll("figure:has(.slider)")];
const [inColor, asItWas] = large.querySelectorAll("img");
const divider = large.querySelector("input");
const [earlier, later] = large.querySelectorAll(".before, .after");
let place = -1;

function enlarge() {
  place = figures.findIndex((figure) => `#${figure.id}` === location.hash);
  const figure = figures[place];
  if (!figure) {
    large.close();
    return;
  }
  const [color, gray] = figure.querySelectorAll("img");
  inColor.src = color.src;
  inColor.alt = color.alt;
  asItWas.src = gray?.src ?? "";
  asItWas.alt = gray?.alt ?? "";
  large.querySelector(".slider").classList.toggle("alone", !gray);
  large.style.setProperty("--ratio", figure.style.getPropertyValue("--ratio"));
  large.querySelector("#large-name").textContent = figure.querySelector(".caption, .name").textContent;
  earlier.disabled = place === 0;
  later.disabled = place === figures.length - 1;
  if (!large.open) large.showModal();
  (gray ? divider : large.querySelector(".close")).focus();
}

const step = (by) => location.replace(`#${figures[place + by].id}`);
earlier.addEventListener("click", () => step(-1));
later.addEventListener("click", () => step(1));
large.querySelector(".close").addEventListener("click", () => large.close());
large.addEventListener("close", () => {
  if (place < 0) return;
  const link = figures[place].querySelector(".enlarge");
  history.replaceState(null, "", location.pathname);
  link.focus();
});
window.addEventListener("hashchange", enlarge);
if (location.hash) enlarge();
