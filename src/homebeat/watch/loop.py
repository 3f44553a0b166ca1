"""The loop. Read `tick`: it is the table of contents of homebeat."""

from __future__ import annotations

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeVar

from homebeat.codecs.catalogue import find_device
from homebeat.codecs.wire import Limits
from homebeat.domain.alert import Edge
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.errors import Fenced, NotAllowed, Unavailable
from homebeat.domain.failpoints import Failpoints, pass_failpoint
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.domain.instants import format_instant
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.engine import DEAF_MS, Engine, Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.formats import Formats
from homebeat.ingest.reading import Intake
from homebeat.ingest.source import Source
from homebeat.response.setup import PLAIN, ResponseSetup
from homebeat.store import ClockStep, Keep, Signer, Store
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster
from homebeat.watch.announced import serve
from homebeat.watch.bisection import Reread, write_by_bisection
from homebeat.watch.broker_session import BrokerSession
from homebeat.watch.checkpoint_writer import CheckpointWriter
from homebeat.watch.cloud_pushes import CloudPushes
from homebeat.watch.enrolment import BookOf, Enrolment, RegistryRead, read_enrolled
from homebeat.watch.last_messages import LastMessages
from homebeat.watch.memory import freeze_objects, pause_collection
from homebeat.watch.misread import MisreadDevices
from homebeat.watch.own_alerts import OwnAlerts
from homebeat.watch.poison import PoisonGuard
from homebeat.watch.recover import recover
from homebeat.watch.retry import AT_A_TIME, NOTHING, Retried, try_again
from homebeat.watch.states import StateChanges
from homebeat.watch.tenure import Tenure
from homebeat.watch.tick import Detail, Tick, Written, collect_learned, list_losses, write
from homebeat.watch.timekeeping import Timekeeper, clip_arrivals
from homebeat.watch.unregistered import UnregisteredCalls, clear_registered
from homebeat.watch.upkeep import Upkeep

#: A tick that carries less than this part of what it may leaves time for housekeeping.
_BUSY: Final = 4
#: How often a watch that waits for the lease asks for it.
_STANDBY_S: Final = 0.25
_RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
#: So often a tick is decided again as a whole because people changed alerts meanwhile; then it is written apart.
_RACES: Final = 3
DEADLY: Final = "not read: it was in hand each time when the process died, three times"
#: While this fails, homes that join are not watched.
THE_REGISTRY: Final = "taking in the registry"
#: While this fails, rules stay as they were before somebody changed them in the console.
THE_SETTINGS: Final = "taking in what was changed in the console"
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """Bounds and rhythm of the loop.

    Attributes:
        owner: Its name as the holder of the lease; unique to a process.
        setup: The response plans, and what links in notices begin with.
        formats: What reads messages that name their devices themselves.
        pushes: Follows the intake, where clouds push.
        every_s: A tick comes at least this often, and at once on a device alarm.
        messages: How many messages a tick takes at most.
        checkpoint_ms: How much a restart has to fold at most.
        states_ms: How often the states that pages show are refreshed.
        beat_ms: How often the watch says that it lives, and renews its lease when nothing else is to be written.
        registry_ms: How often the registry is checked for changes.
        patience_s: How long a tick waits for a changed registry; the loop goes on while a large one is read.
        keep: How long rows are kept.
        prune_ms: How often older rows are deleted.
        signer: Signs how far the audit was cut; without one its old rows stay.
    """

    owner: str = "watch"
    setup: ResponseSetup = PLAIN
    pace: Pace = field(default_factory=Pace)
    wire: Limits = field(default_factory=Limits)
    formats: Formats = field(default_factory=Formats)
    pushes: CloudPushes = field(default_factory=CloudPushes)
    every_s: float = 1.0
    messages: int = 20_000
    checkpoint_ms: int = 300_000
    states_ms: int = 30_000
    beat_ms: int = 1_000
    registry_ms: int = 2_000
    patience_s: float = 0.1
    keep: Keep = field(default_factory=Keep)
    prune_ms: int = HOUR_MS
    signer: Signer | None = None


class Watch:
    """Turns a source's messages into committed readings, alerts and notices.

    Args:
        clock: The database's clock, epoch ms UTC, by which the loop stores and judges. It may step.
        steady: A monotone clock, ms, which shows steps of the other; None where the other cannot step.
        book_of: Compiles the rules for a registry.
        on_commit: Called after each commit that changed alerts or queued notices, to wake others.
    """

    def __init__(
        self,
        store: Store,
        source: Source,
        options: WatchOptions,
        *,
        clock: Callable[[], int],
        steady: Callable[[], int] | None = None,
        book_of: BookOf,
        failpoint: Failpoints = pass_failpoint,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._source, self._options = store, source, options
        self._clock, self._book_of, self._failpoint, self._on_commit = clock, book_of, failpoint, on_commit
        self.time = Timekeeper(clock, steady or clock)
        self._steps: list[ClockStep] = []  # followed by the engine, not yet committed
        self._states = StateChanges()
        self._tenure = Tenure(store, options.owner)
        self._checkpoint_writer = CheckpointWriter(store, self._tenure, failpoint)
        self.own_alerts, self._unregistered = OwnAlerts(), UnregisteredCalls()
        self._misread = MisreadDevices(store, self.own_alerts)
        self._last_messages = LastMessages(self._misread)
        self._poison_guard = PoisonGuard(store, self._tenure, options.messages)
        self._session = BrokerSession("")
        self._upkeep = Upkeep(store, self._tenure, options.keep, options.prune_ms, options.signer)
        self._clerk = ThreadPoolExecutor(1, "registry")
        self._reading: Future[RegistryRead] | None = None
        self._last: dict[str, int] = {}  # when, by the monotone clock, each occasional duty was last done
        #: Since the start: ticks, messages, what the database refused, and (by the name of the rule or part) what failed.
        self.counts: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.wrong: str | None = "not started"
        self._engine: Engine | None = None
        self._enrolment: Enrolment | None = None
        self._noted: dict[str, str] = {}  # what fails beside the ticks, and how
        self._is_ahead = False  # of the database: the engine has judged what could not be committed

    @property
    def engine(self) -> Engine:
        """The engine; available after `start`."""
        if self._engine is None:
            raise Unavailable("the watch has not started yet")
        return self._engine

    def note(self, what: str, text: str | None) -> None:
        """Note what a person should look at; the next heartbeat says it. None when there is nothing. From any thread."""
        if text is None:
            self._noted.pop(what, None)
        else:
            self._noted[what] = text

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; then write a checkpoint, so that the next start is quick."""
        try:
            if self.wait_for_lease(stop) and self._persist(self.start, stop):
                self._run(stop)
        finally:
            self._tenure.end()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._persist(lambda: self.tick(stop), stop)
        if self._is_ahead:
            _log.warning("stopped without a checkpoint: the last tick was not committed")
            return
        try:
            self.tick(stop, drain_s=0.0)
            self._checkpoint_writer.finish()
            self._checkpoint_writer.take(self.engine)
            self._checkpoint_writer.finish()
            self._poison_guard.end()
        except Unavailable as away:
            # nothing was acknowledged: the broker gives it to us again, and the next start folds from the last checkpoint
            _log.warning("stopped without a checkpoint: %s", away)

    def wait_for_lease(self, stop: threading.Event) -> bool:
        """Wait until no other watch holds the lease, and take it; False when `stop` is set meanwhile.

        Nothing may be received before: a waiting watch would take messages away from the one that works.
        """
        while True:
            try:
                self._tenure.take()
            except Unavailable as waits:
                self.wrong = str(waits)
                if stop.wait(_STANDBY_S):
                    return False
            else:
                return True

    def start(self) -> None:
        """Take the lease, and restore the engine to the last commit.

        Raises:
            Standby: Another watch holds the lease.
            Unavailable: The database is away.
        """
        now = self._clock()
        self._tenure.take()
        self._poison_guard.begin()
        with self._tenure.renew_meanwhile(), pause_collection():
            self._engine, self._enrolment, position = recover(
                self._store, self._book_of, self._options.pace, now, self._options.formats
            )
        with self._store.read(EVERYTHING) as reader:
            beats = reader.heartbeats.read_all()
        self._session = BrokerSession(str(beats["watch"].detail.get("session") or "") if "watch" in beats else "")
        self._options.pushes.begin(beats, self.time.steady())
        self.time.begin(self._engine.now)
        if now - self._engine.now > DEAF_MS:
            self._engine.resume(now)
        freeze_objects()
        self._last["checkpoint"] = self.time.steady()
        # first: whoever finds nothing wrong may send, and a broker drops what nobody has subscribed to
        self._source.follow(self._enrolment.topics)
        self.wrong = None
        _log.info("watching %d devices from reading %d on", len(self._enrolment.rows), position)

    def tick(self, stop: threading.Event, drain_s: float | None = None) -> Written:
        """Drain, read, advance, commit, acknowledge."""
        engine = self.engine
        self._follow_clock()
        # before anything is drained: what is drained must reach its commit
        enrolment, retried = self._look_up()
        within_s = self._options.every_s if drain_s is None else drain_s
        messages = self._poison_guard.take(lambda limit: self._source.drain(limit, within_s), self._options.messages)
        now = self._compute_now(messages)
        if self._session.look(self._source.get_state(), self.own_alerts):
            self._last.pop("beat", None)  # the heartbeat keeps its name for the next start
        reread = partial(self._read, enrolment, engine.now + 1, now)
        intake = reread(messages)
        batch = Batch.join([retried.batch, intake.batch]) if retried else intake.batch
        edges = [*engine.advance(batch, now), *self.own_alerts.take(now), *clear_registered(retried.devices, now)]
        strangers = partial(self._unregistered.find_edges, messages, intake.quarantined, engine.roster)
        edges += self._guard("hearing unregistered devices", strangers) or []
        self._poison_guard.note_judged(messages)
        self._guard("noting who speaks through a cloud", lambda: self._options.pushes.note_devices(messages, intake))
        tick = self._tick(now, messages, intake, edges, retried, enrolment)
        written = Written() if tick.is_empty else self._commit(tick, enrolment, stop, reread)
        self._source.acknowledge(messages)
        self._failpoint("watch.acknowledged")
        self._poison_guard.note_committed(messages)
        self._guard("formats", partial(serve, self._options.formats, self._source, enrolment, self._store, self._tenure, now))
        self._count(tick, written)
        if tick.messages or tick.retried:
            self._upkeep.note_append()
        if not self._checkpoint_writer.is_busy and self._is_time("checkpoint"):
            self._guard("taking a checkpoint", lambda: self._checkpoint_writer.take(engine))
        elif len(messages) * _BUSY < self._options.messages:
            self._guard("housekeeping", lambda: self._upkeep.turn(tick.wall, self.time.steady(), may_forget=self.time.may_forget))
            self._guard("telling of devices that are not understood", lambda: self._misread.turn(engine))
        self._guard("writing a checkpoint", self._checkpoint_writer.turn)
        return written

    def _compute_now(self, messages: list[Message]) -> int:
        """Compute the engine's time, epoch ms: with a backlog, the arrival of the last drained message."""
        now = self.time.get_now()
        has_more = len(messages) >= self._options.messages or self._poison_guard.has_more
        if has_more and self.time.wrong is None:
            now = min(now, messages[-1].received_at)
        now = max(now, self.engine.now + 1)  # the clock may stand still or go back a little; an alarm is judged in its own tick
        if now - self.engine.now > DEAF_MS or self._source.get_state().wrong is not None:
            self.engine.mark_deaf(now)
        return now

    def _follow_clock(self) -> None:
        """Compare the clocks. The engine follows a step that lasts, and the next commit stores it beside the log."""
        was = self.time.wrong
        after = self.time.look()
        if (was is None) != (self.time.wrong is None):
            self._last.pop("beat", None)  # others are told at once
            _log.error("%s", self.time.wrong or "the clock goes as it should again")
        if after is None:
            return
        before = self.engine.now
        self.engine.step_clock(before, after)
        self._steps.append(ClockStep(self.engine.clock_steps, 0, before, after, self._clock()))
        self._states = StateChanges()  # of what pages show, much is taken back
        _log.error("the engine followed a step of the clock by %.0f s to %s", (after - before) / 1000, format_instant(after))

    def _read(self, enrolment: Enrolment, floor: int, now: int, messages: Sequence[Message]) -> Intake:
        """What messages say, by arrival from `floor` (after what is judged) to `now`: stamped and judged are two moments."""
        if self._poison_guard.is_deadly and messages:
            # it stands alone
            intake = Intake.make_unread(messages[0], DEADLY, enrolment.rows.get(find_device(messages[0].topic) or ""))
        else:
            intake = enrolment.read(messages, self._options.wire)
        return clip_arrivals(intake, floor, now)

    def _tick(
        self, now: int, messages: list[Message], intake: Intake, edges: list[Edge], retried: Retried, enrolment: Enrolment
    ) -> Tick:
        senders = None if self._is_time("states") else (retried.batch.device, intake.batch.device)
        differing = self._guard("finding what pages show", lambda: self._states.find_changes(self.engine, now, senders))
        residents, devices = differing or ([], [])
        beats = self._beat(now) if self._is_time("beat") or self._steps else {}
        keep = partial(self._last_messages.find, messages, intake, enrolment, self.engine)
        kept = self._guard("keeping last messages", keep) or []
        learned = collect_learned(self.engine)
        return Tick(now, self._clock(), messages, intake, edges, retried, residents, devices, learned, self._steps, kept, beats)

    def _commit(self, tick: Tick, enrolment: Enrolment, stop: threading.Event, reread: Reread) -> Written:
        """Write the tick, and try again until it succeeds. Nothing is acknowledged before, and the source waits meanwhile."""
        setup, is_apart, lost = self._options.setup, False, 0
        attempts = itertools.count()
        while True:
            attempt = next(attempts)
            try:
                if is_apart:
                    written = write_by_bisection(tick, self._store, self._tenure.fence, enrolment, setup, reread)
                else:
                    written = write(tick, self._store, self._tenure.fence, enrolment, setup, self._failpoint)
            except Fenced:
                self.wrong, self._is_ahead = "another watch has taken over", True
                raise
            except NotAllowed as error:
                # a person was quicker with one of the alerts: by what it is now, it is decided again
                lost += 1
                _log.info("a tick is decided again: %s", error)
                is_apart = lost > _RACES
            # The fence of the watch: one row that the database refuses, in whatever way, must not end the thread that hears the
            # next SOS. The error is logged and said in `wrong`. The tick is then written in parts, or tried again.
            except Exception as error:
                if not is_apart and not isinstance(error, Unavailable):
                    _log.error("the database refused a tick, which is now written apart: %s", type(error).__name__)
                    is_apart = True
                    continue
                self.wrong = f"nothing can be committed: {error if isinstance(error, Unavailable) else type(error).__name__}"
                _log.warning("attempt %d: %s", attempt + 1, self.wrong)
                if stop.wait(_RETRY_S[min(attempt, len(_RETRY_S) - 1)]) and attempt > len(_RETRY_S):
                    self._is_ahead = True
                    raise Unavailable(self.wrong) from error
            else:
                self.wrong = None
                self._steps = []
                if written.decision.changes or written.decision.notices:
                    self._on_commit()
                return written

    def _look_up(self) -> tuple[Enrolment, Retried]:
        """Look up what others have written: a changed registry, and messages of the quarantine that must be tried again."""
        enrolment = self._enrolment
        if enrolment is None:
            raise Unavailable("the watch has not started yet")
        if not self._is_time("registry") and not (self._reading is not None and self._reading.done()):
            return enrolment, NOTHING
        with self._store.read(EVERYTHING) as reader:
            revision, settings_revision = reader.fleet.read_revision(), reader.setting_changes.read_revision()
            asked = self._guard("reading the quarantine", lambda: reader.quarantine.list_requested(AT_A_TIME))
        if enrolment.revision < revision:
            enrolment = self._follow_registry(enrolment)
        elif enrolment.settings_revision < settings_revision:
            enrolment = self._guard(THE_SETTINGS, partial(self._follow_settings, enrolment)) or enrolment
        if enrolment.revision < revision or not asked:
            return enrolment, NOTHING
        if len(asked) == AT_A_TIME:
            del self._last["registry"]  # there may be more, for the next tick
        risky = [entry.id for entry in asked if entry.reason is QuarantineReason.DEFECT]
        if risky:
            # asked for once, whatever becomes of it: what kills the process is not tried again by the next one
            with self._store.begin(self._tenure.fence) as tx:
                tx.quarantine.withdraw_requests(risky)
        return enrolment, try_again(asked, enrolment, self._options.wire, self.engine.now + 1)

    def _follow_registry(self, enrolment: Enrolment) -> Enrolment:
        """Follow changes of the registry while the loop runs: homes that join, leave or declare an absence.

        A city's registry takes seconds to read. The loop waits a moment for it, and goes on until it is there.
        """
        patience_s = self._options.patience_s if self._reading is None else 0.0
        reading, self._reading = self._reading or self._clerk.submit(self._read_registry), None
        if not wait([reading], patience_s).done:
            self._reading = reading
            return enrolment
        now = max(self.time.get_now(), self.engine.now)
        taken = self._guard(THE_REGISTRY, lambda: self._prepare_registry(reading.result(), now))
        if taken is None:
            return enrolment  # the one before goes on to hold, and the new one is read again at the next look
        enrolment, roster, book = taken
        self.engine.follow(roster, book)
        self._enrolment = enrolment
        self._source.follow(enrolment.topics)
        _log.info("the registry changed: %d devices", len(self._enrolment.rows))
        return self._enrolment

    def _prepare_registry(self, read: RegistryRead, now: int) -> tuple[Enrolment, Roster, RuleBook]:
        roster = self.engine.roster.with_registry(read.registry, now)
        return (
            Enrolment.make(read, roster, self._options.formats),
            roster,
            self._book_of(Fleet(read.registry.areas), read.changes),
        )

    def _follow_settings(self, enrolment: Enrolment) -> Enrolment:
        """Follow what people changed of the rules in the console. The registry is not read again: a city's takes seconds."""
        with self._store.read(EVERYTHING) as reader:
            changes, revision = reader.setting_changes.list_in_force(), reader.setting_changes.read_revision()
        self.engine.follow(self.engine.roster, self._book_of(Fleet(enrolment.areas), changes))
        self._enrolment = replace(enrolment, settings_revision=revision)
        _log.info("rules were changed in the console: %d of its changes are in force", len(changes))
        return self._enrolment

    def _guard(self, what: str, duty: Callable[[], T]) -> T | None:
        """Do a duty beside the tick. If it fails, that is reported and tried again at its next turn; the tick goes on.

        Raises:
            Unavailable: The database is away.
        """
        try:
            done = duty()
        except (Unavailable, Fenced):
            raise
        except Exception as error:  # noqa: BLE001 -- the fence round a duty: kept in `_noted`, which the heartbeat tells
            fails = f"{what} fails: {type(error).__name__}"
            if self._noted.get(what) != fails:
                _log.error("%s", fails)
            self._noted[what] = fails
            return None
        self._noted.pop(what, None)
        return done

    def _read_registry(self) -> RegistryRead:
        with self._store.read(EVERYTHING) as reader:
            return read_enrolled(reader)

    def _is_time(self, duty: str) -> bool:
        rhythm = {
            "states": self._options.states_ms,
            "checkpoint": self._options.checkpoint_ms,
            "beat": self._options.beat_ms,
            "registry": self._options.registry_ms,
        }[duty]
        now = self.time.steady()
        if duty in self._last and now - self._last[duty] < rhythm:
            return False
        self._last[duty] = now
        return True

    def _beat(self, now: int) -> dict[str, Detail]:
        deaf, beats = self._options.pushes.look(self.own_alerts, now, self.time.steady())
        self.engine.mark_deaf(now, deaf)
        watch: Detail = {
            "wrong": self._source.get_state().wrong or self._noted.get(THE_REGISTRY),
            "clock": self.time.wrong,
            "noted": "; ".join([*self._noted.values(), *list_losses(self.failures, self.counts["refused"])]) or None,
            "session": self._session.known,
            "judged_at": self.engine.now,
            "waiting": len(self.engine.waiting),
            "messages": self.counts["messages"],
            "ticks": self.counts["ticks"],
            "at": now,
        }
        return {"watch": watch, **beats}

    def _count(self, tick: Tick, written: Written) -> None:
        self.counts["ticks"] += 1
        self.counts["messages"] += len(tick.messages)
        for defect in tick.intake.defects:
            # what follows the colon may show a reading
            _log.error("set aside as a defect: %s, %s", ascii(defect.topic)[:100], defect.detail.partition(":")[0])
        for (what, error), times in self.engine.blind.failures.items():
            self.failures[what] += times
            _log.error("%s fails at some home, %d times: %s", what, times, error)
        self.engine.blind.failures.clear()
        for refused in written.refused:
            self.counts["refused"] += 1
            _log.error("the database refused %s", refused)

    def _persist(self, duty: Callable[[], object], stop: threading.Event) -> bool:
        """Do a duty, and repeat it while the database is away; False when `stop` is set meanwhile."""
        attempts = itertools.count()
        while True:
            attempt = next(attempts)
            try:
                duty()
            except Unavailable as away:
                self.wrong = f"the database is away: {away}"
                _log.warning("%s", self.wrong)
                if stop.wait(_RETRY_S[min(attempt, len(_RETRY_S) - 1)]):
                    return False
            else:
                return True
