"""`homebeat rehearse`: a recording through the parts of the service, on a clock of its own, into a database of its own."""

from __future__ import annotations

import itertools
import secrets
import shutil
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from homebeat.bootstrap.parts import make_book_compiler, make_deadline_keeper, make_deliverer, make_watch_options
from homebeat.bootstrap.rehearsed_sending import RehearsedSending
from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.deliver import Deliverer
from homebeat.domain.errors import BadSettings
from homebeat.domain.inbound import Message
from homebeat.domain.instants import format_instant
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import list_codec_names
from homebeat.ingest.recording import Recording
from homebeat.ingest.source import SourceState
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.registry.signing_secrets import SecretFiller
from homebeat.settings.model import InForce
from homebeat.store import Store, open_store
from homebeat.watch import Watch

#: How far the clock moves at once. A watch that ticks more seldom than every two minutes counts as deaf meanwhile.
STEP_MS: Final = 60_000
#: Between two looks whether a delivery is still in flight, seconds.
_LOOKS_EVERY_S: Final = 0.005
_MARK: Final = "rehearsal"


class RehearsedClock:
    """A clock that stands until it is moved; epoch ms."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        """Now, epoch ms."""
        return self.at


class RecordedSource:
    """Gives messages of a recording as a broker would, each when the clock has come to its arrival.

    Args:
        messages: In arrival order.
        clock: Epoch ms.
        pass_time: Called when the watch has nothing to do and would wait.
    """

    def __init__(self, messages: Iterator[Message], clock: RehearsedClock, pass_time: Callable[[], None]) -> None:
        self._messages, self._clock, self._pass_time = messages, clock, pass_time
        self._ahead: deque[Message] = deque(itertools.islice(messages, 1))
        self._delivered = self._acknowledged = 0

    @property
    def is_over(self) -> bool:
        """Whether every message was given."""
        return not self._ahead

    def drain(self, limit: int, timeout_s: float) -> list[Message]:
        """Let time pass, unless `timeout_s` is 0, and give what has arrived by then, at most `limit`."""
        if timeout_s:
            self._pass_time()
        out: list[Message] = []
        while self._ahead and len(out) < limit and self._ahead[0].received_at <= self._clock.at:
            out.append(self._ahead.popleft())
            self._ahead.extend(itertools.islice(self._messages, 1))
        self._delivered += len(out)
        return out

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Count what was committed."""
        self._acknowledged += len(messages)

    def follow(self, topics: Sequence[str]) -> None:
        """Do nothing: a recording has what it has."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Do nothing: no device listens."""

    def get_state(self) -> SourceState:
        """All is well."""
        return SourceState(
            connected=True,
            subscribed=True,
            refused=(),
            last_message_at=None,
            queue_depth=0,
            queue_bound=0,
            delivered=self._delivered,
            acknowledged=self._acknowledged,
            kicks=0,
            contested=False,
            sessions_lost=0,
            failure="",
            session=_MARK,
        )

    def close(self) -> None:
        """Nothing is held."""


def rehearse(
    force: InForce,
    recording: Path,
    fleet_file: Path,
    folder: Path,
    after_ms: int,
    stop: threading.Event,
    *,
    reset: bool,
    to_others: bool = False,
) -> int:
    """Rehearse.

    Args:
        force: The operator's settings; database, key file and state directory of the rehearsal are its own.
        recording: What a broker delivered.
        fleet_file: Who lives where.
        folder: Where the rehearsal keeps its state.
        after_ms: How long the clock goes on after the last message.
        stop: Ends it before its time.
        reset: Whether to delete the last rehearsal in `folder`.
        to_others: Whether messages leave this machine.

    Returns:
        Exit status: 1 when lines of the recording could not be read.

    Raises:
        BadSettings: `folder` holds something else, or the recording nothing.
    """
    _make_folder(folder, reset=reset)
    source = Recording(recording)
    messages = itertools.chain.from_iterable(source.read_blocks())
    first = next(messages, None)
    if first is None:
        raise BadSettings(f"{recording.name} has no message that can be read")
    own = _make_settings(force, folder)
    store = open_store(own.settings.store_url, own.settings.key_path)
    try:
        _import(store, fleet_file, first.received_at)
        clock = RehearsedClock(first.received_at)
        sending = RehearsedSending(to_others=to_others)
        Rehearsal(own, store, itertools.chain([first], messages), clock, after_ms, sending).run(stop)
        _print_result(store, folder, first.received_at, clock.at, sending.withheld)
    finally:
        store.close()
    for bad in source.bad[:10]:
        print(f"line {bad.number}: {bad.why}", file=sys.stderr)
    return 1 if source.bad_count else 0


class Rehearsal:
    """Watch, deadlines and deliveries, which have their turns one after the other at each step of the clock."""

    def __init__(
        self,
        force: InForce,
        store: Store,
        messages: Iterator[Message],
        clock: RehearsedClock,
        after_ms: int,
        sending: RehearsedSending,
    ) -> None:
        settings = force.settings
        self._clock, self._left, self._stop = clock, after_ms, threading.Event()
        self._began = clock.at
        self._source = RecordedSource(messages, clock, self._pass_time)
        self._deliverer: Deliverer = make_deliverer(settings, store, clock, lambda _name: None, read_wall_ms, sending.wrap)
        self._keeper: DeadlineKeeper = make_deadline_keeper(force, store, clock)
        options = make_watch_options(force)
        self._watch = Watch(store, self._source, options, clock=clock, steady=clock, book_of=make_book_compiler(force))

    def run(self, stop: threading.Event) -> None:
        """Let time pass until the recording is over, and the time after it; `stop` ends it sooner."""
        self._stop = stop
        try:
            self._watch.run(stop)
        finally:
            self._deliverer.close()

    def _pass_time(self) -> None:
        """Give the others their turn, then move the clock. It stands while a message is on its way."""
        self._keeper.turn()
        self._deliverer.step(self._clock.at)
        while (state := self._deliverer.get_state()).in_flight or state.held:
            if self._stop.wait(_LOOKS_EVERY_S):
                return
        if self._source.is_over and self._left <= 0:
            self._stop.set()
            return
        self._left -= STEP_MS if self._source.is_over else 0
        self._clock.at += STEP_MS
        if sys.stderr.isatty() and (self._clock.at - self._began) % (60 * STEP_MS) == 0:
            sys.stderr.write(f"\r{format_instant(self._clock.at)[:16]}  ")


def _make_folder(folder: Path, *, reset: bool) -> None:
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists():
            raise BadSettings(f"{folder} holds something that is not a rehearsal; choose another --state-dir")
        if not reset:
            raise BadSettings(f"{folder} holds a rehearsal; delete it with --reset, or choose another --state-dir")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _make_settings(force: InForce, folder: Path) -> InForce:
    """Make the settings of the rehearsal: nothing of it gets into the operator's own database."""
    url = SecretStr(f"sqlite:///{(folder / 'homebeat.db').absolute()}")
    own = {"state_dir": folder, "key_file": None, "database_url": url}
    return replace(force, settings=force.settings.model_copy(update=own))


def _import(store: Store, fleet_file: Path, at: int) -> None:
    fleet, _ = SecretFiller((), secrets.token_bytes).fill(read_fleet_file(fleet_file, list_codec_names()))
    with store.begin() as tx:
        tx.fleet.apply(fleet, at)


def _print_result(store: Store, folder: Path, began: int, ended: int, withheld: int) -> None:
    with store.read(EVERYTHING) as reader:
        count = reader.alerts.count()
    print(f"rehearsed from {format_instant(began)} to {format_instant(ended)}: {count} alerts")
    if withheld:
        print(f"{withheld} messages would have left this machine: they count as taken and were not sent (docs/verify.md)")
    print(f"what became of it: HOMEBEAT_STATE_DIR={folder} homebeat export DIR, then homebeat verify TRUTH DIR/alerts.ndjson")
