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
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from homebeat.actions import Perform
from homebeat.bootstrap.demo_answers import CALL, Moments, add_responders, hurry_plan, list_moments, set_rota
from homebeat.bootstrap.history import GRID_MS, store_past
from homebeat.bootstrap.parts import make_setup
from homebeat.bootstrap.people import make_account, make_key, make_link
from homebeat.bootstrap.receiver import Receiver
from homebeat.bootstrap.runtime import check_port, read_wall_ms
from homebeat.bootstrap.service import ROLES, Service
from homebeat.domain.alert import Alert, Desk
from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import LinkPurpose
from homebeat.ingest.formats import list_codec_names
from homebeat.ingest.mqtt.embedded_broker import BrokerOptions, EmbeddedBroker
from homebeat.registry.fleet_file import read_fleet
from homebeat.response.notify import OPENING
from homebeat.settings.model import Egress, InForce
from homebeat.store import AlertFilter, Store, open_store
from homebeat.wording import DEFAULT_LANGUAGE, Language, Wording
from homebeat.wording.catalogue import msg
from simulators.demo import FEWEST_HOMES, DemoScript, make_demo_script
from simulators.publish import Broker, NotPublished, pace, publish
from simulators.street import Message

_READY_WITHIN_S: Final = 30.0
_LAYING_MS: Final = 15_000
#: What the first scenes need has happened so long before the street goes live, at most.
_SCENES_BEFORE_MS: Final = 61_000
#: Sentences tell the time of the home. What the demo prints beside them does too.
_ZONE: Final = "Asia/Shanghai"
#: As whom the one who tries the page can sign in, by language.
_PEOPLE: Final[Mapping[Language, Mapping[Role, str]]] = {
    Language.ENGLISH: {Role.DESK: "liu", Role.RESPONDER: "zhao", Role.SUPERVISOR: "qian", Role.AUDITOR: "sun"},
    Language.CHINESE: {Role.DESK: "刘敏", Role.RESPONDER: "赵勇", Role.SUPERVISOR: "钱芳", Role.AUDITOR: "孙洁"},
}
_SCENES: Final = {
    "sos": msg("presses the SOS button"),
    "fall": msg("falls and lies still"),
    "water_running": msg("water has run in every hour for 24 hours"),
    "no_sign_of_life": msg("quiet for twelve hours, and the meter is alive; it is new, so nothing is learned yet"),
    "device_silent": msg("the meter has missed three reports"),
}
_log = logging.getLogger(__name__)


def choose_beginning(wall: int) -> int:
    """Choose when the street goes live, epoch ms: a little after its history is begun.

    What is to be seen must not be over by then, nor be judged as the past, of which nobody is notified: the past is judged at
    whole half hours, so that none lies between what the first scenes need and the beginning.
    """
    begin = wall + _LAYING_MS
    return begin + max(0, _SCENES_BEFORE_MS - begin % GRID_MS)


@dataclass(slots=True)
class _Memory:
    """What a second start needs to go on; kept in the state directory, 0600."""

    began_at: int
    homes: int
    secret: str
    key: str
    language: str = DEFAULT_LANGUAGE
    laid_until: int = 0
    played: list[str] = field(default_factory=list)

    @classmethod
    def read_or_make(cls, file: Path, homes: int = 0, language: str = DEFAULT_LANGUAGE) -> _Memory:
        if file.exists():
            return cls(**json.loads(file.read_text()))
        return cls(
            choose_beginning(read_wall_ms()), homes, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), "", language
        )

    def keep(self, file: Path) -> None:
        content = json.dumps({name: getattr(self, name) for name in self.__slots__})
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
            sink.write(content)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The options of a demo.

    Attributes:
        state_dir: Keeps the demo's state.
        port: The port of the page; 0 takes a free one.
        homes: How many homes the street has, at a first start.
        language: The language of people, places and output, at a first start: `en` or `zh-CN`.
        reset: Whether to delete the last demo first.
    """

    state_dir: Path
    port: int
    homes: int
    language: str
    reset: bool


def run_demo(force: InForce, stage: DemoOptions, *, environ: Mapping[str, str], stop: threading.Event) -> int:
    """Run the demo until `stop` is set.

    Raises:
        BadSettings: A port is in use, there are too few homes, or the state directory holds something else.
    """
    began, state_dir = time.monotonic(), stage.state_dir
    if stage.homes < FEWEST_HOMES:
        raise BadSettings(f"{stage.homes} homes are too few for what the demo shows; take at least {FEWEST_HOMES} with --homes")
    if stage.reset:
        _forget(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True)
    # a busy port is said before five weeks are laid down
    port = check_port(force.settings.http.host, stage.port, "--port")
    memory = _Memory.read_or_make(state_dir / "demo.json", stage.homes, stage.language)
    script = make_demo_script(memory.began_at, homes=memory.homes)
    receiver = Receiver(memory.secret, say=_print_indented)
    staff = Receiver(memory.secret, say=_print_indented, who="staff")
    broker = EmbeddedBroker(BrokerOptions(state_dir / "broker", mqtt_port=0)).start()
    service = None
    try:
        settings = _make_settings(force, state_dir, port, broker)
        memory = _prepare_apart(settings, memory, (receiver.url, staff.url), state_dir, stop)
        service = Service(settings, ROLES, environ, lambda store: store.ping())
        service.start()
        _print_addresses(script, memory, service, broker, time.monotonic() - began)
        moments = _make_moments(settings, service, memory, state_dir)
        _run_live(service, script, memory, broker, receiver, moments, stop)
    finally:
        if service is not None:
            service.close()
        broker.stop()
        staff.close()
        receiver.close()
    words = Wording(memory.language)
    print(words.text("stopped; `homebeat demo` goes on from here, `homebeat demo --reset` begins anew"))
    return 0


def _forget(state_dir: Path) -> None:
    if state_dir.exists():
        if not (state_dir / "demo.json").exists() and any(state_dir.iterdir()):
            raise BadSettings(f"{state_dir} holds something that is not a demo; choose another --state-dir")
        shutil.rmtree(state_dir)


def _make_settings(force: InForce, state_dir: Path, port: int, broker: EmbeddedBroker) -> InForce:
    """Make the demo's settings from the operator's. The receiver is on this machine, which egress refuses otherwise."""
    settings = force.settings
    own = settings.model_copy(
        update={
            "state_dir": state_dir,
            "key_file": None,
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
    own = own.model_copy(update={"public_url": own.link_base})  # families of the demo are on this machine
    return replace(force, settings=own, book=hurry_plan(force.book))


def _prepare_apart(
    force: InForce, memory: _Memory, receivers: tuple[str, str], state_dir: Path, stop: threading.Event
) -> _Memory:
    """Prepare in a process of its own: five weeks of readings need memory that the demo does not need afterwards."""
    memory.keep(state_dir / "demo.json")
    child = multiprocessing.get_context("spawn").Process(target=_prepare, args=(force, receivers, state_dir), daemon=True)
    child.start()
    while child.is_alive() and not stop.is_set():
        child.join(0.2)
    if child.is_alive():
        child.kill()
    elif child.exitcode:
        raise Unavailable("the history could not be laid down; the log above says why")
    memory = _Memory.read_or_make(state_dir / "demo.json")
    # what was laid down must not lie in the future when the watch begins: it would take the clock for wrong
    stop.wait(max(0, memory.laid_until - read_wall_ms()) / 1000)
    return memory


def _prepare(force: InForce, receivers: tuple[str, str], state_dir: Path) -> None:
    """Make the tables, the street, its history up to now, four people and a key."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    memory = _Memory.read_or_make(state_dir / "demo.json")
    words = Wording(memory.language)
    script = make_demo_script(memory.began_at, homes=memory.homes)
    store = open_store(force.settings.store_url, force.settings.key_path)
    try:
        family, staff = ([{"kind": "webhook", "url": url, "secret": memory.secret}] for url in receivers)
        tree = script.make_fleet(lambda _home: family, memory.language)
        people = _PEOPLE[Language(memory.language)]
        add_responders(tree, people, staff, memory.language, [scene.household for scene in script.scenes])
        fleet = read_fleet(json.dumps(tree), list_codec_names(), is_json=True)
        first = memory.laid_until == 0
        now = memory.began_at if first else read_wall_ms()
        with store.begin() as tx:
            tx.fleet.apply(fleet, memory.began_at)
        if first:
            print(words.text("laying down five weeks of a street of %(homes)s homes", homes=memory.homes), flush=True)
        start = script.start if first else memory.laid_until
        store_past(force, store, fleet, script.make_history(start, now), start)
        if first:
            for role, name in people.items():
                make_account(store, name, [Grant(role)], memory.language)
            set_rota(store, _ZONE, now, words)
            memory.key = make_key(store, "demo", [Grant(Role.SUPERVISOR)], timedelta(days=365))
        memory.laid_until = now
        memory.keep(state_dir / "demo.json")
    finally:
        store.close()


def _print_addresses(script: DemoScript, memory: _Memory, service: Service, broker: EmbeddedBroker, took_s: float) -> None:
    words, address = Wording(memory.language), service.address
    watching = words.text(
        "homebeat is watching %(homes)s homes (%(took)s s to get here)", homes=len(script.street), took=f"{took_s:.0f}"
    )
    look = words.text("What to look at, as it happens (the time of the homes, %(zone)s):", zone=_ZONE)
    header = words.text("with the header `Authorization: Bearer KEY`")
    once = words.text("each link signs in once; after that the next one is printed")
    own = words.text("(publish a reading of your own: see the README)")
    print(f"""
{watching}

  page     {address}/          {once}
{_write_links(service, memory)}
  api      {address}/api/v1/alerts     {header}
  key      {memory.key}
  broker   mqtt://{broker.host}:{broker.mqtt_port}   {own}

{look}""")
    for scene in script.scenes:
        when = datetime.fromtimestamp(scene.at / 1000, ZoneInfo(_ZONE)).strftime("%H:%M:%S")
        print(f"  {when}  {scene.household:<10} {words.text(_SCENES[scene.rule])} -> {scene.rule}")
    print(words.text("What people do about it; each step is printed with its address:"))
    for line in list_moments(words, {scene.rule: scene.household for scene in script.scenes}):
        print(f"  {line}")
    print(words.text("Ctrl-C ends it; a second start goes on.") + "\n", flush=True)


def _write_links(service: Service, memory: _Memory) -> str:
    """Make a link for each of the four people, and write them down."""
    lines = []
    for role, name in _PEOPLE[Language(memory.language)].items():
        lines.append(_write_link(service, memory, role, name))
    return "\n".join(lines)


def _write_link(service: Service, memory: _Memory, role: Role, name: str) -> str:
    shown = Wording(memory.language).role(role)
    return f"    {shown} {name}: {make_link(service.store, name, service.address)}"


def _replace_used_links(service: Service, memory: _Memory) -> None:
    """Print another link in place of each that was used."""
    with service.store.read(EVERYTHING) as reader:
        waiting = reader.links.list_accounts(LinkPurpose.SIGN_IN)
    for role, name in _PEOPLE[Language(memory.language)].items():
        if name not in waiting:
            print(_write_link(service, memory, role, name), flush=True)


def _run_live(
    service: Service,
    script: DemoScript,
    memory: _Memory,
    broker: EmbeddedBroker,
    receiver: Receiver,
    moments: Moments,
    stop: threading.Event,
) -> None:
    """Publish the street's messages in real time; print each alert as it opens, one link of a family, and what people do."""
    _wait_subscribed(service, stop)
    messages = pace(
        _wait_for_messages(script.make_messages(memory.laid_until), stop), read_wall_ms, stop.wait, start=read_wall_ms()
    )
    street = threading.Thread(target=_publish, args=(broker, messages, stop), name="street", daemon=True)
    street.start()
    words, seen, link, asked, calls = Wording(memory.language), set[str](), "", "", set[str]()
    while not stop.wait(0.5):
        moments.tell()
        alerts = _announce(service.store, words, seen)
        moments.play(alerts)
        calls |= {alert.id for alert in alerts if alert.rule == CALL}
        if not link and (link := _find_family_link(receiver, OPENING, calls)):
            print("  " + words.text("the page that a family is led to, without an account: %(link)s", link=link), flush=True)
            moments.find_link(link)
        if not asked and (asked := _find_family_link(receiver, FOLLOW_UP_EVENT)):
            print(
                "  " + words.text("the page on which a family is asked whether somebody came: %(link)s", link=asked), flush=True
            )
        _replace_used_links(service, memory)
    street.join(10)


def _make_moments(force: InForce, service: Service, memory: _Memory, state_dir: Path) -> Moments:
    """Make what people do in the demo; what has been is remembered, so that a second start does not do it again."""
    played = set(memory.played)

    def say(line: str) -> None:
        print(line, flush=True)
        memory.played = sorted(played)
        memory.keep(state_dir / "demo.json")

    perform = Perform(service.store, read_wall_ms, make_setup(force))
    words, people = Wording(memory.language), _PEOPLE[Language(memory.language)]
    return Moments(service.store, perform, words, people, service.address, _ZONE, read_wall_ms, played, say)


def _print_indented(line: str) -> None:
    print(f"  {line}", flush=True)


def _find_family_link(receiver: Receiver, event: str, alerts: Container[str] | None = None) -> str:
    """Find the link in the first message to a family of one kind of event, about one of `alerts`; empty before there is one."""
    fitting = (one for one in receiver.received if one.type == event and (alerts is None or one.alert_id in alerts))
    return next((one.link for one in fitting), "")


def _wait_subscribed(service: Service, stop: threading.Event) -> None:
    """Wait for the persistent session before anything is published: a broker drops messages without a subscriber."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while not stop.wait(0.05):
        if service.source is not None and service.source.get_state().unready is None:
            return
        if time.monotonic() > deadline:
            raise Unavailable("the watch did not subscribe in time; the log above says why")


def _wait_for_messages(messages: Iterator[Message], stop: threading.Event) -> Iterator[Message]:
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


def _announce(store: Store, wording: Wording, seen: set[str]) -> list[Alert]:
    """Print each alert that is new; returns the open ones."""
    with store.read(EVERYTHING) as reader:
        page = reader.alerts.read_page(AlertFilter(is_open=True), limit=50)
    for entry in page.items:
        alert: Any = entry.alert
        if alert.id not in seen and alert.desk in Desk:
            seen.add(alert.id)
            print(
                f"  alert   {alert.priority.value:<9}{alert.rule:<25}{alert.subject.household or alert.subject.key:<10} "
                f"{wording.sentence(alert.reason, timezone=_ZONE)}",
                flush=True,
            )
    return [entry.alert for entry in page.items]
