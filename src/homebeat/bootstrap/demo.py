"""`homebeat demo`: everything in one process on embedded parts, with a simulated street."""

from __future__ import annotations

import base64
import json
import logging
import multiprocessing
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from homebeat.bootstrap.history import lay
from homebeat.bootstrap.parts import new_token
from homebeat.bootstrap.runtime import check_port, wall_ms
from homebeat.bootstrap.service import ROLES, Service
from homebeat.codecs.catalogue import CODECS
from homebeat.deliver.receiver import Receiver
from homebeat.domain.alert import Desk
from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.role import Role
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker
from homebeat.registry.fleet_file import read_fleet
from homebeat.settings.model import Egress, InForce
from homebeat.store import AlertFilter, Store, open_store
from homebeat.wording.wording import Wording
from simulators.demo import DemoScript, demo_script
from simulators.publish import Broker, NotPublished, paced, publish
from simulators.street import Message

_READY_WITHIN_S: Final = 30.0
_LAYING_MS: Final = 15_000
#: Sentences tell the time of the home. What the demo prints beside them does too.
_ZONE: Final = "Asia/Shanghai"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Memory:
    """What a second start needs to go on; kept in the state directory, 0600."""

    began_at: int
    homes: int
    secret: str
    token: str
    laid_until: int = 0

    @classmethod
    def at(cls, file: Path, homes: int) -> _Memory:
        if file.exists():
            return cls(**json.loads(file.read_text()))
        # the street goes live a little after its history is begun: what is to be seen should not be over by then
        return cls(wall_ms() + _LAYING_MS, homes, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), "")

    def keep(self, file: Path) -> None:
        content = json.dumps({name: getattr(self, name) for name in self.__slots__})
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
            sink.write(content)


def demo(
    force: InForce, *, state_dir: Path, port: int, homes: int, reset: bool, environ: Mapping[str, str], stop: threading.Event
) -> int:
    """Run the demo until `stop` is set.

    Raises:
        BadSettings: A port is in use, or the state directory holds something else.
    """
    began = time.monotonic()
    if reset:
        _forget(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True)
    # a busy port is said before five weeks are laid down
    port = check_port(force.settings.http.host, port, "--port")
    memory = _Memory.at(state_dir / "demo.json", homes)
    script = demo_script(memory.began_at, homes=memory.homes)
    receiver = Receiver(memory.secret, say=lambda line: print(f"  {line}", flush=True))
    broker = EmbeddedBroker(BrokerOptions(state_dir / "broker", mqtt_port=0)).start()
    service = None
    try:
        settings = _settings(force, state_dir, port, broker)
        memory = _prepared(settings, memory, receiver.url, state_dir, stop)
        service = Service(settings, ROLES, environ, lambda store: store.ping())
        service.start()
        _say(script, memory, service.address, broker, time.monotonic() - began)
        _live(service, script, memory, broker, stop)
    finally:
        if service is not None:
            service.close()
        broker.stop()
        receiver.close()
    print("stopped; `homebeat demo` goes on from here, `homebeat demo --reset` begins anew")
    return 0


def _forget(state_dir: Path) -> None:
    if state_dir.exists():
        if not (state_dir / "demo.json").exists() and any(state_dir.iterdir()):
            raise BadSettings(f"{state_dir} holds something that is not a demo; choose another --state-dir")
        shutil.rmtree(state_dir)


def _settings(force: InForce, state_dir: Path, port: int, broker: EmbeddedBroker) -> InForce:
    """The operator's settings on the demo's own parts; its receiver is on this machine, which egress refuses otherwise."""
    settings = force.settings
    own = settings.model_copy(
        update={
            "state_dir": state_dir,
            "database_url": SecretStr(f"sqlite:///{(state_dir / 'homebeat.db').absolute()}"),
            "http": settings.http.model_copy(update={"port": port}),
            "mqtt": settings.mqtt.model_copy(
                update={"host": broker.host, "port": broker.mqtt_port, "username": "", "tls": False}
            ),
            # a demo is for watching: readings are believed complete after seconds, and time is judged as often
            "tick": settings.tick.model_copy(update={"lateness": timedelta(seconds=3), "judge_every": timedelta(seconds=5)}),
            "egress": Egress(allow_private=True, allow_http=True, ports=()),
        }
    )
    return InForce(own, force.plan, force.sources, force.strangers)


def _prepared(force: InForce, memory: _Memory, receiver: str, state_dir: Path, stop: threading.Event) -> _Memory:
    """Prepare in a process of its own: five weeks of readings need memory that the demo afterwards does not."""
    memory.keep(state_dir / "demo.json")
    child = multiprocessing.get_context("spawn").Process(target=_prepare, args=(force, receiver, state_dir), daemon=True)
    child.start()
    while child.is_alive() and not stop.is_set():
        child.join(0.2)
    if child.is_alive():
        child.kill()
    elif child.exitcode:
        raise Unavailable("the history could not be laid down; the log above says why")
    memory = _Memory.at(state_dir / "demo.json", memory.homes)
    # what was laid down must not lie in the future when the watch begins: it would take the clock for wrong
    stop.wait(max(0, memory.laid_until - wall_ms()) / 1000)
    return memory


def _prepare(force: InForce, receiver: str, state_dir: Path) -> None:
    """Tables, the street, its history up to now, and a token."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    memory = _Memory.at(state_dir / "demo.json", 0)
    script = demo_script(memory.began_at, homes=memory.homes)
    store = open_store(force.settings.store_url)
    try:
        channels = [{"kind": "webhook", "url": receiver, "secret": memory.secret}]
        fleet = read_fleet(json.dumps(script.fleet(lambda _home: channels)), CODECS, is_json=True)
        first = memory.laid_until == 0
        now = memory.began_at if first else wall_ms()
        with store.begin() as tx:
            tx.fleet.apply(fleet, memory.began_at)
        if first:
            print(f"laying down five weeks of a street of {memory.homes} homes ...", flush=True)
        start = script.start if first else memory.laid_until
        lay(force, store, fleet, script.history(start, now), start)
        if first:
            memory.token = new_token(store, "demo", Role.SUPERVISOR, timedelta(days=365))
        memory.laid_until = now
        memory.keep(state_dir / "demo.json")
    finally:
        store.close()


def _say(script: DemoScript, memory: _Memory, address: str, broker: EmbeddedBroker, took_s: float) -> None:
    print(f"""
homebeat is watching {len(script.street)} homes ({took_s:.0f} s to get here)

  page     {address}/          sign in with the token below
  token    {memory.token}
  api      {address}/api/v1/alerts     with the header `Authorization: Bearer TOKEN`
  broker   mqtt://{broker.host}:{broker.mqtt_port}   (publish a reading of your own: see the README)

What to look at, as it happens (the time of the homes, {_ZONE}):""")
    for scene in script.scenes:
        when = datetime.fromtimestamp(scene.at / 1000, ZoneInfo(_ZONE)).strftime("%H:%M:%S")
        print(f"  {when}  {scene.household:<10} {scene.text} -> {scene.rule}")
    print("Ctrl-C ends it; a second start goes on.\n", flush=True)


def _live(service: Service, script: DemoScript, memory: _Memory, broker: EmbeddedBroker, stop: threading.Event) -> None:
    """Let the street live in real time, and say each alert as it opens."""
    _wait_subscribed(service, stop)
    messages = paced(_until(script.messages(memory.laid_until), stop), wall_ms, stop.wait, start=wall_ms())
    street = threading.Thread(target=_publish, args=(broker, messages, stop), name="street", daemon=True)
    street.start()
    seen: set[str] = set()
    while not stop.wait(0.5):
        _announce(service.store, seen)
    street.join(10)


def _wait_subscribed(service: Service, stop: threading.Event) -> None:
    """Nobody publishes before the persistent session exists: a broker acknowledges and drops what nobody asked for."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while not stop.wait(0.05):
        if service.source is not None and service.source.state().subscribed:
            return
        if time.monotonic() > deadline:
            raise Unavailable("the watch did not subscribe in time; the log above says why")


def _until(messages: Iterator[Message], stop: threading.Event) -> Iterator[Message]:
    for message in messages:
        if stop.is_set():
            return
        yield message


def _publish(broker: EmbeddedBroker, messages: Iterator[Message], stop: threading.Event) -> None:
    try:
        publish(Broker(broker.host, broker.mqtt_port, client_id="demo-street"), messages, stop)
    except (OSError, NotPublished):
        # the street is scenery: the watch goes on, and will say that its devices are silent
        _log.exception("the simulated street stopped")


def _announce(store: Store, seen: set[str]) -> None:
    wording = Wording("en")
    with store.read() as reader:
        page = reader.alerts.page(AlertFilter(is_open=True), limit=50)
    for entry in page.items:
        alert: Any = entry.alert
        if alert.id not in seen and alert.desk in Desk:
            seen.add(alert.id)
            print(
                f"  alert   {alert.priority.value:<9}{alert.rule:<25}{alert.subject.household or alert.subject.key:<10} "
                f"{wording.sentence(alert.reason, timezone=_ZONE)}",
                flush=True,
            )
