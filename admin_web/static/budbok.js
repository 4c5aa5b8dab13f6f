// What a page gains when its script arrives. Everything here is a convenience: each page reads and acts without it.
// Words come from the page, in data attributes; nothing is said from here.

import { countParts } from "./parts.js";

const SECOND = 1000; // milliseconds
const TOUCH_REST = 2 * SECOND; // rows stay put this long after the last touch

const say = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");

/** Each composer shows how many SMS parts its text takes, and the letters that made it dear. */
function countWhileTyping(root) {
  for (const output of root.querySelectorAll("output.parts:not([data-counting])")) {
    const text = document.getElementById(output.htmlFor[0]);
    if (!text) continue;
    output.dataset.counting = "";
    const show = () => showParts(output, text.value);
    text.addEventListener("input", show);
    text.form?.addEventListener("reset", () => setTimeout(show));
    show();
  }
}

function showParts(output, text) {
  const words = output.dataset;
  const { parts, left, costly } = countParts(frame(words, text));
  const said = [span(say(parts === 1 ? words.one : words.many, { n: parts })), span(say(words.left, { n: left }))];
  if (costly.length) said.push(span(say(words.letter, { letter: costly.slice(0, 3).join(" ") }), "costly"));
  for (const [kind, letters] of sortLetters(words, costly)) {
    said.push(span(say(letters.length === 1 ? words[kind] : words[`${kind}Many`], { letter: letters[0], letters: letters.join(" ") }), "costly"));
  }
  const limit = Number(words.limit);
  const over = limit > 0 && parts > limit;
  if (over) said.push(span(words.over));
  output.classList.toggle("parts-over", over);
  output.replaceChildren(...said);
}

/** The text as it will stand on the phone, where the page knows what stands around it. */
function frame({ before, after, closes }, text) {
  const typed = text.trim();
  if (before === undefined || !typed) return text;
  return before + typed + (closes !== undefined && !/[.!?]$/.test(typed) ? "." : "") + after;
}

/** The costly letters by what they are: the twin of hub/costly_letters.py, but for what is other. */
function sortLetters(words, costly) {
  const found = new Map(
    ["sami", "icelandic", "both", "sign"].map((kind) => [kind, costly.filter((letter) => words[`${kind}Letters`].includes(letter))]),
  );
  const owners = ["sami", "icelandic"].filter((kind) => found.get(kind).length);
  if (owners.length === 1) {
    const theirs = [...found.get("both"), ...found.get(owners[0])];
    found.set(owners[0], costly.filter((letter) => theirs.includes(letter)));
    found.delete("both");
  }
  return [...found].filter(([, letters]) => letters.length);
}

function span(text, name = "") {
  const element = document.createElement("span");
  element.textContent = text;
  element.className = name;
  return element;
}

/** What is held says how long it can still be undone, by the page's own clock: a device's date may be wrong. */
const holds = new WeakMap();

function countDown() {
  for (const hold of document.querySelectorAll("[data-seconds]")) {
    const given = hold.dataset.seconds;
    if (holds.get(hold)?.given !== given) holds.set(hold, { given, end: performance.now() + given * SECOND });
    const seconds = Math.ceil((holds.get(hold).end - performance.now()) / SECOND);
    const shown = hold.querySelector("[data-words]");
    if (seconds > 0 && shown) shown.textContent = say(shown.dataset.words, { n: seconds });
    if (seconds <= 0) letGo(hold);
  }
}

function letGo(hold) {
  if (hold.contains(document.activeElement)) hold.closest("[tabindex], main")?.focus();
  if (hold.classList.contains("toast")) hold.remove();
  else hold.hidden = true;
}

/** The command bar opens with "/" or Ctrl-K, over the page; without it the same link leads to a page that finds. */
function openCommand() {
  const command = document.getElementById("command");
  if (!command || command.open) return;
  command.showModal();
  command.querySelector("input").select();
}

function onKey(event) {
  const isShortcut = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
  const isSlash = event.key === "/" && !event.ctrlKey && !event.altKey && !event.metaKey && !isTyping(event.target);
  if (isShortcut || isSlash) {
    if (!document.getElementById("command")) return;
    event.preventDefault();
    openCommand();
  } else if (event.key === "Escape") {
    closeMenus();
  } else if (event.key === "Enter" && event.target.matches("#command input[type=search]")) {
    event.preventDefault();
    openFound(event.target);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches(".composer textarea")) {
    event.target.form.requestSubmit();
  } else {
    moveInList(event);
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu === except) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}

/** Enter opens what stands first, where the list answers what is typed by now; else it leads to the page that finds. */
function openFound(input) {
  const first = document.querySelector("#found li");
  const way = first?.dataset.for === input.value.trim() && document.querySelector("#found [data-stop]");
  if (way) way.click();
  else input.form.submit();
}

/** Up, Down, Home and End (and j, k) move between the rows of a list; in the command bar, from what is typed to what is found. */
function moveInList(event) {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity }[event.key];
  const list = event.target.closest("[data-move]");
  if (!step || !list || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = isTyping(event.target);
  if (typing && !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  if (typing && !event.target.matches("[data-move] input[type=search]")) return;
  const stops = [...list.querySelectorAll("[data-stop], input[type=search]")].filter((stop) => stop.getClientRects().length);
  const at = stops.findIndex((stop) => stop === event.target || stop.closest("li")?.contains(event.target));
  const next = stops[Math.max(0, Math.min(stops.length - 1, at + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** A list that changes while it is in use keeps its rows in place; what is new waits under "4 new". */
function collectRows(root) {
  for (const live of root.querySelectorAll("[data-live]:not([data-collecting])")) {
    live.dataset.collecting = "";
    const [incoming, rows, fresh] = ["[data-incoming]", "[data-rows]", ".fresh"].map((part) => live.querySelector(part));
    let touched = -Infinity;
    const touch = () => (touched = performance.now());
    const isInUse = () => {
      const isTouched = performance.now() - touched < TOUCH_REST || rows.contains(document.activeElement);
      return isTouched || rows.getBoundingClientRect().top < 0;
    };
    const release = () => {
      rows.replaceChildren(...incoming.children);
      fresh.hidden = true;
    };
    const arrive = () => {
      if (!incoming.children.length) return;
      const news = countNews(incoming, rows);
      if (!isInUse()) return release();
      fresh.textContent = say(news === 1 ? fresh.dataset.one : fresh.dataset.many, { n: news });
      fresh.hidden = news === 0;
    };
    for (const event of ["pointerdown", "pointermove"]) rows.addEventListener(event, touch, { passive: true });
    fresh.addEventListener("click", () => {
      release();
      rows.querySelector("[data-stop]")?.focus();
    });
    new MutationObserver(arrive).observe(incoming, { childList: true });
  }
}

const words = (row) => row.textContent.replace(/\s+/g, " ");

function countNews(incoming, rows) {
  const list = (within) => [...within.querySelectorAll("li[id]")];
  const shown = new Map(list(rows).map((row) => [row.id, words(row)]));
  return list(incoming).filter((row) => shown.get(row.id) !== words(row)).length;
}

/** What one writes in stays where it is on the screen while messages arrive above it. */
function holdStill() {
  let held;
  document.addEventListener("htmx:before:swap", () => {
    const at = document.activeElement;
    held = isTyping(at) ? { at, top: at.getBoundingClientRect().top } : undefined;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (held?.at.isConnected) scrollBy({ top: held.at.getBoundingClientRect().top - held.top, behavior: "instant" });
  });
}

/** A page left alone, or over, hides its people until the server says "reopened" (HX-Trigger); what was typed stays in place. */
function fadeWhenIdle() {
  const faded = document.getElementById("faded");
  const minutes = Number(document.documentElement.dataset.fadeMinutes);
  if (!faded || !(minutes > 0)) return;
  let used = Date.now();
  const use = () => (used = Date.now());
  const fade = () => {
    if (faded.open) return;
    document.getElementById("command")?.close();
    document.documentElement.dataset.faded = "";
    faded.showModal();
  };
  const reopen = () => {
    use();
    delete document.documentElement.dataset.faded;
    faded.querySelector("form").reset();
    faded.close();
  };
  const look = () => Date.now() - used < minutes * 60 * SECOND || fade();
  for (const event of ["pointerdown", "keydown", "wheel"]) addEventListener(event, use, { passive: true, capture: true });
  for (const event of ["faded", "over"]) document.addEventListener(event, fade);
  document.addEventListener("reopened", reopen);
  document.addEventListener("visibilitychange", look);
  faded.addEventListener("cancel", (event) => event.preventDefault());
  setInterval(look, 5 * SECOND);
}

function start(root) {
  countWhileTyping(root);
  collectRows(root);
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  if (event.target.closest("[data-opens=command]") && document.getElementById("command")) {
    event.preventDefault();
    openCommand();
  }
  if (event.target.closest("[data-prints]")) print();
});
/** A file that was chosen is put up at once, and what was typed stays. */
document.addEventListener("change", (event) => {
  const attach = event.target.matches("input[type=file]") && event.target.form?.querySelector("button.attach");
  if (attach && event.target.files.length) event.target.form.requestSubmit(attach);
});
document.addEventListener("htmx:after:swap", () => start(document));
setInterval(countDown, SECOND / 4);
holdStill();
fadeWhenIdle();
start(document);
