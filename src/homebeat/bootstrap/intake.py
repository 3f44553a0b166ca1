"""Runs the intake in a process of its own, and says for `homebeat check` what is wrong with its clouds."""

from __future__ import annotations

import gc
import ipaddress
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from homebeat.bootstrap.descriptors import raise_limit
from homebeat.bootstrap.part_threads import PartThreads
from homebeat.bootstrap.runtime import check_port, leave, read_wall_ms
from homebeat.bootstrap.secret_files import choose_secret
from homebeat.domain.cloud import CloudKind
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import BadSettings
from homebeat.domain.instants import format_instant
from homebeat.ingest.journal.standing import read_standing, write_standing
from homebeat.ingest.journal.writer import JournalLimits, JournalWriter
from homebeat.intake.app import Cloud, IntakeApp
from homebeat.intake.clouds.catalogue import CHECKS, CloudSecrets
from homebeat.intake.clouds.onenet import KEY_BYTES
from homebeat.intake.ledger import IntakeLedger
from homebeat.intake.push import PushFault
from homebeat.intake.rates import Bucket
from homebeat.serving.connections import ConnectionLimits
from homebeat.serving.server import BoundedServer
from homebeat.settings.findings import Finding, is_loopback
from homebeat.settings.intake import IntakeCloud
from homebeat.settings.model import InForce, Settings

_log = logging.getLogger(__name__)
#: Others on this machine come first: who floods the intake must not delay an SOS.
_NICE: Final = 5
_STANDS_EVERY_S: Final = 1.0
#: A server whose loop has not turned for so long answers nobody.
_STALLED_S: Final = 10.0
#: What keeps messages from being taken, by the words of the file that the intake leaves.
_WRONG: Final = {
    "full": "the journal is full: the watch does not commit what waits in it",
    "disk": "its disk takes nothing",
    "stuck": "it answers nobody",
}
#: An encrypted message in its wrapping is longer than what it says.
_WRAPPING: Final = 2
#: A secret that stands in an address.
_IN_AN_ADDRESS: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
#: Kinds whose signature does not cover the message, or is no signature at all.
_BY_ADDRESS: Final = frozenset({CloudKind.CTWING, CloudKind.HUAWEI, CloudKind.OTHER})


class IntakeService:
    """Takes pushes until it is closed.

    Args:
        failpoint: For tests: called at named points.

    Raises:
        BadSettings: No cloud is set up, or none can be used.
    """

    def __init__(self, settings: Settings, failpoint: Callable[[str], None] = lambda _name: None) -> None:
        self._settings, self._folder = settings, settings.journal_path
        self._clouds = open_clouds(settings)
        if not self._clouds:
            raise BadSettings(
                "no cloud is set up that could push: name one in the settings, as [intake.clouds.NAME] (docs/push.md)"
            )
        self._threads = PartThreads()
        self._limits = JournalLimits(most_bytes=settings.intake.journal_bytes)
        self._writer = JournalWriter(self._folder, self._limits, self._settle, failpoint)
        self._server: BoundedServer | None = None
        self._app: IntakeApp | None = None
        self._ledger: IntakeLedger | None = None
        self.address = ""

    def start(self) -> None:
        """Start to listen, and return.

        Raises:
            BadSettings: The port is in use.
        """
        intake = self._settings.intake
        self._folder.mkdir(parents=True, exist_ok=True)
        port = check_port(intake.host, intake.port, "--port or HOMEBEAT_INTAKE_PORT")
        kinds = {name: cloud.kind for name, cloud in self._clouds.items()}
        ledger = self._ledger = IntakeLedger(kinds, read_standing(self._folder), read_wall_ms())
        most_bytes = _WRAPPING * self._settings.limits.payload_bytes
        self._app = IntakeApp(self._clouds, ledger, self._writer.put, self._find_wrong, read_wall_ms, most_bytes)
        limits = make_limits(self._settings)
        server = self._server = BoundedServer(
            self._app, host=intake.host, port=port, limits=limits, on_refused=ledger.note_closed
        )
        stands = threading.Event()
        self._threads.spawn("journal", self._writer.run, threading.Event())
        self._threads.spawn("standing", lambda: self._tell_each_second(ledger, stands), stands)
        self._threads.spawn("intake", server.run, threading.Event())
        self.address = f"http://{intake.host}:{port}"

    def close(self) -> None:
        """Answer what is under way, write it, and end."""
        if self._server is not None:
            self._server.stop()
        self._threads.stop()
        self._writer.close()
        self._threads.join()
        if self._ledger is not None:
            self._tell(self._ledger)

    def _settle(self, waiting: object, fault: str) -> None:
        if self._app is not None and isinstance(waiting, list):
            self._app.settle(waiting, fault)

    def _find_wrong(self) -> str | None:
        if self._writer.size >= self._limits.most_bytes:
            return "full"
        if self._server is not None and self._server.measure_stall_s() > _STALLED_S:
            return "stuck"
        return "disk" if self._writer.wrong else None

    def _tell_each_second(self, ledger: IntakeLedger, stop: threading.Event) -> None:
        self._tell(ledger)
        while not stop.wait(_STANDS_EVERY_S):
            self._tell(ledger)

    def _tell(self, ledger: IntakeLedger) -> None:
        """Write how the intake stands; a disk that takes nothing is said by the answers meanwhile."""
        writer = self._writer
        standing = ledger.make_standing(read_wall_ms(), self._find_wrong(), writer.size, self._limits.most_bytes, writer.cut)
        with suppress(OSError):
            write_standing(self._folder, standing)


def run_intake(settings: Settings, failpoint: Callable[[str], None], stop: threading.Event) -> int:
    """Run the intake, as all that its process does, until `stop` is set.

    Raises:
        BadSettings: No cloud can be used, or the port is in use.
    """
    with suppress(OSError):
        os.nice(_NICE)
    raise_limit()
    intake = IntakeService(settings, failpoint)
    try:
        intake.start()
        gc.freeze()  # what is loaded by now stays: the garbage collector need not walk it again and again
        print(f"homebeat takes pushes on {intake.address}", flush=True)
        stop.wait()
    finally:
        intake.close()
    return leave(0)


def make_limits(settings: Settings) -> ConnectionLimits:
    """Make the limits of the intake's connections."""
    intake = settings.intake
    return ConnectionLimits(
        connections=intake.connections,
        per_address=intake.connections_per_address,
        proxies=intake.proxies,
        request_s=intake.request_time.total_seconds(),
        idle_s=intake.idle.total_seconds(),
        table="intake",
    )


def open_clouds(settings: Settings) -> dict[str, Cloud]:
    """Open every cloud that can be used; one that cannot is left out, which the log says."""
    found = {}
    for name, cloud in settings.intake.clouds.items():
        try:
            secrets = _open_secrets(name, cloud)
        except BadSettings as error:
            _log.error("%s: nothing is taken of this cloud", error)
            continue
        networks = [ipaddress.ip_network(one) for one in cloud.addresses]
        found[name] = Cloud(name, cloud.kind, CHECKS[cloud.kind](secrets), Bucket(settings.intake.requests), networks)
    return found


def _open_secrets(name: str, cloud: IntakeCloud) -> CloudSecrets:
    """Open the secrets of a cloud.

    Raises:
        BadSettings: One is missing, or cannot be used.
    """
    key = f"intake.clouds.{name}"
    secret = choose_secret(f"{key}.secret", cloud.secret, cloud.secret_file)
    sealed = choose_secret(f"{key}.aes_key", cloud.aes_key, cloud.aes_key_file).encode()
    if not secret and not (cloud.kind in _BY_ADDRESS and cloud.addresses):
        raise BadSettings(f"{key}.secret is not set")
    if secret and cloud.kind in _BY_ADDRESS and _IN_AN_ADDRESS.fullmatch(secret) is None:
        raise BadSettings(f"{key}.secret stands in an address: 20 to 100 letters, digits, - and _")
    if cloud.kind is CloudKind.TIANSHU and not cloud.secret_id:
        raise BadSettings(f"{key}.secret_id is not set")
    if sealed and (cloud.kind is not CloudKind.ONENET or len(sealed) != KEY_BYTES):
        raise BadSettings(f"{key}.aes_key is for onenet, and has {KEY_BYTES} characters")
    return CloudSecrets(secret, cloud.secret_id, sealed)


def judge_intake(force: InForce) -> list[Finding]:
    """Find what is wrong with the clouds that push, and with the intake that takes what they push."""
    return list(_judge(force.settings))


def _judge(settings: Settings) -> Iterator[Finding]:
    intake = settings.intake
    if not intake.clouds:
        return
    for name, cloud in intake.clouds.items():
        try:
            _open_secrets(name, cloud)
        except BadSettings as error:
            yield Finding(f"{error}: nothing is taken of the cloud {name}", f"Correct [intake.clouds.{name}] (docs/push.md)")
    if not is_loopback(intake.host):
        yield Finding(
            f"intake.host is {intake.host}: secrets in addresses and all readings cross the network in the clear",
            "Set intake.host = 127.0.0.1, and put a TLS proxy in front of it (docs/push.md)",
        )
    yield from _judge_standing(settings)


def _judge_standing(settings: Settings) -> Iterator[Finding]:
    standing = read_standing(settings.journal_path)
    if standing is None:
        yield Finding(
            "clouds are set up, and no intake has run on this machine: nobody takes what they push",
            "Run `homebeat intake` on the machine of the watch, under a supervisor, as `homebeat serve`",
        )
        return
    age_s = (read_wall_ms() - standing.at) / 1000
    if age_s > 30:
        yield Finding(
            f"the intake last said {age_s:.0f} s ago that it works: clouds lose what they push now",
            "Start `homebeat intake`, and look into its log",
        )
    elif standing.wrong:
        why = _WRONG.get(standing.wrong, standing.wrong)
        yield Finding(f"the intake takes no messages, because {why}", "Look at the watch, at the disk, and into its log")
    elif standing.size > standing.most // 2:
        yield Finding("the journal of the intake is more than half full", "Does the watch run on the same machine")
    for name, one in standing.clouds.items():
        wrong = one.refused.get(PushFault.SIGNATURE, 0)
        if wrong and not one.taken:
            text = f"nothing was ever taken of the cloud {name}, and {wrong} requests had a wrong signature"
            yield Finding(text, f"Compare the secret of [intake.clouds.{name}] with what is set in the cloud")
    newest = [hole for hole in standing.holes if read_wall_ms() - hole.until < DAY_MS]
    if newest:
        text = f"within a day, messages of clouds were lost {len(newest)} times: last of {newest[-1].cloud}"
        yield Finding(
            f"{text} until {format_instant(newest[-1].until)}", "The alerts `intake_blind` say why (docs/push.md)", is_wrong=False
        )
