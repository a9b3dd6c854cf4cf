/** Photographs that come in: dropped, pasted or chosen, one, many, or folders of them. */

const PICTURE = /\.(jpe?g|jpe|jfif|png|tiff?|webp|avif|hei[cf]|hif|zip)$/i;

async function filesOf(entry) {
  if (entry.isFile) {
    return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    found.push(...some);
  }
  found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const inner = [];
  for (const each of found) {
    const isWanted = each.isDirectory ? !each.name.startsWith(".") : PICTURE.test(each.name);
    if (isWanted) inner.push(...(await filesOf(each)));
  }
  return inner;
}

async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  if (entries.length && entries.every(Boolean)) {
    return (await Promise.all(entries.map(filesOf))).flat();
  }
  return [...transfer.files];
}

/**
 * Take what comes in anywhere on the page.
 * @param {(files: File[]) => void} take is given the files.
 */
export function takeArrivals(take) {
  const curtain = document.querySelector("#curtain");
  const chooser = document.querySelector("#chooser");
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // a drag enters every element below the pointer
  const close = () => {
    depth = 0;
    curtain.hidden = true;
  };
  window.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth += 1;
    curtain.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (carries(event) && (depth -= 1) <= 0) close();
  });
  window.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  window.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    close();
    take(await dropped(event.dataTransfer));
  });
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
  });
  chooser.addEventListener("change", () => {
    take([...chooser.files]);
    chooser.value = "";
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-choose]")) chooser.click();
  });
}
