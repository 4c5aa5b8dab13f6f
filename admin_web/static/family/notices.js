// Notices in this browser, where it can show them: turned on by a touch, never by themselves, and gone on with for whoever signs in.

const RENEWED = "budbok-notices-renewed";
const token = () => document.querySelector("form[action='/family/sign-out'] input[name=token]")?.value;
const post = (path, fields) => fetch(path, { method: "POST", body: new URLSearchParams({ ...fields, token: token() ?? "" }) });
const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

async function findSubscription() {
  const registration = await navigator.serviceWorker.ready;
  return registration.pushManager.getSubscription();
}

/** Once for each sign-in: this browser goes on for whoever it told, and forgets what was another's. */
async function renew(subscription) {
  if (sessionStorage.getItem(RENEWED) === token()) return subscription;
  const answer = await post("/family/notices/renew", { endpoint: subscription.endpoint });
  if (answer.status === 205) {
    await subscription.unsubscribe();
    return null;
  }
  if (answer.ok) sessionStorage.setItem(RENEWED, token());
  return subscription;
}

async function turnOn(place) {
  if ((await Notification.requestPermission()) !== "granted") return show(place, null);
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: place.dataset.key });
  const { p256dh, auth } = subscription.toJSON().keys;
  const answer = await post("/family/notices/on", { endpoint: subscription.endpoint, p256dh, auth });
  if (!answer.ok) {
    await subscription.unsubscribe();
    throw new Error("notices were not taken");
  }
  sessionStorage.setItem(RENEWED, token());
  location.reload();
}

function show(place, subscription) {
  const state = !can ? "unsupported" : Notification.permission === "denied" ? "denied" : subscription ? "on" : "off";
  if (place.dataset.notices === "offer") place.hidden = state !== "off";
  for (const one of place.querySelectorAll("[data-notices-state]")) one.hidden = one.dataset.noticesState !== state;
}

async function begin() {
  const places = [...document.querySelectorAll("[data-notices]")];
  if (!can || !token()) return places.forEach((place) => show(place, null));
  const found = await findSubscription();
  const subscription = found && (await renew(found).catch(() => found));
  for (const place of places) {
    show(place, subscription);
    place.querySelector("[data-notices-on]")?.addEventListener("click", () => {
      turnOn(place).catch(() => (place.querySelector("[data-notices-failed]").hidden = false));
    });
  }
}

begin();
