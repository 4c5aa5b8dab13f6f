// What the family pages gain when their script arrives: they keep what was read last, and end where the session does.

const PAGES = "budbok-family-pages";

if (document.querySelector("[data-forgets]")) globalThis.caches?.delete(PAGES);
else navigator.serviceWorker?.register("/family/worker.js", { scope: "/family" }).catch(() => undefined);

// The session, or the right to what is shown, is over: whatever the server shows now is what may be seen.
document.addEventListener("over", () => location.reload());

// What was kept gives way to what is so now as soon as we are reached again. That a network is there says little, so it is tried.
const ASK_AGAIN = 5000; // milliseconds

async function comeBack() {
  if (document.hidden) return;
  const answer = await fetch("/family/worker.js", { cache: "no-store" }).catch(() => undefined);
  if (answer?.ok) location.reload();
}

if (document.documentElement.hasAttribute("data-kept")) {
  for (const event of ["online", "visibilitychange"]) addEventListener(event, comeBack);
  setInterval(comeBack, ASK_AGAIN);
}
