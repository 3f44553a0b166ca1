"""What the desk's page costs, in a real browser: 1,000 open alerts, 20 changes a second, five consoles.

A change is written by this process and counts from its commit to the moment at which the row in the page has the new version.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from benchmarks.scoped import make_city
from homebeat.console.web.session import name_cookie
from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, follow_edge, open_alert
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.store import Store, open_store
from homebeat.store.alert.writes import AlertWrites
from tests.keys import KEY_FILE
from tests.people import add_account, name_link

NAMES: Final = (
    *("console_first_row_s", "console_first_row_slow_s", "console_page_kb"),
    *("console_change_p95_ms", "console_main_thread_share", "console_server_cpu_share"),
)
_AREAS: Final = 200
_A_SECOND: Final = 20
_CONSOLES: Final = 5
_SLOWED: Final = 4
_LOADS: Final = 3
_FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
#: Notes when the first row is in the page, and when each row has which version; epoch ms.
_WATCH: Final = """
window.rows = {};
const note = () => {
  if (!window.firstRow && document.querySelector(".row")) window.firstRow = performance.now();
  for (const row of document.querySelectorAll(".row")) {
    const key = row.id + ":" + row.dataset.version;
    if (!(key in window.rows)) window.rows[key] = Date.now();
  }
};
const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-version"] };
new MutationObserver(note).observe(document, watched);
"""


def measure(scale: Scale) -> Iterator[Row]:
    """One server on SQLite, one browser."""
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        url = f"sqlite:///{made}/desk.db"
        store = open_store(url, KEY_FILE)
        alerts = _lay(store, scale.console_alerts)
        with _serve(url) as (server, address), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_find_chromium(), args=_FLAGS)
            yield from _measure_loads(browser, store, address)
            yield from _measure_live(browser, store, address, alerts, scale.console_span_s, server.pid)
            browser.close()
        store.close()


def _find_chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("no chromium on this machine: apt-get install chromium")
    return found


def _lay(store: Store, count: int) -> list[Alert]:
    """So many homes, each with an open alert: one in twenty critical, three in twenty high, as alarm management has it."""
    now = _read_clock()
    with store.begin() as tx:
        tx.fleet.apply(make_city(_AREAS, count), now)
    add_account(store, "ann", "desk", at=now)
    steps = [_open(n, now - n * 7_919 % 3_600_000) for n in range(count)]
    with store.begin() as tx:
        AlertWrites(tx).apply_all(steps)
    return [alert for alert, _ in steps]


def _open(n: int, at: int) -> tuple[Alert, Any]:
    priority = Priority.CRITICAL if n % 20 == 0 else Priority.HIGH if n % 20 < 4 else Priority.MEDIUM
    why = Reason("no_sign_of_life", {"quiet_s": 43_200, "limit_s": 43_200, "life_at": at - 43_200_000, "proven_at": at})
    subject = Subject(HouseholdId(f"h{n}"), ResidentId(f"r{n}"))
    return open_alert(Edge(at, "no_sign_of_life", subject, TransitionKind.OPENED, priority, Desk.CARE, at, why, at))


@contextlib.contextmanager
def _serve(url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with contextlib.closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "tests.e2e.browser.desk_server", url, str(port)])
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _is_heard(port):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(15)


def _is_heard(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _enter(browser: Browser, store: Store, address: str) -> Page:
    context = browser.new_context(locale="en", viewport={"width": 1366, "height": 800})
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(address + name_link(store, "ann", _read_clock(), "/"))
    page.click("main button")
    page.wait_for_selector("#light.on", timeout=30_000)
    return page


def _measure_loads(browser: Browser, store: Store, address: str) -> Iterator[Row]:
    page = _enter(browser, store, address)
    session = page.context.new_cdp_session(page)
    for name, slowed in (("console_first_row_s", 1), ("console_first_row_slow_s", _SLOWED)):
        session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        took = []
        for _ in range(_LOADS):
            page.goto(address + "/", wait_until="commit")
            page.wait_for_selector("#light.on", timeout=60_000)
            took.append(page.evaluate("window.firstRow") / 1000)
        yield make_row(name, float(np.median(took)), "s")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address + "/", wait_until="load")
    page.wait_for_timeout(1_000)
    yield make_row("console_page_kb", sum(sizes) / 1000, "kB")
    print(f"  {len(sizes)} answers, {page.evaluate('document.querySelectorAll(`.row`).length')} rows")
    page.context.close()


def _measure_live(browser: Browser, store: Store, address: str, alerts: list[Alert], span_s: float, server: int) -> Iterator[Row]:
    page = _enter(browser, store, address)
    cookie = next(one for one in page.context.cookies() if one["name"] == name_cookie(is_secure=False))
    stop = threading.Event()
    others = [threading.Thread(target=_listen, args=(address, cookie, stop), daemon=True) for _ in range(_CONSOLES - 1)]
    for other in others:
        other.start()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.wait_for_timeout(2_000)
    busy, cpu, begun = _read_busy(session), _read_cpu(server), time.monotonic()
    written = _change(page, store, alerts, span_s)
    took_s = time.monotonic() - begun
    busy, cpu = _read_busy(session) - busy, _read_cpu(server) - cpu
    page.wait_for_timeout(1_500)
    seen = json.loads(page.evaluate("JSON.stringify(window.rows)"))
    delays = [seen[key] - at for key, at in written.items() if key in seen]
    stop.set()
    print(f"  {len(written)} changes, {len(delays)} of them of rows that the page shows; p50 {np.median(delays):.0f} ms")
    yield make_row("console_change_p95_ms", float(np.percentile(delays, 95)), "ms")
    yield make_row("console_main_thread_share", busy / took_s)
    yield make_row("console_server_cpu_share", cpu / took_s / _CONSOLES)


def _change(page: Page, store: Store, alerts: list[Alert], span_s: float) -> dict[str, int]:
    """Write changes of alerts that the page shows, evenly: a condition that is over, or begins again; returns when each was."""
    shown = set(page.evaluate("[...document.querySelectorAll('.row')].map(row => row.id.slice(4))"))
    standing = [alert for alert in alerts if alert.id in shown]
    chance, written, begun = random.Random(7), {}, time.monotonic()
    for n in range(int(span_s * _A_SECOND)):
        page.wait_for_timeout(max(0.0, (begun + n / _A_SECOND - time.monotonic()) * 1000))
        index, now = chance.randrange(len(standing)), _read_clock()
        before = standing[index]
        kind = TransitionKind.CLEARED if before.condition == "firing" else TransitionKind.REOPENED
        edge = Edge(now, before.rule, before.subject, kind, before.priority, before.desk, now, before.reason, before.since)
        after, step = follow_edge(before, edge)
        with store.begin() as tx:
            AlertWrites(tx).apply(after, step)
        standing[index] = after
        written[f"row-{after.id}:{after.version}"] = _read_clock()
    return written


def _listen(address: str, cookie: Any, stop: threading.Event) -> None:
    """Another console, as far as the server sees it: its live stream is read."""
    request = urllib.request.Request(address + "/console/live", headers={"Cookie": f"{cookie['name']}={cookie['value']}"})
    with urllib.request.urlopen(request) as answer:
        while not stop.is_set() and answer.readline():
            pass


def _read_busy(session: Any) -> float:
    """Seconds that the page's main thread has worked."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def _read_cpu(server: int) -> float:
    """Seconds of processor time that the server has used."""
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read_clock() -> int:
    return time.time_ns() // 1_000_000
