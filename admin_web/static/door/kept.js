// What lies on the phone: its key, which nobody can take out; what waits to be sent, signed; and for the shift the children of its groups.
// A number is given once for each thing, so that the hub counts it once however often it is sent.

const NAME = "budbok-door";
const PAGES = "budbok-door-pages";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const GIVES_UP = 36 * 60 * 60 * 1000; // milliseconds: what is older and was not taken never is
const MOST = 100;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("phones", { keyPath: "publicKey" });
    request.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
    request.result.createObjectStore("lists", { keyPath: "path" });
  };
  return done(request);
}

async function using(store, mode, act) {
  const database = await open();
  try {
    const transaction = database.transaction(store, mode, { durability: "strict" }); // what is said to be kept outlasts the battery
    const over = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const result = await act(transaction.objectStore(store));
    await over;
    return result;
  } finally {
    database.close();
  }
}

const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

/** A key of this phone's own; its public half, for the hub. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const publicKey = encode(await crypto.subtle.exportKey("spki", pair.publicKey));
  await using("phones", "readwrite", (phones) => done(phones.put({ publicKey, key: pair.privateKey, counted: 0 })));
  return publicKey;
}

export async function hasKey(publicKey) {
  return publicKey !== "" && Boolean(await using("phones", "readonly", (phones) => done(phones.get(publicKey))));
}

async function nextNumber(phone) {
  return using("phones", "readwrite", async (phones) => {
    const own = await done(phones.get(phone.publicKey));
    own.counted = Math.max(own.counted, phone.counted) + 1;
    await done(phones.put(own));
    return { number: own.counted, key: own.key };
  });
}

/** Write one thing down, signed; its number. */
export async function keep(phone, what) {
  const { number, key } = await nextNumber(phone);
  const text = JSON.stringify({ reader: phone.reader, number, at: new Date().toISOString(), ...what });
  const signature = encode(await crypto.subtle.sign(SIGNING, key, new TextEncoder().encode(text)));
  const waits = { path: phone.path, reader: phone.reader, number, text, signature, kept: Date.now() };
  await using("queue", "readwrite", (queue) => done(queue.add(waits)));
  return number;
}

export const listWaiting = () => using("queue", "readonly", (queue) => done(queue.getAll()));

const drop = (rows) => using("queue", "readwrite", (queue) => Promise.all(rows.map((row) => done(queue.delete(row.id)))));

/** Of a request whose answer is for a script: whoever must sign in is told so, and led nowhere. */
export const ASKING = { redirect: "manual", headers: { "HX-Request": "true" } };

/** Whether the hub has let go of this phone at its unit, or of whoever holds it: then nobody's name stays. A page that has only
 * faded opens again. */
export async function isLetGo(answer, phone) {
  const isNo = answer?.type === "opaqueredirect" || [401, 403, 404].includes(answer?.status);
  if (!isNo || answer.headers.get("HX-Trigger") === "faded") return false;
  await forget(answer.status === 404 ? phone.path : undefined);
  return true;
}

const refused = new Set(); // what the hub took from none of whoever was here while this page is open

/** Send all that waits, each phone's own by itself. `taken` is what the hub answered by number; `offline`: nobody was reached, `answered`:
 * somebody was; `over`: nobody's name stays. What another phone wrote down that this device was before may be taken from somebody else, or
 * never: it is told once, and ends nothing of this one. */
export async function send(token, phone) {
  const waiting = await listWaiting();
  const told = { taken: new Map(), refused: 0, offline: false, answered: false, over: false };
  const way = (row) => `${row.path} ${row.reader}`;
  for (const one of new Set(waiting.map(way))) {
    const all = waiting.filter((row) => way(row) === one);
    if (refused.has(one)) continue;
    const rows = all.slice(0, MOST);
    const answer = await post(rows, token);
    if (!answer) {
      told.offline = true;
      break;
    }
    told.answered = true;
    if (!answer.ok) {
      const isOwn = rows[0].reader === phone.reader;
      if (isOwn || answer.status !== 404) told.over ||= await isLetGo(answer, phone);
      if (answer.status !== 404) continue;
      if (!isOwn) refused.add(one);
      told.refused += all.length;
      await drop(all.filter((row) => Date.now() - row.kept > GIVES_UP));
      continue;
    }
    const fates = await answer.json();
    rows.forEach((row, at) => told.taken.set(`${row.reader} ${row.number}`, fates[at]));
    told.refused += fates.filter((one) => one.fate === "refused").length;
    await drop(rows);
  }
  return told;
}

async function post(rows, token) {
  const form = new URLSearchParams({ token, reader: rows[0].reader, clock: new Date().toISOString() });
  for (const row of rows) {
    form.append("texts", row.text);
    form.append("signatures", row.signature);
  }
  return fetch(`${rows[0].path}/queue`, { ...ASKING, method: "POST", body: form }).catch(() => undefined);
}

export const keepList = (list) => using("lists", "readwrite", (lists) => done(lists.put(list)));

/** The children of a unit as they were known last, while the shift lasts; forgotten after it. */
export async function findList(path) {
  const list = await using("lists", "readonly", (lists) => done(lists.get(path)));
  if (!list || list.until > Date.now()) return list;
  await using("lists", "readwrite", (lists) => done(lists.delete(path)));
  return undefined;
}

/** A trip that is over. */
export const forgetTrip = (path) => using("lists", "readwrite", (lists) => done(lists.delete(path)));

/** Nobody's name stays; of one unit, where its path is told, and of no shift that is over. What waits to be sent names nobody,
 * and stays. */
export async function forget(path) {
  if (path === undefined) {
    await globalThis.caches?.delete(PAGES);
    await using("lists", "readwrite", (lists) => done(lists.clear()));
    return;
  }
  await (await globalThis.caches?.open(PAGES))?.delete(path);
  const isOf = (list) => list.path === path || list.path.startsWith(`${path}#`) || list.until <= Date.now();
  await using("lists", "readwrite", async (lists) => {
    const all = await done(lists.getAll());
    await Promise.all(all.filter(isOf).map((list) => done(lists.delete(list.path))));
  });
}
