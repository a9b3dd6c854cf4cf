// Everything outside the timed part, as plain pages: a heading, text, buttons.

import { wordsOf } from "./words.js";

const page = document.getElementById("page");
const stage = document.getElementById("stage");
const bar = document.getElementById("bar");
const status = document.getElementById("status");

export const say = (text) => {
  status.textContent = text;
};

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const MAIN = new Set(["agree", "load", "start", "again", "keep"]); // what most people want next

const paragraph = (text) => element("p", {}, text);

// Show a page and wait for one of its buttons; give the name of the one that was pressed.
export function show(heading, content, buttons = {}) {
  return new Promise((done) => {
    const title = element("h1", { tabIndex: -1 }, heading);
    const row = element("p", { className: "buttons" });
    for (const [name, label] of Object.entries(buttons)) {
      row.append(element("button", { type: "button", name, onclick: () => done(name) }, label));
    }
    if (MAIN.has(row.firstChild?.name)) row.firstChild.classList.add("main");
    page.replaceChildren(title, ...content, ...(row.childElementCount ? [row] : []));
    page.hidden = false;
    for (const timed of [stage, bar]) timed?.toggleAttribute("hidden", true); // admin has none
    say("");
    window.scrollTo(0, 0);
    title.focus({ preventScroll: true });
  });
}

// Show the place where trials run.
export function showStage() {
  page.hidden = true;
  stage.hidden = false;
  bar.hidden = false;
  say("");
}

export function setProgress(done, of, label) {
  const progress = document.getElementById("progress");
  progress.max = of;
  progress.value = done;
  document.getElementById("count").textContent = label;
}

export function consent(study) {
  const trials = study.practice + study.main;
  const minutes = Math.max(1, Math.round((trials * (study.exposure_ms === null ? 6 : 5)) / 60));
  const contact = study.contact ? [paragraph(`Questions? Ask ${study.contact}.`)] : [];
  const stored = [
    "what you answered, and how long you took",
    "the size of this window, and how steadily it showed the pictures",
  ];
  return show(
    study.title,
    [
      paragraph(
        `${wordsOf(study).purpose} It takes about ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
      ),
      element("h2", {}, "What is stored"),
      element("ul", {}, ...stored.map((each) => element("li", {}, each))),
      paragraph(
        "Your name is not asked for, and neither your name nor your device's address is stored. " +
          "Everything stays on the computer that runs this study.",
      ),
      element("h2", {}, "You decide"),
      paragraph(
        "Taking part is up to you. You can stop at any time. You get a code; with it you can go on " +
          "later, or delete all your answers.",
      ),
      ...contact,
      resumeForm(),
    ],
    { agree: "I agree and take part" },
  );
}

// A place to type a code, for those who began on another device.
function resumeForm() {
  const code = element("input", {
    id: "code",
    name: "code",
    autocomplete: "off",
    spellcheck: false,
    maxLength: 40,
  });
  const go = element("button", { type: "button" }, "Go on with this code");
  const leave = () => {
    if (code.value.trim()) {
      location.hash = code.value.trim();
      location.reload();
    }
  };
  go.onclick = leave;
  code.onkeydown = (event) => {
    if (event.key === "Enter") leave();
  };
  const label = element("label", { htmlFor: "code" }, "Your code");
  return element(
    "details",
    {},
    element("summary", {}, "You began already?"),
    element("p", { className: "buttons" }, label, code, go),
  );
}

export function instructions(study) {
  const words = wordsOf(study);
  const practice = study.practice
    ? `First come ${study.practice} to practice` +
      (study.preset === "preference" ? ". " : "; after each you learn what was right. ")
    : "";
  return show(
    "How it works",
    [
      ...words.task(study).map(paragraph),
      paragraph(words.keys),
      paragraph(
        `${practice}Then come ${study.main}${study.practice ? " more" : ""}. ` +
          "You can pause between two.",
      ),
    ],
    { load: "Load the pictures" },
  );
}

export async function loading(work) {
  const bar = element("progress", { max: 1, value: 0, ariaLabel: "Pictures loaded" });
  show("Loading the pictures", [bar]);
  let announced = 0;
  return work((done, of) => {
    bar.max = of;
    bar.value = done;
    const quarter = Math.floor((4 * done) / of);
    if (quarter > announced) {
      announced = quarter;
      say(`${25 * quarter} % loaded`);
    }
  });
}

export const ready = (study) =>
  show(
    "Ready",
    [
      paragraph(`The question is always the same: ${wordsOf(study).question}`),
      paragraph("Sit comfortably, and look at the cross in the middle when it appears."),
    ],
    { start: "Start" },
  );

export const practiceOver = (study) =>
  show(
    "Practice is over",
    [
      paragraph(
        `${study.main} follow` +
          (study.preset === "preference" ? "." : ", without being told what was right."),
      ),
    ],
    { start: "Go on" },
  );

// The code in groups of four, which are easier to copy.
const grouped = (code) => code.match(/.{1,4}/g).join("-");

const codeNote = (code) => [
  element("p", {}, "Your code: ", element("strong", { className: "code" }, grouped(code))),
  element(
    "p",
    {},
    "Your link, for another device: ",
    element("span", { className: "code" }, `${location.origin}${location.pathname}#${code}`),
  ),
];

export const paused = (code, answered, of) =>
  show(
    "Pause",
    [
      paragraph(`${answered} of ${of} are done, and safe.`),
      paragraph("You may close this page, and go on later on this device by opening it again."),
      ...codeNote(code),
    ],
    { start: "Go on", forget: "Stop and delete my answers" },
  );

export const back = (code, answered, of) =>
  show("Welcome back", [paragraph(`${answered} of ${of} are done.`), ...codeNote(code)], {
    load: "Go on",
    leave: "Somebody else takes part on this device",
  });

export const thanks = (study, code) =>
  show(
    "Thank you!",
    [
      paragraph("All your answers are stored. You can close this page."),
      ...(study.contact ? [paragraph(`Questions? Ask ${study.contact}.`)] : []),
      paragraph("Should you change your mind, you can delete your answers, now or with your code later."),
      ...codeNote(code),
    ],
    { leave: "Somebody else takes part on this device", forget: "Delete my answers" },
  );

export const reallyForget = () =>
  show("Delete all your answers?", [paragraph("They cannot be brought back.")], {
    keep: "Keep them",
    forget: "Delete them",
  });

export const forgotten = () =>
  show("Your answers are deleted", [paragraph("Nothing of what you answered is left in the study.")]);

export const closed = (study) =>
  show(study.title, [paragraph("This study is closed. Thank you for wanting to take part.")]);

// Say what went wrong, and wait until somebody wants to try again.
export const trouble = (message) =>
  show("Something went wrong", [paragraph(message), paragraph("What you have answered is stored.")], {
    again: "Try again",
  });
