// The console's whole script: live rows that keep the focus, the card and the forms without a reload, waiting times, the keys,
// the sound, and a light that cannot lie. Without it everything still works, with reloads.
"use strict";
const one = (selector) => document.querySelector(selector), all = (selector) => [...document.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const body = document.body, light = byId("light"), banner = byId("banner"), card = byId("card"), words = body.dataset;
const fragment = (html) => { const t = document.createElement("template"); t.innerHTML = html.trim(); return t.content; };
const shown = () => card.querySelector("article")?.dataset ?? {}, idsOf = (row) => row?.dataset.alerts.split(" ") ?? [];
const rowOf = (alert) => all(".row").find((row) => idsOf(row).includes(alert));
const write = (el, text) => { if (el.textContent !== text) el.textContent = text; };

// Make `a` look like `b`, touching only what differs: focus, selection and half-typed text survive.
function morph(a, b) {
  if (a.isEqualNode(b)) return;
  if (a.nodeType !== 1 || a.nodeName !== b.nodeName) { a.replaceWith(b); return; }
  const isKept = (name) => b.hasAttribute(name) || (name === "open" && a.nodeName === "DETAILS");
  for (const { name } of [...a.attributes]) if (!isKept(name)) a.removeAttribute(name);
  for (const { name, value } of b.attributes) if (a.getAttribute(name) !== value) a.setAttribute(name, value);
  const old = [...a.childNodes], next = [...b.childNodes];
  next.forEach((node, i) => (old[i] ? morph(old[i], node) : a.append(node)));
  old.slice(next.length).forEach((node) => node.remove());
}

// What the server may ask for: put a row after another of its list, keep only some rows, drop one, set a content or the title.
const operations = {
  put(list, after, id, html) {
    const fresh = fragment(html).firstElementChild, there = byId(id), parent = byId(list), { alert, version } = shown();
    const about = (row) => row.querySelector(".about").textContent, isOther = there && about(there) !== about(fresh);
    const place = () => (after ? byId(after)?.nextSibling ?? null : parent.firstChild);
    const isNew = fresh.dataset.version !== version, isUrgent = fresh.matches(".critical, .high");
    clocks(fresh);
    if (isUrgent) parent.closest("details")?.setAttribute("open", "");   // nothing urgent lies under a fold
    if (there?.parentNode === parent && (place() === there || there.previousElementSibling?.id === after)) morph(there, fresh);
    else {
      const isFocused = there?.contains(document.activeElement);
      there?.remove();
      parent.insertBefore(fresh, place());
      if (isFocused) fresh.querySelector("a").focus({ preventScroll: true });
    }
    // what the row names may have been shown, or hidden, though the alert is the same
    if (id === "row-" + alert && (isOther || isNew)) refresh();
  },
  keep(list, ids) { for (const row of [...byId(list).children]) if (!ids.includes(row.id)) operations.drop(row.id); },
  drop(id) {
    const row = byId(id), next = row?.nextElementSibling ?? row?.previousElementSibling;
    if (row?.contains(document.activeElement)) next?.querySelector("a")?.focus({ preventScroll: true });
    row?.remove();
    if (id === "row-" + shown().alert) refresh();
  },
  set(id, html) { const el = byId(id); if (el.innerHTML.trim() !== html.trim()) el.replaceChildren(fragment(html)); },
  title(text) { document.title = text; },
};

let source, heard = performance.now(), skew = 0, gone = [];           // gone: closed here, though a row may still name it
function show(text) { banner.hidden = !text; write(banner, text); }
function lit(on) { light.className = on ? "light on" : "light off"; write(light, on ? light.dataset.on : light.dataset.off); }
function lost() { lit(false); show(words.lost); }
function connect() {
  source?.close();
  source = new EventSource(words.live);                              // the first message is always the whole window
  source.onmessage = (e) => {
    heard = performance.now();
    for (const [name, ...rest] of JSON.parse(e.data)) operations[name](...rest);
    mark();
  };
  source.addEventListener("tick", (e) => {
    const tick = JSON.parse(e.data);
    heard = performance.now(); skew = tick.now - Date.now();
    lit(!tick.blind); show(tick.blind || tick.late || tick.noted);
  });
  source.onerror = async () => {
    lost();
    if (source.readyState !== EventSource.CLOSED) return;            // the browser tries again by itself
    const answer = await fetch("/console/signed-in", { redirect: "manual" }).catch(() => null);
    if (answer?.status === 401) show(words.signedOut);
    setTimeout(connect, 2000);                                       // closed by an HTTP error such as 502: it would not
  };
}
setInterval(() => {                                                  // the server hangs, or the cable is out
  if (performance.now() - heard > 12000) { lost(); heard = performance.now() - 6000; connect(); }
  clocks();
}, 1000);
setInterval(refresh, 60000);                                         // what is known of the person goes on without the alert
addEventListener("visibilitychange", refresh);
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (e) => { if (e.persisted) connect(); });

function clocks(within = document) {
  const now = Date.now() + skew, fill = (form, values) => form.replace(/\{(\w)\}/g, (_, k) => values[k]);
  const length = (ms) => {
    const m = Math.floor(ms / 60000), h = Math.floor(m / 60), d = Math.floor(h / 24);
    return d > 1 ? fill(words.days, { d, h: h % 24 }) : h ? fill(words.hours, { h, m: m % 60 }) : fill(words.minutes, { m });
  };
  for (const el of within.querySelectorAll("time[data-at]")) {
    const age = now - el.dataset.at, form = "past" in el.dataset ? words.past : "wait" in el.dataset ? words.wait : "{t}";
    write(el, age < 60000 ? words.now : fill(form, { t: length(age) }));
  }
  for (const el of within.querySelectorAll("time[data-due]")) {       // counts down to what happens next
    const left = el.dataset.due - now, s = Math.ceil(left / 1000);
    write(el, s <= 0 ? words.soon : s < 100 ? fill(words.seconds, { s }) : length(left));
  }
  for (const row of all(".row[data-late]")) row.classList.toggle("late", now >= row.dataset.late);
}
function mark() { const own = rowOf(shown().alert); all(".row").forEach((row) => row.classList.toggle("current", row === own)); }
async function ask(url, options, only) {                             // an answer that is a card is shown, whatever its status
  try {
    const answer = await fetch(url, { headers: { "X-Console": "1" }, ...options });
    const next = fragment(await answer.text()).firstElementChild, alert = next?.dataset.alert;
    if (answer.redirected && answer.url.includes("/sign-in")) { location.reload(); return 0; }
    if (!answer.headers.get("X-Card")) throw new Error(answer.status);
    if (only && only !== shown().alert) return 0;                    // somebody has opened another one meanwhile
    if (alert && alert === shown().alert) morph(card.firstElementChild, next);
    else { card.replaceChildren(next); card.scrollTop = 0; }
    mark();
    return answer.status;
  } catch { lost(); return 0; }
}
function refresh() { const { alert } = shown(); if (alert && !document.hidden) ask("/console/card/" + alert, {}, alert); }
async function open(alert) {                                         // its card, and its address to send to somebody
  if (!await ask("/console/card/" + alert)) return;
  body.classList.add("opened"); history.replaceState(null, "", "/?alert=" + alert);
  if (matchMedia("(max-width: 58.75em)").matches) scrollTo(0, 0);
}
function back() { body.classList.remove("opened"); (rowOf(shown().alert) ?? one(".row"))?.querySelector("a").focus(); }
async function goOn(closed, hers) {                                  // her next alert, else the first that waits, else the queue
  const next = [...hers, ...all("#list-waiting .row").flatMap(idsOf)].find((id) => !gone.includes(id)), link = one("#done a");
  byId("done").hidden = false; link.href = "/?alert=" + closed; link.dataset.card = closed;
  if (next) { await open(next); card.focus({ preventScroll: true }); } else byId("queue").focus();
}

// Sound: an untaken critical alert rings until somebody takes it, a high one once. A browser is silent until somebody clicks.
let audio, rung = [];
const [sound, toggle] = all("#sound, #sound > button"), isHeard = () => audio?.state === "running";
function beep(...tones) {
  tones.forEach((hertz, i) => {
    const tone = audio.createOscillator(), level = audio.createGain(), at = audio.currentTime + i * 0.25;
    tone.frequency.value = hertz; tone.type = "square"; level.gain.value = 0.2;
    tone.connect(level).connect(audio.destination); tone.start(at); tone.stop(at + 0.2);
  });
}
function ring() {
  const untaken = (priority) => all(`.${priority}:has(form[data-take])`).map((row) => row.id), high = untaken("high");
  if (isHeard() && untaken("critical").length) beep(880, 660, 880, 660);
  else if (isHeard() && high.some((id) => !rung.includes(id))) beep(660, 550);
  if (isHeard()) rung = high;
  write(toggle, isHeard() ? toggle.dataset.on : sessionStorage.sound ? toggle.dataset.again : toggle.dataset.off);
  toggle.setAttribute("aria-pressed", isHeard()); sound.lastElementChild.hidden = !isHeard();
}
async function listen(on) {
  sessionStorage.sound = on ? "on" : ""; audio ??= new AudioContext();
  await (on ? audio.resume() : audio.suspend()); if (on) beep(660, 880);
  ring();
}
addEventListener("click", (e) => {
  if (e.target === toggle) listen(!isHeard());
  if (e.target.matches("[data-try]")) beep(880, 660, 880, 660);
  const link = e.target.closest("a[data-card], a[data-back]");
  if (!link || e.metaKey || e.ctrlKey || e.shiftKey) return;
  e.preventDefault();
  if (link.dataset.card) open(link.dataset.card); else back();
});
addEventListener("submit", async (e) => {
  const form = e.target, button = form.querySelector("button"), { alert } = shown();
  if (!form.action.includes("/console/alerts/")) return;
  const hers = idsOf(rowOf(alert)), isClosing = form.action.endsWith("/resolve");
  e.preventDefault(); button.disabled = true;
  const status = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  button.disabled = false;
  if (status === 200 && form.isConnected) form.querySelectorAll("input[name=note]").forEach((input) => { input.value = ""; });
  if (status === 200 && isClosing) { gone.push(alert); goOn(alert, hers); }
});
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "Escape") { back(); return; }
  if (e.target.matches("input, textarea, select")) return;
  const links = all(".row .what").filter((link) => link.checkVisibility()), row = document.activeElement.closest(".row");
  const at = row ? links.indexOf(row.querySelector(".what")) : -1, key = e.key.toLowerCase();
  const step = { j: 1, arrowdown: 1, k: -1, arrowup: -1 }[key];
  if (step && !(key.startsWith("arrow") && card.contains(document.activeElement))) {
    e.preventDefault(); links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  } else if (key === "t") {
    const form = (row ?? rowOf(shown().alert))?.querySelector("form[data-take]");
    (form ?? card.querySelector("form[action$=take]"))?.requestSubmit();
  } else if (key === "c" || key === "n") {                           // to the form that closes, or to the remark
    const field = card.querySelector(`form[action$=${key === "c" ? "resolve" : "note"}] input:not([type=hidden])`);
    field?.closest("details")?.setAttribute("open", "");
    if (field) { e.preventDefault(); body.classList.add("opened"); field.focus(); }
  } else if (key === "?") byId("keys").toggleAttribute("open");
});
sound.hidden = false; mark(); clocks(); connect(); ring(); setInterval(ring, 2500);
