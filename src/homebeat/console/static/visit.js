// The page of a visit, over a bad line: what was pressed is kept on this telephone until the server has it, in order, photos last.
// "I am at the door" says where the telephone is, if it may; it is asked for then and never else. All works without this script.
"use strict";
const box = "homebeat" + location.pathname, unsent = document.querySelector("#unsent");
let inHand = [], isBusy = false, flight;                             // in hand: for a browser that keeps nothing, or not so much, for us
const read = () => { try { return JSON.parse(localStorage.getItem(box)) ?? inHand; } catch { return inHand; } };
function keep(reports) {
  inHand = reports;
  try { localStorage.removeItem(box); if (reports.length) localStorage.setItem(box, JSON.stringify(reports)); } catch { /* in hand */ }
  unsent.hidden = !reports.length;
  unsent.textContent = unsent.dataset.text.replace("{n}", reports.length);
}
const findPosition = () => new Promise((found) => {                  // a browser that never answers holds nobody up
  setTimeout(found, 9000);
  navigator.geolocation.getCurrentPosition(({ coords }) => found(coords), () => found(), { enableHighAccuracy: true, timeout: 8000 });
});
async function shrink(photo) {                                       // as a camera makes it, a bad line would not carry it
  const image = await createImageBitmap(photo), part = Math.min(1, 1600 / Math.max(image.width, image.height));
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width * part, height: image.height * part });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.75).split(",")[1];
}
async function send() {
  if (isBusy) return;
  isBusy = true;
  try {
    for (let all = read(); all.length; all = read()) {
      const first = all.find((one) => !one.photo) ?? all[0], body = new FormData(), part = first.photo ? "#photos" : "#visit";
      const age = Math.max(0, Math.round((Date.now() - first.at) / 1000));
      for (const [name, value] of [...first.fields, ["ago_s", age]]) body.append(name, value);
      if (first.photo) body.set("photo", new Blob([Uint8Array.from(atob(first.photo), (one) => one.charCodeAt(0))]), "photo");
      const signal = first.photo ? (flight = new AbortController()).signal : AbortSignal.timeout(15000);
      const answer = await fetch(location.pathname + (first.photo ? "/photo" : ""), { method: "POST", body, signal });
      if (answer.status >= 500 || answer.status === 429) break;      // not taken: again in some seconds
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.body.dataset.linked) break;                          // the page of a network that asks to sign in: not ours
      keep(read().filter((one) => one.at !== first.at));
      document.querySelector(part)?.replaceChildren(...(page.querySelector(part) ?? page.body).childNodes);
      if (!first.photo) scrollTo(0, 0);                              // a photo leaves alone what somebody types meanwhile
    }
  } catch { /* no connection */ }
  isBusy = false;
}
addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, button = event.submitter, fields = new FormData(form, button), at = Date.now();
  button.disabled = true;
  if (fields.has("lat") && button.value === "at_door" && navigator.geolocation) {
    const found = await findPosition(), set = (name, value) => fields.set(name, value.toFixed(6));
    if (found) { set("lat", found.latitude); set("lon", found.longitude); set("accuracy", found.accuracy); }
  }
  const photo = fields.has("photo") ? await shrink(fields.get("photo")).catch(() => "") : null;
  if (photo !== null) { button.disabled = false; if (photo) form.reset(); else { if (navigator.onLine) form.submit(); return; } }
  keep([...read(), { fields: [...fields], at, photo }]);
  flight?.abort(); setTimeout(send);                                 // nothing waits for a photo that is on its way
});
addEventListener("click", ({ target }) => { if (target.dataset.copy) navigator.clipboard?.writeText(target.dataset.copy); });
addEventListener("online", send); setInterval(send, 5000);
keep(read()); send();
