const dialog = document.querySelector("dialog");
const [below, above] = dialog.querySelectorAll("img");
for (const button of document.querySelectorAll(".sheet button")) {
  button.addEventListener("click", () => {
    const shown = button.querySelector("img");
    let figure = button.parentElement;
    while (!figure.querySelector("[data-truth]")) figure = figure.nextElementSibling;
    below.src = figure.querySelector("img").src;
    above.src = shown.src;
    dialog.querySelector("strong").textContent = shown.alt;
    dialog.showModal();
    dialog.querySelector("input").focus();
  });
}
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
