// A trip: some children leave with this phone, and are counted every so many minutes. All of it lies on the phone, so it goes on
// without a network; what was counted is written down, signed, and sent when there is one.

import { findList, forgetTrip, keep, keepList } from "./kept.js";

const EACH_SECOND = 1000;
const SOON = 60 * 1000; // milliseconds: so much before it is due, a count may begin
const HUM = [400, 200, 400]; // milliseconds of shaking and stillness
const RING_AGAIN = 20 * 1000; // milliseconds between two alarms

const part = (id) => document.getElementById(id);
const show = (id, is) => (part(id).hidden = !is);
const say = (words, told) => Object.entries(told).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words);
const clock = (moment) => {
  const told = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: part("trip").dataset.zone });
  return told.format(moment).replace(":", document.documentElement.lang === "en" ? ":" : ".");
};

let phone;
let trip; // { number, place, every, children, there, counted, missing, late }
let sound;
let rang = 0;
let isAsking = false; // whether they are all back
let isEnding = false;

const key = () => `${phone.path}#trip`;
/** A count that lies ahead was before the clock was set back: nobody knows how long ago. */
const due = () => (trip.counted > Date.now() ? 0 : trip.counted + trip.every * 60 * 1000);

/** What is under way on this phone, and the way to begin. */
export async function beginTrip(own) {
  phone = { ...own, path: own.path, trips: `${own.path}/trips` };
  if (!part("trip")) return;
  part("trip-open").hidden = false;
  part("trip-open").addEventListener("click", open);
  part("trip-begin").addEventListener("submit", begin);
  part("trip-all").addEventListener("click", () => tickAll());
  part("trip-done").addEventListener("click", () => finish());
  part("trip-without").addEventListener("click", () => count(listUnticked()));
  part("trip-back").addEventListener("click", askBack);
  part("trip-end-all").addEventListener("click", () => end([]));
  part("trip-end-without").addEventListener("click", () => end(listUnticked()));
  part("trip-end-not").addEventListener("click", () => showAsking(false));
  trip = (await findList(key()))?.trip;
  if (trip) draw();
  setInterval(watch, EACH_SECOND);
}

/** Where the phone was let go of, nobody's name stays here either. */
export async function showTrip() {
  if (!phone || !part("trip")) return;
  if (!(await findList(phone.path))) part("trip-choose").replaceChildren();
  if (trip && !(await findList(key()))) close();
}

/** Whether they are out with this phone; then it is asked first whether all are back. */
export function isOut() {
  if (trip) showAsking(true);
  return Boolean(trip);
}

const listUnticked = () => trip.children.filter((child) => !trip.there.includes(child.id)).map((child) => child.id);
const names = (ids) => trip.children.filter((child) => ids.includes(child.id)).map((child) => child.name).join(", ");

/** Who of those who are here may come along: a tick each. */
async function open() {
  const section = part("trip");
  section.hidden = !section.hidden;
  part("trip-open").setAttribute("aria-expanded", String(!section.hidden));
  if (section.hidden || trip) return;
  const list = await findList(phone.path);
  const groups = (list?.groups ?? []).map((group) => ({ ...group, children: group.children.filter((child) => child.state === "here") }));
  const able = groups.filter((group) => group.children.length);
  part("trip-choose").replaceChildren(...able.map(drawChoices));
  show("trip-nobody", !able.length);
}

function drawChoices(group) {
  const set = document.createElement("fieldset");
  const head = document.createElement("legend");
  head.textContent = group.name;
  set.append(head, ...group.children.map((child) => {
    const label = document.createElement("label");
    label.className = "tick-row";
    const tick = document.createElement("input");
    Object.assign(tick, { type: "checkbox", name: "child", value: child.id });
    tick.dataset.name = child.name;
    label.append(tick, ` ${child.name}`);
    return label;
  }));
  return set;
}

async function begin(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const children = [...form.querySelectorAll("input[name=child]:checked")].map((tick) => ({ id: tick.value, name: tick.dataset.name }));
  const isRight = children.length > 0 && children.length <= Number(form.dataset.most);
  show("trip-nobody-chosen", !isRight);
  if (!isRight) return;
  allowSound();
  const place = form.place.value.trim().slice(0, 60);
  const every = Number(form.every.value);
  const number = await write({ kind: "trip", place, every, children: children.map((child) => child.id) });
  const begun = { number, place, every, children, there: [], counted: Date.now(), missing: [] };
  await remember(begun);
  trip = begun;
  draw();
}

/** One more thing of the trip is written down; its number. */
async function write(what) {
  const number = await keep({ ...phone, path: phone.trips }, what);
  phone.flush();
  return number;
}

async function remember(own = trip) {
  const list = await findList(phone.path);
  await keepList({ path: key(), until: list?.until ?? Date.now() + 12 * 60 * 60 * 1000, trip: own });
}

function draw() {
  part("door").before(part("trip")); // while they are out, nothing on this phone is nearer
  show("trip", true);
  part("trip-open").setAttribute("aria-expanded", "true");
  show("trip-begin", false);
  show("trip-out", true);
  const title = part("trip-title");
  title.textContent = say(title.dataset.words, { place: trip.place, n: trip.children.length });
  part("trip-list").replaceChildren(...trip.children.map(drawChild));
  part("trip-all").textContent = say(part("trip-all").dataset.words, { n: trip.children.length });
  watch();
}

function drawChild(child) {
  const row = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.child = child.id;
  button.textContent = child.name;
  button.setAttribute("aria-pressed", String(trip.there.includes(child.id)));
  button.addEventListener("click", async () => {
    const is = trip.there.includes(child.id);
    trip.there = is ? trip.there.filter((id) => id !== child.id) : [...trip.there, child.id];
    button.setAttribute("aria-pressed", String(!is));
    await remember();
    watch();
  });
  row.append(button);
  return row;
}

async function tickAll() {
  trip.there = trip.children.map((child) => child.id);
  await finish();
}

/** A count with somebody unticked is none yet: it says who, and asks again. */
async function finish() {
  const unticked = listUnticked();
  if (!unticked.length) return count([]);
  allowSound();
  trip.late = unticked;
  await remember();
  rang = 0;
  watch();
}

async function count(missing) {
  await write({ kind: "count", trip: trip.number, children: missing });
  Object.assign(trip, { counted: Date.now(), there: [], missing, late: undefined });
  await remember();
  draw();
}

/** The last count is at the return: who is not ticked then is asked for by name. */
async function askBack() {
  if (listUnticked().length) showAsking(true);
  else await end([]);
}

function showAsking(is) {
  isAsking = is;
  watch();
  part(is ? "trip-end" : "trip-back").focus();
}

async function end(missing) {
  if (isEnding) return;
  isEnding = true;
  const { number } = trip;
  try {
    await write({ kind: "count", trip: number, children: missing });
    await write({ kind: "back", trip: number });
    await forgetTrip(key());
  } finally {
    isEnding = false;
  }
  close();
}

function close() {
  trip = undefined;
  isAsking = false;
  part("trip-list").replaceChildren();
  part("trip-title").textContent = "";
  for (const id of ["trip-unticked", "trip-missing"]) part(id).querySelector("span").textContent = "";
  part("trip-end-who").textContent = "";
  show("trip-end", false);
  show("trip-out", false);
  show("trip-begin", true);
  show("trip", false);
  part("trip").classList.remove("trip-rings");
  part("door").after(part("trip"));
  part("trip-open").setAttribute("aria-expanded", "false");
}

/** What the phone shows, and whether it rings: a count is due, a child is not ticked, or one was missing at the last count. */
function watch() {
  if (!trip) return;
  const now = Date.now();
  const last = part("trip-last");
  last.textContent = say(last.dataset.words, { at: clock(trip.counted), next: clock(due() || now), n: trip.there.length, of: trip.children.length });
  const alarms = { "trip-due": now >= due(), "trip-unticked": Boolean(trip.late && listUnticked().length), "trip-missing": trip.missing.length > 0 };
  for (const [id, is] of Object.entries(alarms)) show(id, is);
  const who = { "trip-unticked": listUnticked(), "trip-missing": trip.missing };
  for (const [id, ids] of Object.entries(who)) {
    const text = part(id).querySelector("span");
    const told = say(part(id).dataset.words, { names: names(ids) });
    if (text.textContent !== told) text.textContent = told;
  }
  show("trip-without", alarms["trip-unticked"]);
  showAsked();
  part("trip").classList.toggle("trip-rings", alarms["trip-due"] || alarms["trip-unticked"]);
  if (alarms["trip-due"] || alarms["trip-unticked"]) ring(now);
  else if (now < due() - SOON) rang = 0;
}

/** Who was missing at the last count is not back with all the others at one touch, but ticked by itself. */
function showAsked() {
  const unticked = listUnticked();
  show("trip-end", isAsking);
  show("trip-back", !isAsking);
  show("trip-end-without", unticked.length > 0);
  show("trip-end-all", !trip.missing.some((id) => unticked.includes(id)));
  part("trip-end-all").textContent = say(part("trip-end-all").dataset.words, { n: trip.children.length });
  const who = part("trip-end-who");
  const told = unticked.length ? say(who.dataset.words, { names: names(unticked) }) : "";
  if (who.textContent !== told) who.textContent = told;
}

function ring(now) {
  if (now - rang < RING_AGAIN) return;
  rang = now;
  part("trip").dataset.rang = String(Number(part("trip").dataset.rang ?? 0) + 1);
  navigator.vibrate?.(HUM);
  if (sound?.state !== "running") return;
  const tone = sound.createOscillator();
  tone.connect(sound.destination);
  tone.frequency.value = 880;
  tone.start();
  tone.stop(sound.currentTime + 0.6);
}

/** A page may make a sound only once it was touched. */
function allowSound() {
  sound ??= globalThis.AudioContext ? new AudioContext() : undefined;
  sound?.resume?.().catch(() => undefined);
}
