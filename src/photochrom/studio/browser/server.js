/** Talks to the studio's own server, and to nobody else. */

const API = "/api/v1";

/** What the server refused, in words for a person. */
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let reply;
  try {
    reply = await fetch(API + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The studio does not answer. Is it still running?", 0);
  }
  if (!reply.ok) {
    const problem = await reply.json().catch(() => ({}));
    throw new Refusal(problem.detail ?? problem.message ?? reply.statusText, reply.status);
  }
  return reply;
}

function send(method, path, content) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method, headers, body: JSON.stringify(content) });
}

const json = async (reply) => (await reply).json();
const of = (id) => `/photographs/${encodeURIComponent(id)}`;

export const enter = (token) => send("POST", "/enter", { token });
export const studio = () => json(ask("/studio"));
export const models = () => json(ask("/models"));
export const photographs = (since) => json(ask(`/photographs?since=${since}`));
export const example = () => json(ask("/example", { method: "POST" }));
export const adjust = (id, adjustments) => json(send("PUT", `${of(id)}/adjustments`, adjustments));
export const retry = (id) => json(ask(`${of(id)}/retry`, { method: "POST" }));
export const save = (id, format) =>
  json(ask(`${of(id)}/save${format ? `?format=${format}` : ""}`, { method: "POST" }));
export const remove = (id) => ask(of(id), { method: "DELETE" });

export const thumbnail = (photograph) =>
  `${API}${of(photograph.id)}/thumbnail?changed=${photograph.changed}`;
export const gray = (id, side, part) =>
  `${API}${of(id)}/gray?side=${side}${part ? `&part=${part}` : ""}`;
export const stripes = (id, side) => `${API}${of(id)}/stripes?side=${side}`;
export const suggestions = (id, x, y) => json(ask(`${of(id)}/suggestions?x=${x}&y=${y}`));
export const doubt = (id) => json(ask(`${of(id)}/doubt`));
export const results = (ids) => `${API}/results.zip?ids=${ids.join(",")}`;
export const page = ({ ids, title, confidence }) =>
  `${API}/page.html?${new URLSearchParams({ ids: ids.join(","), title, confidence })}`;
export const report = `${API}/lesson/report`;
export const lesson = () => json(ask("/lesson"));
export const endLesson = () => ask("/lesson", { method: "DELETE" });
export const teach = ({ ids, name, anyway }) =>
  json(ask(`/lesson?${new URLSearchParams({ ids: ids.join(","), name, anyway })}`, { method: "POST" }));
export const result = (id) => `${API}${of(id)}/result`;

/** Color a photograph at the size of the screen; gives an address for an image. */
export async function color(id, adjustments, side, { isDraft = false, part = "" } = {}) {
  const more = `${isDraft ? "&draft=true" : ""}${part ? `&part=${part}` : ""}`;
  const reply = await send("POST", `${of(id)}/color?side=${side}${more}`, adjustments);
  return URL.createObjectURL(await reply.blob());
}

/** Bring a file into the album; gives the ids of its photograph, or of those in a ZIP. */
export async function add(file, most) {
  if (file.size > most) {
    throw new Refusal(`it is larger than ${Math.floor(most / 2 ** 20)} MB`, 413);
  }
  const isArchive = /\.zip$/i.test(file.name);
  const named = `/photographs?name=${encodeURIComponent(file.name.slice(0, 300))}`;
  const told = await json(ask(isArchive ? "/archives" : named, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  }));
  return told.ids ?? [told.id];
}

/** Call something whenever the album, or a lesson, has changed; not in the background. */
export function listen(changed, taught) {
  let source = null;
  const attend = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource(`${API}/events`);
      source.addEventListener("album", () => changed());
      source.addEventListener("lesson", ({ data }) => taught(JSON.parse(data)));
    }
  };
  document.addEventListener("visibilitychange", attend);
  attend();
}
