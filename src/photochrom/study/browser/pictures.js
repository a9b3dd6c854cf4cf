// Fetch and decode every picture of a visit before the first one is shown.

import { ask, reach, Refusal, sleep } from "./server.js";

const AT_ONCE = 4;
const TRIES = 6;

// Give a map from key to decoded picture; `progress` is told how many are there.
export async function loadAll(visit, progress) {
  const waiting = [...visit.pictures];
  const pictures = new Map();
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      pictures.set(next.key, await load(visit.visit, next));
      progress(pictures.size, visit.pictures.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return pictures;
}

async function load(visit, { key, address }) {
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await reach(`img/${address}`);
      if (!response.ok) throw new Refusal("unknown", "A picture is not there.");
      return await createImageBitmap(await response.blob());
    } catch (error) {
      if (tries === TRIES) throw error;
      await sleep(200 * 2 ** tries);
    }
    ({ address } = await ask("api/picture", { visit, key }).catch((error) => {
      if (error.code === "offline") return { address }; // void; fails, and is asked for again
      throw error;
    }));
  }
}
