/** Takes a color out of another photograph, which does not leave the browser. */

const MOST = 1600; // px of the longer side
const AROUND = 2; // px on every side that count, too

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * Let a person point at a color in a picture.
 * @param {File} file the picture.
 * @returns {Promise<string|null>} the color as #rrggbb; null when the person gave up.
 */
export async function pickColor(file) {
  const dialog = document.querySelector("#eyedropper");
  const canvas = dialog.querySelector("canvas");
  const patch = dialog.querySelector(".patch");
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) throw new Error(`${file.name} cannot be shown by this browser; JPEG and PNG can`);
  const scale = Math.min(1, MOST / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const photograph = context.getImageData(0, 0, canvas.width, canvas.height);
  const at = { x: canvas.width >> 1, y: canvas.height >> 1 };

  const color = () => {
    const sums = [0, 0, 0];
    let count = 0;
    for (let y = Math.max(0, at.y - AROUND); y <= Math.min(canvas.height - 1, at.y + AROUND); y += 1) {
      for (let x = Math.max(0, at.x - AROUND); x <= Math.min(canvas.width - 1, at.x + AROUND); x += 1) {
        const first = 4 * (y * canvas.width + x);
        for (let each = 0; each < 3; each += 1) sums[each] += photograph.data[first + each];
        count += 1;
      }
    }
    const codes = sums.map((sum) => Math.round(sum / count).toString(16).padStart(2, "0"));
    return `#${codes.join("")}`;
  };
  const move = (x, y) => {
    at.x = clamp(Math.floor(x), 0, canvas.width - 1);
    at.y = clamp(Math.floor(y), 0, canvas.height - 1);
    context.putImageData(photograph, 0, 0);
    const radius = 10 * (canvas.width / (canvas.clientWidth || canvas.width));
    for (const [stroke, width] of [["#000", 0.4], ["#fff", 0.2]]) {
      context.strokeStyle = stroke;
      context.lineWidth = radius * width;
      context.beginPath();
      context.arc(at.x, at.y, radius, 0, 7);
      context.stroke();
    }
    patch.style.setProperty("background-color", color());
  };

  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    const unit = canvas.width / box.width;
    move((event.clientX - box.left) * unit, (event.clientY - box.top) * unit);
  };
  canvas.onpointerdown = canvas.onpointermove;
  canvas.onkeydown = (event) => {
    const step = event.shiftKey ? 20 : 4;
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ] ?? [0, 0];
    if (x || y) {
      event.preventDefault();
      move(at.x + x * step, at.y + y * step);
    } else if (event.key === "Enter") {
      event.preventDefault(); // else it presses, too, what gets the focus back
      dialog.close("take");
    }
  };
  canvas.onclick = () => dialog.close("take");
  dialog.returnValue = "";
  dialog.showModal();
  move(at.x, at.y);
  canvas.focus();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "take" ? color() : null;
}
