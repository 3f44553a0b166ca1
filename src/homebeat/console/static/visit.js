// The page of a visit, over a bad line: what was pressed is kept on this telephone until the server has it, in order, and the page
// says so. "I am at the door" says where the telephone is, where the browser offers that: it is asked for then and never else, and
// whatever comes of it, the report is sent. The page works without this script, and without a position.
"use strict";
const box = "homebeat" + location.pathname, unsent = document.querySelector("#unsent");
let inHand = [], isBusy = false;                                     // in hand: for a browser that keeps nothing for us
const read = () => { try { return JSON.parse(localStorage.getItem(box) ?? "[]"); } catch { return inHand; } };
function keep(reports) {
  inHand = reports;
  try { if (reports.length) localStorage.setItem(box, JSON.stringify(reports)); else localStorage.removeItem(box); } catch { /* in hand */ }
  unsent.hidden = !reports.length;
  unsent.textContent = unsent.dataset.text.replace("{n}", reports.length);
}
function findPosition() {                                            // a browser that never answers holds nobody up
  const options = { enableHighAccuracy: true, timeout: 8000, maximumAge: 30000 };
  return new Promise((found) => {
    setTimeout(found, 9000);
    navigator.geolocation.getCurrentPosition(({ coords }) => found(coords), () => found(), options);
  });
}
async function send() {
  if (isBusy) return;
  isBusy = true;
  try {
    for (let [first] = read(); first; [first] = read()) {
      const age = ["ago_s", Math.max(0, Math.round((Date.now() - first.at) / 1000))];
      const body = new URLSearchParams([...first.fields, age]);
      const answer = await fetch(location.pathname, { method: "POST", body, signal: AbortSignal.timeout(15000) });
      if (answer.status >= 500 || answer.status === 429) break;      // not taken: again in some seconds
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.body.dataset.linked) break;                          // the page of a network that asks to sign in: not ours
      keep(read().slice(1));
      document.querySelector("#visit").replaceChildren(...(page.querySelector("#visit") ?? page.body).childNodes);
      scrollTo(0, 0);
    }
  } catch { /* no connection */ }
  isBusy = false;
}
addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, button = event.submitter, fields = new FormData(form, button), at = Date.now();
  button.disabled = true;
  if (fields.has("lat") && button.value === "at_door" && navigator.geolocation) {
    const found = await findPosition();
    if (found) { fields.set("lat", found.latitude.toFixed(6)); fields.set("lon", found.longitude.toFixed(6)); }
    if (found) fields.set("accuracy", Math.round(found.accuracy));
  }
  keep([...read(), { fields: [...fields], at }]);
  send();
});
addEventListener("click", ({ target }) => { if (target.dataset.copy) navigator.clipboard?.writeText(target.dataset.copy); });
addEventListener("online", send);
setInterval(send, 5000);
keep(read());
send();
