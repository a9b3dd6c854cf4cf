/** The studio's page: what is on it, and what becomes of photographs that come in. */

import * as server from "/server.js";
import { takeArrivals } from "/arrivals.js";
import { chosenFormat, isSaved } from "/formats.js";
import "/album.js";
import "/bench.js";

const NOTICE_MS = 8000;

const find = (id) => document.getElementById(id);
const album = find("album");
const bench = find("bench");
const photographs = new Map();
let ids = [];
let version = 0;
let about = { most_bytes: Infinity };
let opened = null; // id of the photograph on the bench
let albumAt = 0; // how far the album was scrolled when a photograph was opened
let incoming = 0;
let reading = null; // what reads the news, while it does
let isStale = false;

function notice(text, isTrouble = false) {
  const line = document.createElement("p");
  line.textContent = text;
  line.classList.toggle("trouble", isTrouble);
  find("notices").append(line);
  setTimeout(() => line.remove(), NOTICE_MS);
}

const trouble = (text) => notice(text, true);

function show() {
  const onBench = opened !== null && photographs.has(opened);
  const isEmpty = !ids.length && !incoming;
  find("welcome").hidden = !isEmpty;
  album.hidden = isEmpty || onBench;
  bench.hidden = !onBench;
  find("all").hidden = !onBench;
  find("all").textContent = ids.length > 1 ? `All ${ids.length} photographs` : "Back";
  find("add").hidden = isEmpty;
  document.body.dataset.view = onBench ? "bench" : isEmpty ? "welcome" : "album";
  document.title = onBench ? `${photographs.get(opened).name} · photochrom` : "photochrom studio";
  bench.hasOthers = ids.length > 1;
  bench.said = saidColors();
  if (onBench) bench.show(photographs.get(opened));
  if (!album.hidden) album.show(ids.map((id) => photographs.get(id)));
}

/** Colors that somebody has said of things in this album, by name. */
function saidColors() {
  const colors = new Map();
  for (const { adjustments, names } of photographs.values()) {
    for (const { color } of adjustments.hints) colors.set(color, names[color] ?? color);
  }
  return [...colors].map(([color, name]) => ({ color, name }));
}

function open(id) {
  if (id && !opened) albumAt = scrollY;
  opened = id;
  const hash = id ? `#photograph=${id}` : " ";
  if (location.hash !== hash) history.pushState(null, "", id ? hash : location.pathname);
  show();
  scrollTo(0, id ? 0 : albumAt);
}

/** Read what is new; what comes while that is done is read as well before it ends. */
function refresh() {
  isStale = true;
  reading ??= read().finally(() => (reading = null));
  return reading;
}

async function read() {
  try {
    while (isStale) {
      isStale = false;
      const news = await server.photographs(version);
      if (news.version < version) {
        version = 0; // another album: from the start
        photographs.clear();
        isStale = true;
        continue;
      }
      version = news.version;
      for (const each of news.photographs) photographs.set(each.id, each);
      const known = new Set(news.ids);
      for (const id of photographs.keys()) if (!known.has(id)) photographs.delete(id);
      ids = news.ids.filter((id) => photographs.has(id));
      if (opened && !photographs.has(opened)) opened = null;
      show();
    }
  } catch (error) {
    trouble(error.message);
  }
}

/** Bring files in, one after the other, so that they stay in order; a single one is opened. */
async function take(files) {
  if (!files.length) return;
  const brought = [];
  incoming += files.length;
  show();
  for (const file of files) {
    try {
      const added = await server.add(file, about.most_bytes);
      if (!added.length) trouble(`${file.name}: there is no photograph in it`);
      brought.push(...added);
    } catch (error) {
      trouble(`${file.name}: ${error.message}`);
    } finally {
      incoming -= 1;
    }
  }
  await refresh();
  if (brought.length === 1 && photographs.has(brought[0])) open(brought[0]);
  else show();
}

async function remove(id) {
  const { name } = photographs.get(id);
  if (!confirm(`Take ${name} out of the album? What you have saved stays.`)) return;
  try {
    await server.remove(id);
    if (opened === id) open(null);
    await refresh();
  } catch (error) {
    trouble(error.message);
  }
}

/** Ask what of one photograph all others, or those that are chosen, shall have; hints come to the same places, by share. */
async function spread({ saturation, warmth, temperature, model, hints }) {
  const dialog = find("spreading");
  const wanted = dialog.querySelector("form").elements;
  wanted.hints.disabled = !hints.length;
  wanted.hints.checked &&= hints.length > 0;
  const { chosen } = album;
  const choice = wanted.chosen.closest("label");
  choice.hidden = !chosen.length;
  choice.querySelector("span").textContent = `Only to those chosen in the album (${chosen.length})`;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "spread") return;
  if (!wanted.settings.checked && !wanted.hints.checked) return;
  const from = photographs.get(opened);
  const placed = (hint, to) => ({
    ...hint,
    x: Math.floor(((hint.x + 0.5) / from.width) * to.width),
    y: Math.floor(((hint.y + 0.5) / from.height) * to.height),
    ...(hint.radius && { radius: Math.max(1, Math.round((hint.radius * to.width) / from.width)) }),
    ...(hint.brush && { brush: hint.brush.map((dab) => placed(dab, to)) }),
  });
  try {
    const isForChosen = chosen.length > 0 && wanted.chosen.checked;
    const meant = isForChosen ? chosen : [...ids];
    for (const id of meant) {
      const other = photographs.get(id);
      if (!other?.width || id === opened) continue;
      const next = { ...other.adjustments };
      if (wanted.settings.checked) {
        Object.assign(next, { saturation, warmth, temperature, model });
      }
      if (wanted.hints.checked) next.hints = hints.map((hint) => placed(hint, other));
      await server.adjust(id, next);
    }
    notice(isForChosen ? "Copied to the chosen photographs." : `Copied to all ${ids.length} photographs.`);
  } catch (error) {
    trouble(error.message);
  }
}

/** Color all photographs with a model, but those that are in color already. */
async function colorAllWith(model) {
  const others = ids.map((id) => photographs.get(id)).filter(
    ({ tone, adjustments }) => tone !== "color" || adjustments.recolor);
  try {
    for (const { id, adjustments } of others) {
      await server.adjust(id, { ...adjustments, model, temperature: null });
    }
    notice(`${model} colors all now; each photograph can have another model of its own.`);
  } catch (error) {
    trouble(error.message);
  }
}

async function learnModels() {
  bench.models = [(await server.models()).models, about.model];
}

function fetchFile(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** Save photographs at full size, one after the other, then fetch them in one file. */
async function saveAll(chosen) {
  const saved = [];
  const wanted = chosen.length ? chosen : [...ids];
  try {
    for (const [place, id] of wanted.entries()) {
      album.progress = `Saving ${place + 1} of ${wanted.length}…`;
      const photograph = photographs.get(id);
      if (!photograph || photograph.state === "failed") continue;
      try {
        if (!isSaved(photograph)) await server.save(id, chosenFormat());
        saved.push(id);
      } catch (error) {
        trouble(`${photograph.name}: ${error.message}`);
      }
    }
    if (saved.length) {
      fetchFile(server.results(chosen.length ? saved : []), "photochrom.zip");
      notice(`Saved ${saved.length} in ${about.folder}, and as ZIP to your downloads.`);
    }
  } finally {
    album.progress = "";
  }
}

function listenToKeys() {
  const isTyping = (event) => event.target.matches("input:not([type=range]), textarea, dialog *");
  window.addEventListener("keydown", (event) => {
    if (bench.hidden || isTyping(event)) return;
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey || event.altKey;
    const isLetter = !isCommand && !event.target.matches("select"); // where letters choose
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      bench.act(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if ((event.ctrlKey || event.metaKey) && key === "s") {
      event.preventDefault();
      bench.act("save");
    } else if (key === "b" && isLetter) {
      bench.hold(true);
    } else if (key === "f" && isLetter) {
      bench.act("full");
    } else if (key === "escape" && !bench.cancel()) {
      if (document.fullscreenElement) bench.act("full");
      else open(null);
    }
  });
  window.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "b") bench.hold(false);
  });
  window.addEventListener("blur", () => bench.hold(false));
}

function goWhereAddressSays() {
  const named = /^#photograph=([\w-]+)$/.exec(location.hash);
  opened = named && photographs.has(named[1]) ? named[1] : null;
  show();
}

async function enter() {
  const token = location.hash.slice(1);
  if (!token || token.includes("=")) return;
  history.replaceState(null, "", location.pathname);
  await server.enter(token);
}

function close(title, text) {
  for (const id of ["welcome", "album", "bench"]) find(id).hidden = true;
  find("closed-title").textContent = title;
  find("closed-text").textContent = text;
  find("closed").hidden = false;
}

async function begin() {
  try {
    await enter();
    about = await server.studio();
    await learnModels();
  } catch (error) {
    close("The studio cannot be opened", error.message);
    return;
  }
  find("privacy").textContent = about.private
    ? "Photographs stay on this computer: nothing is sent anywhere."
    : `Photographs are kept on ${about.machine}, and sent nowhere else.`;
  listenToKeys();
  album.addEventListener("open", (event) => open(event.detail));
  for (const place of [album, bench]) {
    place.addEventListener("again", async (event) => {
      await server.retry(event.detail).catch((error) => trouble(error.message));
    });
  }
  album.addEventListener("save", (event) => saveAll(event.detail));
  album.addEventListener("share", ({ detail }) => {
    fetchFile(server.page(detail), "");
    notice("The page is being made, and comes to your downloads.");
  });
  album.lesson.addEventListener("learned", ({ detail }) => {
    notice(detail.is_written ? `${detail.name} is ready.` : "Learning has ended without a gain.");
    learnModels().catch((error) => trouble(error.message));
  });
  album.lesson.addEventListener("use", ({ detail }) => colorAllWith(detail));
  album.lesson.addEventListener("trouble", ({ detail }) => trouble(detail));
  bench.addEventListener("gone", (event) => remove(event.detail));
  bench.addEventListener("trouble", (event) => trouble(event.detail));
  bench.addEventListener("spread", (event) => spread(event.detail));
  bench.addEventListener("told", (event) => notice(event.detail));
  bench.addEventListener("saved", (event) => {
    fetchFile(server.result(event.detail.id), event.detail.saved);
    notice(`Saved as ${event.detail.saved} in ${about.folder}, and to your downloads.`);
  });
  find("all").addEventListener("click", () => open(null));
  find("add").addEventListener("click", () => find("chooser").click());
  find("example").addEventListener("click", async () => {
    try {
      const { id } = await server.example();
      await refresh();
      open(id);
    } catch (error) {
      trouble(error.message);
    }
  });
  await refresh();
  window.addEventListener("popstate", goWhereAddressSays);
  goWhereAddressSays();
  server.listen(refresh, (lesson) => album.lesson.show(lesson));
}

takeArrivals(take); // from the start: else the browser itself would open what is dropped
begin();
