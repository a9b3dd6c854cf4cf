// Talk to the server of the study. A refusal is an error with the server's code; a lost connection
// is an error with the code "offline".

export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export async function ask(path, content) {
  const request =
    content === undefined
      ? {}
      : {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(content),
        };
  return contentOf(await reach(path, request));
}

export async function reach(path, request = {}) {
  try {
    return await fetch(path, { cache: "no-store", ...request });
  } catch {
    throw new Refusal("offline", "The connection to the study is lost.");
  }
}

export async function contentOf(response) {
  let content;
  try {
    content = await response.json();
  } catch {
    throw new Refusal("offline", "The study's answer was cut short.");
  }
  if (!response.ok) throw new Refusal(content.error ?? "unknown", content.message ?? "");
  return content;
}

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
