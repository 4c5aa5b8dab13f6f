// Handing out a tag: a phone that can reads the tag's number, and a finger signs. Without it one types, and the guardian is asked.
// Words come from the page, in data attributes.

const LINE = 3; // pixels

/** Where the browser reads tags, a button fills the number in. Source: W3C Web NFC. */
function readSerial(place) {
  if (!("NDEFReader" in window)) return;
  const field = document.getElementById(place.dataset.reads);
  const status = place.querySelector("[role=status]");
  let reader;
  place.hidden = false;
  place.querySelector("button").addEventListener("click", async () => {
    status.textContent = place.dataset.hold;
    try {
      if (reader) return;
      reader = new NDEFReader();
      reader.addEventListener("reading", ({ serialNumber }) => {
        if (serialNumber) field.value = serialNumber;
        status.textContent = serialNumber ? "" : place.dataset.failed;
      });
      reader.addEventListener("readingerror", () => (status.textContent = place.dataset.failed));
      await reader.scan();
    } catch {
      reader = undefined;
      status.textContent = place.dataset.failed;
    }
  });
}

/** What is drawn goes along as a picture; nothing goes along where nothing was drawn. */
function signHere(place) {
  const canvas = place.querySelector("canvas");
  const file = place.querySelector("input[type=file]");
  const pen = canvas.getContext("2d");
  let isDrawn = false;
  const wipe = () => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    isDrawn = false;
    file.value = "";
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen.lineWidth = LINE;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    pen.lineTo(...at(event));
    pen.stroke();
    isDrawn = true;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => isDrawn && keep(canvas, file));
  place.querySelector("button").addEventListener("click", wipe);
  wipe();
  place.hidden = false;
}

function keep(canvas, file) {
  const bytes = Uint8Array.from(atob(canvas.toDataURL("image/png").split(",")[1]), (letter) => letter.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], "signature.png", { type: "image/png" }));
  file.files = given.files;
}

for (const place of document.querySelectorAll("[data-reads]")) readSerial(place);
for (const place of document.querySelectorAll("[data-signs]")) signHere(place);
