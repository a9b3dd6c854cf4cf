// jsPsych plugins of the timed part: show pictures for an exact time and ask; deliver the answer.
//
// A picture appears with one frame and disappears with a later one. Both changes are made inside
// requestAnimationFrame, so the time between the two callbacks is the time on the screen: each
// becomes visible at the end of the frame it was made in.

import { element } from "./screens.js";
import { choicesOf, feedbackOf, wordsOf } from "./words.js";

const FIXATION_MS = 500;
const BLANK_MS = 150; // between two pictures shown in turn

const frame = () => new Promise(requestAnimationFrame);

// Wait in whole frames.
async function frames(milliseconds, frameMs) {
  const begin = await frame();
  let now = begin;
  while (now - begin < milliseconds - frameMs / 2) now = await frame();
}

// Wait until somebody looks at the page.
async function inSight() {
  while (document.hidden) {
    await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
  }
}

// Measure how long a frame takes on this screen while the cross is shown.
async function fixate(cross, paint) {
  paint(true);
  const gaps = [];
  let last = await frame();
  const begin = last;
  while (last - begin < FIXATION_MS) {
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  paint(false);
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)];
}

// Show pictures for a time. Gives how long they were seen, whether the page was out of sight
// meanwhile, the longest frame, and when they vanished.
export async function expose(canvases, milliseconds, frameMs) {
  let hidden = document.hidden;
  const notice = () => {
    hidden ||= document.hidden;
  };
  document.addEventListener("visibilitychange", notice);
  const shown = await frame();
  for (const canvas of canvases) canvas.classList.add("seen");
  let last = shown;
  let longest = 0;
  do {
    const now = await frame(); // one at least, however slow the screen has just been
    longest = Math.max(longest, now - last);
    last = now;
  } while (last - shown < milliseconds - frameMs / 2);
  for (const canvas of canvases) canvas.classList.remove("seen");
  document.removeEventListener("visibilitychange", notice);
  return { exposure_ms: last - shown, hidden, longest, shown, vanished: last };
}

// Of two exposures, report the one that is further off; time and sight belong to both.
function together(exposures, wanted) {
  const off = (each) => Math.abs(each.exposure_ms - wanted);
  const worst = exposures.reduce((a, b) => (off(b) > off(a) ? b : a));
  return {
    exposure_ms: worst.exposure_ms,
    hidden: exposures.some((each) => each.hidden),
    longest: Math.max(...exposures.map((each) => each.longest)),
    vanished: exposures.at(-1).vanished,
  };
}

function drawn(bitmap) {
  const canvas = element("canvas", { width: bitmap.width, height: bitmap.height });
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return canvas;
}

// Lay out a trial: a frame for each picture and a button for each choice; of pairs, the pictures
// are the buttons.
function layOut(study, canvases) {
  const words = wordsOf(study);
  const cross = element("span", { className: "cross", ariaHidden: "true" }, "+");
  const question = element("p", { className: "question" }, words.question);
  const buttons = choicesOf(study).map(({ choice, label, sign }, place) => {
    const button = element("button", { type: "button", name: choice, disabled: true });
    if (words.pairs) button.append(canvases[place]);
    button.append(element("span", {}, `${sign} ${label}`));
    return button;
  });
  const rows = words.pairs
    ? [element("p", { className: "pair" }, cross, ...buttons)]
    : [
        element("p", { className: "alone" }, cross, canvases[0]),
        element("p", { className: "kinds" }, ...buttons),
      ];
  const view = element("section", { className: "trial" }, ...rows, question);
  view.style.setProperty("--size", `${study.size_px}px`);
  return { view, cross, question, buttons };
}

// Wait for a key, a click or a tap on one of the choices.
function choose(study, buttons, since) {
  return new Promise((done) => {
    const choices = choicesOf(study);
    const finish = (choice, event) => {
      document.removeEventListener("keydown", onKey);
      for (const button of buttons) button.disabled = true;
      done({ choice, reaction_ms: Math.max(0, event.timeStamp - since) });
    };
    const onKey = (event) => {
      const pressed = choices.find(({ key }) => key === event.key);
      if (!pressed || event.repeat || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      finish(pressed.choice, event);
    };
    document.addEventListener("keydown", onKey);
    for (const button of buttons) {
      button.disabled = false;
      button.onclick = (event) => finish(button.name, event);
    }
  });
}

const screenOf = (frameMs, longest) => ({
  width: innerWidth,
  height: innerHeight,
  pixel_ratio: devicePixelRatio,
  frame_ms: frameMs,
  longest_frame_ms: longest,
});

// Make the plugin that shows the session's current trial and takes an answer.
export function pictureTrial(session) {
  return class {
    static info = { name: "photochrom-pictures", version: "1.0.0", parameters: {}, data: {} };

    constructor(jsPsych) {
      this.jsPsych = jsPsych;
    }

    async trial(display) {
      const { study, current } = session;
      const canvases = current.pictures.map((key) => drawn(session.pictures.get(key)));
      const { view, cross, question, buttons } = layOut(study, canvases);
      display.replaceChildren(view);
      await inSight();
      const frameMs = await fixate(cross, (isShown) => cross.classList.toggle("seen", isShown));
      const seen = await this.show(study, canvases, frameMs);
      question.classList.add("asked");
      const said = await choose(study, buttons, seen.vanished);
      const hidden = seen.hiddenUntilNow ? seen.hiddenUntilNow() : seen.hidden;
      for (const canvas of canvases) canvas.classList.remove("seen");
      session.answer = {
        trial: current.trial,
        choice: said.choice,
        reaction_ms: said.reaction_ms,
        exposure_ms: study.exposure_ms === null ? null : seen.exposure_ms,
        hidden,
        screen: screenOf(frameMs, seen.longest),
      };
      session.view = { view, question, buttons, canvases };
      this.jsPsych.finishTrial({});
    }

    async show(study, canvases, frameMs) {
      if (study.exposure_ms === null) return lookAsLongAsWished(canvases);
      if (!study.in_turn) return expose(canvases, study.exposure_ms, frameMs);
      const exposures = [];
      for (const canvas of canvases) {
        if (exposures.length) await frames(BLANK_MS, frameMs);
        exposures.push(await expose([canvas], study.exposure_ms, frameMs));
      }
      return together(exposures, study.exposure_ms);
    }
  };
}

// Show pictures until the answer; time is counted from here.
async function lookAsLongAsWished(canvases) {
  let hidden = false;
  const notice = () => {
    hidden ||= document.hidden;
  };
  document.addEventListener("visibilitychange", notice);
  const shown = await frame();
  for (const canvas of canvases) canvas.classList.add("seen");
  const hiddenUntilNow = () => {
    document.removeEventListener("visibilitychange", notice);
    return hidden;
  };
  return { vanished: shown, longest: 0, hiddenUntilNow };
}

// Make the plugin that delivers the answer, and in practice says how it was.
export function delivery(session) {
  return class {
    static info = { name: "photochrom-delivery", version: "1.0.0", parameters: {}, data: {} };

    constructor(jsPsych) {
      this.jsPsych = jsPsych;
    }

    async trial(display) {
      display.replaceChildren(session.view.view);
      const { feedback, next } = await session.deliver(session.answer);
      if (feedback) await explain(session, feedback);
      session.current = next;
      this.jsPsych.finishTrial({});
    }
  };
}

// Show the pictures once more with the truth below, until the participant goes on.
async function explain(session, feedback) {
  const { view, question, buttons, canvases } = session.view;
  const text = feedbackOf(feedback);
  question.setAttribute("role", "status");
  question.textContent = text;
  for (const canvas of canvases) canvas.classList.add("seen");
  for (const button of buttons) button.classList.toggle("truth", button.name === feedback.truth);
  const go = element("button", { type: "button", className: "main" }, "Go on");
  view.append(element("p", { className: "buttons" }, go));
  go.focus();
  await new Promise((done) => {
    go.onclick = done;
  });
}
