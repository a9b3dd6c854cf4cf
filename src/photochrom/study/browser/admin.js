// How far the study is, and a button to close it; behind the token that follows the # of the link.

import { element, say, show } from "./screens.js";
import { contentOf, reach, Refusal } from "./server.js";

const EVERY_MS = 5000;
const token = decodeURIComponent(location.hash.slice(1));

async function ask(content) {
  const headers = { Authorization: `Bearer ${token}` };
  if (content) headers["Content-Type"] = "application/json";
  const request = content
    ? { method: "POST", headers, body: JSON.stringify(content) }
    : { headers };
  return contentOf(await reach("api/admin", request));
}

function row(name, value) {
  return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, String(value)));
}

function bars(participants) {
  const list = element("ol", { className: "participants" });
  for (const { answered, of } of participants) {
    const bar = element("progress", { max: of, value: answered });
    bar.setAttribute("aria-label", `${answered} of ${of}`);
    list.append(element("li", {}, bar, ` ${answered} of ${of}`));
  }
  return list;
}

function draw(study) {
  document.title = study.title;
  const state = study.open ? "open" : "closed: nobody new is let in; who has begun may finish";
  const table = element(
    "table",
    {},
    row("The study is", state),
    row("Participants", study.begun),
    row("of them finished", study.finished),
    row("Answers", study.answers),
  );
  const link = element("span", { className: "code" }, `${location.origin}/`);
  const content = [element("p", {}, "Link for participants: ", link), table, bars(study.participants)];
  const label = study.open ? "Close the study" : "Open it again";
  show(study.title, content, { toggle: label }).then(async () => {
    draw(await ask({ open: !study.open }));
  }).catch(fail);
}

// Draw anew only what changed, so that focus and reading stay where they are.
let last = "";

async function refresh() {
  try {
    const study = await ask();
    const text = JSON.stringify(study);
    if (text !== last) draw(study);
    last = text;
    say("");
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "offline") throw error;
    say("The study cannot be reached.");
  }
  setTimeout(() => refresh().catch(fail), EVERY_MS);
}

function fail(error) {
  const remedy = "Open the link that photochrom study serve printed, with all that follows the #.";
  show("This is not for everybody", [element("p", {}, error.message), element("p", {}, remedy)]);
}

refresh().catch(fail);
