// Keeps the page on which the phone rests, which names nobody, so that it opens without a network while the shift lasts.

const PAGES = "budbok-door-pages";
const FILES = "budbok-door-files";
const STATIC = "/static/";
const KEEP = "X-Budbok-Keep"; // for so many seconds, by this phone's own clock
const KEPT_UNTIL = "X-Budbok-Kept-Until";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(STATIC)) event.respondWith(findFile(request));
  else if (request.mode === "navigate") event.respondWith(showPage(request, url));
});

self.addEventListener("message", (event) => event.waitUntil(keepOpen(event.data)));

/** A page that did not come through here, with its files: it was opened first, or just when this took over. */
async function keepOpen({ page, files }) {
  const ours = files.filter((file) => new URL(file).pathname.startsWith(STATIC));
  await Promise.all([showPage(page, new URL(page)), ...ours.map((file) => findFile(file))]);
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

/** The page of a unit's door, whatever is asked below it. */
const doorOf = (path) => path.split("/").slice(0, 3).join("/");

async function showPage(request, url) {
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await findKept(doorOf(url.pathname))) ?? Response.error();
  }
  const pages = await caches.open(PAGES);
  if (url.pathname !== doorOf(url.pathname)) return answer;
  if (answer.ok && answer.headers.get(KEEP)) await keep(pages, url.pathname, answer.clone());
  else await pages.delete(url.pathname);
  return answer;
}

/** Without the token of its forms. */
async function keep(pages, path, answer) {
  const text = (await answer.text()).replace(/name="token" value="[0-9a-f]*"/g, 'name="token" value=""');
  const headers = new Headers(answer.headers);
  headers.set(KEPT_UNTIL, String(Date.now() + Number(headers.get(KEEP)) * 1000));
  await pages.put(path, new Response(text, { status: 200, headers }));
}

async function findKept(path) {
  const pages = await caches.open(PAGES);
  const kept = await pages.match(path);
  if (!kept) return undefined;
  if (Date.now() > Number(kept.headers.get(KEPT_UNTIL))) {
    await pages.delete(path);
    return undefined;
  }
  const text = (await kept.text()).replace("<html ", "<html data-kept ");
  return new Response(text, { status: 200, headers: kept.headers });
}
