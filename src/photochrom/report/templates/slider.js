"use strict";
for (const input of document.querySelectorAll(".slider input")) {
  const show = () => input.parentElement.style.setProperty("--split", `${input.value}%`);
  input.addEventListener("input", show);
  show();
}
