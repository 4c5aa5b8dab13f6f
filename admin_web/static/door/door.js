// The phone at the door: it reads tags, writes down what it read, and sends that at once or when there is a network.
// Without this script, or where a browser reads no tags, children are found by name.

import { forget, hasKey, keep, listWaiting, makeKey, send } from "./kept.js";
import { askForChildren, fetchList, showRoll } from "./roll.js";
import { beginTrip, isOut, showTrip } from "./trip.js";

const AGAIN = 4000; // milliseconds in which a tag that is held to the phone is one touch
const ASK_AGAIN = 5000; // milliseconds between two tries to reach the hub

const place = document.getElementById("door");
const token = () => document.querySelector("#unpair input[name=token]")?.value ?? "";
const isKept = document.documentElement.hasAttribute("data-kept");
const show = (id, is, n) => {
  const element = document.getElementById(id);
  element.hidden = !is;
  if (n !== undefined) element.textContent = element.dataset.words.replace("{n}", n);
};

/** What keeps this page for times without a network also keeps one that was opened before it was there. */
async function beginKeeping() {
  await navigator.serviceWorker.register("/door/worker.js", { scope: "/door/" });
  const { active } = await navigator.serviceWorker.ready;
  const [opened] = performance.getEntriesByType("navigation");
  if (opened.workerStart > 0) return;
  const files = performance.getEntriesByType("resource").map(({ name }) => name);
  active.postMessage({ page: location.href, files });
}
if ("serviceWorker" in navigator) beginKeeping().catch(() => undefined);

/** Taking the phone into use: the key is made here, and only its public half leaves. It is none at another unit any more then. */
function beginPairing(form) {
  forget(new URL(form.action).pathname.replace(/\/pair$/, "")).catch(() => undefined);
  form.addEventListener("submit", async (event) => {
    if (form.public_key.value || !globalThis.crypto?.subtle) return;
    event.preventDefault();
    await forget().catch(() => undefined);
    form.public_key.value = await makeKey().catch(() => "");
    form.submit();
  });
}

async function begin() {
  const { path, reader, counted, key: publicKey } = place.dataset;
  const phone = { path, reader, counted: Number(counted), publicKey };
  const isAble = await hasKey(publicKey).catch(() => false);
  let sending = Promise.resolve();
  phone.flush = () => (sending = sending.then(() => sendAll(phone), () => sendAll(phone)));

  document.getElementById("roll-open").addEventListener("click", (event) => openRoll(event.currentTarget, phone));
  document.getElementById("unpair").addEventListener("submit", (event) => leave(event, phone));
  document.getElementById("begin-reading").addEventListener("click", () => read(phone));
  addEventListener("online", phone.flush);
  addEventListener("offline", () => {
    place.dataset.alone = "";
    show("told-no-network", true);
  });
  setInterval(phone.flush, ASK_AGAIN);
  const over = performance.now() + Number(place.dataset.left) * 1000;
  setInterval(() => performance.now() > over && endShift(), ASK_AGAIN);
  if (!isAble) return show("told-no-nfc", true);
  await phone.flush();
  await refresh(phone);
  await beginTrip(phone);
  document.body.addEventListener("changed", () => refresh(phone));
  document.addEventListener("over", () => askForChildren(phone).then(() => showAgain(phone)));
  await beginReading(phone);
  place.dataset.ready = "";
}

async function beginReading(phone) {
  if (!("NDEFReader" in window)) return show("told-no-nfc", true);
  const permission = await navigator.permissions?.query({ name: "nfc" }).catch(() => undefined);
  if (permission?.state === "granted") return read(phone);
  show("begin-reading", true);
}

async function read(phone) {
  const reader = new NDEFReader();
  const seen = new Map();
  reader.addEventListener("readingerror", () => show("told-unreadable", true));
  reader.addEventListener("reading", (event) => touch(event, phone, seen));
  try {
    await reader.scan();
    show("begin-reading", false);
    for (const id of ["told-refused", "told-off"]) show(id, false);
  } catch (error) {
    show("begin-reading", true);
    show(error.name === "NotSupportedError" ? "told-no-nfc" : error.name === "NotReadableError" ? "told-off" : "told-refused", true);
  }
}

async function touch(event, phone, seen) {
  const serial = event.serialNumber.replaceAll(":", "").toLowerCase();
  if (!/^([0-9a-f]{2}){4,10}$/.test(serial)) return show("told-unreadable", true);
  show("told-unreadable", false);
  if (performance.now() - (seen.get(serial) ?? -Infinity) < AGAIN) return;
  seen.set(serial, performance.now());
  const number = await keep(phone, { kind: "touch", serial, told: urlOf(event.message) });
  navigator.vibrate?.(60);
  const told = await phone.flush();
  const taken = told?.taken.get(`${phone.reader} ${number}`);
  if (taken?.tap) location.assign(`${phone.path}/taps/${taken.tap}`);
}

/** What the tag says of itself: its first address, null where it has none. */
function urlOf(message) {
  const record = message.records.find((one) => one.recordType === "url" || one.recordType === "absolute-url");
  return record?.data ? new TextDecoder().decode(record.data).slice(0, 300) : null;
}

async function sendAll(phone) {
  if (isKept) return comeBack();
  const told = await send(token(), phone);
  if (told.over) await showAgain(phone);
  const waiting = (await listWaiting()).length;
  const isAlone = place.dataset.alone !== undefined;
  const reached = !told.offline && (told.answered || !isAlone || (await isReached()));
  show("told-no-network", !reached);
  show("told-kept", waiting > 0, waiting);
  if (told.refused) show("told-not-taken", true, told.refused);
  if (told.taken.size || (reached && isAlone)) await refresh(phone);
  if (reached) delete place.dataset.alone;
  else place.dataset.alone = "";
  return told;
}

const isReached = async () => Boolean((await fetch("/door/worker.js", { cache: "no-store" }).catch(() => undefined))?.ok);

/** What was kept gives way to what is so now as soon as the hub is reached again. */
async function comeBack() {
  const waiting = (await listWaiting()).length;
  show("told-no-network", true);
  show("told-kept", waiting > 0, waiting);
  if (await isReached()) location.reload();
}

/** Whether something of this very phone waits; of one that it was before, what waits stands in nobody's way. */
const hasOwnWaiting = async (phone) => (await listWaiting()).some((row) => row.reader === phone.reader);

async function refresh(phone) {
  if (isKept || (await hasOwnWaiting(phone))) return;
  await fetchList(phone);
  await showAgain(phone);
}

/** What lies on the phone now, where it is shown. */
async function showAgain(phone) {
  await showTrip();
  if (!document.getElementById("roll").hidden) await showRoll(phone);
}

async function openRoll(button, phone) {
  const roll = document.getElementById("roll");
  roll.hidden = !roll.hidden;
  button.setAttribute("aria-expanded", String(!roll.hidden));
  if (!roll.hidden) await showRoll(phone);
}

/** The phone is let go only when nothing waits on it any more, and nobody is out with it. */
async function leave(event, phone) {
  const form = event.currentTarget;
  event.preventDefault();
  if (isOut()) return;
  await phone.flush();
  if (await hasOwnWaiting(phone)) return;
  await forget();
  form.submit();
}

async function endShift() {
  await forget();
  location.reload();
}

const pairing = document.getElementById("pair");
if (pairing) beginPairing(pairing);
if (place) begin();
