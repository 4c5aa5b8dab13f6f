// The phones, live: texts arrive without reload, and forms are sent without leaving the page.
// Everything here also works as plain forms, without this script.

const phones = document.getElementById("phones");
const line = document.querySelector(".line");
document.documentElement.classList.add("live");

const phoneOf = (number) => phones.querySelector(`.phone[data-number="${CSS.escape(number)}"]`);
const conversationOf = (phone, contact) => phone.querySelector(`.conversation[data-contact="${CSS.escape(contact)}"]`);
const optionOf = (phone, contact) => phone.querySelector(`.to option[value="${CSS.escape(contact)}"]`);
const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

function showConversation(phone, contact) {
  for (const each of phone.querySelectorAll(".conversation")) each.hidden = each.dataset.contact !== contact;
  phone.querySelector(".to select").value = contact;
  const option = optionOf(phone, contact);
  if (option?.dataset.name) option.textContent = option.dataset.name;
  const arrived = phone.querySelector(".arrived");
  if (arrived.dataset.contact === contact) arrived.hidden = true;
  const shown = conversationOf(phone, contact);
  if (shown) shown.scrollTop = shown.scrollHeight;
}

function ensureConversation(phone, contact, name) {
  const known = conversationOf(phone, contact);
  if (known) return known;
  const option = new Option(name, contact);
  option.dataset.name = name;
  const select = phone.querySelector(".to select");
  select.insertBefore(option, select.lastElementChild);
  const made = copyOf("conversation");
  made.dataset.contact = contact;
  made.setAttribute("aria-label", `${phone.querySelector("h2").textContent}’s texts with ${name}`);
  made.querySelector(".name").textContent = name;
  made.hidden = true;
  phone.querySelector(".conversations").append(made);
  return made;
}

function addBubble(phone, text) {
  const conversation = ensureConversation(phone, text.contact, text.contact_name);
  if (conversation.querySelector(`[data-sid="${CSS.escape(text.sid)}"]`)) return;
  const bubble = copyOf("bubble");
  bubble.classList.add(text.side);
  bubble.dataset.sid = text.sid;
  bubble.querySelector(".words").textContent = text.body;
  const time = bubble.querySelector("time");
  time.textContent = text.time;
  time.dateTime = text.moment;
  tick(bubble, text);
  conversation.querySelector(".bubbles").append(bubble);
  conversation.scrollTop = conversation.scrollHeight;
}

function tick(bubble, { fate, tick, words }) {
  bubble.dataset.fate = fate;
  bubble.querySelector(".tick").textContent = tick;
  bubble.querySelector(".fate").textContent = words;
}

function received(phone, text) {
  addBubble(phone, text);
  const shown = phone.querySelector(".to select").value;
  const busy = phone.querySelector("textarea").value || phone.querySelector(".composer").contains(document.activeElement);
  if (shown !== text.contact && busy) {
    const option = optionOf(phone, text.contact);
    option.textContent = `${option.dataset.name} (new)`;
    const arrived = phone.querySelector(".arrived");
    arrived.textContent = `New from ${option.dataset.name}: read`;
    arrived.dataset.contact = text.contact;
    arrived.hidden = false;
  } else {
    showConversation(phone, text.contact);
  }
  if (!phone.matches(":hover, :focus-within")) countNew(phone.dataset.number);
}

function countNew(number) {
  const chip = phones.querySelector(`[data-chip="${CSS.escape(number)}"] .new`);
  const waiting = Number(chip.dataset.count || 0) + 1;
  chip.dataset.count = waiting;
  chip.textContent = `${waiting} new`;
  chip.hidden = false;
}

function seen(phone) {
  const chip = phones.querySelector(`[data-chip="${CSS.escape(phone.dataset.number)}"] .new`);
  chip.dataset.count = 0;
  chip.hidden = true;
}

const hear = {
  received: (news) => { const phone = phoneOf(news.phone); if (phone) received(phone, news.text); },
  said: (news) => {
    const phone = phoneOf(news.phone);
    if (!phone) return;
    addBubble(phone, news.text);
    showConversation(phone, news.text.contact);
  },
  taken: (news) => {
    const bubble = phones.querySelector(`[data-sid="${CSS.escape(news.sid)}"]`);
    if (bubble) tick(bubble, news);
  },
  phone: (news) => {
    const phone = phoneOf(news.number);
    if (!phone) return;
    phone.dataset.on = news.on ? "yes" : "no";
    phone.dataset.known = news.known ? "yes" : "no";
  },
  network: (news) => { document.documentElement.dataset.network = news.up ? "up" : "down"; },
  trouble: (news) => {
    for (const [key, value] of Object.entries(news.chosen)) document.querySelector(`.choices [name="${key}"]`).value = value;
    const pill = document.querySelector(".trouble .pill");
    pill.dataset.well = news.words.length ? "no" : "yes";
    pill.textContent = news.words.length ? `✕ ${news.words.join("; ")}` : "● All is well";
  },
  door: (news) => {
    const door = document.querySelector(".door");
    if (!door) return;
    door.dataset.rushing = news.rushing ? "yes" : "no";
    const pill = door.querySelector(".pill");
    pill.dataset.well = news.well ? "yes" : "no";
    pill.textContent = news.gate;
    if (news.rush) door.querySelector(".rush").textContent = news.rush;
  },
  touch: (news) => {
    for (const told of phones.querySelectorAll(`[data-tag="${CSS.escape(news.serial)}"]`)) told.textContent = news.words;
  },
  afresh: startAfresh,
};

async function startAfresh() {
  const drafts = new Map([...phones.querySelectorAll("textarea")].map((area) => [area.id, area.value]));
  const focused = document.activeElement?.id;
  const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
  phones.replaceChildren(...page.getElementById("phones").children);
  for (const [id, words] of drafts) if (words && document.getElementById(id)) document.getElementById(id).value = words;
  if (focused) document.getElementById(focused)?.focus();
  lay();
}

function lay() {
  for (const phone of phones.querySelectorAll(".phone")) showConversation(phone, phone.querySelector(".to select").value);
}

async function send(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" } });
  return answer.ok ? "" : answer.text();
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.matches("[data-authenticator]")) {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    form.querySelector("output").textContent = await answer.text();
    return;
  }
  if (!form.matches(".composer")) {
    await send(form, event.submitter);
    if (form.matches(".keys")) form.querySelector("button:not([hidden])")?.focus({ preventScroll: true });
    return;
  }
  const area = form.querySelector("textarea");
  const unsent = form.querySelector(".unsent");
  const words = area.value;
  const going = send(form, null);
  area.value = "";
  grow(area);
  const why = await going.catch(() => "Not sent: this page has lost its provider.");
  unsent.textContent = why;
  unsent.hidden = !why;
  if (why && !area.value) area.value = words;
});

function grow(area) {
  area.rows = Math.min(4, Math.max(1, area.value.split("\n").length, Math.ceil(area.value.length / 26)));
}

document.addEventListener("input", (event) => { if (event.target.matches("textarea")) grow(event.target); });
document.addEventListener("change", (event) => {
  if (event.target.matches(".to select")) showConversation(event.target.closest(".phone"), event.target.value);
  if (event.target.closest(".choices")) event.target.form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".write textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
document.addEventListener("click", (event) => {
  const arrived = event.target.closest(".arrived");
  if (arrived) showConversation(arrived.closest(".phone"), arrived.dataset.contact);
});
for (const kind of ["focusin", "pointerover"]) {
  document.addEventListener(kind, (event) => {
    const phone = event.target.closest?.(".phone");
    if (phone) seen(phone);
  });
}

lay();
let opened = false;
const events = new EventSource("/events");
events.addEventListener("open", () => {
  line.hidden = true;
  if (opened) startAfresh();
  opened = true;
});
events.addEventListener("error", () => { line.hidden = false; });
events.addEventListener("message", (event) => {
  const news = JSON.parse(event.data);
  hear[news.kind]?.(news);
});
addEventListener("pagehide", () => events.close());
