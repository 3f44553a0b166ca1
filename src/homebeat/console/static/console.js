// The console's whole script: live rows that keep the focus, the card and the forms without a reload, waiting times, the keys,
// and a light that cannot lie. Without it everything still works, with reloads.
"use strict";
const one = (selector) => document.querySelector(selector);
const body = document.body, light = one("#light"), banner = one("#banner"), card = one("#card");
const fragment = (html) => { const t = document.createElement("template"); t.innerHTML = html.trim(); return t.content; };
const openAlert = () => card.querySelector("article")?.dataset.alert;
const rowOf = (alert) => [...document.querySelectorAll(".row")].find((row) => row.dataset.alerts.split(" ").includes(alert));

// Make `a` look like `b`, touching only what differs: focus, selection and half-typed text survive.
function morph(a, b) {
  if (a.isEqualNode(b)) return;
  if (a.nodeType !== 1 || a.nodeName !== b.nodeName) { a.replaceWith(b); return; }
  for (const { name } of [...a.attributes]) if (!b.hasAttribute(name) && !(name === "open" && a.nodeName === "DETAILS")) a.removeAttribute(name);
  for (const { name, value } of b.attributes) if (a.getAttribute(name) !== value) a.setAttribute(name, value);
  const old = [...a.childNodes], next = [...b.childNodes];
  next.forEach((node, i) => (old[i] ? morph(old[i], node) : a.append(node)));
  old.slice(next.length).forEach((node) => node.remove());
}

// What the server may ask for: put a row after another one of its list, keep only some rows, drop one, set a content or the title.
const operations = {
  put(list, after, id, html) {
    const fresh = fragment(html).firstElementChild, there = document.getElementById(id), parent = document.getElementById(list);
    const about = (row) => row?.querySelector(".about").textContent, isOther = there && about(there) !== about(fresh);
    const before = after ? document.getElementById(after)?.nextSibling ?? null : parent.firstChild;
    if (there && there.parentNode === parent && (before === there || there.previousElementSibling?.id === after)) morph(there, fresh);
    else {
      const focused = there?.contains(document.activeElement);
      there?.remove();
      parent.insertBefore(fresh, after ? document.getElementById(after)?.nextSibling ?? null : parent.firstChild);
      if (focused) fresh.querySelector("a").focus({ preventScroll: true });
    }
    if (fresh.matches(".critical, .high")) parent.closest("details")?.setAttribute("open", "");   // nothing urgent lies under a fold
    mark();
    // what the row names may have been shown, or hidden, though the alert is the same
    if (id === "row-" + openAlert() && (isOther || fresh.dataset.version !== card.querySelector("article").dataset.version)) refresh();
  },
  keep(list, ids) { for (const row of [...document.getElementById(list).children]) if (!ids.includes(row.id)) operations.drop(row.id); },
  drop(id) {
    const row = document.getElementById(id), next = row?.nextElementSibling ?? row?.previousElementSibling;
    if (row?.contains(document.activeElement)) next?.querySelector("a")?.focus({ preventScroll: true });
    row?.remove();
    if (id === "row-" + openAlert()) refresh();
  },
  set(id, html) { const el = document.getElementById(id); if (el.innerHTML.trim() !== html.trim()) el.replaceChildren(fragment(html)); },
  title(text) { document.title = text; },
};

let source, heard = performance.now(), skew = 0;
function show(text) { banner.hidden = !text; if (banner.textContent !== text) banner.textContent = text; }
function lit(on) {
  light.classList.toggle("on", on); light.classList.toggle("off", !on);
  light.textContent = on ? light.dataset.on : light.dataset.off;
}
function lost() { lit(false); show(body.dataset.lost); }
function connect() {
  source?.close();
  source = new EventSource(body.dataset.live);                       // the first message is always the whole window
  source.onmessage = (e) => { heard = performance.now(); for (const [name, ...rest] of JSON.parse(e.data)) operations[name](...rest); clocks(); };
  source.addEventListener("tick", (e) => {
    const tick = JSON.parse(e.data);
    heard = performance.now(); skew = tick.now - Date.now();
    lit(!tick.blind); show(tick.blind || tick.late || tick.noted);
  });
  source.onerror = async () => {
    lost();
    if (source.readyState !== EventSource.CLOSED) return;            // the browser tries again by itself
    const answer = await fetch("/console/signed-in", { redirect: "manual" }).catch(() => null);
    if (answer?.status === 401) show(body.dataset.signedOut);
    setTimeout(connect, 2000);                                       // closed by an HTTP error such as 502: it would not
  };
}
setInterval(() => {                                                  // the server hangs, or the cable is out
  if (performance.now() - heard > 12000) { lost(); heard = performance.now() - 6000; connect(); }
  clocks();
}, 1000);
setInterval(() => { if (!document.hidden) refresh(); }, 60000);      // what is known of the person goes on, also when the alert does not
addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (e) => { if (e.persisted) connect(); });

function clocks() {
  const now = Date.now() + skew, words = body.dataset, fill = (form, values) => form.replace(/\{(\w)\}/g, (_, k) => values[k]);
  const write = (el, text) => { if (el.textContent !== text) el.textContent = text; };
  const length = (ms) => {
    const minutes = Math.floor(ms / 60000), h = Math.floor(minutes / 60);
    return minutes < 60 ? fill(words.minutes, { m: minutes })
      : h < 48 ? fill(words.hours, { h, m: minutes % 60 }) : fill(words.days, { d: Math.floor(h / 24), h: h % 24 });
  };
  for (const el of document.querySelectorAll("time[data-at]")) {
    const age = now - el.dataset.at, form = "past" in el.dataset ? words.past : "wait" in el.dataset ? words.wait : "{t}";
    write(el, age < 60000 ? words.now : fill(form, { t: length(age) }));
  }
  for (const el of document.querySelectorAll("time[data-due]")) {  // counts down to what happens next
    const left = el.dataset.due - now;
    write(el, left <= 0 ? words.soon : left < 100000 ? fill(words.seconds, { s: Math.ceil(left / 1000) }) : length(left));
  }
  for (const row of document.querySelectorAll(".row[data-late]")) row.classList.toggle("late", now >= row.dataset.late);
}

function mark() {
  const current = rowOf(openAlert());
  for (const row of document.querySelectorAll(".row")) row.classList.toggle("current", row === current);
}
async function ask(url, options) {                                   // an answer that is a card is shown, whatever its status
  try {
    const answer = await fetch(url, { headers: { "X-Console": "1" }, ...options });
    const html = await answer.text();
    if (answer.redirected && answer.url.includes("/sign-in")) { location.reload(); return 0; }
    if (!answer.headers.get("X-Card")) throw new Error(answer.status);
    const next = fragment(html).firstElementChild, now = card.firstElementChild;
    if (now && next.dataset.alert && now.dataset.alert === next.dataset.alert) morph(now, next); else { card.replaceChildren(next); card.scrollTop = 0; }
    mark();
    return answer.status;
  } catch { lost(); return 0; }
}
function refresh() { const id = openAlert(); if (id) ask("/console/card/" + id); }
function back() {
  const row = rowOf(openAlert()) ?? one(".row");
  body.classList.remove("opened"); row?.querySelector("a").focus();
}
// After closing, the next alert of the same case opens, else the first that waits; else the queue has the focus.
function goOn(closed, hers) {
  const waiting = [...document.querySelectorAll("#list-waiting .row")].map((row) => row.id.slice(4));
  const next = [...hers, ...waiting].find((id) => id !== closed), done = one("#done"), link = done.querySelector("a");
  done.hidden = false; link.href = "/?alert=" + closed; link.dataset.card = "/console/card/" + closed;
  if (!next) { one("#queue").focus(); return; }
  ask("/console/card/" + next).then((shown) => { if (shown) { history.replaceState(null, "", "/?alert=" + next); card.focus({ preventScroll: true }); } });
}

// Sound: an untaken critical alert rings until somebody takes it, a high one once. A browser is silent until somebody clicks.
let audio, rung = new Set();
const sound = one("#sound"), toggle = sound.querySelector("button"), isHeard = () => audio?.state === "running";
function beep(...tones) {
  tones.forEach((hertz, i) => {
    const tone = audio.createOscillator(), level = audio.createGain(), at = audio.currentTime + i * 0.25;
    tone.frequency.value = hertz; tone.type = "square"; level.gain.value = 0.2;
    tone.connect(level).connect(audio.destination); tone.start(at); tone.stop(at + 0.2);
  });
}
function ring() {
  const untaken = (priority) => [...document.querySelectorAll(`.row.${priority} form[data-take]`)].map((form) => form.parentNode.id);
  if (isHeard()) {
    if (untaken("critical").length) beep(880, 660, 880, 660); else if (untaken("high").some((id) => !rung.has(id))) beep(660, 550);
    rung = new Set(untaken("high"));
  }
  const text = isHeard() ? toggle.dataset.on : sessionStorage.sound ? toggle.dataset.again : toggle.dataset.off;
  if (toggle.textContent !== text) toggle.textContent = text;
  toggle.setAttribute("aria-pressed", isHeard()); sound.lastElementChild.hidden = !isHeard();
}
async function listen(on) {
  if (on) { sessionStorage.sound = "on"; audio ??= new AudioContext(); await audio.resume(); beep(660, 880); }
  else { delete sessionStorage.sound; await audio?.suspend(); }
  ring();
}
sound.hidden = false; ring(); setInterval(ring, 2500);

addEventListener("click", (e) => {
  if (e.target === toggle) listen(!isHeard());
  if (e.target.matches("[data-try]") && isHeard()) beep(880, 660, 880, 660);
  const link = e.target.closest("a[data-card]");
  if (link && !e.metaKey && !e.ctrlKey && !e.shiftKey) {
    e.preventDefault();
    ask(link.dataset.card).then((shown) => { if (shown) { body.classList.add("opened"); history.replaceState(null, "", link.href); if (innerWidth <= 940) scrollTo(0, 0); } });
  } else if (e.target.closest("a[data-back]")) { e.preventDefault(); back(); }
});
addEventListener("submit", (e) => {
  const form = e.target;
  if (!form.action.includes("/console/alerts/")) return;
  e.preventDefault();
  const button = form.querySelector("button"), closed = form.action.endsWith("/resolve") && openAlert();
  const hers = rowOf(closed)?.dataset.alerts.split(" ") ?? [];
  button.disabled = true;
  ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then((status) => {
    button.disabled = false;
    if (status === 200 && form.isConnected) form.querySelectorAll("input[name=note]").forEach((input) => { input.value = ""; });
    if (status === 200 && closed) goOn(closed, hers); else ring();
  });
});
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "Escape") { back(); return; }
  if (e.target.matches("input, textarea, select")) return;
  const links = [...document.querySelectorAll(".row .what")].filter((link) => link.checkVisibility()), row = document.activeElement.closest(".row");
  const at = row ? links.indexOf(row.querySelector(".what")) : -1;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[e.key];
  if (step && !(e.key.startsWith("Arrow") && card.contains(document.activeElement))) {
    e.preventDefault(); links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  } else if (e.key === "t" || e.key === "T") {
    ((row ?? rowOf(openAlert()))?.querySelector("form[data-take]") ?? card.querySelector("form[action$=take]"))?.requestSubmit();
  } else if ("cCnN".includes(e.key)) {                               // to the form that closes, or to the remark
    const field = card.querySelector("cC".includes(e.key) ? "form[action$=resolve] input:not([type=hidden])" : "form[action$=note] input[name=note]");
    if (field) { e.preventDefault(); body.classList.add("opened"); field.closest("details")?.setAttribute("open", ""); field.focus(); }
  } else if (e.key === "?") one("#keys").toggleAttribute("open");
});
mark(); clocks(); connect();
