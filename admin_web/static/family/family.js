// What the family pages gain when their script arrives: they keep what was read last, and end where the session does.

const PAGES = "budbok-family-pages";

if (document.querySelector("[data-forgets]")) globalThis.caches?.delete(PAGES);
else navigator.serviceWorker?.register("/family/worker.js", { scope: "/family" }).catch(() => undefined);

// The session, or the right to what is shown, is over: whatever the server shows now is what may be seen.
document.addEventListener("over", () => location.reload());
addEventListener("online", () => document.documentElement.hasAttribute("data-kept") && location.reload());
