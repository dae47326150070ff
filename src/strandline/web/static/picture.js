// Gives a plot as a picture: what the server draws as SVG, painted at twice its size and taken away as PNG.

const SCALE = 2;

async function painted(address) {
  const drawing = new Image();
  drawing.src = address;
  await drawing.decode();
  const canvas = document.createElement("canvas");
  canvas.width = drawing.naturalWidth * SCALE;
  canvas.height = drawing.naturalHeight * SCALE;
  canvas.getContext("2d").drawImage(drawing, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// At the document, since live.js may put another link in place; its link is shown only where this script runs.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-picture]");
  if (!link) return;
  event.preventDefault();
  const taken = document.createElement("a");
  taken.href = URL.createObjectURL(await painted(link.dataset.picture));
  taken.download = link.getAttribute("download");
  taken.click();
  URL.revokeObjectURL(taken.href);
});
document.documentElement.classList.add("scripted");
