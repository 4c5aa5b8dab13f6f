// Keeps what a family read last, so that it can be read without a network: the pages that say so, as they were then and marked as such.
// It forgets them when the sign-in page is shown, and after half a day. What is asked of the server is asked of the server first.

const PAGES = "budbok-family-pages";
const FILES = "budbok-family-files";
const SIGN_IN = "/family/sign-in";
const STATIC = "/family/static/";
const ICON = "/family/static/worker/family/icon-192.png";
const KEEP = "X-Budbok-Keep";
const KEPT_AT = "X-Budbok-Kept-At";
const LASTS = 12 * 60 * 60 * 1000; // milliseconds

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(STATIC)) event.respondWith(findFile(request));
  else if (request.mode === "navigate") event.respondWith(showPage(request, url));
});

self.addEventListener("push", (event) => event.waitUntil(showNotice(event.data)));

/** That something has come, in place of what was shown before; then the hub is told that it was shown. */
async function showNotice(data) {
  let told = {};
  try {
    told = data.json();
  } catch {
    // A browser wants something shown for each push, whatever it brought.
  }
  await self.registration.showNotification(told.title ?? "Budbok", { body: told.body, tag: "budbok", icon: ICON, badge: ICON, data: told.id });
  if (!told.mark) return;
  const body = JSON.stringify({ id: told.id, mark: told.mark });
  await fetch("/push/shown", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => undefined);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openBook(event.notification.data));
});

/** The book in which it stands, in the window that is open if there is one. */
async function openBook(id) {
  const address = id ? `/family/notices/${id}` : "/family";
  const [open] = await self.clients.matchAll({ type: "window" });
  if (!open) return self.clients.openWindow(address);
  await open.focus();
  return open.navigate(address);
}

/** Files never change under their address. */
async function findFile(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.headers.get("Cache-Control")?.includes("immutable")) await files.put(request, answer.clone());
  return answer;
}

async function showPage(request, url) {
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await findKept(url.pathname)) ?? Response.error();
  }
  if (url.pathname === SIGN_IN) await caches.delete(PAGES);
  else if (answer.ok && answer.headers.get(KEEP)) await keep(url.pathname, answer.clone());
  return answer;
}

/** Without the token of its forms: what is kept is for reading. */
async function keep(path, answer) {
  const text = (await answer.text()).replace(/name="token" value="[0-9a-f]*"/g, 'name="token" value=""');
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  const pages = await caches.open(PAGES);
  await pages.put(path, new Response(text, { status: 200, headers }));
}

async function findKept(path) {
  const pages = await caches.open(PAGES);
  const kept = await pages.match(path);
  if (!kept) return undefined;
  if (Date.now() - Number(kept.headers.get(KEPT_AT)) > LASTS) {
    await pages.delete(path);
    return undefined;
  }
  const text = (await kept.text()).replace("<html ", "<html data-kept ");
  return new Response(text, { status: 200, headers: kept.headers });
}
