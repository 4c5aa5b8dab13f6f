// The roll call: who is here as the phone knew it last, with a tick for each child. It is drawn from what lies on the phone.

import { ASKING, findList, isLetGo, keep, keepList } from "./kept.js";

const WAYS = { here: ["seen", "missing", "leaving"] };
const OTHERWISE = ["coming", "missing"];

/** Ask the hub for the children. A phone that is none any more, or no more at this unit, and one whose owner is signed out, keeps
 * nobody's name. */
export async function askForChildren(phone) {
  const answer = await fetch(`${phone.path}/children`, ASKING).catch(() => undefined);
  await isLetGo(answer, phone);
  return answer;
}

/** Bring the list on the phone up to date, where the hub is reached; ticks that wait stay. */
export async function fetchList(phone) {
  const answer = await askForChildren(phone);
  if (!answer?.ok) return;
  const { left, groups } = await answer.json();
  await keepList({ path: phone.path, ticks: {}, until: Date.now() + left * 1000, groups });
}

export async function showRoll(phone) {
  const roll = document.getElementById("roll");
  const place = document.getElementById("roll-list");
  const list = await findList(phone.path);
  const parts = list ? list.groups.map((group) => drawGroup(roll, phone, list, group)) : [paragraph(roll.dataset.none)];
  place.replaceChildren(...parts);
}

function drawGroup(roll, phone, list, group) {
  const part = document.createElement("section");
  const head = document.createElement("h3");
  const here = group.children.filter((child) => child.state === "here").length;
  head.textContent = `${group.name} ${here}/${group.children.length}`;
  part.append(head, ...group.children.map((child) => drawChild(roll, phone, list, child)));
  return part;
}

function drawChild(roll, phone, list, child) {
  const row = document.createElement("div");
  row.className = "roll-row";
  row.dataset.child = child.id;
  const name = document.createElement("span");
  name.append(strong(child.name), ` ${roll.getAttribute(`data-state-${child.state.replace("_", "-")}`)}`, child.seen ? ` · ${child.seen}` : "");
  row.append(name, ...(WAYS[child.state] ?? OTHERWISE).map((way) => drawTick(roll, phone, list, child, way)));
  return row;
}

function drawTick(roll, phone, list, child, way) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(roll.dataset[way], heard(` ${child.name}`));
  button.setAttribute("aria-pressed", String(list.ticks[child.id] === way));
  button.addEventListener("click", async () => {
    if (list.ticks[child.id] === way) return;
    await keep(phone, { kind: "tick", child: child.id, way, stood: child.state });
    list.ticks[child.id] = way;
    await keepList(list);
    for (const one of button.parentElement.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === button));
    phone.flush();
  });
  return button;
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function strong(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}

function heard(text) {
  const element = document.createElement("span");
  element.className = "only-heard";
  element.textContent = text;
  return element;
}
